package stat

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// seenOn are trials on a known line: the share's probit falls by slope for each unit of the load's logarithm and meets
// the goal at crossing.
func seenOn(rng *rand.Rand, goal, crossing, slope float64, n int, loads ...float64) (out []Trial) {
	for _, load := range loads {
		p := distuv.UnitNormal.CDF(distuv.UnitNormal.Quantile(goal) - slope*math.Log(load/crossing))
		met := 0.0
		for range n {
			if rng.Float64() < p {
				met++
			}
		}
		out = append(out, Trial{load, met / float64(n), float64(n), float64(n)})
	}
	return out
}

// A known crossing is recovered, and its interval holds it.
func TestCrossRecoversAKnownLine(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	inside, n := 0, 0
	for _, goal := range []float64{0.9, 0.99} {
		for _, slope := range []float64{4, 10, 30} {
			for range 12 {
				c := Cross(seenOn(rng, goal, 8, slope, 600, 4, 6.5, 7.5, 8.2, 9, 16), goal, Belief{})
				if n++; math.Abs(math.Log(c.Load/8)) < 2*c.Off+0.002 {
					inside++
				}
			}
		}
	}
	if inside < n*85/100 {
		t.Errorf("the crossing lies within two deviations in %d of %d", inside, n)
	}
}

// Where the share collapses above the limit, that is no reason to put the limit lower.
func TestACliffIsNoSlope(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for range 10 {
		trials := append(seenOn(rng, 0.95, 32, 1.5, 1500, 16, 24, 28, 31), Trial{34, 0.03, 200, 300}, Trial{44, 0, 200, 300})
		if c := Cross(trials, 0.95, Belief{}); c.Load < 29 || c.Load > 34 || Claim(c) < 25 {
			t.Errorf("%.3g ± %.2f, claimed %.3g: 32 is held, and nothing above", c.Load, c.Off, Claim(c))
		}
	}
}

// Where more load than is held is served at one share, whatever comes, that share is no part of the line: a world of
// the studies (7012), where a line through all of it put the limit at a third of a load that 3000 requests had kept.
func TestAPlateauIsNoLine(t *testing.T) {
	trials := []Trial{{15.9, 1, 150, 1062}, {19, 1, 1412, 2678}, {21, 1, 776, 1700}, {23, 1, 1367, 3361},
		{26, 1, 255, 918}, {32, 0.569, 23, 1063}, {64, 0.553, 95, 1281}, {128, 0.551, 194, 2544}}
	if c := Cross(trials, 0.99, Belief{}); c.Load < 26 || c.Load > 32 || Claim(c) < 21 {
		t.Errorf("%.3g ± %.2f, claimed %.3g: all of 26 in flight keep it, 0.57 of 32", c.Load, c.Off, Claim(c))
	}
}

// A fresh trial that kept the goal confirms its own load where that can be claimed or it proves it below any that fell
// short, else what can be claimed below it; where none fell short, its own or nothing.
func TestWhatATrialConfirms(t *testing.T) {
	c, none := Crossing{Low: 10, goal: 0.95}, math.Inf(1)
	for _, of := range []struct{ load, share, short, want float64 }{
		{10.2, 0.96, 12, 10.2}, {10.4, 0.96, 12, 10.3}, {10.4, 1, 12, 10.4}, {10.4, 1, 10.4, 10.3}, {10.4, 1, 9, 10.3},
		{10.4, 0.96, none, 0}, {10.4, 1, none, 10.4}, {10.2, 0.96, none, 10.2},
	} {
		trial := Trial{Load: of.load, Share: of.share, N: 100}
		if got := c.Confirmed(trial, of.short); math.Abs(got-of.want) > 1e-9 {
			t.Errorf("%+v, %v fell short: %v is confirmed, want %v", trial, of.short, got, of.want)
		}
	}
}

