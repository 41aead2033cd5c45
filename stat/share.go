package stat

import "math"

// Share estimates the probability behind a series of yes and no in order, with Wilson's 95 % bounds for as many independent
// answers as its autocorrelation leaves: within 0 and 1, and never of no width (E. B. Wilson 1927, J. Am. Stat. Assoc. 22).
func Share(inOrder []bool) Interval {
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
	return wilson(p, float64(n)/shareTime(x, p))
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
