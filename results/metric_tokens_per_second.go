package results

var tokensPerSecond = Metric{
	Name: "tokens_per_second", Title: "Tokens/s of one request", Unit: "tokens/s", LowerIsBetter: false, Log: false,
	Doc:     "Output tokens of a whole answer over its whole time, waiting and prefill included.",
	Formula: "output_tokens ÷ (end − due)",
	Of: func(r *Record) (float64, bool) {
		d, ok := r.E2E()
		return float64(r.OutputTokens) / d.Seconds(), ok && d > 0 && r.OutputTokens > 0
	},
}
