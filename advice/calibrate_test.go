package advice

import (
	"math"
	"math/rand/v2"
	"slices"
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

// A calibration follows five levels at most: the lowest, and those nearest to where it matters.
func TestLevelsThatAreFollowed(t *testing.T) {
	var points []*analysis.Point
	for _, n := range []float64{1, 2, 4, 8, 16, 32, 64} {
		points = append(points, point(n, 1, analysis.ServerFacts{}))
	}
	searched := []*analysis.Point{points[0], points[3], points[4]} // 1, 8, 16
	for try, n := range []float64{18, 19, 20} {
		p := point(n, 1, analysis.ServerFacts{})
		p.Steps[0].Step.Try, p.Steps[0].Step.Confirm = try+1, n > 18
		searched = append(searched, p)
	}
	searched = append(searched, points[5:]...)
	for _, c := range []struct {
		of   []*analysis.Point
		load float64
		want []float64
	}{
		{points[:5], 16, []float64{1, 2, 4, 8, 16}}, {points[:6], 16, []float64{1, 4, 8, 16, 32}},
		{points, 12, []float64{1, 4, 8, 16, 32}}, {points, 64, []float64{1, 8, 16, 32, 64}},
		{searched, 19, []float64{1, 8, 16, 19, 32}}, {searched[3:6], 19, []float64{18, 19, 20}},
	} {
		var got []float64
		for _, p := range around(c.of, c.load) {
			got = append(got, p.Level)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("around %v: %v, want %v", c.load, got, c.want)
		}
	}
}

// A residual is the logarithm of a ratio in units of what both sides are off, from 1.5 of them on less (half its square
// is Huber's loss), 20 of them at most, and none where one side tells nothing.
func TestResiduals(t *testing.T) {
	for _, c := range []struct {
		measured, played statistic
		want             float64
	}{
		{statistic{math.E, 0.6}, statistic{1, 0.8}, -1},
		{statistic{1, 0.4}, statistic{math.Exp(0.75), 0.3}, 1.5},
		{statistic{math.E, 0.3}, statistic{1, 0.4}, -math.Sqrt(3.75)},
		{statistic{1, 0.03}, statistic{math.E, 0.04}, math.Sqrt(57.75)},
		{statistic{math.E, 0.003}, statistic{1, 0.004}, -math.Sqrt(57.75)},
		{statistic{0, 1}, statistic{1, 1}, 0}, {statistic{1, 1}, statistic{0, 1}, 0},
	} {
		if got := residuals([]statistic{c.measured}, []statistic{c.played})[0]; math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// What a window of few answers' length is off by more, its tails most; half an answer's length stands for less.
func TestShortWindowsTellLess(t *testing.T) {
	for _, c := range []struct {
		level, long float64
		statistic   int
		want        float64
	}{
		{8, 10, meanTPOT, 1.2}, {8, 10, outputRate, 1.2}, {8, 10, 0, 1.5}, {8, 0.1, 0, 11}, {1, 10, 0, 1}, {1.5, 10, 0, 1.5},
	} {
		p := &analysis.Point{Level: c.level, Relaxations: c.long}
		if got := bunching(p, c.statistic); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// The server's own share of cache hits stands for what no answer tells of.
func TestHitsThatNoAnswerTells(t *testing.T) {
	answers := func(cached ...int) (out []analysis.Observed) {
		for _, c := range cached {
			out = append(out, analysis.Observed{Prompt: 100, Cached: c})
		}
		return out
	}
	facts := func(known bool, hit float64) analysis.ServerFacts {
		return analysis.ServerFacts{Known: known, PrefixHit: hit}
	}
	for _, c := range []struct {
		server analysis.ServerFacts
		told   []analysis.Observed
		want   int
	}{
		{facts(true, 0.3), answers(0, 0), 30}, {facts(true, 0.3), answers(0, 1), 0}, {facts(false, 0.3), answers(0, 0), 0},
		{facts(true, math.NaN()), answers(0, 0), 0},
	} {
		if got := withHits(&analysis.Point{Server: c.server}, c.told)[0].Cached; got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

// Statistics of four answers by hand, with what chance makes of so few.
func TestStatisticsByHand(t *testing.T) {
	four := []float64{4, 1, 3, 2}
	got := statistics(four, four, four, 50, []float64{0.5, 0.7, 0.9, 1.1}, 0.5, 0.6)
	for i, want := range []statistic{{2, 0.28}, {4, 0.54}, {2.5, 0.075}, {4, 0.14}, {2, 0.22}, {4, 0.33},
		{50, 0.105}, {1, 0.54}, {1, 0.38}, {3, 0.38}, {1, 0.39}, {1, 0.14}, {0.7, 0.03 + 0.5*0.5*math.Sqrt(2*math.Pi)*0.3}} {
		if math.Abs(got[i].value-want.value) > 1e-9 || math.Abs(got[i].off-want.off) > 1e-9 {
			t.Errorf("statistic %d: %+v, want %+v", i, got[i], want)
		}
	}
	if len(statistics(four, four, four, 50, four, 0, 1)) != 12 {
		t.Error("without a goal there is no statistic of it")
	}
}
