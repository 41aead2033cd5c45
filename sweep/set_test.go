package sweep_test

import (
	"context"
	"testing"
	"time"

	"loadgen/results"
)

const replicas = `version: 1
targets:
  alone: {url: "http://r1:80", model: Qwen/Qwen3-8B}
  r1: {url: "http://r1:80", model: Qwen/Qwen3-8B, together: true}
  r2: {url: "http://r2:80", model: Qwen/Qwen3-8B, together: true}
prompts: {chat: {input: {uniform: [100, 300]}, output: {uniform: [20, 60]}}}
load:
  - {name: each, each: 1}
  - {name: sweep, concurrency: [2, 6], measure: 5s}
  - {name: open, rate: [3], measure: 5s}
`

// Targets that say so are loaded at the same time: their windows lie side by side, and each is under its full load for
// as long as the other measures. The others are alone.
func TestTogether(t *testing.T) {
	run, err := played(context.Background(), t, replicas, nil)
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*results.Step{}
	for _, s := range run.Steps {
		byName[s.Meta.Step.Name] = s
	}
	for _, pair := range [][2]string{{"006-r1-n2-r1", "007-r2-n2-r1"}, {"008-r1-n6-r1", "009-r2-n6-r1"},
		{"011-r1-q3-r1", "012-r2-q3-r1"}} {
		a, b := byName[pair[0]], byName[pair[1]]
		if a == nil || b == nil {
			t.Fatal(pair, len(run.Steps))
		}
		x, y := a.Meta, b.Meta
		if apart := (x.Began + x.Window.Start) - (y.Began + y.Window.Start); apart.Abs() > time.Millisecond {
			t.Errorf("%v: windows begin %v apart", pair, apart)
		}
		for _, one := range []results.StepMeta{x, y} {
			if n := float64(one.Step.Concurrency); n > 0 && one.Evidence.MeanInFlight < n-1e-9 {
				t.Errorf("%s: %v in flight", one.Step.Name, one.Evidence.MeanInFlight)
			}
		}
		if x.Step.Seed == y.Step.Seed {
			t.Errorf("%v are asked the same", pair)
		}
	}
	busy := time.Duration(0) // until when the step before it was under load
	for _, s := range run.Steps {
		if m := s.Meta; len(m.Step.Beside) == 0 {
			if m.Began < busy {
				t.Errorf("%s begins at %v, and another is loaded until %v", m.Step.Name, m.Began, busy)
			}
			busy = m.Began + m.Window.Chased
		}
	}
}
