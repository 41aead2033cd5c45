package results

var tpot = Metric{
	Name: "tpot", Title: "TPOT", Unit: "s", LowerIsBetter: true, Log: true,
	Doc:     "Mean time per output token after the first, of whole answers of two tokens or more; one value per request.",
	Formula: "(last_token − first_token) ÷ (output_tokens − 1)",
	Of: func(r *Record) (float64, bool) {
		d, ok := r.TPOT()
		return d.Seconds(), ok
	},
}
