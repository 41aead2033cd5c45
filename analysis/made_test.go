package analysis

import (
	"math/rand/v2"
	"time"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/stat"
)

const ms = time.Millisecond

// steady is a step of n requests in flight whose answers all take ttft and then itl per token; one request follows the
// other in each slot, so Little's law holds exactly.
func steady(n, tokens int, ttft, itl, window time.Duration) *StepData {
	e2e := ttft + time.Duration(tokens-1)*itl
	d := &StepData{Meta: results.StepMeta{
		Step:     scenarios.Step{Name: "step", Loop: scenarios.Closed, Concurrency: n, Target: "mini"},
		Window:   results.Window{RampEnd: e2e, Start: 2 * e2e, End: 2*e2e + window, Settled: true},
		Evidence: results.Evidence{MeanInFlight: float64(n)},
	}}
	for slot := range n {
		turn := 0
		for due := time.Duration(slot) * e2e / time.Duration(n); due < d.Meta.Window.End+e2e; due += e2e {
			d.Records = append(d.Records, answer(d.Meta.Window, slot, turn, due, tokens, ttft, itl))
			turn++
		}
	}
	d.Meta.Window.Chased, d.Meta.Window.Drained = d.Meta.Window.End+e2e, d.Meta.Window.End+2*e2e
	return d
}

// lively is steady with first tokens that come within ± half of ttft, so that the slots part.
func lively(n, tokens int, ttft, itl, window time.Duration) *StepData {
	d := steady(n, tokens, ttft, itl, window)
	w, draw := d.Meta.Window, rand.New(rand.NewPCG(1, 2))
	d.Records = nil
	for slot := range n {
		due := time.Duration(slot) * ttft / time.Duration(n)
		for turn := 0; due < w.Chased; turn++ {
			r := answer(w, slot, turn, due, tokens, ttft/2+time.Duration(draw.Int64N(int64(ttft))), itl)
			d.Records, due = append(d.Records, r), r.End
		}
	}
	return d
}

func answer(w results.Window, slot, turn int, due time.Duration, tokens int, ttft, itl time.Duration) results.Record {
	r := results.Record{ID: int64(slot)<<32 | int64(turn), Class: "chat", Slot: int32(slot), Turn: int32(turn),
		Phase: w.Phase(due),
		Due:   due, Sent: due, Written: due, FirstByte: due + ttft, FirstToken: due + ttft, FirstSeen: due + ttft,
		Status: 200,
		Finish: "length", Reused: turn > 0,
		PromptTokens: 100, OutputTokens: int32(tokens), Counted: results.CountedUsage, PlannedPrompt: 100,
		PlannedOutput: int32(tokens), PlannedExact: true, Events: int32(tokens)}
	r.LastToken = r.FirstToken + time.Duration(tokens-1)*itl
	r.End = r.LastToken
	for i := range tokens {
		a := results.Arrival{Gap: itl, Events: 1}
		if i == 0 {
			a.Gap = 0
		}
		r.Arrivals = append(r.Arrivals, a)
	}
	return r
}

// gauge adds readings of one server series, once a second.
func (d *StepData) gauge(name, label string, value func(second int) float64) {
	for s := 0; time.Duration(s)*time.Second <= d.Meta.Window.Drained; s++ {
		d.Samples = append(d.Samples, results.Sample{At: time.Duration(s) * time.Second, Source: results.Server, Name: name,
			Label: label, Value: value(s)})
	}
}

func constant(v float64) func(int) float64 { return func(int) float64 { return v } }

// level is a point with the numbers that plateau, knee and elasticity look at.
func level(n, tokps, tpot, running, waiting float64) *Point {
	known := func(v float64) Estimate {
		return Estimate{Interval: stat.Interval{Value: v, Lo: 0.98 * v, Hi: 1.02 * v}, N: 1000}
	}
	return &Point{Loop: scenarios.Closed, Level: n, Label: scenarios.Step{Loop: scenarios.Closed,
		Concurrency: int(n)}.Label(),
		Steps:      []results.StepMeta{{}},
		OutputRate: known(tokps), RequestRate: known(tokps / 100),
		Metrics: map[string]Spread{"tpot": {Mean: known(tpot)}, "e2e": {Mean: known(n * 100 / tokps)},
			"ttft": {Mean: known(0.1)}},
		Server: ServerFacts{Known: true, N: 60, Running: running, RunningMax: running, Waiting: waiting, KV: 0.3,
			KVMax: 0.4}}
}
