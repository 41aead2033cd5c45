package results

var e2eSent = Metric{
	Name: "e2e_sent", Title: "E2E from sending", Unit: "s", LowerIsBetter: true, Log: true,
	Doc:     "Time from the sending to the end of a whole answer.",
	Formula: "end − sent",
	Of: func(r *Record) (float64, bool) {
		return (r.End - r.Sent).Seconds(), r.OK()
	},
}
