package capacity

import (
	"math"
	"math/rand/v2"
	"time"

	"loadgen/scenarios"
	"loadgen/simulator/machine"
	"loadgen/stat"
)

// A balancer sends requests to replicas.
type balancer struct {
	Name  string
	Route machine.Route
}

// Balancers are those that a plan is made for.
var Balancers = []balancer{{"round robin", machine.RoundRobin}, {"least requests", machine.LeastRequests}}

// A played is what replicas did with a demand.
type played struct {
	share stat.Interval // within the objective
	e2e   float64       // mean, s
}

// arrivals are when requests come, and from when on they are judged.
type arrivals struct {
	at   []time.Duration
	from time.Duration
}

// poisson are n arrivals at a rate, the first fifth of which only load the servers. Arrivals at twice the rate are the
// same at half their times.
func poisson(rate float64, n int) arrivals {
	rng := rand.New(rand.NewPCG(41, 43))
	var a arrivals
	at := 0.0
	for range n {
		at += rng.ExpFloat64() / rate
		a.at = append(a.at, time.Duration(at*1e9))
	}
	a.from = a.at[n/5]
	return a
}

// times are the arrivals of a demand at a rate: recorded ones are squeezed or stretched to it.
func (d Demand) times(rate float64, n int) arrivals {
	if d.Trace == nil {
		return poisson(rate, n)
	}
	stamps, begins := d.Trace.around(d.Trace.deciding(), n)
	by := d.Trace.deciding().Rate / rate
	a := arrivals{from: time.Duration(float64(begins) * by)}
	for _, at := range stamps {
		a.at = append(a.at, time.Duration(float64(at)*by))
	}
	return a
}

// A play lasts so many seconds at least and has so many arrivals, and so many for each replica, for a queue to show:
// beyond what a server can serve it takes thousands to grow. It has so many arrivals at most.
const (
	shortest      = 30.
	leastArrivals = 20000.
	eachArrivals  = 10000.
	mostArrivals  = 60000.
)

// play sends a demand at a rate to k replicas.
func (s *Server) play(d Demand, rate float64, k int, b balancer) (out played, err error) {
	n := math.Min(math.Max(math.Max(shortest*rate, eachArrivals*float64(k)), leastArrivals), mostArrivals)
	return s.playAt(d.times(rate, max(len(s.asked), int(n))), k, b)
}

// lone is what requests see that have a server to themselves.
func (s *Server) lone() (played, error) {
	const n, apart = 500, 1e3 // s: longer than any answer
	a := arrivals{}
	for i := range n {
		a.at = append(a.at, time.Duration(float64(i)*apart*1e9))
	}
	return s.playAt(a, 1, Balancers[0])
}

func (s *Server) playAt(a arrivals, k int, b balancer) (out played, err error) {
	requests := make([]machine.Served, len(a.at))
	for i := range requests {
		q := s.asked[i%len(s.asked)]
		requests[i] = machine.Served{Arrival: a.at[i], Prompt: q.prompt, Output: q.output, Shared: q.shared, Group: q.group}
	}
	got, err := s.Machine.ReplayBehind(k, s.Blocks, b.Route, requests, 3)
	if err != nil {
		return out, err
	}
	var met []bool
	var margins []float64
	n := 0.0
	for i, r := range got {
		if r.Arrival < a.from {
			continue
		}
		n++
		if o := s.Scenario.ObjectiveOf(s.asked[i%len(s.asked)].class); !o.IsZero() {
			m := margin(r, o)
			met, margins = append(met, m <= 1), append(margins, m)
		}
		out.e2e += r.E2E()
	}
	out.share, out.e2e = stat.Share(met, margins), out.e2e/n
	return out, nil
}

// margin is how much of its objective's tightest clause a request used.
func margin(r machine.Served, o scenarios.Objective) float64 {
	most := 0.0
	use := func(limit time.Duration, v float64) {
		if limit > 0 {
			most = math.Max(most, v/limit.Seconds())
		}
	}
	use(max(o.TTFT, 0), r.TTFT())
	use(max(o.TTFO, 0), r.TTFT())
	if r.Output > 1 {
		use(o.TPOT, r.TPOT())
	}
	use(o.ITL, r.Gap.Seconds())
	use(o.E2E, r.E2E())
	return most
}
