package results

var tokensPerEvent = Metric{
	Name: "tokens_per_event", Title: "Tokens per event", Unit: "", LowerIsBetter: false, Log: false,
	Doc: "Tokens that one event of the stream carried on average; above 1.05, ITL is the time between chunks, not " +
		"tokens.",
	Formula: "output_tokens ÷ events",
	Of: func(r *Record) (float64, bool) {
		if !r.OK() || r.Events == 0 || r.OutputTokens == 0 {
			return 0, false
		}
		return float64(r.OutputTokens) / float64(r.Events), true
	},
}
