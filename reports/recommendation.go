package reports

import (
	"fmt"
	"strings"

	"loadgen/advice"
	"loadgen/analysis"
	"loadgen/locale"
)

// Advise tells what holds each target back and what to change, with all its evidence.
func Advise(l *locale.Locale, s *analysis.Study, all []*advice.Advice) Document {
	t := teller{l, s}
	d := Document{Title: l.Say("Advice: %s", s.Scenario.Name), Locale: l, State: string(s.Verdict.State),
		Verdict: VerdictLine(l, s), Footer: t.footer()}
	for _, a := range all {
		d.Advice = append(d.Advice, HeldLine(l, a), AdviceLine(l, a))
		d.Sections = append(d.Sections, t.adviceSection(a))
	}
	if len(d.Advice) == 0 {
		d.Advice = []string{l.Say("no sweep in this run: no tuning evidence")}
	}
	return d
}

// AdviceLine is what to do about one target, and how sure that is, in one line.
func AdviceLine(l *locale.Locale, a *advice.Advice) string {
	t := teller{Locale: l}
	name := a.Target.Target.Name + l.Say(": ")
	if a.Bottleneck == "" && len(a.Changes) == 0 {
		return name + l.Say("no advice: %s", l.Words(a.Says))
	}
	bottleneck := a.Bottleneck
	if bottleneck == "" {
		bottleneck = l.Say("unknown")
	}
	if len(a.Changes) == 0 {
		line := name + l.Say("keep the settings; bottleneck: %s", bottleneck)
		if a.Grade != "" {
			line += l.Say("; grade %s (%s)", string(a.Grade), t.gradeWords(a.Grade))
		}
		return line
	}
	var changes []string
	for _, c := range a.Changes {
		changes = append(changes, fmt.Sprintf("%s %s → %s", c.Flag, t.value(c.From), analysis.Value(c.To)))
	}
	c := a.Changes[0]
	return name + l.Say("change %s: %s; grade %s (%s); bottleneck: %s", strings.Join(changes, ", "),
		t.effectWords(c.Effect), string(c.Grade), t.gradeWords(c.Grade), bottleneck)
}

// gradeWords say in two words what a grade stands for.
func (t teller) gradeWords(g analysis.Grade) string {
	switch g {
	case analysis.GradeA:
		return t.Say("measured")
	case analysis.GradeB:
		return t.Say("calculated within the measured range")
	case analysis.GradeC:
		return t.Say("extrapolated: verify")
	}
	return t.Say("rule of thumb: verify")
}

// value is a setting's value; unknown where nobody told it.
func (t teller) value(v any) string {
	if v == nil {
		return t.Say("not told")
	}
	return analysis.Value(v)
}

func (t teller) adviceSection(a *advice.Advice) Section {
	sec := Section{Title: t.Say("%s: advice", a.Target.Target.Name), Text: []string{t.Words(a.Says) + "."}}
	if a.Grade != "" {
		sec.Title = t.Say("%s: advice (grade %s)", a.Target.Target.Name, string(a.Grade))
	}
	var parts []string
	for _, s := range a.Settings() {
		parts = append(parts, t.setting(s))
	}
	sec.Text = append(sec.Text, strings.Join(parts, " · "))
	note := func(head string, lines ...string) {
		for _, l := range lines {
			if l != "" {
				sec.Notes = append(sec.Notes, head+t.Say(": ")+t.Words(l))
			}
		}
	}
	switch {
	case len(a.Changes) > 0:
		sec.Table = t.changes(a.Changes)
	case a.Bottleneck != "":
		sec.Text = append(sec.Text, t.Say("No change of settings is supported by this run: keep them."))
	}
	for _, c := range a.TradeOffs {
		sec.Notes = append(sec.Notes, t.Say("trade-off, not advised: %s", t.changeWords(c)))
	}
	note(t.Say("evidence"), a.Because...)
	note(t.Say("examined, not the bottleneck"), a.Examined...)
	note(t.Say("not examined"), a.Unexamined...)
	note(t.Say("a better grade needs"), a.Lift)
	if cmd := a.Command(); cmd != "" {
		sec.Code = fmt.Sprintf("# %s\n%s\n%s && loadgen compare %s after",
			t.Say("try, then verify under the same load and compare; to roll back, restore the old values"), cmd, t.again(),
			t.s.Run.Dir)
	}
	return sec
}

