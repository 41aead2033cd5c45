package results

var lag = Metric{
	Name: "lag", Title: "Lag", Unit: "s", LowerIsBetter: true, Log: true,
	Doc:     "How late the request was sent; more than a trifle means that the sender, not the server, was measured.",
	Formula: "sent − due",
	Elsewhere: []elsewhere{
		{inferencePerf, "schedule_delay", ""},
	},
	Of: func(r *Record) (float64, bool) {
		return r.Lag().Seconds(), true
	},
}
