package results

var tpot = Metric{
	Name: "tpot", Title: "TPOT", Unit: "s", LowerIsBetter: true, Log: true,
	Doc: "Mean time per output token after the first, of whole answers of two streamed tokens or more; one value " +
		"per request.",
	Formula: "(last_token − first_token) ÷ (output_tokens − hidden_tokens − 1)",
	Elsewhere: []elsewhere{
		{vllmBench, "tpot", ""},
		{guideLLM, "time_per_output_token", "E2E ÷ output tokens: the prefill is in it"},
		{aiPerf, "inter_token_latency", "to the end of the stream; over the tokens that its own tokenizer counts"},
		{inferencePerf, "time_per_output_token", "tokens as the client counts them, unless told otherwise; " +
			"normalized_time_per_output_token has the prefill in it"},
		{genAIBench, "tpot", "to the end of the stream"},
	},
	Of: func(r *Record) (float64, bool) {
		d, ok := r.TPOT()
		return d.Seconds(), ok
	},
}
