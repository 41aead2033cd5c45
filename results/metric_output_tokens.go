package results

var outputTokens = Metric{
	Name: "output_tokens", Title: "Output tokens", Unit: "tokens", LowerIsBetter: false, Log: false,
	Doc:     "Tokens of a whole answer, reasoning included, as the server counted them.",
	Formula: "output_tokens",
	Elsewhere: []elsewhere{
		{vllmBench, "output_lens", ""},
		{aiPerf, "output_sequence_length", "as its own tokenizer counts, unless --use-server-token-count (0.13.0); its " +
			"output_token_count leaves reasoning out"},
		{inferencePerf, "output_len", "as the client counts them, 0 where all of an answer is reasoning; output_tokens is " +
			"the server’s"},
		{genAIBench, "num_output_tokens", ""},
	},
	Of: func(r *Record) (float64, bool) {
		return float64(r.OutputTokens), r.OK() && r.Counted != CountedNot
	},
}
