package results

var reasoningTokens = Metric{
	Name: "reasoning_tokens", Title: "Reasoning tokens", Unit: "tokens", LowerIsBetter: false, Log: false,
	Doc:     "Tokens of a whole answer that were reasoning, not visible text.",
	Formula: "reasoning_tokens",
	Of: func(r *Record) (float64, bool) {
		return float64(r.ReasoningTokens), r.OK() && r.Counted != CountedNot
	},
}
