package reports

import (
	"loadgen/advice"
	"loadgen/analysis"
)

// A recommendation is `recommend --json`.
type recommendation struct {
	Verdict   string         `json:"verdict"`
	Simulated bool           `json:"simulated"`
	Targets   []targetAdvice `json:"targets"`
}

// A targetAdvice is one target's part. An empty advice says: leave it.
type targetAdvice struct {
	Name       string          `json:"name"`
	Held       *toldHeld       `json:"held"` // null without an objective
	HeldBy     []toldHeld      `json:"held_by_class,omitempty"`
	Bottleneck string          `json:"bottleneck"`
	Binding    string          `json:"binding"` // what bottleneck was called before
	Finding    string          `json:"finding"`
	Grade      analysis.Grade  `json:"grade"`
	At         string          `json:"at"`
	Evidence   []string        `json:"evidence"`
	Advice     []advice.Change `json:"advice"`
	TradeOffs  []advice.Change `json:"trade_offs"`
	RuledOut   []string        `json:"ruled_out"`
	Not        []string        `json:"not_examined"`
	Lift       string          `json:"lifts_the_grade"`
}

// RecommendationJSON puts the advice on a study into its JSON shape.
func RecommendationJSON(s *analysis.Study, all []*advice.Advice) recommendation {
	r := recommendation{Verdict: string(s.Verdict.State), Simulated: s.Run.Manifest.Simulated, Targets: []targetAdvice{}}
	for _, a := range all {
		r.Targets = append(r.Targets, targetAdvice{Name: a.Target.Target.Name, Held: tellHeld(a.Target, a.Held),
			HeldBy: heldByClass(s, a), Bottleneck: a.Bottleneck, Binding: a.Bottleneck, Finding: a.Says,
			Grade: a.Grade, At: a.At, Evidence: list(a.Because), Advice: list(a.Changes), TradeOffs: list(a.TradeOffs),
			RuledOut: list(a.Examined),
			Not:      list(a.Unexamined), Lift: a.Lift})
	}
	return r
}

// list is never null in JSON.
func list[T any](v []T) []T { return append([]T{}, v...) }
