package vllm

import "strings"

// parsers are what vLLM's documentation names for a family of models: --reasoning-parser and --tool-call-parser.
type parsers struct {
	Family    string // how served names of the family begin, in lower case
	Reasoning string
	Tool      string
}

// parserTable is from vLLM's pages on reasoning outputs and tool calling (0.11 to 0.26); models that are not in it are
// not judged.
var parserTable = []parsers{
	{Family: "qwen3-coder", Tool: "qwen3_coder"},
	{Family: "qwen3", Reasoning: "qwen3", Tool: "hermes"},
}

// FindParsers returns the parsers of a served model.
func FindParsers(model string) (parsers, bool) {
	base := strings.ToLower(model[strings.LastIndex(model, "/")+1:])
	for _, p := range parserTable {
		if rest, ok := strings.CutPrefix(base, p.Family); ok && (rest == "" || rest[0] == '-') {
			return p, true
		}
	}
	return parsers{}, false
}
