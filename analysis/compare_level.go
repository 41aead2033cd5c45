package analysis

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"loadgen/stat"
)

// What two starts of one server differ by: the standard deviation of the logarithm, assumed where a side has fewer than
// three starts. Two starts of one 8B on two H200 of one host differed by 0, 7, 3, 2 % at four levels; 2.8 % a start
// makes 4 % between two.
const (
	BetweenStarts     = 0.028
	betweenStartsTail = 2 * BetweenStarts // of p90 and beyond
)

// enoughStarts is from how many a side's own deviation between starts stands for the assumed one.
const enoughStarts = 3

func (c *Comparison) levels() {
	for _, o := range c.Other.Points {
		i := slices.IndexFunc(c.Base.Points, func(b *Point) bool { return b.Label == o.Label })
		if i >= 0 {
			c.Levels = append(c.Levels, c.level(c.Base.Points[i], o))
		}
	}
}

func (c *Comparison) level(b, o *Point) LevelComparison {
	bs, os := repetitions(b), repetitions(o)
	l := LevelComparison{Label: o.Label, Blocks: min(len(bs), len(os)), Grade: GradeC, Not: incomparable(b, o)}
	if l.Blocks >= enoughRepetitions {
		l.Grade = GradeA
	}
	if l.Not != "" {
		return l
	}
	for _, n := range compared {
		if r, ok := n.ratio(c, b, o); ok {
			l.Ratios = append(l.Ratios, r)
		}
	}
	return l
}

// incomparable names what forbids a comparison of two levels (R5.5, V20).
func incomparable(b, o *Point) string {
	switch {
	case !b.Trusted() || !o.Trusted():
		return "an INVALID step on one side"
	case unlike(b.Metrics["output_tokens"].Mean, o.Metrics["output_tokens"].Mean):
		return fmt.Sprintf("answers have %.0f against %.0f tokens on average, more than chance makes of one mix",
			o.OutputMean, b.OutputMean)
	case unlike(b.Metrics["prompt_tokens"].Mean, o.Metrics["prompt_tokens"].Mean):
		return fmt.Sprintf("prompts have %.0f against %.0f tokens on average, more than chance makes of one mix",
			o.PromptMean, b.PromptMean)
	case math.Abs(o.CachedShare-b.CachedShare) > 0.02:
		return fmt.Sprintf("%.0f %% against %.0f %% of prompt tokens came from the prefix cache", 100*o.CachedShare,
			100*b.CachedShare)
	case math.IsNaN(o.CachedShare) != math.IsNaN(b.CachedShare) && !(o.CachedShare <= 0.02 || b.CachedShare <= 0.02):
		return "on one side prompt tokens came from the prefix cache, and the other does not tell"
	}
	return ""
}

// unlike reports whether two mean lengths differ by more than a tenth, and by more than their intervals say that chance
// does.
func unlike(b, o Estimate) bool {
	if !b.Known() || !o.Known() || !(b.Value > 0) {
		return false
	}
	r := o.Value / b.Value
	chance := math.Hypot(halfWidth(b)/b.Value, halfWidth(o)/o.Value)
	return math.Abs(r-1) > 0.10 && math.Abs(r-1) > chance
}

func halfWidth(e Estimate) float64 {
	if half := (e.Hi - e.Lo) / 2; half >= 0 {
		return half
	}
	return math.Inf(1) // too few values to tell: nothing can be called unlike
}

// A number is one quantity that comparisons show.
type number struct {
	name       string
	higherGood bool
	tail       bool
	of         func(t *TargetStudy, p *Point) Estimate
}

var compared = []number{
	{"tok/s", true, false, func(_ *TargetStudy, p *Point) Estimate { return p.OutputRate }},
	{"tok/s per GPU", true, false, ratePerGPU},
	{"TTFT p50", false, false, quantileOf("ttft", 0.5)},
	{"TTFT p90", false, true, quantileOf("ttft", 0.9)},
	{"TTFT p99", false, true, quantileOf("ttft", 0.99)},
	{"TPOT p50", false, false, quantileOf("tpot", 0.5)},
	{"ITL p99", false, true, quantileOf("itl", 0.99)},
}

// ComparedNames are the numbers that a level of a comparison shows.
func ComparedNames() (out []string) {
	for _, n := range compared {
		out = append(out, n.name)
	}
	return out
}

// Loss is by how much other is worse than base, as a share; negative: it is better.
func (r MetricRatio) Loss() float64 {
	if r.HigherGood {
		return 1 - r.Ratio.Value
	}
	return r.Ratio.Value - 1
}

func ratePerGPU(t *TargetStudy, p *Point) Estimate {
	e := p.OutputRate
	e.Interval = e.Interval.Over(float64(t.GPUs()))
	return e
}

func quantileOf(metric string, p float64) func(*TargetStudy, *Point) Estimate {
	return func(_ *TargetStudy, pt *Point) Estimate { return pt.Metrics[metric].At(p) }
}

