package analysis

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/stat"
)

// What matters begins at 5 %, both ways, and 5 % itself is none of what does not.
func TestFivePerCentMatter(t *testing.T) {
	at := func(v, lo, hi float64) stat.Interval { return stat.Interval{Value: v, Lo: lo, Hi: hi} }
	for _, c := range []struct {
		r    stat.Interval
		want Judgement
	}{
		{at(1+Material, 1.04, 1.07), Better}, {at(1.049, 1.04, 1.07), NoneShown},
		{at(1-Material, 0.93, 0.96), Worse}, {at(0.951, 0.93, 0.96), NoneShown},
		{at(1, 1-Material, 1.01), NoneShown}, {at(1, 0.951, 1.049), Equivalent},
		{at(1, 0.99, 1+Material), NoneShown},
	} {
		if got := judge(c.r, true, true); got != c.want {
			t.Errorf("%+v: %s, want %s", c.r, got, c.want)
		}
	}
}

// The most certain ratio is tested first, at 5 % ÷ all; the first that is not different ends the different ones.
func TestHolmGoesFromTheMostCertain(t *testing.T) {
	ratio := func(z float64) *MetricRatio {
		r := &MetricRatio{HigherGood: true, Base: 1, Other: math.Exp(0.1)}
		r.spread(0.1 / z)
		return r
	}
	for _, c := range []struct {
		z    []float64 // two tests: 2.2414 first, then 1.9600
		want []Judgement
	}{
		{[]float64{2.25, 1.97}, []Judgement{Better, Better}},
		{[]float64{2.25, 1.95}, []Judgement{Better, NoneShown}},
		{[]float64{2.23, 1.97}, []Judgement{NoneShown, NoneShown}},
		{[]float64{1.97}, []Judgement{Better}},
	} {
		var all []*MetricRatio
		for _, z := range c.z {
			all = append(all, ratio(z))
		}
		given := slices.Clone(all)
		slices.Reverse(all) // their order does not matter
		holm(all)
		for i, r := range given {
			if r.Says != c.want[i] {
				t.Errorf("%v: %s is %v standard deviations off, want %s", c.z, r.Says, c.z[i], c.want[i])
			}
		}
	}
}

// The verdict is what all that decides says; too few repetitions and bounds leave it open.
func TestVerdictOfWhatDecides(t *testing.T) {
	const few, enough = enoughRepetitions - 1, enoughRepetitions
	says := func(all ...Judgement) (out []MetricRatio) {
		for _, s := range all {
			r := MetricRatio{Says: s, Base: 1, Other: 1}
			r.spread(0.04)
			out = append(out, r)
		}
		return out
	}
	bound := func(s Judgement, by string) []MetricRatio {
		r := says(s)
		r[0].Bound = by
		return r
	}
	for _, c := range []struct {
		decisive    []MetricRatio
		base, other int
		want        Judgement
		why         string
	}{
		{nil, enough, enough, Inconclusive, ""},
		{says(Better), enough, enough, Better, ""},
		{says(Better), few, enough, Inconclusive, "a verdict needs 4 repetitions a side, here are 3 and 4"},
		{says(Better), enough, few, Inconclusive, "here are 4 and 3"},
		{says(Better, Worse), enough, enough, Mixed, ""},
		{says(Better, NoneShown), enough, enough, Better, ""},
		{says(Worse, Equivalent), enough, enough, Worse, ""},
		{says(Equivalent, Equivalent), enough, enough, Equivalent, ""},
		{says(Equivalent, NoneShown), enough, enough, Inconclusive, "would decide it"},
		{bound(Worse, "variant is a lower bound"), enough, enough, Inconclusive, "higher levels, until the objective breaks"},
		{bound(Worse, "baseline is a lower bound"), enough, enough, Worse, ""},
		{bound(Better, "baseline is a lower bound"), enough, enough, Inconclusive, "higher levels"},
		{bound(Better, "variant is a lower bound"), enough, enough, Better, ""},
	} {
		cmp := Comparison{Base: &TargetStudy{}, Other: &TargetStudy{}, Decisive: c.decisive,
			BaseEvidence: Evidence{1, c.base}, OtherEvidence: Evidence{1, c.other}}
		if cmp.conclude(); cmp.Verdict != c.want || !strings.Contains(cmp.Why, c.why) {
			t.Errorf("%+v: %s, %q", c, cmp.Verdict, cmp.Why)
		}
	}
}

