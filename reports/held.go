package reports

import (
	"slices"

	"loadgen/advice"
	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/scenarios"
	"loadgen/stat"
)

// HeldLine is a target's held load in one line: the first number of every report.
func HeldLine(l *locale.Locale, a *advice.Advice) string {
	return a.Target.Target.Name + l.Say(": ") + teller{Locale: l}.heldWords(a.Target, a.Held)
}

// heldWords say "holds 8.40 req/s, at least 7.90 req/s (…)".
func (t teller) heldWords(of *analysis.TargetStudy, h analysis.HeldLoad) string {
	goal := t.Share(h.Goal)
	switch h.State {
	case analysis.HeldNot:
		if h.Searched {
			return t.Say("held load unknown: the search's steps below %s cannot be trusted", t.Words(h.Above.Label))
		}
		return t.Say("held load unknown: no objective is given")
	case analysis.HeldNone:
		return t.Say("holds no load played: even %s misses the objective (%s of the requests within it, %s wanted)",
			t.Words(h.Above.Label), t.Percent(h.AttainmentAt(h.Above).Value), goal)
	case analysis.HeldAtLeast:
		if !h.Proven() {
			e := h.AttainmentAt(h.Below)
			return t.Say("holds %s or more, not proven: its %s requests tell as much as %s independent ones, too few for a "+
				"share of %s", t.load(h.Loop, h.Value), t.Count(e.N), t.Count(int(stat.Independent(e.Interval))), goal)
		}
		return t.Say("holds at least %s; nothing above %s was played (%s)", t.load(h.Loop, h.Lower), t.load(h.Loop, h.Value),
			t.servedAt(of, h.AtLower))
	}
	switch c := h.Confirmed; {
	case c != nil:
		return t.Say("holds %s, confirmed by a fresh step at %s: %s of %s requests within the objective; by %s the "+
			"limit is near %s, above %s with 97 %% confidence (%s)", t.load(h.Loop, h.Lower), t.load(h.Loop, c.Level),
			t.Percent(h.AttainmentAt(c).Value), t.Count(h.AttainmentAt(c).N), t.whole(h), t.load(h.Loop, h.Value),
			t.load(h.Loop, h.Line.Low), t.servedAt(of, h.AtLower))
	case h.Searched:
		return t.Say("holds about %s, not confirmed: by %s above %s with 97 %% confidence, and no step to confirm it "+
			"kept a share of %s", t.load(h.Loop, h.Value), t.whole(h), t.load(h.Loop, h.Line.Low), goal)
	case !h.Proven():
		return t.Say("holds about %s, none of it proven: too few requests for a share of %s (%s)", t.load(h.Loop, h.Value),
			goal, t.servedAt(of, h.AtValue))
	}
	return t.Say("holds %s, at least %s (%s)", t.load(h.Loop, h.Value), t.load(h.Loop, h.Lower), t.servedAt(of, h.AtLower))
}

// whole is all that a search's held load was read from.
func (t teller) whole(h analysis.HeldLoad) string {
	if h.Belief.Known() {
		return t.Say("all steps and the step model calibrated to them")
	}
	return t.Say("all steps together")
}

func (t teller) servedAt(of *analysis.TargetStudy, r analysis.Rates) string {
	return t.Say("%s req/s, %s tok/s, %s tok/s per GPU there", t.Number(r.Requests), t.Number(r.Output),
		t.Number(r.Output/float64(of.GPUs())))
}

// heldHeads are the columns of held loads.
var heldHeads = []string{"endpoint", "requests", ">goal", ">held load", ">at least", ">req/s", ">tok/s",
	">tok/s per GPU", "what breaks first"}

// heldRows are the held load of each class of prompts, or of all requests.
func (t teller) heldRows(g *grid, a *advice.Advice, classes []string) {
	for _, class := range classes {
		for _, h := range heldOf(t.s.Scenario, a, class) {
			t.heldRow(g, a.Target, h, class)
		}
	}
}

// heldOf are the held loads of a class of prompts, or with an empty name of all requests, of each loop that was played.
func heldOf(sc *scenarios.Scenario, a *advice.Advice, class string) (out []analysis.HeldLoad) {
	for _, loop := range []scenarios.Loop{scenarios.Closed, scenarios.Open} {
		h := a.Target.HeldIn(sc, loop, class)
		if class == "" && loop == a.Held.Loop {
			h = a.Held
		}
		if h.Known() {
			out = append(out, h)
		}
	}
	return out
}

func (t teller) heldRow(g *grid, of *analysis.TargetStudy, h analysis.HeldLoad, class string) {
	name := class
	if name == "" {
		name = t.Say("all requests")
	}
	if h.State == analysis.HeldNone {
		g.add(of.Target.Name, name, t.Share(h.Goal), t.Say("none"), "–", "–", "–", "–", t.breaks(h, class))
		return
	}
	at := h.AtValue
	if h.Proven() {
		at = h.AtLower
	}
	g.add(of.Target.Name, name, t.Share(h.Goal), t.heldShort(h), t.provenShort(h), t.Number(at.Requests),
		t.Number(at.Output), t.Number(at.Output/float64(of.GPUs())), t.breaks(h, class))
}

// heldShort is a held load without its evidence.
func (t teller) heldShort(h analysis.HeldLoad) string {
	switch h.State {
	case analysis.HeldNone:
		return t.Say("none")
	case analysis.HeldAtLeast:
		return t.Say("≥ %s, limit not reached", t.load(h.Loop, h.Value))
	}
	return t.load(h.Loop, h.Value)
}

// provenShort is what of it is claimed.
func (t teller) provenShort(h analysis.HeldLoad) string {
	if !h.Proven() {
		return t.Say("not proven")
	}
	return t.load(h.Loop, h.Lower)
}

// breaks names the first level beyond the held load and the clause that most of its requests miss.
func (t teller) breaks(h analysis.HeldLoad, class string) string {
	p := h.Above
	if p == nil {
		return "–"
	}
	words := t.Words(p.Label)
	if missed := p.MissedBy(class); len(missed) > 0 {
		words = t.Say("%s: %s missed by %s", t.Words(p.Label), t.Words(missed[0].Clause), t.Percent(missed[0].Share))
		if analysis.Together(missed, h.Goal) {
			words += ", " + t.Say("one or another by %s", t.Percent(1-p.AttainmentOf(class).Value))
		}
	}
	if p.Overloaded() {
		words += ", " + t.Say("overloaded")
	}
	return words
}

// heldNotes say how held loads are read.
func (t teller) heldNotes(all []*advice.Advice) []string {
	var notes []string
	if slices.ContainsFunc(all, func(a *advice.Advice) bool { return a.Held.Searched }) {
		notes = append(notes, t.Say("of a search the held load is where all its steps, and the step model where it follows "+
			"them, put the limit; at least: what a fresh step confirmed, at most 3 %% above the limit with 97 %% confidence; "+
			"rates are those at that load, or at the held load where none is confirmed"))
	}
	if slices.ContainsFunc(all, func(a *advice.Advice) bool { return !a.Held.Searched }) {
		notes = append(notes, t.Say("at least: where the lower 95 %% bound of the share within the objective falls below "+
			"the goal; rates are those at that load, or at the held load where it is not proven; the held load is read between "+
			"two levels by the step model where it follows the run, else on the probit of the share"))
	}
	if slices.ContainsFunc(all, func(a *advice.Advice) bool { return a.Held.Known() && a.Held.Goal >= 1 }) {
		notes = append(notes, t.Say("no sample proves that every request keeps an objective: a goal below 100 %% can "+
			"be proven"))
	}
	return notes
}
