package analysis

import (
	"math"
	"slices"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/stat"
)

// Short reports whether a point does not meet its scenario's goal.
func (p *Point) Short(sc *scenarios.Scenario) bool { return short(p.Attainment, sc.Goal()) }

// Behind reports whether an open loop's server ended clearly fewer requests than came, and had a queue.
func (p *Point) Behind() bool {
	if p.Loop != scenarios.Open || len(p.Steps) == 0 {
		return false
	}
	return p.RequestRate.Hi < 0.97*p.Steps[0].Evidence.PlannedRate && (p.Queued() || !p.Server.Known)
}

// Overloaded reports whether an open loop's requests wait: the queue of a server that does not keep up grows.
func (p *Point) Overloaded() bool { return p.Loop == scenarios.Open && p.Queued() }

// searched are the levels that a loop's search is read from: its own steps, and those of ladders beside it that tell
// enough. None where nothing was searched.
func searched(levels []*Point, class string) []*Point {
	if !slices.ContainsFunc(levels, (*Point).Sought) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(levels), func(p *Point) bool { return !p.Sought() && !p.Tells(class) })
}

// Sought reports whether a search asked for the level.
func (p *Point) Sought() bool { return p.Steps[0].Step.Try > 0 }

// Confirms reports whether a search played the level by a fresh step that can confirm it.
func (p *Point) Confirms() bool {
	return slices.ContainsFunc(p.Steps, func(st results.StepMeta) bool { return st.Step.Confirm })
}

// Tells reports whether a search can begin with a level of a ladder: it can be trusted, and enough requests of a class,
// or with an empty name of all, have an objective.
func (p *Point) Tells(class string) bool {
	share := p.AttainmentOf(class)
	return p.Trusted() && share.Known() && share.N >= enoughToDoubt
}

// untrustedBelow tells that a step of a search at a lower load was condemned.
func (t *TargetStudy) untrustedBelow(loop scenarios.Loop, load float64) bool {
	return slices.ContainsFunc(t.ofLoop(loop), func(p *Point) bool {
		return !p.Trusted() && p.Level < load && p.Sought()
	})
}

// Overrun reports whether a step showed that its line of requests grows: it was ended early for it, or the server fell
// behind.
func (p *Point) Overrun() bool { return p.Steps[0].Evidence.Overrun > 0 || p.Behind() }

// Trial is a point as a step of a search, by one of its shares.
func (p *Point) Trial(share Estimate) stat.Trial {
	return stat.TrialOf(p.Level, share.Interval, share.N, p.Relaxations, p.Overrun())
}

// find reads a held load from a search's steps: on the line through all of them, beginning with a belief. Claimed is
// what a fresh step confirmed: at that load or above its own requests kept the goal, and the line lies below it by 3 %
// at most with a probability of 97 %, or below any step that fell short they prove the goal by themselves.
func (h *HeldLoad) find(levels []*Point, class string, before stat.Belief) {
	h.Searched, h.Belief = true, before
	var trials []stat.Trial
	for _, p := range levels {
		trials = append(trials, p.Trial(p.AttainmentOf(class)))
		switch keeps := h.keptAt(p, class); {
		case !keeps && h.Above == nil:
			h.Above = p
		case keeps && (h.Above == nil || h.Below == nil): // the lowest may have fallen short by chance
			h.Below = p
		}
	}
	if h.Below == nil {
		h.State = HeldNone
		return
	}
	line, short := stat.Cross(trials, h.Goal, before), math.Inf(1)
	if h.State, h.Value = HeldAtLeast, h.Below.Level; h.Above != nil {
		h.State, h.Line, short = Held, &line, h.Above.Level
		h.Value = math.Min(line.Load, levels[len(levels)-1].Level) // no load is told that nobody played
	}
	for _, p := range levels { // they rise
		if !p.Confirms() || !h.keptAt(p, class) {
			continue
		}
		load := scenarios.Floor(h.Loop, line.Confirmed(p.Trial(p.AttainmentOf(class)), short))
		if load > h.Lower {
			h.Confirmed, h.Lower = p, load
		}
	}
	h.Value = math.Max(h.Value, h.Lower)
	h.around(levels, class)
}

// keptAt reports whether a step of a search kept the goal.
func (h *HeldLoad) keptAt(p *Point, class string) bool {
	return !p.Overrun() && p.AttainmentOf(class).Value >= h.Goal
}

// around puts Below and Above to either side of where the goal breaks, by what the levels showed: below the first that
// fell short at the value or above it the highest that kept it, and above that the first that did not. By chance both
// may lie on one side of the value, which all levels together put.
func (h *HeldLoad) around(levels []*Point, class string) {
	beyond := slices.IndexFunc(levels, func(p *Point) bool { // they rise
		return p.Level >= h.Value && !h.keptAt(p, class)
	})
	if beyond < 0 {
		beyond = len(levels)
	}
	for i := beyond - 1; i >= 0; i-- {
		if !h.keptAt(levels[i], class) {
			continue
		}
		if h.Below = levels[i]; i+1 < len(levels) {
			h.Above = levels[i+1]
		}
		return
	}
}

// near is the quantile of the margin at which requests are looked at for how much they hang together: the goal itself
// where a search is to prove it by thousands.
func (p *Point) near(sc *scenarios.Scenario) float64 {
	if p.Sought() {
		return sc.Goal()
	}
	return 0.9
}
