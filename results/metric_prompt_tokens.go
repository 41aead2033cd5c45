package results

var promptTokens = Metric{
	Name: "prompt_tokens", Title: "Prompt tokens", Unit: "tokens", LowerIsBetter: false, Log: false,
	Doc:     "Tokens of the prompt, chat template included, as the server counted them.",
	Formula: "prompt_tokens",
	Elsewhere: []elsewhere{
		{vllmBench, "input_lens", ""},
		{aiPerf, "input_sequence_length", ""},
		{genAIBench, "num_input_tokens", ""},
	},
	Of: func(r *Record) (float64, bool) {
		return float64(r.PromptTokens), r.PromptTokens > 0
	},
}