// ratio is that of the two numbers as they are printed.
func (n number) ratio(c *Comparison, b, o *Point) (MetricRatio, bool) {
	eb, eo := n.of(c.Base, b), n.of(c.Other, o)
	if !eb.Known() || !eo.Known() || !(eb.Value > 0) || !(eo.Value > 0) {
		return MetricRatio{}, false
	}
	prior := BetweenStarts
	if n.tail {
		prior = betweenStartsTail
	}
	side := func(t *TargetStudy, p *Point, pooled Estimate) repeated {
		out := repeated{within: logDeviation(pooled.Interval)}
		for _, r := range repetitions(p) {
			value := 0.0
			if e := n.of(t, r); e.Known() {
				value = e.Value
			}
			out.add(value, r.Server.Start)
		}
		return out
	}
	r := MetricRatio{Name: n.name, HigherGood: n.higherGood, Base: eb.Value, Other: eo.Value}
	r.spread(deviation(side(c.Base, b, eb), side(c.Other, o, eo), prior))
	return r, true
}

// spread fills the ratio with the 95 % interval that a deviation of its logarithm gives.
func (r *MetricRatio) spread(deviation float64) {
	r.deviation = deviation
	ratio := r.Other / r.Base
	r.Ratio = stat.Interval{Value: ratio, Lo: ratio * math.Exp(-1.96*deviation), Hi: ratio * math.Exp(1.96*deviation)}
}

// A repeated is the logarithm of a number in each repetition of a side that has one, their places among all, and the
// starts that they stand on. within is the deviation that all of them together leave it by their own intervals.
type repeated struct {
	logs, starts []float64
	places       []int
	of           int // repetitions in all
	within       float64
}

// add is the next repetition's value; one of 0 has none.
func (r *repeated) add(value, start float64) {
	if value > 0 {
		r.logs, r.starts, r.places = append(r.logs, math.Log(value)), append(r.starts, start), append(r.places, r.of)
	}
	r.of++
}

// paired are the ratios of two sides' repetitions of one place: they were asked the same, so that what came is not a
// difference of the sides. Empty where the sides have not as many.
func paired(base, other repeated) repeated {
	out := repeated{within: math.Hypot(base.within, other.within)}
	if base.of != other.of {
		return out
	}
	met := map[[2]float64]float64{} // starts that pair
	for i, place := range base.places {
		k := slices.Index(other.places, place)
		if k < 0 {
			continue
		}
		starts := [2]float64{base.starts[i], other.starts[k]}
		if _, known := met[starts]; !known {
			met[starts] = float64(len(met))
		}
		out.logs, out.starts = append(out.logs, other.logs[k]-base.logs[i]), append(out.starts, met[starts])
	}
	return out
}

// deviation is that of the logarithm of a ratio of two sides.
func deviation(base, other repeated, prior float64) float64 {
	if pairs := paired(base, other); len(pairs.logs) > 0 {
		return math.Sqrt(pairs.variance(math.Sqrt2 * prior))
	}
	return math.Sqrt(base.variance(prior) + other.variance(prior))
}

// priorStarts is how many starts a prior of what lies between them counts for.
const priorStarts = 2

// variance of the mean of the logarithms: between starts ÷ starts + within ÷ repetitions. Where no start has two
// repetitions their own interval stands for the deviation within, below three starts; from there on what starts differ
// by holds both. With fewer than three starts the prior stands for that between them, from there on it counts for two.
func (r repeated) variance(prior float64) float64 {
	groups := map[float64][]float64{}
	for i, v := range r.logs {
		groups[r.starts[i]] = append(groups[r.starts[i]], v)
	}
	n, s := float64(max(len(r.logs), 1)), float64(max(len(groups), 1))
	inside, free := 0.0, 0
	var means []float64
	for _, g := range groups {
		m := stat.Mean(g)
		means = append(means, m)
		for _, v := range g {
			inside += (v - m) * (v - m)
		}
		free += len(g) - 1
	}
	apart, m := 0.0, stat.Mean(means)
	for _, v := range means {
		apart += (v - m) * (v - m) / math.Max(s-1, 1)
	}
	w2 := r.within * r.within * n // the pooled interval is of the mean already
	if free > 0 {
		w2 = inside / float64(free)
	}
	if len(groups) < enoughStarts {
		return prior*prior/s + w2/n
	}
	if free == 0 { // what starts differ by holds both
		w2 = 0
	}
	// a few starts leave what lies between them uncertain: Student's t for as many, and those of the prior
	known := priorStarts + s - 1
	between := (priorStarts*prior*prior + (s-1)*math.Max(apart-w2*s/n, 0)) / known
	wider := distuv.StudentsT{Sigma: 1, Nu: known}.Quantile(0.975) / 1.96
	return wider*wider*between/s + w2/n
}

// logDeviation is the standard deviation of a logarithm that an interval says; a tenth where the data carry none.
func logDeviation(i stat.Interval) float64 {
	if !(i.Lo > 0) || !(i.Hi > i.Lo) {
		return 0.1
	}
	return math.Log(i.Hi/i.Lo) / 2 / 1.96
}
