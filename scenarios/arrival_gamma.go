package scenarios

import (
	"fmt"
	"math"
	"math/rand/v2"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

var gamma = arrival{Name: "gamma", Doc: "gaps of a chosen coefficient of variation: 1 is Poisson, 2 to 4 as bursty " +
	"as real traffic, below 1 evener",
	Pacer: func(l Law, rate float64, seed uint64) vegeta.Pacer {
		r, shape := arrivalRand(seed), 1/(l.CV*l.CV)
		return newRenewal(rate, func() float64 { return drawGamma(r, shape) / shape })
	},
	Says: func(l Law) string { return fmt.Sprintf("cv %.3g", l.CV) },
	keys: func(r *reader, l *Law) fields { return fields{"cv": r.number(&l.CV, 0.05, 20)} },
	need: []string{"cv"},
}

// drawGamma draws from a gamma law of scale 1 by Marsaglia and Tsang (2000): with d = shape − 1/3 and c = 1/√(9d),
// d(1+cx)³ of a normal x is kept with the right chance; shapes below 1 are drawn one higher and taken down by
// u^(1/shape).
func drawGamma(r *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return drawGamma(r, shape+1) * math.Pow(1-r.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := math.Pow(1+c*x, 3)
		if v > 0 && math.Log(1-r.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}
