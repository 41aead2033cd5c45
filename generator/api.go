// Package generator answers how load is sent: streams over fasthttp in closed and open loops, each request one Record.
// It waits only through its clock, so it runs the same on the wall and in virtual time.
package generator

import "loadgen/scenarios"

// An api is one way to ask for a completion.
type api struct {
	Name string
	Doc  string // one sentence
	Path string
	Body func(dst []byte, model string, p scenarios.Prompt, r scenarios.Request) []byte // appends the request's JSON
}

// apis are the ways known here; the first is the default.
var apis = []api{chat, completions, Responses}

// findAPI returns the API of that name; an empty name is the default.
func findAPI(name string) (api, bool) {
	for _, a := range apis {
		if a.Name == name || name == "" {
			return a, true
		}
	}
	return api{}, false
}
