package analysis

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"loadgen/stat"
)

// Material is δ: a ratio within 1 ± δ is no difference that matters (R3.7).
const Material = 0.05

// fullBlocks is from how many repetitions on each side a comparison can be of grade A (V20).
const fullBlocks = 5

// A Comparison is one target of one run against the same target of another.
type Comparison struct {
	Target      string
	Base, Other *TargetStudy
	Differ      []Difference // settings, version, GPUs
	Levels      []LevelComparison
	Verdict     Judgement // over all levels
}

// A Difference is a setting that is not the same on both sides.
type Difference struct {
	Name  string `json:"name"`
	Base  string `json:"base"`
	Other string `json:"other"`
}

// A LevelComparison is one level on both sides.
type LevelComparison struct {
	Label  string
	Blocks int    // repetitions that both sides have
	Grade  Grade  // A from five blocks on, else C
	Not    string // not empty: "not comparable", with why
	Ratios []MetricRatio
}

// A MetricRatio is other ÷ base of one number.
type MetricRatio struct {
	Name        string
	HigherGood  bool
	Base, Other float64
	Ratio       stat.Interval
	Says        Judgement
}

// A Judgement is what a ratio shows.
type Judgement string

const (
	Better     Judgement = "better"
	Worse      Judgement = "worse"
	Equivalent Judgement = "equivalent"
	NoneShown  Judgement = "no difference shown"
)

// Compare sets every target of other against the target of the same name in base or, when each run has one target only,
// against that.
func Compare(base, other *Study) ([]Comparison, error) {
	var out []Comparison
	for _, o := range slices.Concat(other.Targets, other.Replicas) {
		b := counterpart(base, other, o)
		if b == nil {
			continue
		}
		c := Comparison{Target: o.Target.Name, Base: b, Other: o, Differ: differences(b, o)}
		if err := c.levels(base, other); err != nil {
			return nil, err
		}
		c.Verdict = c.sum()
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the runs have no target in common")
	}
	return out, nil
}

func counterpart(base, other *Study, o *TargetStudy) *TargetStudy {
	for _, b := range slices.Concat(base.Targets, base.Replicas) {
		if b.Target.Name == o.Target.Name {
			return b
		}
	}
	if len(base.Targets) == 1 && len(other.Targets) == 1 {
		return base.Targets[0]
	}
	return nil
}

func differences(b, o *TargetStudy) []Difference {
	var out []Difference
	add := func(name, x, y string) {
		if x != y {
			out = append(out, Difference{name, x, y})
		}
	}
	add("model", b.Target.Model, o.Target.Model)
	add("version", b.Info.Version, o.Info.Version)
	add("GPUs", fmt.Sprint(b.GPUs()), fmt.Sprint(o.GPUs()))
	flags := maps.Clone(b.Settings)
	if flags == nil {
		flags = map[string]any{}
	}
	maps.Copy(flags, o.Settings)
	for _, f := range slices.Sorted(maps.Keys(flags)) {
		add(f, Value(b.Settings[f]), Value(o.Settings[f]))
	}
	x, known := b.Pool()
	y, also := o.Pool()
	if known && also {
		add("KV pool, tokens", fmt.Sprintf("%.0f", x), fmt.Sprintf("%.0f", y))
	}
	return out
}

func (c *Comparison) levels(base, other *Study) error {
	for _, o := range c.Other.Points {
		i := slices.IndexFunc(c.Base.Points, func(b *Point) bool { return b.Label == o.Label })
		if i < 0 {
			continue
		}
		l, err := compareLevel(base, other, c, c.Base.Points[i], o)
		if err != nil {
			return err
		}
		c.Levels = append(c.Levels, l)
	}
	return nil
}

func compareLevel(base, other *Study, c *Comparison, b, o *Point) (LevelComparison, error) {
	l := LevelComparison{Label: o.Label, Blocks: min(len(b.Steps), len(o.Steps)), Grade: GradeC, Not: incomparable(b, o)}
	if l.Blocks >= fullBlocks {
		l.Grade = GradeA
	}
	if l.Not != "" {
		return l, nil
	}
	bs, os := repetitions(b), repetitions(o)
	for _, n := range compared {
		if r, ok := n.ratio(c, b, o, bs, os); ok {
			l.Ratios = append(l.Ratios, r)
		}
	}
	return l, nil
}

