package results

var ttft = Metric{
	Name: "ttft", Title: "TTFT", Unit: "s", LowerIsBetter: true, Log: true,
	Doc:     "Time from when the request was due to the first non-empty text of any kind; role-only chunks do not count.",
	Formula: "first_token − due",
	Elsewhere: []elsewhere{
		{vllmBench, "ttft", "in chat any first chunk counts, one with a role and no text too"},
		{guideLLM, "time_to_first_token", ""},
		{aiPerf, "time_to_first_token", ""},
		{inferencePerf, "time_to_first_token", "of visible text alone, so TTFO of a reasoning model (0.7.0); the wait " +
			"before sending is apart, as schedule_delay"},
		{genAIBench, "ttft", ""},
	},
	Of: func(r *Record) (float64, bool) {
		d, ok := r.TTFT()
		return d.Seconds(), ok
	},
}
