package results

var serverFirstToken = Metric{
	Name: "server_first_token", Title: "Server prefill", Unit: "s", LowerIsBetter: true, Log: false,
	Doc:     "Time from scheduling to the first token as the server gave it with the answer, without queueing.",
	Formula: "server_first_token",
	Of: func(r *Record) (float64, bool) {
		return r.ServerFirstToken.Seconds(), r.ServerFirstToken > 0
	},
}
