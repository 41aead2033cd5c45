package analysis

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/stat"
)

// measuredSide is a target measured over so many starts of its server, each with repetitions: what it serves at its
// held load is off by 2.8 % a start and 1.4 % a repetition, times a true factor. A faster server serves more at each
// load and holds more load, so that rates are off by 1/1.85 of that. Of its levels the third breaks the objective.
func measuredSide(rng *rand.Rand, starts, each int, factor float64) *Study {
	sc := &scenarios.Scenario{Objective: scenarios.Objective{TTFT: 1, Attainment: 0.9},
		Prompts: []scenarios.PromptClass{{Name: "chat"}}}
	t := &TargetStudy{Target: scenarios.Target{Name: "mini"}}
	for k, level := range []float64{8, 16, 32} {
		t.Points = append(t.Points, &Point{Loop: scenarios.Closed, Level: level, Label: []string{"n8", "n16", "n32"}[k],
			Metrics: map[string]Spread{}})
	}
	for s := range starts {
		off := math.Exp((math.Log(factor) + 0.028*rng.NormFloat64()) / 1.85)
		for range each {
			rate := off * math.Exp(0.014*rng.NormFloat64()/1.85)
			for k, p := range t.Points {
				r := &Point{Loop: p.Loop, Level: p.Level, Label: p.Label, Metrics: map[string]Spread{},
					Steps: []results.StepMeta{{}}, Server: ServerFacts{Known: true, Start: float64(1 + s)}}
				r.OutputRate = Estimate{Interval: stat.Interval{Value: rate * []float64{500, 900, 1400}[k], Lo: math.NaN(),
					Hi: math.NaN()}, N: 10}
				r.RequestRate.Value = r.OutputRate.Value / 100
				share := distuv.UnitNormal.CDF(1.2816 + 4*(math.Log(24*rate)-math.Log(p.Level))) // 90 % at 24 in flight
				r.Attainment = Estimate{Interval: stat.Interval{Value: share, Lo: math.Max(0, share-0.02),
					Hi: math.Min(1, share+0.02)}, N: 1000}
				p.Repetitions, p.Steps = append(p.Repetitions, r), append(p.Steps, results.StepMeta{})
			}
		}
	}
	for _, p := range t.Points {
		p.Attainment, p.OutputRate, p.RequestRate = meanOf(p, func(r *Point) float64 { return r.Attainment.Value }),
			meanOf(p, func(r *Point) float64 { return r.OutputRate.Value }),
			meanOf(p, func(r *Point) float64 { return r.RequestRate.Value })
		p.Attainment.N = 1000 * len(p.Repetitions)
	}
	return &Study{Scenario: sc, Targets: []*TargetStudy{t}}
}

func meanOf(p *Point, of func(*Point) float64) Estimate {
	var v []float64
	for _, r := range p.Repetitions {
		v = append(v, of(r))
	}
	return Estimate{Interval: stat.MeanOf(v), N: len(v)}
}

// Of many pairs whose truth is known the verdicts are right as often as a 95 % test promises, and a true gain is never
// a regression.
func TestVerdictsOnKnownTruths(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	const pairs = 300
	count := func(starts, each int, factor float64) map[Judgement]int {
		out := map[Judgement]int{}
		for range pairs {
			all, err := Compare(measuredSide(rng, starts, each, 1), measuredSide(rng, starts, each, factor))
			if err != nil {
				t.Fatal(err)
			}
			out[all[0].Verdict]++
		}
		return out
	}
	share := func(n int) float64 { return float64(n) / pairs }
	if got := count(1, 1, 1); got[Inconclusive] != pairs {
		t.Errorf("one repetition a side: %v", got)
	}
	if got := count(1, 4, 1); share(got[Better]+got[Worse]) > 0.05 {
		t.Errorf("A/A, one start: %v", got)
	}
	if got := count(8, 4, 1); share(got[Equivalent]) < 0.5 || share(got[Better]+got[Worse]) > 0.05 {
		t.Errorf("A/A, eight starts: %v", got)
	}
	if got := count(4, 4, 1.10); share(got[Better]) < 0.8 || got[Worse] > 0 {
		t.Errorf("a true gain of 10 %%, four starts: %v", got)
	}
	if got := count(4, 4, 0.90); share(got[Worse]) < 0.8 || got[Better] > 0 {
		t.Errorf("a true loss of 10 %%, four starts: %v", got)
	}
}

// Where no objective breaks the peak and the pace decide; they may disagree, which is mixed.
func TestPeakAndPaceDecideWithoutAnObjective(t *testing.T) {
	rng := rand.New(rand.NewPCG(33, 34))
	base, other := measuredSide(rng, 8, 4, 1), measuredSide(rng, 8, 4, 1.5)
	pace := func(s *Study, seconds float64) {
		s.Scenario.Objective = scenarios.Objective{}
		for _, p := range s.Targets[0].Points {
			p.Attainment = hidden(0, "no objective is given")
			for _, r := range append([]*Point{p}, p.Repetitions...) {
				r.Metrics["tpot"] = Spread{
					Quantiles: map[float64]Estimate{0.5: {Interval: stat.Interval{Value: seconds, Lo: seconds * 0.999,
						Hi: seconds * 1.001}, N: 100}}}
			}
		}
	}
	for _, c := range []struct {
		pace float64
		want Judgement
	}{{0.010, Better}, {0.008, Better}, {0.014, Mixed}} {
		pace(base, 0.010)
		pace(other, c.pace)
		all, err := Compare(base, other)
		if err != nil || all[0].Verdict != c.want {
			t.Errorf("25 %% more tok/s, TPOT 10 → %.0f ms: %s (%s), want %s", 1e3*c.pace, all[0].Verdict, all[0].Why, c.want)
		}
	}
}
