package machine

import (
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
	f := &fleet{clk: &clock.Agenda{}, route: route, out: slices.Clone(requests), inFlight: make([]int, servers),
		left: len(requests)}
	by := m.quickest(requests)
	for k := range servers {
		r := &replay{}
		r.begin(m, f.clk, blocks, requests, seed+uint64(k), by)
		r.out, r.next, r.upcoming, r.until = f.out, nil, len(requests), 0
		r.over = func() { f.ended(k) }
		f.servers = append(f.servers, r)
	}
	return f.play(requests)
}

// A fleet is servers behind one balancer.
type fleet struct {
	clk      *clock.Agenda
	servers  []*replay
	route    Route
	out      []Served
	inFlight []int // of each server
	left     int
}

func (f *fleet) play(requests []Served) ([]Served, error) {
	if len(requests) == 0 {
		return nil, nil
	}
	all := make([]int, len(requests))
	for i := range all {
		all[i] = i
	}
	arrive(f.clk, requests, all, f.come)
	return f.out, f.clk.Run()
}

// come sends a request to the server that the balancer picks.
func (f *fleet) come(i int) {
	k := f.route(i, f.inFlight)
	f.inFlight[k]++
	f.servers[k].send(i, f.out[i].Arrival, f.servers[k].fronts.Of(i))
}

func (f *fleet) ended(k int) {
	f.inFlight[k]--
	if f.left--; f.left == 0 {
		f.clk.End()
	}
}
