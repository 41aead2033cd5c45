package sweep

import (
	"math"
	"testing"
	"time"

	"loadgen/scenarios"
)

func costs(t *testing.T, load string) Group {
	t.Helper()
	sc, err := scenarios.Parse("x.yaml", []byte(`version: 1
targets: {mini: {url: http://localhost:1, model: m}}
prompts: {chat: {input: {fixed: 500}, output: {fixed: 95}}}
load: `+load))
	if err != nil {
		t.Fatal(err)
	}
	return Costs(sc, sc.Plan(""))[0]
}

// An answer takes 500/5000 + 95/50 = 2 s.
func TestCostOfAPlan(t *testing.T) {
	for _, c := range []struct {
		load             string
		requests, window float64
		quantile, soft   float64
		lacks            time.Duration
	}{
		// 10 in flight: 5/s; 60 s are 30 answers and 300 requests: p90. p99 wants 1000: 140 s more. 4 answers beside it
		{"{concurrency: [10], measure: 60s}", 340, 60, 0.9, 0.9, 140 * time.Second},
		// as long as 1050 requests take: 210 s
		{"{concurrency: [10]}", 1090, 210, 0.99, 0.99, 0},
		// 10 s are 5 answers: p90 is soft: 50 requests, five beyond
		{"{concurrency: [10], measure: 10s}", 90, 10, 0, 0.9, 190 * time.Second},
		{"{rate: [5], arrival: constant, measure: 60s}", 400, 60, 0.9, 0.9, 140 * time.Second},
		{"{concurrency: [10], preset: report}", 5 * 3040, 600, 0.99, 0.99, 0},
		{"{each: 3}", 3, 0, 0, 0, 0},
	} {
		g := costs(t, c.load)
		if math.Abs(g.Requests-c.requests) > 1e-6 || g.Quantile != c.quantile || g.Soft != c.soft ||
			g.ForP99.Round(time.Millisecond) != c.lacks || g.OutputTokens != 95*g.Requests {
			t.Errorf("%s: %.3f requests, p%v, lacks %v; want %v, %v, %v", c.load, g.Requests, 100*g.Quantile, g.ForP99,
				c.requests, c.quantile, c.lacks)
		}
		if g.Bytes < 4*g.OutputTokens || g.Bytes > 4*g.OutputTokens+5e6 {
			t.Errorf("%s: %.0f bytes", c.load, g.Bytes)
		}
	}
}
