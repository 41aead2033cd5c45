package analysis

import (
	"slices"
	"strings"
	"testing"

	"loadgen/scenarios"
	"loadgen/stat"
)

// armOf is a target on so many GPUs whose levels n have TPOT a+kn and n ÷ (a+kn) tokens/s, known to 2 %: three starts
// that differ by a hundredth, two repetitions of each.
func armOf(gpus int, a, k float64, levels ...float64) *TargetStudy {
	t := &TargetStudy{Target: scenarios.Target{Name: "arm", GPUs: make([]int, gpus)}}
	for _, n := range levels {
		tpot := a + k*n
		p := level(n, n/tpot, tpot, n, 0)
		p.Metrics["tpot"] = Spread{
			Quantiles: map[float64]Estimate{0.5: {Interval: stat.Interval{Value: tpot, Lo: tpot, Hi: tpot}, N: 1000}}}
		for rep := range 6 {
			r := *p
			r.Server.Start = float64(1 + rep%3)
			r.OutputRate.Interval = p.OutputRate.Over(1 / (0.99 + 0.01*float64(rep%3)))
			p.Repetitions = append(p.Repetitions, &r)
		}
		t.Points = append(t.Points, p)
	}
	return t
}

// Per GPU at a TPOT of L an arm carries (1 − a/L) ÷ (k·GPUs) (R6.9). Arm one: a = 8 ms, k = 0.1 ms, 1 GPU; arm two: a =
// 4 ms, k = 0.06 ms, 2 GPUs, so that they carry equally much at L* = (A₁−A₂)/(B₁−B₂) = (80000−33333)/(10000−8333) = 28
// … in ms.
func TestArmsCrossAtEqualPace(t *testing.T) {
	base := armOf(1, 0.008, 0.0001, 1, 16, 64, 128, 200, 256, 384, 512)
	other := armOf(2, 0.004, 0.00006, 70, 128, 256, 400, 512, 640, 800, 900)
	c := &Comparison{Base: base, Other: other}
	at := c.PerGPU()
	var lo, hi float64 // where the other is clearly ahead for the last time, and behind for the first
	for _, p := range at {
		if p.Ratio.Says == Better {
			lo = p.TPOT
		} else if p.Ratio.Says == Worse && hi == 0 {
			hi = p.TPOT
		}
		want := (1 - 0.004/p.TPOT) / (0.00006 * 2)
		if r := p.Other.Value / want; r < 0.97 || r > 1.03 {
			t.Errorf("other at %v: %v, want %v", p.TPOT, p.Other.Value, want)
		}
	}
	if !(lo > 0 && lo < 0.028 && hi > 0.028) {
		t.Errorf("they cross at 28 ms, not between %v and %v", lo, hi)
	}
	if says := Crossing("one", "two", at); !strings.HasPrefix(says, "up to a TPOT of") ||
		!strings.Contains(says, "two carries more") {
		t.Error(says)
	}
	for _, p := range slices.Concat(base.Points, other.Points) {
		p.Repetitions = nil
	}
	for _, p := range c.PerGPU() {
		if p.TPOT > 0.028 && p.Ratio.Says != NoneShown {
			t.Errorf("one start a side shows %v at %v: two starts differ by as much", p.Ratio.Ratio, p.TPOT)
		}
	}
	if c.Other = armOf(1, 0.004, 0.00006, 8, 64); len(c.PerGPU()) != 0 {
		t.Error("arms of one kind have their ratios already")
	}
}
