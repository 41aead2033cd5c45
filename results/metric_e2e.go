package results

var e2e = Metric{
	Name: "e2e", Title: "E2E", Unit: "s", LowerIsBetter: true, Log: true,
	Doc:     "Time from when the request was due to the end of a whole answer.",
	Formula: "end − due",
	Elsewhere: []elsewhere{
		{vllmBench, "e2el", "ends at the last chunk with text"},
		{guideLLM, "request_latency", ""},
		{aiPerf, "request_latency", ""},
		{inferencePerf, "request_latency", ""},
		{genAIBench, "e2e_latency", ""},
	},
	Of: func(r *Record) (float64, bool) {
		d, ok := r.E2E()
		return d.Seconds(), ok
	},
}
