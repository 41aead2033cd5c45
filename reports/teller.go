package reports

import (
	"fmt"
	"strings"

	"loadgen/advice"
	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/results"
	"loadgen/scenarios"
)

// A teller tells a study in one language.
type teller struct {
	*locale.Locale
	s *analysis.Study
}

func (t teller) grid(heads ...string) *grid { return newGrid(t.Locale, heads...) }

// VerdictLine says how far a run's numbers can be trusted, which checks doubt them, and in how many steps.
func VerdictLine(l *locale.Locale, s *analysis.Study) string {
	t := teller{l, s}
	line := strings.ToUpper(t.state(s.Verdict.State))
	if doubts := t.doubts(); len(doubts) > 0 {
		line += l.Say(": ") + strings.Join(doubts, ", ")
	}
	if s.Run.Manifest.Simulated {
		line += " · " + l.Say("SIMULATED, virtual time")
	}
	if s.Run.Manifest.Ended.IsZero() {
		line += " · " + l.Say("not ended")
	}
	return line + " · " + s.Scenario.Name
}

func (t teller) state(v results.State) string {
	switch v {
	case results.Trusted:
		return t.Say("trusted")
	case results.Warnings:
		return t.Say("trusted-with-warnings")
	case results.Invalid:
		return t.Say("invalid")
	}
	return string(v)
}

// doubts are the checks that did not pass: "V13 samples behind each quantile (3 of 27 steps)".
func (t teller) doubts() (out []string) {
	steps := map[string]int{}
	for _, st := range t.s.Run.Steps {
		seen := map[string]bool{}
		for _, r := range st.Meta.Verdict.Reasons {
			if r.Level != results.NotChecked && !seen[r.Check] {
				seen[r.Check] = true
				steps[r.Check]++
			}
		}
	}
	told := map[string]bool{}
	for _, r := range t.s.Verdict.Reasons {
		if r.Level == results.NotChecked || told[r.Check] {
			continue
		}
		told[r.Check] = true
		words := t.check(r.Check)
		if n := steps[r.Check]; n > 0 {
			words += " (" + t.Say("%s of %s steps", t.Count(n), t.Count(len(t.s.Run.Steps))) + ")"
		}
		out = append(out, words)
	}
	return out
}

// check is an id with its name: an id alone says nothing.
func (t teller) check(id string) string {
	for _, c := range analysis.Checks {
		if c.ID == id {
			return id + " " + t.Words(c.Name)
		}
	}
	return id
}

// load writes a level of load.
func (t teller) load(loop scenarios.Loop, v float64) string {
	if loop == scenarios.Open {
		return t.Say("%s req/s", t.Locale.Load(v))
	}
	return t.Say("%s in flight", t.Locale.Load(v))
}

// hardware says "2 × RTX 4090, TP 2".
func (t teller) hardware(of *analysis.TargetStudy) string {
	name := of.Target.Card
	if len(of.Info.GPUs) > 0 {
		name = of.Info.GPUs[0].Name
	}
	if name == "" {
		name = t.Say("GPU of unknown kind")
	}
	return fmt.Sprintf("%d × %s, TP %d", of.GPUs(), name, of.TP())
}

// software says "vLLM 0.26.0".
func (t teller) software(of *analysis.TargetStudy) string {
	name := of.Info.Engine
	if name == "" {
		name = "vLLM"
	}
	if of.Info.Version == "" {
		return name + " " + t.Say("(version unknown)")
	}
	return name + " " + of.Info.Version
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
