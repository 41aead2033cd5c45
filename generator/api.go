// Package generator answers how load is sent: streams over fasthttp in closed and open loops, each request one Record.
// It waits only through its clock, so it runs the same on the wall and in virtual time.
package generator

import "loadgen/scenarios"

// An API is one way to ask for a completion.
type API struct {
	Name string
	Doc  string // one sentence
	Path string
	Body func(dst []byte, model string, p scenarios.Prompt, r scenarios.Request) []byte // appends the request's JSON
}

// APIs are the ways known here; the first is the default.
var APIs = []API{Chat, Completions, Responses}

// FindAPI returns the API of that name; an empty name is the default.
func FindAPI(name string) (API, bool) {
	for _, a := range APIs {
		if a.Name == name || name == "" {
			return a, true
		}
	}
	return API{}, false
}
