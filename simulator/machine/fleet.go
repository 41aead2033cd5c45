package machine

import (
	"context"
	"slices"

	"loadgen/clock"
)

// A Route picks the server of the i-th request by how many requests each has in flight.
type Route func(i int, inFlight []int) int

// RoundRobin gives each server its turn.
func RoundRobin(i int, inFlight []int) int { return i % len(inFlight) }

// LeastRequests picks a server with the fewest requests in flight; among equals they take turns.
func LeastRequests(i int, inFlight []int) int {
	best := i % len(inFlight)
	for k := range inFlight {
		if at := (i + k) % len(inFlight); inFlight[at] < inFlight[best] {
			best = at
		}
	}
	return best
}

// ReplayBehind serves requests, in the order of their arrivals, on so many servers like m, each with so many KV blocks
// of 16, behind a balancer that sends each where route says at the instant it comes.
func (m Machine) ReplayBehind(servers, blocks int, route Route, requests []Served, seed uint64) ([]Served, error) {
	f := &fleet{clk: clock.NewVirtual(), route: route, out: slices.Clone(requests), inFlight: make([]int, servers),
		left: len(requests)}
	for k := range servers {
		r := m.newReplay(f.clk, blocks, len(requests), requests, seed+uint64(k))
		r.out, r.next, r.upcoming, r.until = f.out, nil, len(requests), 0
		r.over = func() { f.ended(k) }
		f.servers = append(f.servers, r)
	}
	err := f.clk.Run("fleet", f.run)
	return f.out, err
}

// A fleet is servers behind one balancer.
type fleet struct {
	clk      *clock.Virtual
	servers  []*replay
	route    Route
	out      []Served
	inFlight []int // of each server
	left     int
	done     clock.Signal
}

func (f *fleet) run() {
	f.done = f.clk.NewSignal("the last request")
	for i := range f.out {
		at := f.out[i].Arrival
		_ = f.clk.SleepUntil(context.Background(), at)
		k := f.route(i, f.inFlight)
		f.inFlight[k]++
		f.servers[k].send(i, at, f.servers[k].fronts.Of(i))
	}
	if f.left > 0 {
		_ = f.done.Wait(context.Background(), clock.Never)
	}
}

func (f *fleet) ended(k int) {
	f.inFlight[k]--
	if f.left--; f.left == 0 && f.done != nil {
		f.done.Set()
	}
}
