package results

// A Metric is one quantity computed from a record.
type Metric struct {
	Name          string // "ttft"; file names and JSON keys come from it
	Title         string // for axes and table heads: "TTFT"
	Unit          string // s, tokens, tokens/s, or "" for a bare number
	Doc           string // one sentence
	Formula       string // in the fields of records.parquet
	LowerIsBetter bool
	Elsewhere     []elsewhere // what other tools call it

	// Of is the request's value in Unit; ok is false when the request has none. For a metric with Gaps it is the largest
	// gap, which is what an objective bounds.
	Of func(*Record) (value float64, ok bool)
	// Gaps reports whether the pool has one value per arrival after a request's first, not one per request.
	Gaps bool
	// Log reports whether the step keeps an HDR log of it.
	Log bool
}

// Metrics are all of them, in the order in which they are shown.
var Metrics = []Metric{
	ttft, ttftSent, ttfo, itl, tpot, e2e, e2eSent, lag,
	outputTokens, reasoningTokens, promptTokens, cachedTokens, tokensPerSecond, tokensPerEvent,
	serverQueue, serverFirstToken, serverGeneration,
}

// FindMetric returns the metric of that name.
func FindMetric(name string) (Metric, bool) {
	for _, m := range Metrics {
		if m.Name == name {
			return m, true
		}
	}
	return Metric{}, false
}

// each yields what one record adds to the pool.
func (m Metric) each(r *Record, yield func(float64)) {
	if !m.Gaps {
		if v, ok := m.Of(r); ok {
			yield(v)
		}
		return
	}
	for i := 1; i < len(r.Arrivals); i++ {
		yield(r.Arrivals[i].Gap.Seconds())
	}
}
