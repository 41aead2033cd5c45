package analysis

import (
	"cmp"
	"fmt"
	"slices"

	"loadgen/stat"
)

// A PerGPU is what two arms carry per GPU where their readers wait equally long for a token (R6.9): one of the two was
// measured at that TPOT, the other's curve is read between its neighbouring levels.
type PerGPU struct {
	TPOT        float64       // p50, s
	Base, Other stat.Interval // output tokens/s per GPU
	Says        Judgement     // Better, Worse, or NoneShown where the intervals meet
}

// PerGPU compares the arms' closed sweeps at equal TPOT, rising. It is empty where the arms have the same
// tensor-parallel size on equally many GPUs, or share no range of TPOT.
func (c *Comparison) PerGPU() []PerGPU {
	if c.Base.TP() == c.Other.TP() && c.Base.GPUs() == c.Other.GPUs() {
		return nil
	}
	base, other := perGPUCurve(c.Base), perGPUCurve(c.Other)
	var out []PerGPU
	for _, p := range base {
		if at, ok := between(other, p.tpot); ok {
			out = append(out, PerGPU{p.tpot, p.rate, at, clearly(p.rate, at)})
		}
	}
	for _, p := range other {
		if at, ok := between(base, p.tpot); ok {
			out = append(out, PerGPU{p.tpot, at, p.rate, clearly(at, p.rate)})
		}
	}
	slices.SortFunc(out, func(a, b PerGPU) int { return cmp.Compare(a.TPOT, b.TPOT) })
	return out
}

// A pace is one level of an arm.
type pace struct {
	tpot float64
	rate stat.Interval // per GPU
}

// perGPUCurve is an arm's trusted levels by rising TPOT.
func perGPUCurve(t *TargetStudy) []pace {
	var out []pace
	n := float64(t.GPUs())
	for _, p := range t.Closed() {
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

// clearly judges other against base by intervals that do not meet and a difference that matters.
func clearly(base, other stat.Interval) Judgement {
	switch {
	case other.Lo > base.Hi && other.Value >= base.Value*(1+Material):
		return Better
	case other.Hi < base.Lo && other.Value <= base.Value*(1-Material):
		return Worse
	}
	return NoneShown
}

// Crossing says in one sentence which arm carries more per GPU, and between which TPOTs that changes.
func Crossing(base, other string, at []PerGPU) string {
	shown := slices.DeleteFunc(slices.Clone(at), func(p PerGPU) bool { return p.Says == NoneShown })
	if len(shown) == 0 {
		return fmt.Sprintf("no difference per GPU between %s and %s is shown at equal TPOT", base, other)
	}
	more := func(p PerGPU) string {
		if p.Says == Better {
			return other
		}
		return base
	}
	for i := 1; i < len(shown); i++ {
		if a, b := shown[i-1], shown[i]; a.Says != b.Says {
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
