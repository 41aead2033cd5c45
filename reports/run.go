package reports

import (
	"fmt"
	"slices"
	"strings"

	"loadgen/advice"
	"loadgen/analysis"
	"loadgen/results"
)

// Run tells a run: verdict, advice, then the evidence. figures are added where their names fit a section.
func Run(s *analysis.Study, all []*advice.Advice, figures []Figure) Document {
	d := Document{Title: "loadgen: " + s.Scenario.Name, State: string(s.Verdict.State), Verdict: VerdictLine(s)}
	for _, a := range all {
		d.Advice = append(d.Advice, HeldLine(a), a.Line())
	}
	for _, n := range s.Run.Manifest.Notes {
		d.Advice = append(d.Advice, n)
	}
	d.Sections = append(d.Sections, overview(figures)...)
	for _, t := range s.Targets {
		d.Sections = append(d.Sections, targetSections(s, t, adviceOn(t, all), figures)...)
	}
	for _, t := range s.Replicas {
		d.Sections = append(d.Sections, replicaSection(t))
	}
	d.Sections = append(d.Sections, endpoints(s), settingsSection(s))
	d.Sections = append(d.Sections, classes(s)...)
	d.Sections = append(d.Sections, accounting(s), verdicts(s), methods())
	d.Footer = footer(s)
	return d
}

// VerdictLine is the first line of every report.
func VerdictLine(s *analysis.Study) string {
	line := strings.ToUpper(string(s.Verdict.State))
	var ids []string
	for _, r := range s.Verdict.Reasons {
		if r.Level != results.NotChecked && !slices.Contains(ids, r.Check) {
			ids = append(ids, r.Check)
		}
	}
	if len(ids) > 0 {
		line += " (" + strings.Join(ids, ", ") + ")"
	}
	if s.Run.Manifest.Simulated {
		line += " · SIMULATED, virtual time"
	}
	if s.Run.Manifest.Ended.IsZero() {
		line += " · not ended"
	}
	return line + " · " + s.Scenario.Name
}

func footer(s *analysis.Study) string {
	m := s.Run.Manifest
	host, started := "measured on a host that is not told", "nobody told when"
	if m.Host.Cores > 0 {
		host = fmt.Sprintf("on %s %s, %d cores, %s clock", m.Host.OS, m.Host.Kernel, m.Host.Cores, m.Host.Clock)
	}
	if !m.Started.IsZero() {
		started = "started " + m.Started.Format("2006-01-02 15:04:05 MST")
	}
	f := fmt.Sprintf("%s, %s %s, %s", m.Tool, m.Go, host, started)
	if m.Simulated {
		f += "; SIMULATED, virtual time: no server, network or GPU was measured"
	}
	return f
}

func overview(figures []Figure) []Section {
	var out []Section
	for _, f := range figures {
		if f.Target == "" {
			out = append(out, Section{Title: f.heading(), Figure: &f})
		}
	}
	return out
}

// heading is the caption's first sentence.
func (f Figure) heading() string {
	first, _, _ := strings.Cut(f.Caption, ". ")
	return first
}

// adviceOn is the advice on one target; nil where there is none.
func adviceOn(t *analysis.TargetStudy, all []*advice.Advice) *advice.Advice {
	for _, a := range all {
		if a.Target == t {
			return a
		}
	}
	return nil
}

func targetSections(s *analysis.Study, t *analysis.TargetStudy, a *advice.Advice, figures []Figure) []Section {
	out := []Section{}
	if a != nil {
		out = append(out, heldSection(s, a), adviceSection(s, a))
	}
	if len(t.Points) > 0 {
		out = append(out, Levels(t))
	}
	for _, of := range []func(*analysis.Study, *analysis.TargetStudy) (Section, bool){percentiles, serverSide, split, engineSteps} {
		if sec, ok := of(s, t); ok {
			out = append(out, sec)
		}
	}
	for _, f := range figures {
		if f.Target == t.Target.Name {
			out = append(out, Section{Title: f.heading(), Figure: &f})
		}
	}
	return out
}

// replicaSection is the sweep of targets that were loaded together, as one.
func replicaSection(t *analysis.TargetStudy) Section {
	s := Levels(t)
	s.Notes = append([]string{fmt.Sprintf("%s were loaded at the same time; this is both as one, levels, tokens/s and GPUs (%d) added up; what each server told stands with its own target",
		strings.Join(t.Parts, " and "), t.GPUs())}, s.Notes...)
	return s
}
