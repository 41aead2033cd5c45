package results

var serverQueue = Metric{
	Name: "server_queue", Title: "Server queue", Unit: "s", LowerIsBetter: true, Log: false,
	Doc:     "Time in the server's queue as the server gave it with the answer (--enable-per-request-metrics).",
	Formula: "server_queue",
	Of: func(r *Record) (float64, bool) {
		return r.ServerQueue.Seconds(), r.ServerFirstToken > 0
	},
}
