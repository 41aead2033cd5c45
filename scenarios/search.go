package scenarios

import (
	"slices"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Searches reports whether some phase finds its load.
func (s *Scenario) Searches() bool {
	return slices.ContainsFunc(s.Phases, func(p Phase) bool { return p.Find != "" })
}

// searchesNeed checks what a search, or a stop at the objective, cannot do without.
func (r *reader) searchesNeed(n ast.Node, s *Scenario) {
	search := s.Searches()
	if !search && !slices.ContainsFunc(s.Phases, func(p Phase) bool { return p.Stop == StopObjective }) {
		return
	}
	given := !s.Objective.IsZero()
	for _, c := range s.Prompts {
		given = given || c.Objective != nil && !c.Objective.IsZero()
	}
	if !given && len(r.faults) == 0 {
		r.fault(n, "objective", "such as objective: {ttft: 1s, tpot: 50ms, attainment: 99%}",
			"a load is found, or stopped at, by what its requests must keep, and no objective is given")
	}
	if search && given && s.Objective.Attainment >= 1 {
		r.fault(n, "objective", "such as attainment: 99.9%", "no sample proves that every request keeps an objective: a "+
			"load can be found for an attainment below 100 %%")
	}
	if search && slices.ContainsFunc(s.Targets, func(t Target) bool { return t.Together }) {
		r.fault(n, "targets", "leave together out, or give the rates to play",
			"a load is found for each target alone, and some say together")
	}
}

// Try is the n-th step of a search, from 1. Requests are how many its window must hold. A confirming one stands by
// itself: its requests and their times are no other step's.
func (s *Scenario) Try(search Step, n int, load float64, requests int, confirm bool) Step {
	st := search
	st.Find, st.Try, st.Requests, st.Confirm = "", n, requests, confirm
	if st.Rate = load; st.Loop == Closed {
		st.Rate, st.Concurrency = 0, int(load)
	}
	st.Seed = s.stepSeed(st.Phase, st)
	st.Name = st.Directory()
	return st
}

// Goal is the share of requests that must keep their objective, below 1: the scenario's, else the lowest of its
// classes.
func (s *Scenario) Goal() float64 {
	if !s.Objective.IsZero() {
		return s.Objective.Attainment
	}
	goal := 1.0
	for _, c := range s.Prompts {
		if c.Objective != nil && !c.Objective.IsZero() {
			goal = min(goal, c.Objective.Attainment)
		}
	}
	return goal
}

// shortestWithin is what a play may be asked to fit at least.
const shortestWithin = time.Minute

// within reads the time that a play may take.
func (r *reader) within(into *time.Duration) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		r.duration(into)(n, path)
		if *into > 0 && *into < shortestWithin {
			r.fault(n, path, "such as within: 20m", "given %v: nothing is learnt of a server in less than %v", *into,
				shortestWithin)
		}
	}
}
