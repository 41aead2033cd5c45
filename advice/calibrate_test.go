package advice

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"loadgen/analysis"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/simulator/machine"
)

// scheduled is an open loop's step on a machine, as its client sees it.
func scheduled(t *testing.T, m *model, rate float64) *analysis.Point {
	rng := rand.New(rand.NewPCG(7, math.Float64bits(rate)))
	var requests []machine.Served
	at := 0.0
	for range 300 {
		at += rng.ExpFloat64() / rate
		requests = append(requests, machine.Served{Prompt: 200 + rng.IntN(1800), Output: 20 + rng.IntN(100),
			Arrival: time.Duration(at * 1e9)})
	}
	got, err := m.machine.Replay(m.blocks, requests, 5)
	if err != nil {
		t.Fatal(err)
	}
	p := &analysis.Point{Loop: scenarios.Open, Level: rate, Relaxations: 20,
		Steps: []results.StepMeta{{Verdict: results.Verdict{State: results.Trusted}}}}
	for i, r := range got {
		o := analysis.Observed{Class: "chat", Prompt: r.Prompt, Output: r.Output, TTFT: r.TTFT(), TPOT: r.TPOT(),
			Gap: r.Gap.Seconds(), Due: r.Arrival.Seconds(), Judged: i >= 60}
		p.Schedule = append(p.Schedule, o)
		p.Observed = append(p.Observed, o)
	}
	return p
}

// Asked a run's own schedule, a model finds the coefficients that made it: what chance brought is the same on both
// sides.
func TestScheduleTellsCoefficients(t *testing.T) {
	run := server{model: "Qwen/Qwen3-8B", card: "A100", settings: scenarios.Settings{"max-model-len": 4096},
		objective: scenarios.Objective{TTFT: time.Second, Attainment: 0.95}, prompt: [2]int{200, 2000},
		output: [2]int{20, 120}}
	s := run.study(t)
	target := s.Targets[0]
	truth := &model{sc: s.Scenario, loop: scenarios.Open, seen: make([]analysis.Observed, 1)}
	if err := truth.build(target); err != nil {
		t.Fatal(err)
	}
	truth.machine.Profile.Compute *= 0.8
	truth.machine.Profile.Bandwidth *= 0.85
	target.Points = []*analysis.Point{scheduled(t, truth, 4), scheduled(t, truth, 7)}
	m, err := newModel(s, target, scenarios.Open)
	if err != nil {
		t.Fatal(err)
	}
	c := m.calibrate(&Advice{Target: target})
	got := c.with(c.posterior.Best).machine.Profile
	for name, by := range map[string]float64{"compute": got.Compute / truth.machine.Profile.Compute,
		"bandwidth": got.Bandwidth / truth.machine.Profile.Bandwidth} {
		if math.Abs(by-1) > 0.08 {
			t.Errorf("%s is %.3f times the truth, residuals %.2f", name, by, c.posterior.Spread)
		}
	}
	if c.posterior.Spread > 0.6 {
		t.Errorf("residuals %.2f times those expected", c.posterior.Spread)
	}
}
