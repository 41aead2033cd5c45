package analysis

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"loadgen/scenarios"
	"loadgen/stat"
)

// A HeldState says how a held load is known.
type HeldState string

// The states of a held load.
const (
	HeldNot     HeldState = ""         // no objective, or no level that can be trusted
	HeldNone    HeldState = "none"     // not even the lowest level meets the objective
	HeldAtLeast HeldState = "at least" // the highest level still meets it
	Held        HeldState = "held"     // it falls below the goal between two levels
)

// A HeldLoad is the load at which the share of requests within their objective falls below the goal: requests in flight
// in a closed loop, requests/s in an open one. Value is interpolated between the two levels around the crossing. Lower
// is where the lower 95 % bound of the share falls below the goal, and is what is claimed; 0 where no level proves the
// goal.
type HeldLoad struct {
	Loop         scenarios.Loop
	State        HeldState
	Goal         float64 // share, 0–1
	Value, Lower float64
	AtValue      Rates
	AtLower      Rates
	Class        string // of prompts that it is of; empty: all requests
	Below, Above *Point // the last level that meets the goal and the first that does not; nil where there is none

	Searched bool        // load: {find: …}
	Belief   stat.Belief // that reading a search's steps began with
	// through all steps of a search, where it falls below the goal; nil: it was not searched, or does not
	Line      *stat.Crossing
	Confirmed *Point // the fresh step of a search that proves Lower; nil: none did
}

// Rates is what a target served at a load: requests/s and output tokens/s, over all its GPUs.
type Rates struct{ Requests, Output float64 }

// Known reports whether there is an objective and a level to judge it by.
func (h HeldLoad) Known() bool { return h.State != HeldNot }

// AttainmentAt is the share at a level of the requests that the held load is of.
func (h HeldLoad) AttainmentAt(p *Point) Estimate { return p.AttainmentOf(h.Class) }

// Proven reports whether some load is claimed.
func (h HeldLoad) Proven() bool { return h.Lower > 0 }

// Held is the target's held load: as the step model reads it where that was asked, else by its levels alone.
func (t *TargetStudy) Held(sc *scenarios.Scenario) HeldLoad {
	if t.Modelled != nil {
		return *t.Modelled
	}
	return t.HeldByLevels(sc)
}

// HeldByLevels is the held load between two levels by a line: of the open loop where one was played, since users arrive
// so, else of the closed one.
func (t *TargetStudy) HeldByLevels(sc *scenarios.Scenario) HeldLoad {
	if open := t.HeldIn(sc, scenarios.Open, ""); open.Known() || open.Searched {
		return open
	}
	return t.HeldIn(sc, scenarios.Closed, "")
}

// HeldIn is the held load of one loop, for one class of prompts or, with an empty name, for all requests together.
func (t *TargetStudy) HeldIn(sc *scenarios.Scenario, loop scenarios.Loop, class string) HeldLoad {
	return t.heldIn(sc, loop, class, stat.Belief{})
}

// HeldFrom is the held load of one loop, read of a search's steps beginning with a belief of it.
func (t *TargetStudy) HeldFrom(sc *scenarios.Scenario, loop scenarios.Loop, before stat.Belief) HeldLoad {
	return t.heldIn(sc, loop, "", before)
}

func (t *TargetStudy) heldIn(sc *scenarios.Scenario, loop scenarios.Loop, class string, before stat.Belief) HeldLoad {
	h := HeldLoad{Loop: loop, Goal: goalOf(sc, class), Class: class}
	var levels []*Point
	for _, p := range t.ofLoop(loop) {
		if p.Trusted() && p.AttainmentOf(class).Known() {
			levels = append(levels, p)
		}
	}
	if len(levels) == 0 {
		return h
	}
	if tries := searched(levels, class); len(tries) > 0 {
		h.find(tries, class, before)
		if h.State == HeldNone && t.untrustedBelow(loop, h.Above.Level) {
			// lower loads were tried, and nobody knows how they went
			return HeldLoad{Loop: loop, Goal: h.Goal, Class: class, Searched: true, Above: h.Above}
		}
		h.AtValue, h.AtLower = h.ratesAt(tries, h.Value), h.ratesAt(tries, h.Lower)
		return h
	}
	i := slices.IndexFunc(levels, func(p *Point) bool { return short(p.AttainmentOf(class), h.Goal) })
	switch {
	case i < 0:
		h.State, h.Below = HeldAtLeast, levels[len(levels)-1]
		h.Value = h.Below.Level
	case i == 0:
		h.State, h.Above = HeldNone, levels[0]
	default:
		h.State, h.Below, h.Above = Held, levels[i-1], levels[i]
		h.Value = crossing(h.Below, h.Above, h.Goal, class)
	}
	h.Lower = math.Min(h.Value, claimed(levels, h.Goal, class))
	h.AtValue, h.AtLower = h.ratesAt(levels, h.Value), h.ratesAt(levels, h.Lower)
	return h
}

