package results

var ttft = Metric{
	Name: "ttft", Title: "TTFT", Unit: "s", LowerIsBetter: true, Log: true,
	Doc:     "Time from when the request was due to the first non-empty text of any kind; role-only chunks do not count.",
	Formula: "first_token − due",
	Of: func(r *Record) (float64, bool) {
		d, ok := r.TTFT()
		return d.Seconds(), ok
	},
}