// An open verdict says first why it is open, then the starts and the time that would decide it, then what was judged:
// of repetitions of 90 s and 150 s four take 10 min a side, by the longer one; for × 1.02 ± 5 % it takes
// 2 (1.96 × 0.05 ÷ √2 ÷ (ln 1.05 − ln 1.02))² = 11.4 starts.
func TestWhyAVerdictIsOpen(t *testing.T) {
	side := func(lasts time.Duration) *TargetStudy {
		rep := &Point{Steps: []results.StepMeta{{Window: results.Window{Drained: lasts}, Verdict: results.Verdict{
			State: results.Trusted}}}}
		return &TargetStudy{Points: []*Point{{Steps: slices.Concat(rep.Steps, rep.Steps), Repetitions: []*Point{rep, rep}}}}
	}
	wide, far := MetricRatio{Base: 1, Other: 1.02, Name: "x"}, MetricRatio{Base: 1, Other: 1.2, Name: "x"}
	wide.spread(0.05)
	far.spread(0.05)
	bound := MetricRatio{Bound: "variant is a lower bound", Says: NoneShown}
	for _, c := range []struct {
		of          MetricRatio
		repetitions int
		why         string
	}{
		{wide, 2, "a verdict needs 4 repetitions a side, here are 2 and 2; about 12 starts a side, with 12 repetitions " +
			"over " +
			"them, would decide it: 30 min a side; judged by held"},
		{far, 2, "a verdict needs 4 repetitions a side, here are 2 and 2; about 2 starts a side, with 4 repetitions over " +
			"them, would decide it: 10 min a side; judged by held"},
		{wide, 4, "the ratio of x may be one that matters (5 %) or one that does not; about 12 starts"},
		{far, 4, "of x chance is not excluded at 5 % over all that is judged (Holm); about 2 starts"},
		{bound, 4, "variant is a lower bound, so that the ratio is open; higher levels"},
	} {
		e := Evidence{1, c.repetitions}
		v := Comparison{Base: side(90 * time.Second), Other: side(150 * time.Second), Decisive: []MetricRatio{c.of},
			BaseEvidence: e, OtherEvidence: e, Why: "held"}
		if v.conclude(); v.Verdict != Inconclusive || !strings.HasPrefix(v.Why, c.why) {
			t.Errorf("%+v: %s %q", c.of, v.Verdict, v.Why)
		}
	}
}

