package results

var outputTokens = Metric{
	Name: "output_tokens", Title: "Output tokens", Unit: "tokens", LowerIsBetter: false, Log: false,
	Doc:     "Tokens of a whole answer, reasoning included, as the server counted them.",
	Formula: "output_tokens",
	Of: func(r *Record) (float64, bool) {
		return float64(r.OutputTokens), r.OK() && r.Counted != CountedNot
	},
}
