package analysis

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"time"

	"loadgen/scenarios"
	"loadgen/stat"
)

func TestJudgementNeedsIntervalAndSize(t *testing.T) {
	for _, c := range []struct {
		r               stat.Interval
		good, different bool
		want            Judgement
	}{
		{stat.Interval{Value: 1.2, Lo: 1.1, Hi: 1.3}, true, true, Better},
		{stat.Interval{Value: 1.2, Lo: 1.1, Hi: 1.3}, false, true, Worse},
		{stat.Interval{Value: 0.8, Lo: 0.7, Hi: 0.9}, true, true, Worse},
		{stat.Interval{Value: 0.8, Lo: 0.7, Hi: 0.9}, true, false, NoneShown},
		{stat.Interval{Value: 1.03, Lo: 1.01, Hi: 1.06}, true, true, NoneShown},
		{stat.Interval{Value: 1.01, Lo: 0.98, Hi: 1.04}, true, false, Equivalent},
	} {
		if got := judge(c.r, c.good, c.different); got != c.want {
			t.Errorf("%+v, higher is good %v: %s, want %s", c.r, c.good, got, c.want)
		}
	}
}

// Of twenty equal ratios the most extreme is no difference, though alone it would be one.
func TestManyNumbersAreCorrectedFor(t *testing.T) {
	ratios := func(n int) (out []*MetricRatio) {
		for i := range n {
			r := &MetricRatio{HigherGood: true, Base: 100, Other: 100}
			if i == 0 {
				r.Other = 111
			}
			r.spread(0.045)
			out = append(out, r)
		}
		return out
	}
	one, many := ratios(1), ratios(20)
	holm(one)
	holm(many)
	if one[0].Says != Better || many[0].Says != NoneShown {
		t.Errorf("alone %s, of twenty %s", one[0].Says, many[0].Says)
	}
}

// The deviation between starts is assumed below three starts and measured from then on; more repetitions of one start
// do not lessen it. Where one repetition is all of a start, its own interval stands for the deviation within.
func TestVarianceKnowsStartsFromRepetitions(t *testing.T) {
	const prior = BetweenStarts * BetweenStarts
	// of so many starts, whose means lie so far apart
	among := func(starts, apart float64) float64 {
		wider := distuv.StudentsT{Sigma: 1, Nu: starts + 1}.Quantile(0.975) / 1.96
		return wider * wider * (2*prior + (starts-1)*apart) / (starts + 1) / starts
	}
	for name, c := range map[string]struct {
		logs, starts []float64
		within, want float64
	}{
		"one start":    {[]float64{0.01, -0.01, 0.01, -0.01}, []float64{0, 0, 0, 0}, 0, prior + 0.0004/3/4},
		"two starts":   {[]float64{0.1, -0.1}, []float64{1, 2}, 0, prior / 2},
		"two, once":    {[]float64{0.1, -0.1}, []float64{1, 2}, 0.02, prior/2 + 0.0004},
		"three starts": {[]float64{0.1, 0, -0.1}, []float64{1, 2, 3}, 0, among(3, 0.01)},
		"four starts":  {[]float64{0.1, -0.1, 0.1, -0.1}, []float64{1, 2, 3, 4}, 0.3, among(4, 0.04/3)},
		"three alike, each noisy": {[]float64{0.1, -0.1, 0.1, -0.1, 0.1, -0.1}, []float64{1, 1, 2, 2, 3, 3}, 0,
			among(3, 0) + 0.02/6},
		"three that differ by more": {[]float64{0.2, 0.22, 0, 0.02, -0.2, -0.18}, []float64{1, 1, 2, 2, 3, 3}, 0,
			among(3, 0.04-0.0002/2) + 0.0002/6},
		"one repetition": {[]float64{0}, []float64{1}, 0.02, prior + 0.0004},
	} {
		for _, level := range []float64{0, 7} { // a deviation does not hang on where it is
			var logs []float64
			for _, v := range c.logs {
				logs = append(logs, v+level)
			}
			r := repeated{logs: logs, starts: c.starts, within: c.within}
			if got := r.variance(BetweenStarts); !(math.Abs(got-c.want) < 1e-12) {
				t.Errorf("%s at %v: %v, want %v", name, level, got, c.want)
			}
		}
	}
}

