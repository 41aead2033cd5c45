package stat

import (
	"math"
	"math/rand/v2"
	"testing"
)

// seenOn are trials on a known line: the share's probit falls by slope for each unit of the load's logarithm and meets the goal at
// crossing.
func seenOn(rng *rand.Rand, goal, crossing, slope float64, n int, loads ...float64) (out []Trial) {
	for _, load := range loads {
		p := unitNormal.CDF(unitNormal.Quantile(goal) - slope*math.Log(load/crossing))
		met := 0.0
		for range n {
			if rng.Float64() < p {
				met++
			}
		}
		out = append(out, Trial{load, met / float64(n), float64(n)})
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
				c := Cross(seenOn(rng, goal, 8, slope, 600, 4, 6.5, 7.5, 8.2, 9, 16), goal)
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

// Proof falls with the load, and is one far below.
func TestProofFallsWithTheLoad(t *testing.T) {
	c := Cross(seenOn(rand.New(rand.NewPCG(3, 4)), 0.95, 8, 10, 500, 4, 7, 8, 9, 12), 0.95)
	if s := c.Share(c.Load); math.Abs(s.Value-0.95) > 0.01 || s.Lo > 0.95 || s.Hi < 0.95 || !(s.Lo <= s.Value && s.Value <= s.Hi) || c.Share(6).Value < c.Share(10).Value {
		t.Errorf("at the crossing a share of %+v is expected", s)
	}
	before := 2.0
	for load := 4.0; load < 12; load *= 1.05 {
		p := c.Proof(load, 500)
		if p > before+1e-9 {
			t.Fatalf("at %.3g the goal is proven more likely (%.3g) than below (%.3g)", load, p, before)
		}
		before = p
	}
	if low, high := c.Proof(4, 500), c.Proof(12, 500); low < 0.99 || high > 0.01 {
		t.Errorf("half the crossing is proven with %.3g, half more with %.3g", low, high)
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

// As many as ProofAsks says prove the goal, and fewer do not.
func TestProofAsks(t *testing.T) {
	for _, goal := range []float64{0.9, 0.99} {
		n := ProofAsks(goal, 0.3)
		p := unitNormal.CDF(unitNormal.Quantile(goal) + 0.3)
		if a, b := wilson(p, 1.01*n).Lo, wilson(p, 0.99*n).Lo; a < goal || b >= goal {
			t.Errorf("goal %v: %v requests prove %v, fewer %v", goal, n, a, b)
		}
	}
}
