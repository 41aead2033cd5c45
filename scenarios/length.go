package scenarios

import (
	"math"
	"math/rand/v2"
)

// A Length is a law of token counts: fixed, uniform, normal or lognormal.
type Length struct {
	Law      string  // fixed, uniform, normal, lognormal
	Mean     float64 // of the law before Min and Max cut it; fixed: the value
	CV       float64 // standard deviation ÷ mean; normal and lognormal
	Min, Max int     // bounds of every draw, inclusive
}

// Draw returns one length, at least 1.
func (l Length) Draw(r *rand.Rand) int {
	x := l.Mean
	switch l.Law {
	case "uniform":
		return l.Min + r.IntN(l.Max-l.Min+1)
	case "normal":
		x = l.Mean * (1 + l.CV*r.NormFloat64())
	case "lognormal":
		// mean m and cv c of a lognormal: σ² = ln(1+c²), μ = ln m − σ²/2
		s2 := math.Log1p(l.CV * l.CV)
		x = math.Exp(math.Log(l.Mean) - s2/2 + math.Sqrt(s2)*r.NormFloat64())
	}
	n := max(1, int(math.Round(x)))
	if l.Max > 0 {
		n = min(n, l.Max)
	}
	return max(n, l.Min)
}
