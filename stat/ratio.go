package stat

import "math"

// Ratio estimates the ratio b ÷ a of paired blocks on the log scale, with a 95 % t-interval over the blocks; the bounds are
// NaN with fewer than two blocks.
func Ratio(a, b []float64) Interval {
	logs := make([]float64, 0, len(a))
	for i := range min(len(a), len(b)) {
		if a[i] > 0 && b[i] > 0 {
			logs = append(logs, math.Log(b[i]/a[i]))
		}
	}
	m := Mean(logs)
	out := Interval{math.Exp(m), math.NaN(), math.NaN()}
	if n := len(logs); n >= 2 {
		half := StudentT(n-1) * deviation(logs, m) / math.Sqrt(float64(n))
		out.Lo, out.Hi = math.Exp(m-half), math.Exp(m+half)
	}
	return out
}

// RatioOf is b ÷ a of two independent estimates, bounds added in quadrature on the log scale.
func RatioOf(a, b Interval) Interval {
	r := b.Value / a.Value
	half := math.Hypot(logHalf(a), logHalf(b))
	return Interval{r, r * math.Exp(-half), r * math.Exp(half)}
}

func logHalf(i Interval) float64 {
	if i.Value <= 0 || i.Lo <= 0 {
		return math.NaN()
	}
	return math.Max(math.Log(i.Hi/i.Value), math.Log(i.Value/i.Lo))
}

func deviation(x []float64, mean float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += (v - mean) * (v - mean)
	}
	return math.Sqrt(sum / float64(len(x)-1))
}
