package advice

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"loadgen/analysis"
	"loadgen/scenarios"
	"loadgen/simulator/machine"
	"loadgen/stat"
)

// A calibrated model puts the load at which a server off its coefficients falls below the goal.
func TestBeliefNearsTheLimit(t *testing.T) {
	s := chat()
	s.levels, s.objective = []int{1, 8, 24, 48}, scenarios.Objective{TPOT: 12 * time.Millisecond, Attainment: 0.9}
	s.turn = func(p *machine.Profile) { p.Bandwidth, p.Compute = 0.8*p.Bandwidth, 0.75*p.Compute }
	study := s.study(t)
	m, err := newModel(study, study.Targets[0], scenarios.Closed)
	if err != nil {
		t.Fatal(err)
	}
	turned := *m
	s.turn(&turned.machine.Profile)
	lo, hi := turned.around(0.9, 24)
	c := m.calibrate(begin(study, study.Targets[0]))
	best := c.with(c.posterior.Best)
	if near, far := c.likelihood(best, 0.9), c.likelihood(m, 0.9); !(far < near && near < 0) || c.likelihood(m, 0) != 0 {
		t.Errorf("likelihood %v, before %v", near, far)
	}
	c.posterior.Spread = misfit + 0.01
	if b := c.belief(0.9); b != (stat.Belief{}) {
		t.Errorf("%+v of a model that does not follow the run", b)
	}
	c.posterior.Spread = misfit
	b := c.belief(0.9)
	if math.Abs(math.Log(b.Load/math.Sqrt(lo.at*hi.at))) > 0.08 {
		t.Errorf("%+v, in truth between %g and %g", b, lo.at, hi.at)
	}
	// four times what a model that follows is off, and what coefficients leave open, and what it gets wrong of a share
	least := 4 * studentScale * putOff
	if more := math.Sqrt(b.Off*b.Off - least*least); !(more > 0.02 && more < 0.25) {
		t.Errorf("± %.3f, of which %.3f is not the least that is taken", b.Off, more)
	}
	quick := m.playThese(24, m.seen, 400)
	slow := m.slower(1.25).playThese(24, m.seen, 400)
	if r := quick.output / slow.output; r < 1.2 || r > 1.26 {
		t.Errorf("slower by a quarter serves 1/%.3f", r)
	}
}

// What a run's steps believe is of its own target and loop.
func TestBeliefOfARun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(dir, os.DirFS("../testdata/gpu/mixed-8192")); err != nil {
		t.Fatal(err)
	}
	if b := BelieveIn(dir, "h100", scenarios.Closed); !(b.Load > 1 && b.Load < 5) || !(b.Off > 0) {
		t.Errorf("%+v, and it held some 3 (testdata/gpu)", b)
	}
	for _, b := range []stat.Belief{BelieveIn(dir, "h100", scenarios.Open), BelieveIn(dir, "other", scenarios.Closed),
		BelieveIn(dir+"?", "h100", scenarios.Closed)} {
		if b != (stat.Belief{}) {
			t.Errorf("%+v of what was not played", b)
		}
	}
}

// The next load is 5 % on, and of a closed loop a whole number that is not the same.
func TestTheNextLoad(t *testing.T) {
	for _, c := range []struct {
		loop           scenarios.Loop
		at, step, want float64
	}{
		{scenarios.Closed, 10, 1.05, 11}, {scenarios.Closed, 40, 1.05, 42}, {scenarios.Closed, 4, 1.05, 5},
		{scenarios.Closed, 40, 1 / 1.05, 38}, {scenarios.Closed, 4, 1 / 1.05, 3}, {scenarios.Open, 4, 1.05, 4.2},
	} {
		if got := (&model{loop: c.loop}).beyond(c.at, c.step); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// Lengths are drawn from the scenario's laws only where answers are as long as planned and nothing was cached.
func TestLengthsOfTheLaw(t *testing.T) {
	answers := func(prompt, output, cached int) []analysis.Observed {
		o := analysis.Observed{Class: "chat", Prompt: prompt, Output: output, Cached: cached}
		o.Planned.Prompt, o.Planned.Output = 500, 100
		return []analysis.Observed{o, o, o}
	}
	if law := beyondPlan(answers(508, 100, 0)); law != (template{8, true}) {
		t.Errorf("%+v: a template has 8 tokens", law)
	}
	for what, seen := range map[string][]analysis.Observed{"shorter answers": answers(508, 60, 0),
		"cached prompts": answers(508, 100, 64), "no plan": {{Class: "chat", Prompt: 500, Output: 100}}} {
		if law := beyondPlan(seen); law.kept {
			t.Errorf("%s are taken for the law's", what)
		}
	}
	law := &scenarios.Length{Law: "lognormal", Mean: 500, CV: 0.5, Min: 1, Max: 8000}
	sc := &scenarios.Scenario{Prompts: []scenarios.PromptClass{{Name: "chat", Weight: 1, Input: law,
		Output: scenarios.Output{Length: &scenarios.Length{Law: "fixed", Mean: 100}}}}}
	drawn := drawnLengths(sc, answers(508, 100, 0))
	sum := 0.0
	for _, o := range drawn {
		sum += float64(o.Prompt) / float64(len(drawn))
	}
	if len(drawn) != population || math.Abs(sum-508) > 8 {
		t.Errorf("%d lengths of %.1f tokens on average", len(drawn), sum)
	}
}

// Where no law tells lengths those seen stand for them, in the shares of classes that the scenario asks for: that one
// request in three that came was a document does not make one in three of all.
func TestLengthsInTheScenariosShares(t *testing.T) {
	text := func(name string, weight float64) scenarios.PromptClass {
		return scenarios.PromptClass{Name: name, Weight: weight, Text: "as given",
			Output: scenarios.Output{Length: &scenarios.Length{Law: "fixed", Mean: 100}}}
	}
	sc := &scenarios.Scenario{Prompts: []scenarios.PromptClass{text("chat", 9), text("doc", 1)}}
	seen := []analysis.Observed{{Class: "chat", Prompt: 20}, {Class: "chat", Prompt: 22}, {Class: "doc", Prompt: 3000}}
	drawn, docs := drawnLengths(sc, seen), 0
	for _, o := range drawn {
		if o.Prompt == 3000 {
			docs++
		}
	}
	if len(drawn) != population || math.Abs(float64(docs)/population-0.1) > 0.01 {
		t.Errorf("%d documents of %d", docs, len(drawn))
	}
	if drawnLengths(sc, seen[:2]) != nil {
		t.Error("lengths of a class that nobody saw")
	}
}
