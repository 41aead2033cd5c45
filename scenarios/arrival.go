package scenarios

import (
	"math"
	"math/rand/v2"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// An Arrival is a law of when requests of an open loop are due.
type Arrival struct {
	Name string
	Doc  string
	// Pacer returns the law at a mean rate in requests/s. The same rate and seed give the same due times.
	Pacer func(rate float64, seed uint64) vegeta.Pacer
}

// Arrivals are the laws that a scenario can name.
var Arrivals = []Arrival{
	{Name: "poisson", Doc: "independent users: exponential gaps, coefficient of variation 1", Pacer: poissonPacer},
	{Name: "constant", Doc: "equal gaps; flatters a server, since nothing ever bunches", Pacer: constantPacer},
}

// FindArrival returns the law of that name.
func FindArrival(name string) (Arrival, bool) {
	for _, a := range Arrivals {
		if a.Name == name {
			return a, true
		}
	}
	return Arrival{}, false
}

// Unroll plays a pacer once, as if every hit were sent when due, and returns the due times before until, counted from the
// step's start. The schedule exists before the step begins and is never rescaled (R1.5).
func Unroll(p vegeta.Pacer, until time.Duration) []time.Duration {
	var due []time.Duration
	for now := time.Duration(0); ; {
		wait, stop := p.Pace(now, uint64(len(due)))
		now += wait
		if stop || now >= until {
			return due
		}
		due = append(due, now)
	}
}

func constantPacer(rate float64, _ uint64) vegeta.Pacer {
	const per = 10000 * time.Second // so that fractional rates stay exact to 0.0001/s
	return vegeta.ConstantPacer{Freq: int(math.Round(rate * per.Seconds())), Per: per}
}

// A poisson is a schedule of exponential gaps, drawn in order.
type poisson struct {
	rate float64
	rng  *rand.Rand
	due  []time.Duration
}

func poissonPacer(rate float64, seed uint64) vegeta.Pacer {
	return &poisson{rate: rate, rng: rand.New(rand.NewPCG(seed, 0x6172726976616c))}
}

// Pace waits until due(hits): max(0, due(hits) − elapsed). It never stops by itself.
func (p *poisson) Pace(elapsed time.Duration, hits uint64) (time.Duration, bool) {
	for uint64(len(p.due)) <= hits {
		last := time.Duration(0)
		if len(p.due) > 0 {
			last = p.due[len(p.due)-1]
		}
		p.due = append(p.due, last+time.Duration(p.rng.ExpFloat64()/p.rate*float64(time.Second)))
	}
	return max(0, p.due[hits]-elapsed), false
}

// Rate is the mean rate.
func (p *poisson) Rate(time.Duration) float64 { return p.rate }
