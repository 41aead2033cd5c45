package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"loadgen/stat"
)

// A PerGPU is what two arms carry per GPU where their readers wait equally long for a token (R6.9): one of the two was
// measured at that TPOT, the other's curve is read between its neighbouring levels. Intervals hold what starts and
// repetitions of a side differ by.
type PerGPU struct {
	TPOT        float64       // p50, s
	Base, Other stat.Interval // output tokens/s per GPU
	Ratio       MetricRatio   // Other ÷ Base, judged together with the other rows (Holm)
}

// PerGPU compares the arms' closed sweeps at equal TPOT, rising. It is empty where the arms have the same
// tensor-parallel size on equally many GPUs, or share no range of TPOT.
func (c *Comparison) PerGPU() []PerGPU {
	if c.Base.TP() == c.Other.TP() && c.Base.GPUs() == c.Other.GPUs() {
		return nil
	}
	base, other := newPaces(c.Base), newPaces(c.Other)
	var out []PerGPU
	for _, p := range slices.Concat(base.pooled, other.pooled) {
		b, known := base.at(p.tpot)
		o, also := other.at(p.tpot)
		if !known || !also {
			continue
		}
		r := MetricRatio{Name: "tok/s per GPU", HigherGood: true, Base: b.rate, Other: o.rate}
		r.spread(math.Hypot(b.deviation, o.deviation))
		out = append(out, PerGPU{TPOT: p.tpot, Base: b.interval(), Other: o.interval(), Ratio: r})
	}
	slices.SortFunc(out, func(a, b PerGPU) int { return cmp.Compare(a.TPOT, b.TPOT) })
	ratios := make([]*MetricRatio, len(out))
	for i := range out {
		ratios[i] = &out[i].Ratio
	}
	holm(ratios)
	return out
}

// paces are an arm's curve, and those of its repetitions with their starts.
type paces struct {
	pooled      []pace
	repetitions [][]pace
	starts      []float64
}

func newPaces(t *TargetStudy) paces {
	out := paces{pooled: curve(t, t.Closed())}
	for _, alone := range t.apart(t.Closed()) {
		out.repetitions, out.starts = append(out.repetitions, curve(t, alone.points)), append(out.starts, alone.start)
	}
	return out
}

// A carried is what an arm carries per GPU at a TPOT, with the deviation of its logarithm.
type carried struct{ rate, deviation float64 }

func (c carried) interval() stat.Interval {
	by := math.Exp(1.96 * c.deviation)
	return stat.Interval{Value: c.rate, Lo: c.rate / by, Hi: c.rate * by}
}

func (p paces) at(tpot float64) (carried, bool) {
	rate, ok := between(p.pooled, tpot)
	if !ok {
		return carried{}, false
	}
	all := repeated{within: logDeviation(rate)}
	for i, alone := range p.repetitions {
		one, _ := between(alone, tpot)
		all.add(one.Value, p.starts[i])
	}
	return carried{rate.Value, math.Sqrt(all.variance(BetweenStarts))}, true
}

// A pace is one level of an arm.
type pace struct {
	tpot float64
	rate stat.Interval // per GPU
}

// curve is an arm's trusted levels by rising TPOT.
func curve(t *TargetStudy, levels []*Point) []pace {
	var out []pace
	n := float64(t.GPUs())
	for _, p := range levels {
		tpot := p.Metrics["tpot"].At(0.5)
		if !p.Trusted() || !tpot.Known() || !p.OutputRate.Known() {
			continue
		}
		out = append(out, pace{tpot.Value, p.OutputRate.Interval.Over(n)})
	}
	slices.SortFunc(out, func(a, b pace) int { return cmp.Compare(a.tpot, b.tpot) })
	return out
}

// between reads a curve at a TPOT inside its range, linearly.
func between(curve []pace, tpot float64) (stat.Interval, bool) {
	for i := 1; i < len(curve); i++ {
		a, b := curve[i-1], curve[i]
		if tpot < a.tpot || tpot > b.tpot || a.tpot == b.tpot {
			continue
		}
		f := (tpot - a.tpot) / (b.tpot - a.tpot)
		mix := func(x, y float64) float64 { return x + f*(y-x) }
		return stat.Interval{Value: mix(a.rate.Value, b.rate.Value), Lo: mix(a.rate.Lo, b.rate.Lo),
			Hi: mix(a.rate.Hi, b.rate.Hi)}, true
	}
	return stat.Interval{}, false
}

// Crossing says in one sentence which arm carries more per GPU, and between which TPOTs that changes.
func Crossing(base, other string, at []PerGPU) string {
	shown := slices.DeleteFunc(slices.Clone(at), func(p PerGPU) bool {
		return p.Ratio.Says != Better && p.Ratio.Says != Worse
	})
	if len(shown) == 0 {
		return fmt.Sprintf("no difference per GPU between %s and %s is shown at equal TPOT", base, other)
	}
	more := func(p PerGPU) string {
		if p.Ratio.Says == Better {
			return other
		}
		return base
	}
	for i := 1; i < len(shown); i++ {
		if a, b := shown[i-1], shown[i]; a.Ratio.Says != b.Ratio.Says {
			return fmt.Sprintf("up to a TPOT of %s %s carries more per GPU, from %s on %s: they cross between", paceText(a.TPOT),
				more(a), paceText(b.TPOT), more(b))
		}
	}
	return fmt.Sprintf("%s carries more per GPU wherever a difference is shown, from %s to %s of TPOT: no crossing "+
		"was seen", more(shown[0]),
		paceText(shown[0].TPOT), paceText(shown[len(shown)-1].TPOT))
}

func paceText(s float64) string {
	if s < 1 {
		return fmt.Sprintf("%.3g ms", s*1e3)
	}
	return fmt.Sprintf("%.3g s", s)
}