// How many starts would decide, by hand: 2 (1.96 σ ÷ √2 ÷ room)², where σ ÷ √2 is 2.8 % at least and the room what the
// ratio is off, or lacks to what matters.
func TestStartsThatWouldDecide(t *testing.T) {
	for _, c := range []struct {
		ratio, deviation float64
		want             string
	}{
		{math.Exp(0.1), 0.2, "about 16 starts"},         // 2 (1.96 × 0.1414 ÷ 0.1)² = 15.4
		{math.Exp(-0.1), 0.2, "about 16 starts"},        // the same the other way
		{1, 0.2, "about 65 starts"},                     // room ln 1.05: 64.5
		{math.Exp(0.1), 0.01, "about 2 starts a side,"}, // two at least
		{1, 0.01, "about 3 starts"},                     // 2 (1.96 × 0.028 ÷ 0.0488)² = 2.5
	} {
		r := MetricRatio{Base: 1, Other: c.ratio}
		r.spread(c.deviation)
		of := Comparison{Base: &TargetStudy{}, Other: &TargetStudy{}, Decisive: []MetricRatio{r}}
		if got := of.need(); !strings.HasPrefix(got, c.want) {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// A side that holds nothing has no ratio; the other is better only where it proves that it holds something.
func TestASideThatHoldsNothing(t *testing.T) {
	none, held, unproven := HeldLoad{State: HeldNone}, HeldLoad{State: Held, Lower: 3}, HeldLoad{State: Held}
	for _, c := range []struct {
		base, other HeldLoad
		want        Judgement
		bound       string
	}{
		{none, none, NoneShown, "neither holds anything"},
		{none, held, Better, "baseline holds nothing"}, {none, unproven, NoneShown, "baseline holds nothing"},
		{held, none, Worse, "variant holds nothing"}, {unproven, none, NoneShown, "variant holds nothing"},
	} {
		r := MetricRatio{}.withoutRatio(c.base, c.other)
		if r.Says != c.want || r.Bound != c.bound || !math.IsNaN(r.Ratio.Value) {
			t.Errorf("%+v: %+v", c, r)
		}
	}
}

// Without an objective the highest throughput of a trusted level decides, and the pace at the highest common load.
func TestPeaksAndPace(t *testing.T) {
	side := func(factor float64) *TargetStudy {
		out := &TargetStudy{Points: []*Point{level(8, factor*500, 0.01, 8, 0), level(16, factor*1000, 0.01, 16, 0),
			level(32, factor*900, 0.01, 32, 0), level(64, factor*9000, 0.01, 64, 0)}}
		out.Points[3].Steps[0].Verdict.State = "invalid"
		for _, p := range out.Points {
			p.Attainment = hidden(0, "no objective is given")
			p.Metrics["tpot"] = Spread{Quantiles: map[float64]Estimate{0.5: {Interval: stat.Interval{Value: 0.01 / factor,
				Lo: 0.0099 / factor, Hi: 0.0101 / factor}, N: 100}}}
		}
		return out
	}
	sc := &scenarios.Scenario{}
	base, other := side(1), side(1.2)
	other.Points = other.Points[:2]
	other.Target.GPUs = []int{0, 1}
	all, err := Compare(&Study{Scenario: sc, Targets: []*TargetStudy{base}}, &Study{Scenario: sc,
		Targets: []*TargetStudy{other}})
	if err != nil || len(all) != 1 || len(all[0].Decisive) != 2 || len(all[0].Levels) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	peak, pace := all[0].Decisive[0], all[0].Decisive[1]
	if peak.Base != 1000 || peak.Other != 600 || pace.Name != "TPOT p50 at n16" ||
		math.Abs(pace.Ratio.Value*1.2-1) > 1e-9 {
		t.Errorf("%+v and %+v", peak, pace)
	}
	if l := all[0].Levels; l[0].Ratios[0].Base != 500 || l[1].Ratios[0].Base != 1000 || l[0].Grade != GradeC {
		t.Errorf("levels are those of the same label: %+v", l)
	}
	if l := peak.Loss(); math.Abs(l-0.4) > 1e-9 {
		t.Errorf("two GPUs that serve 600 each and not 1000 lose %v", l)
	}
	if l := pace.Loss(); math.Abs(l-(1/1.2-1)) > 1e-9 {
		t.Errorf("a shorter TPOT loses %v", l)
	}
	var printed []string
	for _, r := range all[0].Levels[1].Ratios {
		if printed = append(printed, r.Name); !slices.Contains(ComparedNames(), r.Name) {
			t.Errorf("%s is none of %v", r.Name, ComparedNames())
		}
	}
	if len(printed) != 3 { // tok/s, per GPU, TPOT: TTFT has no quantile here
		t.Error(printed)
	}
}

// Two targets of different names are compared where each run has one only.
func TestCounterparts(t *testing.T) {
	study := func(names ...string) *Study {
		s := &Study{Scenario: &scenarios.Scenario{}}
		for _, n := range names {
			s.Targets = append(s.Targets, &TargetStudy{Target: scenarios.Target{Name: n}})
		}
		return s
	}
	for _, c := range []struct {
		base, other *Study
		want        int
	}{{study("a"), study("a"), 1}, {study("a"), study("b"), 1}, {study("a", "b"), study("c"), 0}, {study("a"),
		study("b", "c"), 0}, {study("a", "b"), study("b", "a"), 2}, {study("a", "b"), study("b"), 1}} {
		got, err := Compare(c.base, c.other)
		if len(got) != c.want || (err == nil) != (c.want > 0) {
			t.Errorf("%d comparisons, want %d: %v", len(got), c.want, err)
		}
	}
}

// Bounds of what can be compared at all, and what is assumed where the data say nothing.
func TestBoundsOfLikeness(t *testing.T) {
	a, b := level(4, 100, 0.01, 4, 0), level(4, 100, 0.01, 4, 0)
	length := func(p *Point, mean, half float64) {
		p.Metrics["prompt_tokens"] = Spread{Mean: Estimate{Interval: stat.Interval{Value: mean, Lo: mean - half,
			Hi: mean + half}, N: 100}}
	}
	length(a, 100, 0.1)
	for mean, like := range map[float64]bool{109.9: true, 110.3: false, 90.1: true, 89.7: false} {
		if length(b, mean, 0.1); (incomparable(a, b) == "") != like {
			t.Errorf("prompts of 100 and %v tokens: %q", mean, incomparable(a, b))
		}
	}
	length(b, 120, math.NaN())
	if why := incomparable(a, b); why != "" {
		t.Errorf("too few values to tell: %s", why)
	}
	length(b, 100, 0.1)
	for share, like := range map[float64]bool{0.0199: true, 0.0201: false, -0.0201: false} {
		a.CachedShare, b.CachedShare = 0.5, 0.5+share
		if (incomparable(a, b) == "") != like {
			t.Errorf("cached shares that differ by %v: %q", share, incomparable(a, b))
		}
	}
	if a.CachedShare, b.CachedShare = 0, 0.02; incomparable(a, b) != "" {
		t.Errorf("cached shares that differ by 2 %%: %q", incomparable(a, b))
	}
	for share, like := range map[float64]bool{0.02: true, 0.021: false} {
		a.CachedShare, b.CachedShare = math.NaN(), share
		if (incomparable(a, b) == "") != like || (incomparable(b, a) == "") != like {
			t.Errorf("a cached share of %v against what is not told: %q", share, incomparable(a, b))
		}
	}
	for want, i := range map[float64]stat.Interval{0.1: {Value: 1, Lo: 1, Hi: 1}, 0.05: {Value: 1,
		Lo: math.Exp(-0.05 * 1.96), Hi: math.Exp(0.05 * 1.96)}} {
		if got := logDeviation(i); math.Abs(got-want) > 1e-12 {
			t.Errorf("%+v: %v, want %v", i, got, want)
		}
	}
	if got := logDeviation(stat.Interval{Value: 1, Lo: 0, Hi: 2}); got != 0.1 {
		t.Errorf("an interval down to 0: %v", got)
	}
}

// What is not the same on both sides is named with both values, and nothing else is.
func TestDifferencesAreNamed(t *testing.T) {
	side := func(change func(*Study, *TargetStudy)) (*Study, *TargetStudy) {
		own := scenarios.Objective{TTFT: time.Second, Attainment: 0.9}
		s := &Study{Scenario: &scenarios.Scenario{Objective: own, Prompts: []scenarios.PromptClass{{Name: "chat", Weight: 1,
			Input: &scenarios.Length{Law: "fixed", Mean: 100}}}}}
		ts := &TargetStudy{Target: scenarios.Target{Model: "m", Card: "H100"}, Points: []*Point{level(8, 500, 0.01, 8, 0)},
			Settings: scenarios.Settings{"max-num-seqs": 256.},
			Info: results.ServerInfo{Version: "0.32.0", CacheConfig: map[string]string{"num_gpu_blocks": "101",
				"block_size": "16"}}}
		if change != nil {
			change(s, ts)
		}
		return s, ts
	}
	for want, change := range map[string]func(*Study, *TargetStudy){
		"":                          nil,
		"model m n":                 func(_ *Study, t *TargetStudy) { t.Target.Model = "n" },
		"version 0.32.0 0.33.0":     func(_ *Study, t *TargetStudy) { t.Info.Version = "0.33.0" },
		"GPUs 1 2":                  func(_ *Study, t *TargetStudy) { t.Target.GPUs = []int{0, 1} },
		"card H100 H200":            func(_ *Study, t *TargetStudy) { t.Target.Card = "H200" },
		"max-num-seqs 256 512":      func(_ *Study, t *TargetStudy) { t.Settings = scenarios.Settings{"max-num-seqs": 512.} },
		"max-num-seqs 256 –":        func(_ *Study, t *TargetStudy) { t.Settings = nil },
		"KV pool, tokens 1600 3200": func(_ *Study, t *TargetStudy) { t.Info.CacheConfig["num_gpu_blocks"] = "201" },
		"load n8 n16":               func(_ *Study, t *TargetStudy) { t.Points[0] = level(16, 500, 0.01, 8, 0) },
		"objective TTFT 1s for 90 % of the requests none": func(s *Study, _ *TargetStudy) {
			s.Scenario.Objective = scenarios.Objective{}
		},
		"objective TTFT 1s for 90 % of the requests TTFT 1s for 90 % of the requests; chat: TPOT 50ms, E2E 1m0s for 99 % " +
			"of the requests": func(s *Study, _ *TargetStudy) {
			s.Scenario.Prompts[0].Objective = &scenarios.Objective{TPOT: 50 * ms, E2E: time.Minute, Attainment: 0.99}
		},
		"prompts chat 1, prompts fixed 100 chat 1, prompts fixed 100, answers fixed 20": func(s *Study, _ *TargetStudy) {
			s.Scenario.Prompts[0].Output.Length = &scenarios.Length{Law: "fixed", Mean: 20}
		},
		"prompts chat 1, prompts fixed 100 chat 1": func(s *Study, _ *TargetStudy) { s.Scenario.Prompts[0].Input = nil },
	} {
		base, b := side(nil)
		other, o := side(change)
		var said []string
		for _, d := range differences(base, other, b, o) {
			said = append(said, d.Name+" "+d.Base+" "+d.Other)
		}
		if got := strings.Join(said, " | "); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A side has as many repetitions as its poorest trusted level, and as many starts as its server tells of.
func TestEvidenceOfASide(t *testing.T) {
	repeated := func(starts ...float64) *Point {
		p := level(8, 500, 0.01, 8, 0)
		for _, at := range starts {
			r := level(8, 500, 0.01, 8, 0)
			r.Server.Start = at
			p.Repetitions = append(p.Repetitions, r)
		}
		return p
	}
	for n, grade := range map[int]Grade{enoughRepetitions - 1: GradeC, enoughRepetitions: GradeA} {
		p, c := repeated(make([]float64, n)...), &Comparison{Base: &TargetStudy{}, Other: &TargetStudy{}}
		if l := c.level(p, p); l.Grade != grade || l.Blocks != n {
			t.Errorf("%d repetitions: %+v", n, l)
		}
	}
	bad := level(64, 500, 0.01, 8, 0)
	bad.Steps[0].Verdict.State = results.Invalid
	for want, points := range map[Evidence][]*Point{
		{1, 0}: nil, {1, 1}: {repeated()}, {2, 3}: {repeated(5, 5, 7, 7), repeated(5, 7, 7), bad}, {1, 2}: {repeated(0, 5)},
	} {
		if got := evidence(&TargetStudy{Points: points}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

// What is served at the held loads is compared per GPU; how far it may be off is what the claimed load lies below the
// value, 1 % at least, or a tenth where none is claimed.
func TestHeldLoadsAreComparedPerGPU(t *testing.T) {
	c := &Comparison{Base: &TargetStudy{Target: scenarios.Target{GPUs: []int{0, 1}}},
		Other: &TargetStudy{Target: scenarios.Target{GPUs: []int{0, 1, 2, 3}}}}
	held := HeldLoad{State: Held, AtValue: Rates{Output: 1000}}
	if r := c.heldRatio(nil, nil, held, held); r.Base != 500 || r.Other != 250 || r.Ratio.Value != 0.5 {
		t.Errorf("%+v", r)
	}
	for _, x := range []struct{ lower, output, want float64 }{
		{3, 1000 * math.Exp(-0.392), 0.2}, {3, 1000, 0.01}, {3, 0, 0.1}, {0, 500, 0.1},
	} {
		h := HeldLoad{State: Held, Lower: x.lower, AtValue: Rates{Output: 1000}, AtLower: Rates{Output: x.output}}
		got := heldRepeated(c.Base, nil, h).variance(BetweenStarts)
		if want := BetweenStarts*BetweenStarts + x.want*x.want; !(math.Abs(got-want) < 1e-12) {
			t.Errorf("%+v: %v, want %v", x, got, want)
		}
	}
}

// keeping is a level of which a share keeps the objective.
func keeping(n, share float64) *Point {
	p := level(n, 100*n, 0.01, n, 0)
	p.Attainment = Estimate{Interval: stat.Interval{Value: share, Lo: share - 0.01, Hi: share}, N: 1000}
	return p
}

// A repetition that holds nothing has no rate, and tells nothing of how rates differ.
func TestRepetitionsThatHoldNothing(t *testing.T) {
	sc := &scenarios.Scenario{Objective: scenarios.Objective{TTFT: 1, Attainment: 0.9}}
	p := keeping(8, 1)
	p.Repetitions = []*Point{keeping(8, 1), keeping(8, 0)}
	got := heldRepeated(&TargetStudy{Points: []*Point{p}}, sc, HeldLoad{Loop: scenarios.Closed}).variance(BetweenStarts)
	if want := BetweenStarts*BetweenStarts + 0.1*0.1; !(math.Abs(got-want) < 1e-12) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Held loads decide where the objective breaks on one side at least, also where that side holds nothing.
func TestHeldLoadsDecideWhereOneBreaks(t *testing.T) {
	sc := &scenarios.Scenario{Objective: scenarios.Objective{TTFT: 1, Attainment: 0.9}}
	side := func(shares ...float64) *TargetStudy {
		out := &TargetStudy{}
		for i, s := range shares {
			out.Points = append(out.Points, keeping(float64(8*(i+1)), s))
		}
		return out
	}
	for _, x := range []struct {
		base, other *TargetStudy
		why         string
	}{
		{side(1, 1), side(1, 0.1), "the load held within the objective"},
		{side(0.1, 0.1), side(1, 1), "the load held within the objective"},
		{side(1, 1), side(1, 1), "the highest throughput, and the pace"},
	} {
		c := Comparison{Base: x.base, Other: x.other}
		if c.decide(sc, sc); !strings.HasPrefix(c.Why, x.why) || len(c.Decisive) == 0 {
			t.Errorf("%+v: %s, want %s", c.Decisive, c.Why, x.why)
		}
	}
	closed, open := side(1, 0.1), side(1, 0.1)
	for _, p := range open.Points {
		p.Loop = scenarios.Open
	}
	c := Comparison{Base: closed, Other: open}
	if c.decide(sc, sc); len(c.Decisive) > 0 || !strings.HasPrefix(c.Why, "one side was loaded at rates") {
		t.Errorf("%+v: %s", c.Decisive, c.Why)
	}
}

// The pace is that of the highest level that has one, and the peak the first of equals.
func TestPaceOfTheLevelThatHasIt(t *testing.T) {
	c := &Comparison{Base: &TargetStudy{}, Other: &TargetStudy{}, Levels: []LevelComparison{
		{Label: "n8", Ratios: []MetricRatio{{Name: paceName}}}, {Label: "n16", Ratios: []MetricRatio{{Name: "tok/s"}}}}}
	if got := c.peaks(); len(got) != 1 || got[0].Name != "TPOT p50 at n8" {
		t.Errorf("%+v", got)
	}
	points := []*Point{level(8, 500, 0.01, 8, 0), level(16, 500, 0.01, 16, 0)}
	if got := peak(&TargetStudy{Points: points}); got != points[0] {
		t.Errorf("%s of two that are equal", got.Label)
	}
}

// What the step model makes of two sides of equal levels is no difference that the levels show: it widens the ratio.
func TestReadingsOfHeldLoadsThatDiffer(t *testing.T) {
	sc := &scenarios.Scenario{Objective: scenarios.Objective{TTFT: 1, Attainment: 0.9}}
	side := func(read float64) *TargetStudy {
		out := &TargetStudy{Points: []*Point{keeping(8, 1), keeping(16, 0.2)}}
		h := out.HeldByLevels(sc)
		h.AtValue.Output *= read
		out.Modelled = &h
		return out
	}
	for read, most := range map[float64]float64{1: 0.18, 1.3: 0.39} {
		c := &Comparison{Base: side(1), Other: side(read)}
		c.Other.Target.GPUs = []int{0, 1} // on how many GPUs does not matter
		r := c.heldRatio(sc, sc, *c.Base.Modelled, *c.Other.Modelled)
		if math.Abs(r.Ratio.Value-read/2) > 1e-9 || r.deviation > most || read > 1 && r.deviation < math.Log(read) {
			t.Errorf("read × %v: %+v, deviation %v", read, r.Ratio, r.deviation)
		}
	}
}
