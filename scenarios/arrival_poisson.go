package scenarios

import vegeta "github.com/tsenart/vegeta/v12/lib"

var poisson = arrival{Name: "poisson", Doc: "independent users: exponential gaps, coefficient of variation 1",
	Pacer: func(_ Law, rate float64, seed uint64) vegeta.Pacer {
		return newRenewal(rate, arrivalRand(seed).ExpFloat64)
	},
}
