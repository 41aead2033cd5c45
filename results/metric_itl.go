package results

var itl = Metric{
	Name: "itl", Title: "ITL", Unit: "s", LowerIsBetter: true, Log: true, Gaps: true,
	Doc: "Gap between consecutive reads that carried tokens, pooled over all arrivals after each request's first: " +
		"the only metric that sees stalls.",
	Formula: "arrival_gap, all but the first of each request",
	Elsewhere: []elsewhere{
		{vllmBench, "itl", "per chunk with text, not per read: chunks that came in one read have gaps of microseconds"},
		{guideLLM, "inter_token_latency", "one mean per request, as TPOT is: it hides stalls"},
		{aiPerf, "inter_chunk_latency", "per chunk; its inter_token_latency is TPOT"},
		{inferencePerf, "inter_token_latency", "per token as the client counts tokens, which may differ from the server"},
	},
	Of: func(r *Record) (float64, bool) {
		return r.LargestGap().Seconds(), r.Gaps() > 0
	},
}
