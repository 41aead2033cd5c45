package stat

import (
	"math"
	"slices"
)

// Share estimates the probability behind a series of yes and no in order, with Wilson's 95 % bounds for as many
// independent answers as autocorrelation leaves: within 0 and 1, and never of no width (E. B. Wilson 1927, J. Am. Stat.
// Assoc. 22). margin, where given, is the quantity that decides yes or no: where all say yes, the times at which it was
// high still tell how much successive answers hang together.
func Share(inOrder []bool, margin []float64) Interval { return ShareNear(inOrder, margin, 0.9) }

// ShareNear is Share where the margin is looked at as often as it is above its q-quantile, from 0.9 on and so that
// there are twenty such times: the nearer that is to the share which is asked for, the more it tells of the times that
// matter.
func ShareNear(inOrder []bool, margin []float64, q float64) Interval {
	n := len(inOrder)
	if n == 0 {
		return Interval{math.NaN(), math.NaN(), math.NaN()}
	}
	x := make([]float64, n)
	for i, yes := range inOrder {
		if yes {
			x[i] = 1
		}
	}
	p := Mean(x)
	tau := shareTime(x, p)
	if len(margin) == n && n >= 2*Sections && n <= longSeries {
		sorted := slices.Clone(margin)
		slices.Sort(sorted)
		tau = math.Max(tau, exceedanceTime(margin, Quantile(sorted, math.Max(0.9, math.Min(q, 1-20/float64(n))))))
	}
	return wilson(p, math.Max(1, float64(n)/tau))
}

// shareTime is how many successive answers tell as much as one independent one.
func shareTime(x []float64, p float64) float64 {
	if len(x) < 2*Sections || p == 0 || p == 1 {
		return 1
	}
	if len(x) <= longSeries {
		return exceedanceTime(x, 0.5)
	}
	variance := 0.0
	for b := range Sections {
		part := x[b*len(x)/Sections : (b+1)*len(x)/Sections]
		d := Mean(part) - p
		variance += d * d / (Sections - 1)
	}
	return math.Max(1, variance*float64(len(x))/Sections/(p*(1-p)))
}

// wilson is the score interval of a share p of n answers, n need not be whole.
func wilson(p, n float64) Interval {
	const z = 1.959964
	centre := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return Interval{p, math.Max(0, math.Min(p, centre-half)), math.Min(1, math.Max(p, centre+half))}
}
