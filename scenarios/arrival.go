package scenarios

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/goccy/go-yaml/ast"
	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// An arrival is a law of when requests of an open loop are due.
type arrival struct {
	Name string
	Doc  string
	// Pacer returns the law's schedule at a mean rate in requests/s. The same law, rate and seed give the same due times.
	Pacer func(l Law, rate float64, seed uint64) vegeta.Pacer
	// Span is how long a window must be to see the whole law, from the step's start; nil: any window does.
	Span func(l Law, rate float64) time.Duration
	// Says writes the law with its parameters; nil: the name says all.
	Says func(l Law) string

	keys func(r *reader, l *Law) fields                   // its parameters in a scenario; nil: none
	need []string                                         // of these, the ones without a default
	read func(r *reader, n ast.Node, path string, l *Law) // what is left to do when all are known; nil: nothing
}

// arrivals are the laws that a scenario can name.
var arrivals = []arrival{poisson, constant, gamma, ramp, sine, trace}

// A Law is an arrival law's name with the parameters that a scenario gives it; those of other laws are zero.
type Law struct {
	Name      string        `json:"name,omitempty"`
	CV        float64       `json:"cv,omitempty"`        // gamma: coefficient of variation of the gaps
	To        float64       `json:"to,omitempty"`        // ramp: the rate at its end, requests/s
	Over      time.Duration `json:"over_ns,omitempty"`   // ramp: how long it takes
	Amplitude float64       `json:"amplitude,omitempty"` // sine: share of the mean rate, 0–1
	Period    time.Duration `json:"period_ns,omitempty"` // sine
	Trace     *Trace        `json:"trace,omitempty"`     // trace: what was recorded
}

// findArrival returns the law of that name.
func findArrival(name string) (arrival, bool) {
	for _, a := range arrivals {
		if a.Name == name {
			return a, true
		}
	}
	return arrival{}, false
}

// Schedule is the due times before until at a mean rate in requests/s, counted from the step's start.
func (l Law) Schedule(rate float64, seed uint64, until time.Duration) []time.Duration {
	a, _ := findArrival(l.Name)
	return unroll(a.Pacer(l, rate, seed), until)
}

// Span is how long after the step's start the law has been seen whole at a rate; 0: any window shows it.
func (l Law) Span(rate float64) time.Duration {
	if a, _ := findArrival(l.Name); a.Span != nil {
		return a.Span(l, rate)
	}
	return 0
}

// Mean is the expected rate from the step's start until then, requests/s: of the law's rate at 64 instants.
func (l Law) Mean(rate float64, until time.Duration) float64 {
	a, _ := findArrival(l.Name)
	pacer, sum := a.Pacer(l, rate, 0), 0.0
	for i := range 64 {
		sum += pacer.Rate(time.Duration((float64(i) + 0.5) / 64 * float64(until)))
	}
	return sum / 64
}

func (l Law) String() string {
	if a, _ := findArrival(l.Name); a.Says != nil {
		return fmt.Sprintf("%s (%s)", l.Name, a.Says(l))
	}
	return l.Name
}

// unroll plays a pacer once, as if every hit were sent when due, and returns the due times before until, counted from
// the step's start. The schedule exists before the step begins and is never rescaled (R1.5).
func unroll(p vegeta.Pacer, until time.Duration) []time.Duration {
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

// perTenThousand is a rate as vegeta takes it: whole hits in 10,000 s, so that fractional rates stay exact to 0.0001/s.
func perTenThousand(rate float64) vegeta.Rate {
	const per = 10000 * time.Second
	return vegeta.Rate{Freq: int(rate*per.Seconds() + 0.5), Per: per}
}

// A renewal is a schedule of independent gaps, drawn in order.
type renewal struct {
	rate float64
	gap  func() float64 // of mean 1
	due  []time.Duration
}

func newRenewal(rate float64, gap func() float64) *renewal { return &renewal{rate: rate, gap: gap} }

// Pace waits until due(hits): max(0, due(hits) − elapsed). It never stops by itself.
func (p *renewal) Pace(elapsed time.Duration, hits uint64) (time.Duration, bool) {
	for uint64(len(p.due)) <= hits {
		last := time.Duration(0)
		if len(p.due) > 0 {
			last = p.due[len(p.due)-1]
		}
		p.due = append(p.due, last+time.Duration(p.gap()/p.rate*float64(time.Second)))
	}
	return max(0, p.due[hits]-elapsed), false
}

// Rate is the mean rate.
func (p *renewal) Rate(time.Duration) float64 { return p.rate }

func arrivalRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x6172726976616c)) }
