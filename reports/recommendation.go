package reports

import (
	"fmt"
	"strings"

	"loadgen/advice"
	"loadgen/analysis"
)

// Advise tells what holds each target back and what to change, with all its evidence.
func Advise(s *analysis.Study, all []*advice.Advice) Document {
	d := Document{Title: "loadgen: advice on " + s.Scenario.Name, State: string(s.Verdict.State), Verdict: VerdictLine(s), Footer: footer(s)}
	for _, a := range all {
		d.Advice = append(d.Advice, HeldLine(a), a.Line())
		d.Sections = append(d.Sections, adviceSection(s, a))
	}
	if len(d.Advice) == 0 {
		d.Advice = []string{"no sweep in this run: no tuning evidence"}
	}
	return d
}

func adviceSection(s *analysis.Study, a *advice.Advice) Section {
	name := a.Target.Target.Name
	sec := Section{Title: name + ": advice", Text: []string{a.Says + "."}}
	if a.Grade != "" {
		sec.Title += fmt.Sprintf(" (grade %s)", a.Grade)
	}
	note := func(head string, lines ...string) {
		for _, l := range lines {
			if l != "" {
				sec.Notes = append(sec.Notes, head+l)
			}
		}
	}
	switch {
	case len(a.Changes) > 0:
		sec.Table = changesTable(a.Changes)
	case a.Bottleneck != "":
		sec.Text = append(sec.Text, "No change of settings is supported by this run: keep them.")
	}
	for _, c := range a.TradeOffs {
		note("trade-off, not advised: ", changeWords(c))
	}
	note("evidence: ", a.Because...)
	note("examined, not the bottleneck: ", a.Examined...)
	note("not examined: ", a.Unexamined...)
	note("what would lift the grade: ", a.Lift)
	if cmd := a.Command(); cmd != "" {
		sec.Code = fmt.Sprintf("# try, then verify under the same load and compare; to roll back, restore the old values\n%s\nloadgen run %s/scenario.yaml --out after && loadgen compare %s after", cmd, s.Run.Dir, s.Run.Dir)
	}
	return sec
}

func changeWords(c advice.Change) string {
	words := fmt.Sprintf("%s %s → %s: %s", c.Flag, analysis.Value(c.From), analysis.Value(c.To), effectWords(c.Effect))
	if c.Why != "" {
		words += "; " + c.Why
	}
	return words
}

func effectWords(e *advice.Effect) string {
	if e == nil {
		return "effect not told"
	}
	name := strings.ReplaceAll(e.Metric, "_", " ")
	if e.At != "" {
		name += " at " + e.At
	}
	return fmt.Sprintf("%s × %s (95 %%: %s–%s)", name, significant(e.Ratio), significant(e.Lo), significant(e.Hi))
}

func changesTable(changes []advice.Change) *Table {
	tab := &Table{Columns: []Column{{Head: "setting"}, {Head: "old", Right: true}, {Head: "new", Right: true}, {Head: "grade"}, {Head: "predicted effect, all changes together"}, {Head: "why"}}}
	for _, c := range changes {
		old := "not told"
		if c.From != nil {
			old = analysis.Value(c.From)
		}
		why := c.Why
		if c.Caution != "" {
			why += "; " + c.Caution
		}
		tab.Rows = append(tab.Rows, []string{c.Flag, old, analysis.Value(c.To), string(c.Grade), effectWords(c.Effect), why})
	}
	return tab
}

// Answers tells what one setting would do, target by target.
func Answers(s *analysis.Study, flag, value string, answers []advice.Answer) Document {
	d := Document{Verdict: VerdictLine(s), Footer: footer(s)}
	for _, a := range answers {
		sec := Section{Title: fmt.Sprintf("%s: %s %s → %s (grade %s)", a.Target, a.Flag, analysis.Value(a.From), value, a.Grade), Text: []string{a.Says + "."}}
		for _, b := range a.Because {
			sec.Notes = append(sec.Notes, "because: "+b)
		}
		for _, e := range []*advice.Effect{a.Effect, a.Clause} {
			if e != nil {
				sec.Notes = append(sec.Notes, "predicted: "+effectWords(e))
			}
		}
		d.Sections = append(d.Sections, sec)
	}
	return d
}