// What is claimed lies beyond the tolerance hardly ever, and not far below; the expected share falls with the load.
func TestClaimsAreNotTooMuch(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	n, over := 0, 0
	for _, goal := range []float64{0.9, 0.99} {
		for _, slope := range []float64{2, 5, 20} {
			for range 40 {
				c := Cross(seenOn(rng, goal, 8, slope, 800, 4, 7, 8, 9, 12), goal, Belief{})
				claim := Claim(c)
				if n++; claim > 8*1.03 {
					over++
				}
				if claim > 1.03*c.Load || claim < 1.03*c.Load*math.Exp(-4*c.Off) {
					t.Errorf("%.3g is claimed of %.3g ± %.2g", claim, c.Load, c.Off)
				}
				if s := c.Share(c.Load); s.Lo > goal || s.Hi < goal || s.Lo > s.Value || s.Hi < s.Value ||
					c.Share(6).Value < c.Share(10).Value {
					t.Errorf("at the crossing a share of %+v is expected", s)
				}
			}
		}
	}
	if over > n*6/100 {
		t.Errorf("of %d claims %d are too much", n, over)
	}
}

// As many requests as Asks says leave the crossing known as well.
func TestAsksUndoesAfter(t *testing.T) {
	c := Cross(seenOn(rand.New(rand.NewPCG(5, 6)), 0.95, 8, 10, 100, 4, 7, 9, 12), 0.95, Belief{})
	if n := c.Asks(0.01, 5); n <= 0 || math.Abs(c.After(n, 5)-0.01) > 1e-9 {
		t.Errorf("%v more requests leave it known within %v", n, c.After(n, 5))
	}
}

// Independent undoes Wilson's bounds, whichever of them tells.
func TestIndependent(t *testing.T) {
	for _, n := range []float64{12, 300, 5000} {
		for _, p := range []float64{0, 0.4, 0.99, 1} {
			if got := Independent(wilson(p, n)); math.Abs(got/n-1) > 1e-6 {
				t.Errorf("share %v of %v: told as %v", p, n, got)
			}
		}
	}
}

// Other knowledge of a crossing narrows it where trials tell little, and gives way where they contradict it.
func TestABeliefGivesWay(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	few := seenOn(rng, 0.95, 8, 10, 60, 4, 12)
	by, with := Cross(few, 0.95, Belief{}), Cross(few, 0.95, Belief{Load: 8, Off: 0.04})
	if with.Off > by.Off/2 || math.Abs(math.Log(with.Load/8)) > 0.05 {
		t.Errorf("%.3g ± %.3f with a belief, %.3g ± %.3f without", with.Load, with.Off, by.Load, by.Off)
	}
	many := seenOn(rng, 0.95, 8, 10, 4000, 6, 7.5, 8.5, 10)
	if c := Cross(many, 0.95, Belief{Load: 13, Off: 0.04}); math.Abs(math.Log(c.Load/8)) > 0.04 {
		t.Errorf("%.3g ± %.3f: trials of thousands say 8, a belief of 13 does not hold against them", c.Load, c.Off)
	}
}

// A load far above that hardly any request kept bounds the crossing, though the line is no line there: of a few answers
// near it alone nobody knows where it ends.
func TestFarLoadsBoundTheCrossing(t *testing.T) {
	near := []Trial{{28.7, 1, 19, 26}, {37.6, 0.991, 8, 115}, {39.4, 0.995, 25, 407}, {42.9, 0.94, 9, 50}}
	alone := Cross(near, 0.95, Belief{})
	bound := Cross(append(near, Trial{114.7, 0, 10, 17}), 0.95, Belief{})
	if bound.Load > 70 || bound.Load < 40 || bound.above(0.025) > 130 || alone.Load < 114.7 {
		t.Errorf("%.1f, below %.1f; without that load %.1f", bound.Load, bound.above(0.025), alone.Load)
	}
	below := Cross(append(near, Trial{4, 0, 10, 17}), 0.95, Belief{})
	if below.Load > bound.Load {
		t.Errorf("%.1f with a load far below that fails, %.1f without", below.Load, bound.Load)
	}
}