// goalOf is the share that must keep the objective: the class's, or of all requests the scenario's.
func goalOf(sc *scenarios.Scenario, class string) float64 {
	if class == "" {
		return sc.Goal()
	}
	return cmp.Or(sc.ObjectiveOf(class).Attainment, 1)
}

// AttainmentOf is the share of a class, or with an empty name of all requests that have an objective.
func (p *Point) AttainmentOf(class string) Estimate {
	if class == "" {
		return p.Attainment
	}
	return p.Classes[class].Attainment
}

// crossing interpolates on the probit of the share over the logarithm of the load, on which the share of a server that
// fills up is nearly a line. Shares of all or none count as half a request less.
func crossing(a, b *Point, goal float64, class string) float64 {
	probit := func(p *Point) float64 {
		e := p.AttainmentOf(class)
		n := float64(max(e.N, 1))
		return distuv.UnitNormal.Quantile(math.Min(math.Max(e.Value, 0.5/n), 1-0.5/n))
	}
	za, zb := probit(a), probit(b)
	z := distuv.UnitNormal.Quantile(math.Min(goal, 1-0.25/float64(max(a.AttainmentOf(class).N, 1))))
	if !(za > zb) {
		return a.Level
	}
	share := math.Min(math.Max((za-z)/(za-zb), 0), 1)
	return a.Level * math.Pow(b.Level/a.Level, share)
}

// enoughToDoubt is from how many requests on a level that shows less than the goal is taken at its word.
const enoughToDoubt = 100

// short reports whether a level does not meet the goal; one unlucky level of few requests is not taken for the limit.
// More load may serve better again, as where a queue keeps the engine from a cliff: what counts is the first level that
// falls short.
func short(e Estimate, goal float64) bool {
	return e.Value < goal && (e.N >= enoughToDoubt || e.Hi < goal)
}

// claimed is where the lower bound of the share falls below the goal, on a line between two levels; 0 where none proves
// it. Levels above one that shows less than the goal are not looked at, however well they do.
func claimed(levels []*Point, goal float64, class string) float64 {
	last := -1
	for i, p := range levels {
		e := p.AttainmentOf(class)
		if short(e, goal) {
			break
		}
		if e.Lo >= goal {
			last = i
		}
	}
	switch {
	case last < 0:
		return 0
	case last == len(levels)-1:
		return levels[last].Level
	}
	a, b := levels[last], levels[last+1]
	lowA, lowB := a.AttainmentOf(class).Lo, b.AttainmentOf(class).Lo
	if !(lowA > lowB) {
		return a.Level
	}
	return a.Level + (b.Level-a.Level)*(lowA-goal)/(lowA-lowB)
}

// ratesAt is what is served at a load that is held: of an open loop what comes, with answers as long as those of all
// levels, since chance makes more or fewer come in one window, and longer ones; of a closed one between the levels
// around it. Below the lowest level a load is taken to be served in proportion.
func (h *HeldLoad) ratesAt(levels []*Point, load float64) Rates {
	if !(load > 0) {
		return Rates{}
	}
	if h.Loop == scenarios.Open {
		return Rates{load, load * tokensAnAnswer(levels)}
	}
	var before Rates
	from := 0.0
	for _, p := range levels {
		now := Rates{p.RequestRate.Value, p.OutputRate.Value}
		if load <= p.Level {
			share := (load - from) / (p.Level - from)
			return Rates{before.Requests + share*(now.Requests-before.Requests), before.Output +
				share*(now.Output-before.Output)}
		}
		before, from = now, p.Level
	}
	return before
}

// tokensAnAnswer is the mean length of answers over the levels that a server keeps up with, else over all.
func tokensAnAnswer(levels []*Point) float64 {
	kept := slices.DeleteFunc(slices.Clone(levels), (*Point).Overrun)
	if len(kept) == 0 {
		kept = levels
	}
	tokens, answers := 0., 0.
	for _, p := range kept {
		if p.RequestRate.Value > 0 {
			tokens += float64(p.Cohort) * p.OutputRate.Value / p.RequestRate.Value
			answers += float64(p.Cohort)
		}
	}
	return tokens / math.Max(answers, 1)
}