// again is the command that plays the run's scenario with what is advised: simulated servers take their settings from
// it.
func (t teller) again() string {
	if !t.s.Run.Manifest.Simulated {
		return fmt.Sprintf("loadgen run %s/scenario.yaml --out after", t.s.Run.Dir)
	}
	return fmt.Sprintf("# %s\nloadgen run after.yaml --simulated --out after",
		t.Say("simulated: write the new values into a copy of %s/scenario.yaml, after.yaml", t.s.Run.Dir))
}

// setting is "max-num-seqs 256: keep" or "max-num-batched-tokens 65536 → 2048 (C)".
func (t teller) setting(s advice.Setting) string {
	switch {
	case s.Change != nil:
		return fmt.Sprintf("%s %s → %s (%s)", s.Flag, t.value(s.From), analysis.Value(s.Change.To), s.Change.Grade)
	case s.From == nil:
		return s.Flag + t.Say(": ") + t.Say("not told")
	}
	return fmt.Sprintf("%s %s%s%s", s.Flag, analysis.Value(s.From), t.Say(": "), t.Say("keep"))
}

func (t teller) changeWords(c advice.Change) string {
	words := fmt.Sprintf("%s %s → %s", c.Flag, t.value(c.From), analysis.Value(c.To))
	if c.With != "" {
		words = t.Say("%s with %s", words, c.With)
	}
	words += t.Say(": ") + t.effectWords(c.Effect)
	if c.Why != "" {
		words += t.Say("; ") + t.Words(c.Why)
	}
	return words
}

func (t teller) effectWords(e *advice.Effect) string {
	if e == nil {
		return t.Say("effect unknown")
	}
	name := t.Words(strings.ReplaceAll(e.Metric, "_", " "))
	switch e.Metric {
	case "held_load":
		name = t.Say("tok/s at the held load")
	case "output_tokens_per_s":
		name = "tok/s"
	}
	if e.At != "" {
		name = t.Say("%s at %s", name, t.Words(e.At))
	}
	if e.AtLeast {
		return t.Say("%s %s or more expected (95 %%: %s)", name, t.Ratio(e.Ratio), t.Span(e.Lo, e.Hi))
	}
	return t.Say("%s %s expected (95 %%: %s)", name, t.Ratio(e.Ratio), t.Span(e.Lo, e.Hi))
}

func (t teller) changes(changes []advice.Change) *Table {
	g := t.grid("setting", ">old", ">new", "grade", "expected effect, all changes together", "why")
	for _, c := range changes {
		why := t.Words(c.Why)
		if c.Caution != "" {
			why += t.Say("; ") + t.Words(c.Caution)
		}
		g.add(c.Flag, t.value(c.From), analysis.Value(c.To), string(c.Grade), t.effectWords(c.Effect), why)
	}
	return g.table()
}

// Answers tells what one setting would do, target by target.
func Answers(l *locale.Locale, s *analysis.Study, answers []advice.Answer) Document {
	t := teller{l, s}
	d := Document{Locale: l, Verdict: VerdictLine(l, s), Footer: t.footer()}
	for _, a := range answers {
		var asked []string
		for _, c := range a.Asked {
			asked = append(asked, fmt.Sprintf("%s %s → %s", c.Flag, analysis.Value(c.From), analysis.Value(c.To)))
		}
		sec := Section{Title: t.Say("%s: %s (grade %s)", a.Target, strings.Join(asked, ", "), string(a.Grade)),
			Text: []string{t.Words(a.Says) + "."}}
		for _, b := range a.Because {
			sec.Notes = append(sec.Notes, t.Say("because: %s", t.Words(b)))
		}
		for _, e := range []*advice.Effect{a.Effect, a.Clause} {
			if e != nil {
				sec.Notes = append(sec.Notes, t.effectWords(e))
			}
		}
		d.Sections = append(d.Sections, sec)
	}
	return d
}
