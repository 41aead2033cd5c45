package generator

import "loadgen/scenarios"

// completions sends the prompt as it is, without a chat template.
var completions = api{
	Name: "completions",
	Doc:  "POST /v1/completions with the bare prompt.",
	Path: "/v1/completions",
	Body: func(dst []byte, model string, p scenarios.Prompt, r scenarios.Request) []byte {
		b := newBody(dst, r.ExtraBody)
		b.add("model", model)
		b.add("prompt", p.Text)
		b.common(p, r)
		return b.end()
	},
}
