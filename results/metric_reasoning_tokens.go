package results

var reasoningTokens = Metric{
	Name: "reasoning_tokens", Title: "Reasoning tokens", Unit: "tokens", LowerIsBetter: false, Log: false,
	Doc:     "Tokens of a whole answer that were reasoning, not visible text; servers that do not tell have none.",
	Formula: "reasoning_tokens",
	Elsewhere: []elsewhere{
		{aiPerf, "reasoning_token_count", ""},
		{genAIBench, "num_reasoning_tokens", "added to the output tokens"},
	},
	Of: func(r *Record) (float64, bool) {
		return float64(r.ReasoningTokens), r.OK() && r.ReasoningTold
	},
}
