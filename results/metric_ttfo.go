package results

var ttfo = Metric{
	Name: "ttfo", Title: "TTFO", Unit: "s", LowerIsBetter: true, Log: true,
	Doc: "Time from when the request was due to the first visible text: what the reader of a reasoning model " +
		"waits for.",
	Formula: "first_seen − due",
	Elsewhere: []elsewhere{
		{aiPerf, "time_to_first_output_token", ""},
	},
	Of: func(r *Record) (float64, bool) {
		d, ok := r.TTFO()
		return d.Seconds(), ok
	},
}
