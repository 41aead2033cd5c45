package results

var ttftSent = Metric{
	Name: "ttft_sent", Title: "TTFT from sending", Unit: "s", LowerIsBetter: true, Log: true,
	Doc:     "Time from the sending to the first non-empty text: what the server alone took, without our wait before it.",
	Formula: "first_token − sent",
	Of: func(r *Record) (float64, bool) {
		d, ok := r.TTFTSent()
		return d.Seconds(), ok
	},
}
