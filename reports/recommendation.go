package reports

import (
	"fmt"

	"loadgen/analysis"
)

// Recommendation tells what binds each target and what to change, with all its evidence.
func Recommendation(s *analysis.Study) Document {
	d := Document{Title: "loadgen: advice on " + s.Scenario.Name, State: string(s.Verdict.State), Verdict: VerdictLine(s), Footer: footer(s)}
	for _, t := range s.Targets {
		if len(t.Findings) == 0 {
			continue
		}
		d.Advice = append(d.Advice, t.Line())
		for _, f := range t.Findings {
			d.Sections = append(d.Sections, findingSection(s, t, f))
		}
	}
	if len(d.Advice) == 0 {
		d.Advice = []string{"no sweep in this run: no tuning evidence"}
	}
	return d
}

// Answers tells what one setting would do, target by target.
func Answers(s *analysis.Study, flag, value string, answers []analysis.Answer) Document {
	d := Document{Verdict: VerdictLine(s), Footer: footer(s)}
	for _, a := range answers {
		sec := Section{Title: fmt.Sprintf("%s: %s %s → %s (grade %s)", a.Target, a.Flag, analysis.Value(a.From), value, a.Grade), Text: []string{a.Says + "."}}
		for _, b := range a.Because {
			sec.Notes = append(sec.Notes, "because: "+b)
		}
		if e := a.Effect; e != nil {
			sec.Notes = append(sec.Notes, fmt.Sprintf("predicted: %s × %.2f (95 %%: %.2f–%.2f)", e.Metric, e.Ratio, e.Lo, e.Hi))
		}
		d.Sections = append(d.Sections, sec)
	}
	return d
}
