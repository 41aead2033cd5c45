package reports

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"loadgen/advice"
	"loadgen/analysis"
	"loadgen/locale"
)

// Run tells a run. figures are added where their names fit a section.
func Run(l *locale.Locale, s *analysis.Study, all []*advice.Advice, figures []Figure) Document {
	t := teller{l, s}
	d := Document{Title: l.Say("Tuning review: %s", s.Scenario.Name), Locale: l, State: string(s.Verdict.State),
		Verdict: VerdictLine(l, s), Asked: t.asked(), Footer: t.footer()}
	d.Outcome = t.outcome(all)
	for _, a := range all {
		d.Advice = append(d.Advice, AdviceLine(l, a))
	}
	if len(all) == 0 {
		d.Advice = []string{l.Say("no sweep in this run: no tuning evidence")}
	}
	d.Caveats = t.caveats(all)
	d.Sections = t.arranged(all, figures)
	return d
}

// arranged is the evidence, then method and provenance; in French in the order of the report that the first users
// write.
func (t teller) arranged(all []*advice.Advice, figures []Figure) []Section {
	evidence := t.evidence(all, figures)
	if t.Locale == locale.French {
		return slices.Concat(
			chapter(t.Say("Configuration"), t.configuration()),
			chapter(t.Say("Methodology"), t.methodology()),
			chapter(t.Say("Performance in short"), t.performance()),
			chapter(t.Say("Detail by kind of prompt"), t.classes()...),
			chapter(t.Say("Memory use"), t.memory()),
			chapter(t.Say("Models compared"), t.models(all)),
			chapter(t.Say("Recommendations"), t.recommendations(all)...),
			chapter(t.Say("Conclusion"), t.conclusion(all)),
			chapter(t.Say("Evidence"), evidence...),
			chapter(t.Say("Provenance"), slices.Concat(t.clients(), []Section{t.accounting(), t.verdicts(),
				t.formulas()})...),
		)
	}
	return slices.Concat(
		chapter(t.Say("Evidence"), append(evidence, t.performance())...),
		chapter(t.Say("Detail by kind of prompt"), t.classes()...),
		chapter(t.Say("Memory and models"), t.memory(), t.models(all)),
		chapter(t.Say("Recommendations"), t.recommendations(all)...),
		chapter(t.Say("Method and provenance"), slices.Concat([]Section{t.configuration(), t.methodology()}, t.clients(),
			[]Section{t.accounting(), t.verdicts(), t.formulas()})...),
	)
}

// chapter puts a heading above sections; one that would be said twice is said once.
func chapter(title string, sections ...Section) []Section {
	for i := range sections {
		if i == 0 {
			sections[i].Chapter = title
		}
		if sections[i].Title == title {
			sections[i].Title = ""
		}
	}
	return sections
}

// outcome is the held load of each target and class; without an objective, what each target served at most.
func (t teller) outcome(all []*advice.Advice) []Section {
	g := t.grid(heldHeads...)
	each := t.grid(heldHeads...)
	for _, a := range all {
		t.heldRows(g, a, []string{""})
		t.heldRows(each, a, t.s.Scenario.Classes())
	}
	if tab := g.table(); tab != nil {
		out := []Section{{Table: tab, Notes: t.heldNotes(all)}}
		if tab := each.table(); tab != nil {
			out = append(out, Section{Title: t.Say("Load held, by class of prompts"), Table: tab, Notes: []string{
				t.Say("req/s, tok/s and tok/s per GPU are those of all requests at that load, not of the class alone")}})
		}
		return out
	}
	return []Section{t.models(all)}
}

// caveats are what a reader must know before copying a number.
func (t teller) caveats(all []*advice.Advice) []string {
	out := t.failures()
	for _, w := range t.s.Workers() {
		if w.Bound() {
			out = append(out, t.clientsBound([]analysis.Worker{w})...)
		}
	}
	for _, n := range t.s.Run.Manifest.Notes {
		out = append(out, t.Words(n))
	}
	if n, of := len(t.s.Run.Steps), len(t.s.Run.Manifest.Plan.Steps); n < of {
		out = append(out, t.Say("%s of %s planned steps were played", t.Count(n), t.Count(of)))
	}
	if t.s.Run.Manifest.Simulated {
		out = append(out, t.Say("simulated servers: what is shown is what the simulator's model of them does"))
	}
	for _, a := range all {
		if a.Lift != "" {
			out = append(out, a.Target.Target.Name+t.Say(": ")+t.Say("a better grade needs")+t.Say(": ")+t.Words(a.Lift))
		}
	}
	return out
}

