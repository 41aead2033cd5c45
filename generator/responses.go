package generator

import (
	"encoding/json"
	"maps"

	"loadgen/scenarios"
)

// Responses sends the prompt as the input of OpenAI's newer API. min_tokens is not known there: an exact length holds
// by ignore_eos and max_output_tokens. Nothing is stored at the server.
var Responses = api{
	Name: "responses",
	Doc:  "POST /v1/responses with the prompt as input, or with a conversation.",
	Path: "/v1/responses",
	Body: func(dst []byte, model string, p scenarios.Prompt, r scenarios.Request) []byte {
		b := newBody(dst, r.ExtraBody)
		b.add("model", model)
		if p.Messages != "" {
			b.add("input", json.RawMessage(p.Messages))
		} else {
			b.add("input", p.Text)
		}
		b.add("stream", true)
		b.add("store", false)
		if p.MaxTokens > 0 {
			b.add("max_output_tokens", p.MaxTokens)
		}
		if p.Exact {
			b.add("ignore_eos", true)
		}
		b.sampling(p, r)
		if r.JSONSchema != nil {
			b.add("text", map[string]any{"format": map[string]any{"type": "json_schema", "name": "answer",
				"schema": r.JSONSchema}})
		}
		if len(r.Tools) > 0 {
			b.add("tools", flatTools(r.Tools))
		}
		b.toolChoice(r)
		return b.end()
	},
}

// flatTools turns {"type": "function", "function": {"name": …}} into this API's {"type": "function", "name": …}.
func flatTools(tools []any) []any {
	out := make([]any, len(tools))
	for i, tool := range tools {
		out[i] = tool
		nested, _ := tool.(map[string]any)
		function, is := nested["function"].(map[string]any)
		if !is {
			continue
		}
		flat := maps.Clone(function)
		flat["type"] = nested["type"]
		out[i] = flat
	}
	return out
}
