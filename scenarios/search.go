package scenarios

import (
	"cmp"
	"math"
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
	given := s.HasObjective()
	if !given && len(r.faults) == 0 {
		r.fault(n, "objective", "such as objective: {ttft: 1s, tpot: 50ms, attainment: 99%}",
			"a load is found, or stopped at, by what its requests must keep, and no objective is given")
	}
	if search && given && s.Goal() >= 1 {
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

// Floor is the highest load up to one that a loop can be given: a closed one has whole requests in flight.
func Floor(loop Loop, load float64) float64 {
	if loop == Closed {
		return math.Floor(load)
	}
	return load
}

// HasObjective reports whether something is asked of some requests.
func (s *Scenario) HasObjective() bool {
	return !s.Objective.IsZero() || slices.ContainsFunc(s.Prompts, PromptClass.judged)
}

func (c PromptClass) judged() bool { return c.Objective != nil && !c.Objective.IsZero() }

// Goal is the share that must keep the objective of all requests that have one: the scenario's, else what it is where
// each class keeps its own.
func (s *Scenario) Goal() float64 {
	sum, weight := 0., 0.
	for _, c := range s.Prompts {
		if o := s.ObjectiveOf(c.Name); !o.IsZero() {
			sum, weight = sum+c.Weight*o.Attainment, weight+c.Weight
		}
	}
	if weight == 0 || !slices.ContainsFunc(s.Prompts, PromptClass.judged) {
		return cmp.Or(s.Objective.Attainment, 1)
	}
	return sum / weight
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
