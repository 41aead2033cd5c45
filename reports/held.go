package reports

import (
	"fmt"

	"loadgen/advice"
	"loadgen/analysis"
	"loadgen/scenarios"
)

// HeldLine is a target's held load in one line: the first number of every report.
func HeldLine(a *advice.Advice) string {
	return a.Target.Target.Name + ": " + heldWords(a.Target, a.Held)
}

// heldWords say "holds 8.40/s, at least 7.90/s within the objective (…)".
func heldWords(t *analysis.TargetStudy, h analysis.HeldLoad) string {
	switch h.State {
	case analysis.HeldNot:
		return "held load not told: no objective is given"
	case analysis.HeldNone:
		return fmt.Sprintf("holds none: not even %s meets the objective (%s of %s asked for)", h.Above.Label, percent(h.Above.Attainment.Value), percent(h.Goal))
	case analysis.HeldAtLeast:
		if !h.Proven() {
			return fmt.Sprintf("holds %s or more, not proven: too few requests for a share of %s", loadOf(h, h.Value), percent(h.Goal))
		}
		return fmt.Sprintf("holds at least %s; more was not played (%s)", loadOf(h, h.Lower), servedAt(t, h.AtLower))
	}
	if !h.Proven() {
		return fmt.Sprintf("holds about %s, none of it proven: too few requests for a share of %s (%s)", loadOf(h, h.Value), percent(h.Goal), servedAt(t, h.AtValue))
	}
	return fmt.Sprintf("holds %s, at least %s (%s)", loadOf(h, h.Value), loadOf(h, h.Lower), servedAt(t, h.AtLower))
}

func loadOf(h analysis.HeldLoad, v float64) string {
	if h.Loop == scenarios.Open {
		return significant(v) + "/s"
	}
	return significant(v) + " in flight"
}

func servedAt(t *analysis.TargetStudy, r analysis.Rates) string {
	return fmt.Sprintf("%s req/s, %s tok/s, %s tok/s per GPU there", significant(r.Requests), significant(r.Output), significant(r.Output/float64(t.GPUs())))
}

// heldSection tells the held load of all requests and of each class that has an objective.
func heldSection(s *analysis.Study, a *advice.Advice) Section {
	t := a.Target
	sec := Section{Title: t.Target.Name + ": load held within the objective", Table: &Table{Columns: []Column{{Head: "requests"}, {Head: "loop"}, {Head: "goal", Right: true},
		{Head: "held", Right: true}, {Head: "at least", Right: true}, {Head: "req/s", Right: true}, {Head: "tok/s", Right: true}, {Head: "per GPU", Right: true}, {Head: "first that breaks it"}}}}
	classes := []string{""}
	if len(s.Scenario.Prompts) > 1 {
		for _, c := range s.Scenario.Prompts {
			classes = append(classes, c.Name)
		}
	}
	for _, class := range classes {
		for _, loop := range []scenarios.Loop{scenarios.Closed, scenarios.Open} {
			h := t.HeldIn(s.Scenario, loop, class)
			if class == "" && loop == a.Held.Loop {
				h = a.Held
			}
			if h.Known() {
				sec.Table.Rows = append(sec.Table.Rows, heldRow(t, h, class))
			}
		}
	}
	if len(sec.Table.Rows) == 0 {
		return Section{Title: sec.Title, Text: []string{heldWords(t, analysis.HeldLoad{}) + "."}}
	}
	sec.Notes = append(sec.Notes, "at least: where the lower 95 % bound of the share within the objective falls below the goal; rates are those at that load; held is read between two levels by the step model where it follows the run, else on the probit of the share")
	if a.Held.Goal >= 1 {
		sec.Notes = append(sec.Notes, "no sample proves that every request keeps an objective: an attainment below 100 % can be claimed")
	}
	return sec
}

func heldRow(t *analysis.TargetStudy, h analysis.HeldLoad, class string) []string {
	name := class
	if name == "" {
		name = "all"
	}
	row := []string{name, string(h.Loop), percent(h.Goal)}
	if h.State == analysis.HeldNone {
		return append(row, "none", "–", "–", "–", "–", breaks(h, class))
	}
	held := loadOf(h, h.Value)
	if h.State == analysis.HeldAtLeast {
		held = "≥ " + held + ", not reached"
	}
	at := h.AtLower
	lower := "not proven"
	if h.Proven() {
		lower = loadOf(h, h.Lower)
	} else {
		at = h.AtValue
	}
	return append(row, held, lower, significant(at.Requests), significant(at.Output), significant(at.Output/float64(t.GPUs())), breaks(h, class))
}

// breaks names the first level beyond the held load and the clause that most of its requests miss.
func breaks(h analysis.HeldLoad, class string) string {
	p := h.Above
	if p == nil {
		return "–"
	}
	words := p.Label
	if class == "" && len(p.Missed) > 0 {
		words += fmt.Sprintf(": %s missed by %s", p.Missed[0].Clause, percent(p.Missed[0].Share))
	}
	if p.Loop == scenarios.Open && p.Queued() {
		words += ", overloaded"
	}
	return words
}
