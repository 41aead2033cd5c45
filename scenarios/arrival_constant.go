package scenarios

import vegeta "github.com/tsenart/vegeta/v12/lib"

var constant = arrival{Name: "constant", Doc: "equal gaps; flatters a server, since nothing ever bunches",
	Pacer: func(_ Law, rate float64, _ uint64) vegeta.Pacer { return perTenThousand(rate) },
}