// A ratio is that of two numbers above 0, and its deviation comes from the repetitions that have one.
func TestRatiosAreOfNumbersAboveZero(t *testing.T) {
	side := func(whole float64, rates ...float64) *Point {
		p := level(8, whole, 0.01, 8, 0)
		for _, v := range rates {
			p.Repetitions = append(p.Repetitions, level(8, v, 0.01, 8, 0))
		}
		return p
	}
	c := &Comparison{Base: &TargetStudy{}, Other: &TargetStudy{}}
	for _, pair := range [][2]*Point{{side(0), side(100)}, {side(100), side(0)}} {
		if r, ok := compared[0].ratio(c, pair[0], pair[1]); ok {
			t.Errorf("%v against %v has a ratio: %+v", pair[0].OutputRate, pair[1].OutputRate, r)
		}
	}
	noisy := side(100, 100, 100*math.Exp(0.1), 0)
	r, ok := compared[0].ratio(c, noisy, side(100, 100, 100*math.Exp(0.1)))
	if want := math.Sqrt(2 * (BetweenStarts*BetweenStarts + 0.005/2)); !ok || !(math.Abs(r.deviation-want) < 1e-12) {
		t.Errorf("%+v: deviation %v, want %v", r, r.deviation, want)
	}
	exact := side(100)
	at := Estimate{Interval: stat.Interval{Value: 1, Lo: 1, Hi: 1}, N: 100}
	exact.Metrics["ttft"] = Spread{Quantiles: map[float64]Estimate{0.5: at, 0.99: at}}
	for p, starts := range map[float64]float64{0.5: BetweenStarts, 0.99: 2 * BetweenStarts} { // and a tenth within
		n := number{"TTFT", false, p > 0.5, quantileOf("ttft", p)}
		r, ok := n.ratio(c, exact, exact)
		if want := math.Sqrt(2 * (starts*starts + 0.01)); !ok || !(math.Abs(r.deviation-want) < 1e-12) {
			t.Errorf("TTFT at %v: deviation %v, want %v", p, r.deviation, want)
		}
	}
}

func TestIncomparableLevels(t *testing.T) {
	a, b := level(4, 100, 0.01, 4, 0), level(4, 100, 0.01, 4, 0)
	lengths := func(p *Point, mean, half float64) {
		p.Metrics["output_tokens"] = Spread{Mean: Estimate{Interval: stat.Interval{Value: mean, Lo: mean - half,
			Hi: mean + half}, N: 100}}
	}
	lengths(a, 100, 2)
	lengths(b, 105, 2)
	if why := incomparable(a, b); why != "" {
		t.Error(why)
	}
	if lengths(b, 115, 2); incomparable(a, b) == "" {
		t.Error("answers 15 % longer are compared")
	}
	lengths(a, 100, 0)
	if lengths(b, 150, 60); incomparable(a, b) == "" {
		t.Error("answers half longer, ± 40 %, are compared")
	}
	if lengths(b, 150, 75); incomparable(a, b) != "" {
		t.Error("answers half longer, ± 50 %, are not compared")
	}
	lengths(a, 100, 20)
	if lengths(b, 115, 20); incomparable(a, b) != "" {
		t.Error("few answers that are longer by chance are not compared")
	}
	a.CachedShare, b.CachedShare = 0.1, 0.3
	if why := incomparable(a, b); why != "30 % against 10 % of prompt tokens came from the prefix cache" {
		t.Error(why)
	}
	if a.CachedShare = math.NaN(); incomparable(a, b) == "" {
		t.Error("30 % of the prompt from the cache is compared with what is not told")
	}
	if b.CachedShare = math.NaN(); incomparable(a, b) != "" {
		t.Error("what nobody tells forbids a comparison")
	}
}

// What was asked differently has no ratio: other objectives, or rates against requests in flight.
func TestOtherObjectivesAreNotCompared(t *testing.T) {
	asks := func(ttft time.Duration) *scenarios.Scenario {
		return &scenarios.Scenario{Objective: scenarios.Objective{TTFT: ttft, Attainment: 0.9}}
	}
	c := Comparison{Base: &TargetStudy{}, Other: &TargetStudy{}}
	c.decide(asks(time.Second), asks(2*time.Second))
	if c.conclude(); c.Verdict != Inconclusive || c.Why != "the two sides were judged by different objectives" {
		t.Errorf("%s: %s", c.Verdict, c.Why)
	}
	c.decide(asks(time.Second), asks(time.Second))
	if c.conclude(); c.Verdict != Inconclusive || c.Why != "the runs have no level that can be compared" {
		t.Errorf("%s: %s", c.Verdict, c.Why)
	}
}

