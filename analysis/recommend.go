package analysis

// A Recommendation is `recommend --json`.
type Recommendation struct {
	Verdict   string         `json:"verdict"`
	Simulated bool           `json:"simulated"`
	Targets   []TargetAdvice `json:"targets"`
}

// A TargetAdvice is one target's part: what binds, what to change, what was ruled out. An empty advice says: leave it.
type TargetAdvice struct {
	Name     string   `json:"name"`
	Binding  string   `json:"binding"`
	Finding  string   `json:"finding"`
	Grade    Grade    `json:"grade"`
	At       string   `json:"at"`
	Evidence []string `json:"evidence"`
	Advice   []Change `json:"advice"`
	NoHelp   []string `json:"will_not_help"`
	RuledOut []string `json:"ruled_out"`
}

// Recommend collects the advice of a study.
func Recommend(s *Study) Recommendation {
	r := Recommendation{Verdict: string(s.Verdict.State), Simulated: s.Run.Manifest.Simulated, Targets: []TargetAdvice{}}
	for _, t := range s.Targets {
		a := TargetAdvice{Name: t.Target.Name, Binding: t.Binding, Advice: []Change{}, RuledOut: []string{}, NoHelp: []string{}, Evidence: []string{}}
		if len(t.Findings) == 0 {
			continue
		}
		f := t.Findings[0]
		a.Finding, a.Grade, a.At = f.Says, f.Grade, f.At
		a.Evidence = append(a.Evidence, f.Because...)
		a.Advice = append(a.Advice, t.Changes()...)
		a.NoHelp = append(a.NoHelp, f.WillNotHelp...)
		a.RuledOut = append(a.RuledOut, f.RuledOut...)
		r.Targets = append(r.Targets, a)
	}
	return r
}
