package analysis

import (
	"math"

	"loadgen/stat"
)

// A Knee is the concurrency from which more load buys only waiting.
type Knee struct {
	Known  bool
	N      float64
	Name   string  // "N_run" where the three-regime fit holds, else "N*"
	A, K   float64 // TPOT(N) = A + K·min(N, N_run), s and s per request; only with Fitted
	KHalf  float64 // 95 % half-width of K
	Fitted bool
	Why    string  // how it was found, or why not
	Max    float64 // highest concurrency tested
}

// lackOfFit is the largest relative residual at which the step model is believed (R4.3).
const lackOfFit = 0.03

// findKnee fits TPOT(N) = a + k·min(N, N_run) by profile search over N_run (R4.3). Where it does not hold, or the
// plateau is not reached, it falls back to N* = X_max·R_min of the operational laws.
func findKnee(points []*Point) Knee {
	var n, tpot []float64
	for _, p := range points {
		if m := p.Metrics["tpot"].Mean; p.Trusted() && m.Known() {
			n, tpot = append(n, p.Level), append(tpot, m.Value)
		}
	}
	if len(n) < 3 {
		return Knee{Why: "fewer than three trusted levels"}
	}
	k := Knee{Max: n[len(n)-1]}
	run, line, ok := profile(n, tpot)
	if ok && line.MaxResidual <= lackOfFit && line.Slope > 0 {
		k.A, k.K, k.KHalf, k.Fitted = line.Intercept, line.Slope, line.SlopeHalf, true
		if run < k.Max {
			k.Known, k.N, k.Name = true, run, "N_run"
			k.Why = "TPOT = a + k·min(N, N_run) fits within 3 %"
			return k
		}
	}
	return k.operational(points)
}

// profile tries N_run on a grid of 5 % between the second level and the last, and returns the one with least residuals.
func profile(n, tpot []float64) (run float64, best stat.Line, ok bool) {
	least := math.Inf(1)
	weights := make([]float64, len(n))
	for i := range tpot {
		weights[i] = 1 / (tpot[i] * tpot[i])
	}
	for candidate := n[1]; ; candidate *= 1.05 {
		candidate = math.Min(candidate, n[len(n)-1])
		x := make([]float64, len(n))
		for i := range n {
			x[i] = math.Min(n[i], candidate)
		}
		if l, fits := stat.FitLine(x, tpot, weights); fits && l.MaxResidual < least {
			least, run, best, ok = l.MaxResidual, candidate, l, true
		}
		if candidate >= n[len(n)-1] {
			return run, best, ok
		}
	}
}

// operational is N* = X_max·R_min, the crossing of the two bounds X ≤ N/R_min and X ≤ X_max (Denning–Buzen).
func (k Knee) operational(points []*Point) Knee {
	first := points[0]
	rmin := first.Metrics["e2e"].Mean
	xmax := 0.0
	for _, p := range points {
		if p.Trusted() {
			xmax = math.Max(xmax, p.RequestRate.Value)
		}
	}
	pl := findPlateau(points)
	switch {
	case pl.First == nil || pl.Beyond == nil:
		k.Why = "throughput still rose at the highest level"
	case !rmin.Known() || xmax == 0:
		k.Why = "no mean E2E at the lowest level"
	default:
		k.Known, k.N, k.Name = true, xmax*rmin.Value, "N*"
		k.Why = "N* = X_max·R_min (the step model's fit leaves more than 3 %)"
	}
	return k
}
