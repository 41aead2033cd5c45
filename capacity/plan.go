package capacity

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"loadgen/stat"
)

// A Plan is how many replicas a demand takes.
type Plan struct {
	Demand  Demand
	Server  *Server
	Goal    float64
	Lone    float64 // share within the objective of requests that have a server to themselves
	Alone   float64 // requests/s that one replica holds of this demand
	Answers []answer
}

// An answer is a plan's behind one balancer.
type answer struct {
	Balancer string
	Replicas int           // that hold the demand
	Share    stat.Interval // of requests within the objective, with them
	Held     float64       // requests/s that they hold
	Headroom float64       // of that over the demand, a share
	Spare    int           // replicas that hold it with any one of them gone
	HeldLess float64       // requests/s that Replicas hold with one of them gone; 0: none are left
	HeldMore float64       // and that one more does; of a recording alone
	Least    int           // replicas, were the servers as much faster as they may be off
	Most     int           // and as much slower
	E2E      float64       // mean, s
	Output   float64       // tokens/s of all replicas at the demand, with answers of the mean length
}

// mostReplicas is how many are played at most.
const mostReplicas = 256

// count is how many requests a play judges and settles with: a share near one asks for more.
func count(goal float64) int {
	return int(math.Min(math.Max(60/(1-goal), 1500), 8000))
}

// leastRate is the lowest demand that is played, requests/s.
const leastRate = 0.01

// Make plans. The error is why no number of replicas does, or why it cannot be told, in words for the reader.
func Make(d Demand, s *Server) (*Plan, error) {
	p := &Plan{Demand: d, Server: s, Goal: s.Scenario.Goal()}
	if p.Goal >= 1 {
		return nil, fmt.Errorf("no number of replicas is proven to serve every request in time: ask for an attainment " +
			"below 100 %%, such as 99.9 %%")
	}
	if err := s.contradicted(); err != nil {
		return nil, err
	}
	if err := s.draw(d, count(p.Goal)); err != nil {
		return nil, err
	}
	lone, err := s.lone()
	if err != nil {
		return nil, err
	}
	if lone.share.Value < p.Goal {
		return nil, fmt.Errorf("no number of replicas keeps the objective: even requests that have a server to themselves "+
			"are within it in %.3g %% of all, and %.4g %% are asked for. A faster card, more GPUs a replica, or another "+
			"objective would do", 100*lone.share.Value, 100*p.Goal)
	}
	p.Lone = lone.share.Value
	p.Demand.fixUsers(lone.e2e)
	if p.Demand.Rate <= 0 {
		return nil, fmt.Errorf("the demand is no request at all: expected a rate above zero")
	}
	if p.Demand.Rate < leastRate {
		return nil, fmt.Errorf("%.3g requests/s are one at a time: a single replica holds them; expected %g/s or more",
			p.Demand.Rate, leastRate)
	}
	if p.Alone, err = s.holds(p.Demand, 1, 1/lone.e2e, Balancers[0], p.Goal); err != nil {
		return nil, err
	}
	if err := p.beyond(); err != nil {
		return nil, err
	}
	p.Answers = make([]answer, len(Balancers))
	errs := make([]error, len(Balancers))
	var all sync.WaitGroup
	for i, b := range Balancers {
		all.Go(func() { p.Answers[i], errs[i] = p.answer(b) })
	}
	all.Wait()
	return p, errors.Join(errs...)
}

// beyond is why no number of replicas, or none that is played here, holds the demand.
func (p *Plan) beyond() error {
	if p.Alone == 0 {
		return fmt.Errorf("no number of replicas keeps the objective: requests that have a server to themselves are "+
			"within it in %.3g %% of all, hardly more than the %.4g %% that are asked for, and fewer as soon as two meet. "+
			"A faster card, more GPUs a replica, or another objective would do", 100*p.Lone, 100*p.Goal)
	}
	if k := p.Demand.Rate / p.Alone; k > mostReplicas {
		return fmt.Errorf("%s requests/s would take about %s replicas of %s/s each, more than the %d that are "+
			"played here: plan a part of it and multiply", number(p.Demand.Rate), number(math.Ceil(k)),
			number(p.Alone), mostReplicas)
	}
	return nil
}

// answer searches the fewest replicas around as many as one by itself would ask for; several hold more each, since
// chance evens out.
func (p *Plan) answer(b balancer) (a answer, err error) {
	few, many := 0, max(1, int(math.Ceil(0.9*p.Demand.Rate/p.Alone))) // too few, and enough once it is played
	var out played
	for {
		if out, err = p.Server.play(p.Demand, p.Demand.Rate, many, b); err != nil {
			return a, err
		}
		if out.share.Value >= p.Goal {
			break
		}
		if few = many; few >= 2*mostReplicas {
			return a, fmt.Errorf("even %d replicas behind %s do not keep the objective for %s of the requests", few, b.Name,
				percent(p.Goal))
		}
		many += max(1, many/5)
	}
	for many-few > 1 {
		k := (few + many) / 2
		next, err := p.Server.play(p.Demand, p.Demand.Rate, k, b)
		if err != nil {
			return a, err
		}
		if next.share.Value >= p.Goal {
			many, out = k, next
		} else {
			few = k
		}
	}
	k := many
	a = answer{Balancer: b.Name, Replicas: k, Share: out.share, E2E: out.e2e, Spare: k + 1,
		Output: p.Demand.Rate * p.Server.meanOutput()}
	var held [3]float64 // by one fewer, by so many and by one more
	for i := range held {
		switch n := k - 1 + i; {
		case n == 0, i == 2 && p.Demand.Trace == nil: // one more is only drawn over a recording
		case n == 1:
			held[i] = p.Alone // whatever the balancer
		default:
			if held[i], err = p.Server.holds(p.Demand, n, p.Demand.Rate*float64(n)/float64(k), b, p.Goal); err != nil {
				return a, err
			}
		}
	}
	a.Held = math.Max(held[1], p.Demand.Rate)                                     // that was just played
	a.HeldLess, a.HeldMore = math.Min(held[0], a.Held), math.Max(held[2], a.Held) // chance must not make fewer hold more
	a.Headroom = a.Held/p.Demand.Rate - 1
	each := a.Held / float64(k)
	a.Least = max(1, int(math.Ceil(p.Demand.Rate/(each*(1+p.Server.Off))-1e-9)))
	a.Most = max(k, int(math.Ceil(p.Demand.Rate/(each*(1-p.Server.Off))-1e-9)))
	a.Least = min(a.Least, k)
	return a, err
}

// holds is the highest rate of a demand that k replicas hold, to 2 %, searched from a guess.
func (s *Server) holds(d Demand, k int, guess float64, b balancer, goal float64) (float64, error) {
	var lo, hi float64
	at := guess
	for range 40 {
		out, err := s.play(d, at, k, b)
		if err != nil {
			return 0, err
		}
		if out.share.Value >= goal {
			lo = at
		} else {
			hi = at
		}
		switch {
		case hi == 0:
			at = lo * 1.3
		case lo == 0:
			at = hi / 1.3
		case hi/lo < 1.02:
			return lo, nil
		default:
			at = math.Sqrt(lo * hi)
		}
	}
	return lo, nil
}
