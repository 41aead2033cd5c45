package stat

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// Windows at loads alike tell equally much, whichever of them met a bunch; requests at a higher load hang together no
// less, and where they do more, the trials stay as they are.
func TestBunchesDoNotShrinkAsTheLoadRises(t *testing.T) {
	alike := bunchedAlike([]Trial{{9, 0.9, 10, 1000}, {10, 1, 500, 1000}, {2, 1, 900, 900}, {12, 0.5, 5, 1000}})
	var loads, n []float64
	for _, t := range alike {
		loads, n = append(loads, t.Load), append(n, t.N)
	}
	want := []float64{900, 1000 / 51.0, 1000 / 51.0, 5} // 1000 ÷ 10 and 1000 ÷ 500 requests in a bunch: 51 on average
	if !slices.Equal(loads, []float64{2, 9, 10, 12}) {
		t.Errorf("in the order of loads %v", loads)
	}
	for i := range want {
		if math.Abs(n[i]-want[i]) > 1e-9 {
			t.Errorf("the trial at %v is worth %v, not %v", loads[i], n[i], want[i])
		}
	}
}

// Windows of few requests, of which more or less work came than their load says, as their own requests cannot show:
// what is claimed is still hardly ever too much.
func TestClaimsBearWhatCameByChance(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	n, over := 0, 0
	for _, slope := range []float64{15, 40} {
		for range 40 {
			var trials []Trial
			for _, load := range []float64{6, 7.3, 7.8, 8.2, 8.8} {
				const requests = 150
				seemed := load * math.Exp(rng.NormFloat64()*math.Sqrt(came/float64(requests)))
				one := seenOn(rng, 0.95, 8, slope, requests, seemed)[0]
				one.Load = load
				trials = append(trials, one)
			}
			if n++; Claim(Cross(trials, 0.95, Belief{})) > 8*tolerance {
				over++
			}
		}
	}
	chance := distuv.Binomial{N: float64(n), P: 1 - claimed}
	if chance.CDF(float64(over)-1) > 0.99 {
		t.Errorf("of %d claims %d are too much", n, over)
	}
}