// incomparable names what forbids a comparison of two levels (R5.5, V20).
func incomparable(b, o *Point) string {
	switch {
	case !b.Trusted() || !o.Trusted():
		return "an INVALID step on one side"
	case math.Abs(o.OutputMean/b.OutputMean-1) > 0.10:
		return fmt.Sprintf("answers have %.4g against %.4g tokens on average: beyond ±10 %%", o.OutputMean, b.OutputMean)
	case math.Abs(o.CachedShare-b.CachedShare) > 0.02:
		return fmt.Sprintf("%.0f %% against %.0f %% of prompt tokens came from the prefix cache", 100*o.CachedShare, 100*b.CachedShare)
	case math.IsNaN(o.CachedShare) != math.IsNaN(b.CachedShare) && !(o.CachedShare <= 0.02 || b.CachedShare <= 0.02):
		return "on one side prompt tokens came from the prefix cache, and the other does not tell"
	}
	return ""
}

// repetitions are the points of each repetition by itself.
func repetitions(p *Point) []*Point {
	if len(p.Repetitions) == 0 {
		return []*Point{p}
	}
	return p.Repetitions
}

// A number is one quantity that comparisons show.
type number struct {
	name       string
	higherGood bool
	of         func(t *TargetStudy, p *Point) Estimate
}

var compared = []number{
	{"tok/s", true, func(_ *TargetStudy, p *Point) Estimate { return p.OutputRate }},
	{"tok/s per GPU", true, func(t *TargetStudy, p *Point) Estimate {
		e := p.OutputRate
		e.Interval = e.Interval.Over(float64(t.GPUs()))
		return e
	}},
	{"TTFT p50", false, quantileOf("ttft", 0.5)},
	{"TTFT p90", false, quantileOf("ttft", 0.9)},
	{"TPOT p50", false, quantileOf("tpot", 0.5)},
	{"ITL p99", false, quantileOf("itl", 0.99)},
}

func quantileOf(metric string, p float64) func(*TargetStudy, *Point) Estimate {
	return func(_ *TargetStudy, pt *Point) Estimate { return pt.Metrics[metric].At(p) }
}

// ratio is over paired repetitions from two on, else of the two within-run intervals.
func (n number) ratio(c *Comparison, b, o *Point, bs, os []*Point) (MetricRatio, bool) {
	eb, eo := n.of(c.Base, b), n.of(c.Other, o)
	if !eb.Known() || !eo.Known() {
		return MetricRatio{}, false
	}
	r := MetricRatio{Name: n.name, HigherGood: n.higherGood, Base: eb.Value, Other: eo.Value}
	if len(bs) >= 2 && len(os) >= 2 {
		var x, y []float64
		for i := range min(len(bs), len(os)) {
			x, y = append(x, n.of(c.Base, bs[i]).Value), append(y, n.of(c.Other, os[i]).Value)
		}
		r.Ratio = stat.Ratio(x, y)
	} else {
		r.Ratio = stat.RatioOf(eb.Interval, eo.Interval)
	}
	r.Says = judge(r.Ratio, n.higherGood)
	return r, true
}

// judge needs both: an interval that excludes 1, and a size that matters.
func judge(r stat.Interval, higherGood bool) Judgement {
	switch {
	case math.IsNaN(r.Lo) || math.IsNaN(r.Hi):
		return NoneShown
	case r.Lo > 1-Material && r.Hi < 1+Material:
		return Equivalent
	case r.Lo > 1 && r.Value >= 1+Material:
		return pickJudgement(higherGood)
	case r.Hi < 1 && r.Value <= 1-Material:
		return pickJudgement(!higherGood)
	}
	return NoneShown
}

func pickJudgement(good bool) Judgement {
	if good {
		return Better
	}
	return Worse
}

// sum is worse as soon as one number at one level is, better when some are and none is worse.
func (c *Comparison) sum() Judgement {
	out := NoneShown
	for _, l := range c.Levels {
		for _, r := range l.Ratios {
			switch {
			case r.Says == Worse:
				return Worse
			case r.Says == Better:
				out = Better
			case r.Says == Equivalent && out == NoneShown:
				out = Equivalent
			}
		}
	}
	return out
}