// The level that a comparison is told at is where the baseline first breaks, of the loop that its held load is of: 4
// requests a second are no 4 in flight.
func TestTheLevelAtTheHeldLoad(t *testing.T) {
	sc := &scenarios.Scenario{Objective: scenarios.Objective{TTFT: 1, Attainment: 0.9}}
	points := func() (out []*Point) {
		for _, n := range []float64{8, 16, 32} {
			p := level(n, 1000, 0.01, n, 0)
			share := map[float64]float64{8: 1, 16: 0.5, 32: 0.1}[n]
			p.Attainment = Estimate{Interval: stat.Interval{Value: share, Lo: share - 0.01, Hi: share}, N: 1000}
			out = append(out, p)
		}
		return append(out, &Point{Loop: scenarios.Open, Level: 4, Label: "4/s"})
	}
	c := Comparison{Base: &TargetStudy{Points: points()}, Other: &TargetStudy{Points: points()}}
	for _, label := range []string{"n8", "n16", "n32", "4/s"} {
		c.Levels = append(c.Levels, LevelComparison{Label: label, Ratios: []MetricRatio{{Name: "tok/s"}}})
	}
	if at, ok := c.AtHeld(sc); !ok || at.Label != "n16" {
		t.Errorf("%q, %v", at.Label, ok)
	}
	c.Levels[1].Not = "other lengths"
	if at, _ := c.AtHeld(sc); at.Label != "n8" {
		t.Errorf("what cannot be compared is passed over: %q", at.Label)
	}
	for _, p := range c.Base.Points {
		p.Attainment = hidden(0, "no objective is given")
	}
	if at, ok := c.AtHeld(&scenarios.Scenario{}); !ok || at.Label != "4/s" {
		t.Errorf("without an objective the last level of all: %q, %v", at.Label, ok)
	}
	if _, ok := (Comparison{Base: c.Base, Other: c.Other}).AtHeld(sc); ok {
		t.Error("there is no level")
	}
}

// What both sides were asked alike is no difference of theirs: repetitions pair by their place, where both have as many
// and both hold something there.
func TestRepetitionsPair(t *testing.T) {
	side := func(logs ...float64) (r repeated) {
		for i, v := range logs {
			r.add(math.Exp(v), float64(i+1))
		}
		return r
	}
	const prior = 2 * BetweenStarts * BetweenStarts // of both sides
	paired := deviation(side(0, 0.2, 0, 0.2), side(0.1, 0.3, 0.1, 0.3), BetweenStarts)
	if want := 1.3115 * math.Sqrt(2*prior/5/4); math.Abs(paired-want) > 1e-5 {
		t.Errorf("± %v, want ± %v", paired, want)
	}
	if apart := deviation(side(0, 0.2, 0, 0.2), side(0.1, 0.3, 0.1), BetweenStarts); apart < 3*paired {
		t.Errorf("± %v where they do not pair, ± %v where they do", apart, paired)
	}
	none := side(0, math.Inf(-1), 0.2, 0.2)
	got := deviation(none, side(0.1, 0.7, 0.3, 0.3), BetweenStarts)
	if want := 1.4165 * math.Sqrt(2*prior/4/3); none.of != 4 || math.Abs(got-want) > 1e-5 {
		t.Errorf("± %v, want ± %v: a repetition that holds nothing has no pair", got, want)
	}
}

// What a search found is no difference in what was asked.
func TestASearchIsOneLoad(t *testing.T) {
	side := func(tries ...float64) *TargetStudy {
		out := &TargetStudy{Points: []*Point{attained(4, 10, 10), attained(8, 10, 10)}}
		for i, n := range tries {
			p := attained(n, 10, 10)
			p.Steps[0].Step.Try = i + 1
			out.Points = append(out.Points, p)
		}
		return out
	}
	if a, b := levelWords(side(5, 6)), levelWords(side(7)); a != "n n; find concurrency" || a != b {
		t.Errorf("%q, %q", a, b)
	}
	if a, b := levelWords(side(5)), levelWords(side()); a == b {
		t.Errorf("%q with a search and without", a)
	}
}