// failures are a line for each target whose requests did not all succeed.
func (t teller) failures() (out []string) {
	for _, of := range t.s.Targets {
		if c, _ := t.s.Answered(of.Target.Name); c.Failed() > 0 {
			out = append(out, t.Say("%s: %s of %s requests failed (%s)", of.Target.Name, t.Count(c.Failed()), t.Count(c.Sent),
				strings.Join(c.ByFault(), ", ")))
		}
	}
	return out
}

func (t teller) evidence(all []*advice.Advice, figures []Figure) []Section {
	var out []Section
	for i, f := range figures {
		if f.Target == "" {
			out = append(out, Section{Title: f.heading(), Figure: &f, Open: i == 0})
		}
	}
	if sec, ok := t.atPaces(); ok {
		out = append(out, sec)
	}
	for _, of := range t.s.Targets {
		out = append(out, t.target(of, adviceOn(of, all), figures)...)
	}
	for _, of := range t.s.Replicas {
		out = append(out, t.replicas(of))
	}
	return out
}

func (t teller) target(of *analysis.TargetStudy, a *advice.Advice, figures []Figure) []Section {
	var out []Section
	if a != nil {
		out = append(out, t.adviceSection(a))
	}
	if len(of.Points) > 0 {
		out = append(out, t.levels(of))
	}
	for _, section := range []func(*analysis.TargetStudy) (Section, bool){t.percentiles, t.serverSide, t.split,
		t.engineSteps} {
		if sec, ok := section(of); ok {
			out = append(out, sec)
		}
	}
	for _, f := range figures {
		if f.Target == of.Target.Name {
			out = append(out, Section{Title: f.heading(), Figure: &f})
		}
	}
	return out
}

// replicas is the sweep of targets that were loaded together, as one.
func (t teller) replicas(of *analysis.TargetStudy) Section {
	s := t.levels(of)
	s.Notes = append([]string{t.Say("%s were loaded at the same time; this is both as one, levels, tok/s and GPUs (%s) "+
		"added up; what each server told stands with its own target",
		strings.Join(of.Parts, " + "), t.Count(of.GPUs()))}, s.Notes...)
	return s
}

// recommendations are memory, parallelism and batch settings, then what load each use case holds.
func (t teller) recommendations(all []*advice.Advice) []Section {
	var lines []string
	for _, a := range all {
		lines = append(lines, AdviceLine(t.Locale, a))
		for _, class := range t.s.Scenario.Classes() {
			if h := a.Target.HeldIn(t.s.Scenario, a.Held.Loop, class); h.Known() {
				lines = append(lines, t.Say("%s, use case %s: %s", a.Target.Target.Name, class, t.heldWords(a.Target, h)))
			}
		}
		lines = append(lines, a.Target.Target.Name+t.Say(": ")+t.Say("parallelism: tensor-parallel-size %s was measured; "+
			"another value needs a run of its own with the same load, compared per GPU", t.Count(a.Target.TP())))
	}
	if len(lines) == 0 {
		return nil
	}
	return []Section{{Title: t.Say("Recommendations"), Notes: lines}}
}

// conclusion is held load and advice in sentences.
func (t teller) conclusion(all []*advice.Advice) Section {
	s := Section{Title: t.Say("Conclusion"), Text: []string{VerdictLine(t.Locale, t.s) + "."}, Open: true}
	for _, a := range all {
		s.Text = append(s.Text, HeldLine(t.Locale, a)+".", AdviceLine(t.Locale, a)+".")
	}
	return s
}

// heading is the caption's first sentence.
func (f Figure) heading() string {
	first, _, _ := strings.Cut(f.Caption, ". ")
	return first
}

// runName is the run directory's own name: a reader's machine has no such path.
func (t teller) runName() string { return filepath.Base(t.s.Run.Dir) }

func (t teller) footer() string {
	m := t.s.Run.Manifest
	host, started := t.Say("measured on an unknown host"), t.Say("start unknown")
	if m.Host.Cores > 0 {
		host = fmt.Sprintf("%s %s, %s, %s", m.Host.OS, m.Host.Kernel, t.Say("%s cores", t.Count(m.Host.Cores)),
			t.Say("%s clock", t.Words(m.Host.Clock)))
	}
	if !m.Started.IsZero() {
		started = t.Say("started %s", m.Started.Format("2006-01-02 15:04:05 MST"))
	}
	f := fmt.Sprintf("%s, %s, %s, %s", m.Tool, m.Go, host, started)
	if m.Simulated {
		f += t.Say("; ") + t.Say("SIMULATED, virtual time: no server, network or GPU was measured")
	}
	return f
}
