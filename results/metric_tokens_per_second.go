package results

var tokensPerSecond = Metric{
	Name: "tokens_per_second", Title: "Tokens/s of one request", Unit: "tokens/s", LowerIsBetter: false, Log: false,
	Doc:     "Output tokens of a whole answer over its whole time, waiting and prefill included.",
	Formula: "output_tokens ÷ (end − due)",
	Elsewhere: []elsewhere{
		{aiPerf, "output_token_throughput_per_user", "1 ÷ its inter_token_latency: without the prefill"},
		{genAIBench, "output_throughput", "(tokens − 1) ÷ (E2E − TTFT): without the prefill"},
	},
	Of: func(r *Record) (float64, bool) {
		d, ok := r.E2E()
		return float64(r.OutputTokens) / d.Seconds(), ok && d > 0 && r.OutputTokens > 0
	},
}
