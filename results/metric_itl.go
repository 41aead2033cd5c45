package results

import "time"

var itl = Metric{
	Name: "itl", Title: "ITL", Unit: "s", LowerIsBetter: true, Log: true, Gaps: true,
	Doc:     "Gap between consecutive reads that carried tokens, pooled over all arrivals after each request's first: the only metric that sees stalls.",
	Formula: "arrival_gap, all but the first of each request",
	Of: func(r *Record) (float64, bool) {
		var largest time.Duration
		for _, a := range r.Arrivals {
			largest = max(largest, a.Gap)
		}
		return largest.Seconds(), len(r.Arrivals) > 1
	},
}
