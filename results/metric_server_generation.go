package results

var serverGeneration = Metric{
	Name: "server_generation", Title: "Server decode", Unit: "s", LowerIsBetter: true, Log: false,
	Doc:     "Time from the first token to the last as the server gave it with the answer.",
	Formula: "server_generation",
	Of: func(r *Record) (float64, bool) {
		return r.ServerGeneration.Seconds(), r.ServerFirstToken > 0
	},
}
