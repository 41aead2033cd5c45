package stat

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Known parameters are recovered through noise, the posterior covers them, and a direction that no residual tells of
// keeps its prior.
func TestLeastSquaresRecovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	truth := []float64{0.3, -0.4}
	covered, runs := 0, 200
	for range runs {
		noise := make([]float64, 12)
		for i := range noise {
			noise[i] = 0.05 * rng.NormFloat64()
		}
		p := LeastSquares(func(q []float64) []float64 {
			out := make([]float64, len(noise))
			for k := range out {
				x := float64(k)
				out[k] = (math.Exp(q[0]) + math.Exp(q[1])*x - math.Exp(truth[0]) - math.Exp(truth[1])*x - noise[k]) / 0.05
			}
			return out
		}, make([]float64, 3), []float64{0.5, 0.5, 0.7}, 0.01, 20)
		if math.Abs(p.Best[0]-truth[0]) > 0.15 || math.Abs(p.Best[1]-truth[1]) > 0.05 || p.Best[2] != 0 {
			t.Fatalf("%v, want %v", p.Best, truth)
		}
		if d := p.Draw([]float64{0, 0, 1})[2]; math.Abs(d-0.7) > 1e-9 {
			t.Fatalf("an unseen parameter has a deviation of %v, its prior is 0.7", d)
		}
		deviation := math.Abs(p.Draw([]float64{1, 0, 0})[0] - p.Best[0])
		if math.Abs(p.Best[0]-truth[0]) < 1.96*deviation {
			covered++
		}
	}
	if covered < runs*88/100 {
		t.Errorf("covered in %d of %d", covered, runs)
	}
}
