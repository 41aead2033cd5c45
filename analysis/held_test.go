package analysis

import (
	"math"
	"slices"
	"testing"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/stat"
)

func attained(level float64, met, n int) *Point {
	p := &Point{Loop: scenarios.Closed, Level: level, Label: "n", Classes: map[string]Class{}}
	p.Steps = []results.StepMeta{{}}
	answers := make([]bool, n)
	for i := range met {
		answers[i*n/max(met, 1)] = true
	}
	p.Attainment = Estimate{Interval: stat.Share(answers, nil), N: n}
	p.RequestRate.Value, p.OutputRate.Value = level/2, level*10
	return p
}

func heldOf(goal float64, points ...*Point) HeldLoad {
	t := &TargetStudy{Points: points}
	sc := &scenarios.Scenario{Objective: scenarios.Objective{TTFT: 1, Attainment: goal}}
	return t.HeldIn(sc, scenarios.Closed, "")
}

func TestHeldLoad(t *testing.T) {
	for name, c := range map[string]struct {
		points       []*Point
		state        HeldState
		value, lower [2]float64 // between
	}{
		"between two levels": {[]*Point{attained(4, 1000, 1000), attained(8, 990, 1000), attained(16, 500, 1000)}, Held,
			[2]float64{8, 12}, [2]float64{8, 10}},
		"not reached": {[]*Point{attained(4, 1000, 1000), attained(8, 990, 1000)}, HeldAtLeast, [2]float64{8, 8},
			[2]float64{8, 8}},
		"none": {[]*Point{attained(1, 200, 1000), attained(8, 0, 1000)}, HeldNone, [2]float64{0, 0},
			[2]float64{0, 0}},
		"too few to prove": {[]*Point{attained(4, 20, 20), attained(8, 0, 20)}, Held, [2]float64{4, 8},
			[2]float64{0, 0}},
		"one unlucky level": {[]*Point{attained(1, 12, 12), attained(8, 37, 43), attained(24, 80, 80),
			attained(64, 53, 95)}, Held, [2]float64{24, 64}, [2]float64{24, 64}},
		"a limit and luck after": {[]*Point{attained(1, 500, 500), attained(8, 200, 500), attained(24, 60, 60)}, Held,
			[2]float64{1, 8}, [2]float64{1, 8}},
		"exactly the goal is held": {[]*Point{attained(4, 900, 1000), attained(8, 100, 1000)}, Held, [2]float64{4, 4.01},
			[2]float64{0, 0}},
	} {
		h := heldOf(0.9, c.points...)
		if h.State != c.state || h.Value < c.value[0] || h.Value > c.value[1] || h.Lower < c.lower[0] ||
			h.Lower > c.lower[1] {
			t.Errorf("%s: %q, %v, at least %v", name, h.State, h.Value, h.Lower)
		}
		if h.Lower > h.Value {
			t.Errorf("%s: claims %v of %v", name, h.Lower, h.Value)
		}
		if h.Lower > 0 && math.Abs(h.AtLower.Requests-h.Lower/2) > 1e-9 {
			t.Errorf("%s: %v req/s at %v", name, h.AtLower.Requests, h.Lower)
		}
	}
}

func TestNoObjectiveNoHeldLoad(t *testing.T) {
	p := attained(4, 10, 10)
	p.Attainment = hidden(0, "no objective is given")
	if h := heldOf(0.9, p); h.Known() {
		t.Errorf("%+v", h)
	}
}

// A search whose lower steps cannot be trusted says nothing of them, least of all that no load is held.
func TestSearchWithUntrustedStepsBelow(t *testing.T) {
	sc := &scenarios.Scenario{Objective: scenarios.Objective{TTFT: 1, Attainment: 0.9}}
	step := func(load, share float64, state results.State) *Point {
		e := Estimate{Interval: stat.Interval{Value: share, Lo: share - 0.02, Hi: min(1, share+0.02)}, N: 500}
		return &Point{Loop: scenarios.Open, Level: load, Attainment: e,
			Steps: []results.StepMeta{{Step: scenarios.Step{Loop: scenarios.Open, Rate: load, Try: 1},
				Verdict: results.Verdict{State: state}}}}
	}
	for state, want := range map[results.State]HeldState{results.Invalid: HeldNot, results.Trusted: HeldNone} {
		ts := &TargetStudy{Points: []*Point{step(2, 0.2, state), step(8, 0.1, results.Trusted)}}
		if h := ts.Held(sc); h.State != want || !h.Searched {
			t.Errorf("a step below that is %s: %+v", state, h)
		}
	}
}

// What a search claims is what a fresh step confirmed, however well others did.
func TestSearchClaimsWhatIsConfirmed(t *testing.T) {
	sc := &scenarios.Scenario{Objective: scenarios.Objective{TTFT: 1, Attainment: 0.9}}
	step := func(load, share, lo float64, confirm bool) *Point {
		e := Estimate{Interval: stat.Interval{Value: share, Lo: lo, Hi: min(1, 2*share-lo)}, N: 500}
		return &Point{Loop: scenarios.Open, Level: load, Attainment: e, Relaxations: 100,
			Steps: []results.StepMeta{{Step: scenarios.Step{Loop: scenarios.Open, Rate: load, Try: 1, Confirm: confirm},
				Verdict: results.Verdict{State: results.Trusted}}}}
	}
	ts := &TargetStudy{Points: []*Point{step(4, 0.99, 0.97, false), step(6, 0.96, 0.94, true), step(7, 0.94, 0.92, false),
		step(8, 0.89, 0.86, true), step(9, 0.6, 0.5, false)}}
	h := ts.Held(sc)
	if h.State != Held || h.Lower != 6 || h.Confirmed != ts.Points[1] || h.Value < 7 || h.Value > 9 || h.Line == nil {
		t.Errorf("%+v", h)
	}
	if with := ts.HeldFrom(sc, scenarios.Open, stat.Belief{Load: 7, Off: 0.02}); !(with.Value < h.Value) {
		t.Errorf("%v with a belief of 7, %v without", with.Value, h.Value)
	}
	ts.HeldFrom(sc, scenarios.Closed, stat.Belief{Load: 7, Off: 0.02})
	if other := ts.Held(sc); other.Value != h.Value {
		t.Errorf("%v after a belief of another loop's load, %v without", other.Value, h.Value)
	}
	above := step(8.5, 0.905, 0.88, true)
	ts.Points = append(ts.Points[:4:4], above, ts.Points[4])
	lucky := ts.Held(sc)
	if claim := stat.Claim(*lucky.Line); lucky.Confirmed != above || claim < 6.5 || lucky.Lower != claim {
		t.Errorf("a step above what can be claimed kept the goal: %+v", lucky)
	}
	ts.Points = slices.Delete(ts.Points, 4, 5)
	if ts.Points[1].Attainment.Value = 0.88; ts.Held(sc).Proven() { // though by all the others that load can be claimed
		t.Error("a step that fell short confirms")
	}
}

// A search behind a ladder is read from its levels too, but for those of too few requests; only a step of the search
// confirms.
func TestASearchReadsItsLadder(t *testing.T) {
	sc := &scenarios.Scenario{Objective: scenarios.Objective{TTFT: 1, Attainment: 0.9}}
	level := func(load float64, met, n, try int) *Point {
		p := attained(load, met, n)
		p.Relaxations, p.Steps[0].Verdict.State = 100, results.Trusted
		p.Steps[0].Step = scenarios.Step{Loop: scenarios.Closed, Concurrency: int(load), Try: try, Confirm: try > 1}
		return p
	}
	tries := []*Point{level(20, 1900, 2000, 1), level(21, 1870, 2000, 2)}
	alone := (&TargetStudy{Points: tries}).Held(sc)
	points := append([]*Point{level(1, 10, 12, 0), level(16, 1000, 1000, 0)}, tries...)
	ts := &TargetStudy{Points: append(points, level(32, 300, 1000, 0))}
	h := ts.Held(sc)
	if h.State != Held || h.Lower != 21 || h.Above.Level != 32 || h.Value < 21 || h.Value > 28 {
		t.Errorf("%+v", h)
	}
	ts.Points = slices.Insert(ts.Points, 2, level(18, 890, 1000, 0)) // by chance
	if with := ts.Held(sc); with.Below.Level < 20 || with.Above.Level < 21 {
		t.Errorf("with a level that fell short by chance: %+v", with)
	}
	above := &TargetStudy{Points: []*Point{level(16, 1000, 1000, 1), level(20, 960, 1000, 2), level(21, 880, 1000, 3),
		level(24, 903, 1000, 4), level(32, 300, 1000, 5)}}
	lucky := above.Held(sc)
	if lucky.Value < 21 || lucky.Value > 24 || lucky.Below.Level != 24 || lucky.Above.Level != 32 {
		t.Errorf("a level above the value kept the goal: %+v", lucky)
	}
	chance := &TargetStudy{Points: []*Point{level(20, 899, 1000, 1), level(21, 950, 1000, 2), level(26, 300, 1000, 3)}}
	if low := chance.Held(sc); low.State != Held || low.Value < 19 || low.Value > 26 {
		t.Errorf("the lowest of three falls short by one request: %+v", low)
	}
	unlucky := &TargetStudy{Points: []*Point{level(16, 1000, 1000, 1), level(20, 1000, 1000, 2),
		level(22, 899, 1000, 3)}}
	if far := unlucky.HeldFrom(sc, scenarios.Closed, stat.Belief{Load: 90, Off: 0.02}); far.Value != 22 {
		t.Errorf("%+v is told, where 22 was the highest that was played", far.Value)
	}
	if alone.State != HeldAtLeast || alone.Value != 21 {
		t.Errorf("without the ladder: %+v", alone)
	}
}

// At a rate that is held what comes is served, with answers of the mean length: that a short window had longer ones
// does not make more of the load.
func TestRatesOfAnOpenLoop(t *testing.T) {
	open := func(level, requests, output float64, met int) *Point {
		p := attained(level, met, 1000)
		p.Loop, p.Cohort = scenarios.Open, 1000
		p.Steps[0].Evidence.PlannedRate = level
		p.RequestRate.Value, p.RequestRate.Hi, p.OutputRate.Value = requests, requests, output
		return p
	}
	points := []*Point{open(4, 3.9, 390, 1000), open(8, 8.2, 984, 950), open(16, 9, 90, 100)}
	points[2].Steps[0].Evidence.Overrun = 100
	sc := &scenarios.Scenario{Objective: scenarios.Objective{TTFT: 1, Attainment: 0.9}}
	h := (&TargetStudy{Points: points}).HeldIn(sc, scenarios.Open, "")
	if h.AtValue.Requests != h.Value || math.Abs(h.AtValue.Output/h.Value-110) > 1e-9 {
		t.Errorf("%+v at %v: answers of 100 and 120 tokens", h.AtValue, h.Value)
	}
}
