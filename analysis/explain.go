package analysis

import (
	"strings"

	"loadgen/results"
)

// An Explanation is the text behind an id that a verdict, an advice or a table shows.
type Explanation struct {
	ID, Name, Doc, Formula, Source, Remedy string
}

// Explain finds a check, rule, binding or metric by id, in any case.
func Explain(id string) (Explanation, bool) {
	for _, e := range explanations() {
		if strings.EqualFold(e.ID, id) {
			return e, true
		}
	}
	return Explanation{}, false
}

// Explained lists every id that Explain knows.
func Explained() []string {
	var out []string
	for _, e := range explanations() {
		out = append(out, e.ID)
	}
	return out
}

func explanations() []Explanation {
	var out []Explanation
	for _, c := range Checks {
		out = append(out, Explanation{ID: c.ID, Name: c.Name, Doc: c.Doc, Source: "docs/method.md, " + c.ID, Remedy: c.Remedy})
	}
	for _, id := range Unchecked {
		out = append(out, Explanation{ID: id, Name: "not checked in this version", Source: "docs/method.md, " + id})
	}
	for _, r := range Rules {
		name := "binding " + r.Binding
		out = append(out, Explanation{ID: r.ID, Name: name, Doc: r.Doc, Source: "docs/method.md: " + r.Source, Remedy: r.Remedy})
		if r.ID != r.Binding {
			out = append(out, Explanation{ID: r.Binding, Name: "binding of rule " + r.ID, Doc: r.Doc, Remedy: r.Remedy})
		}
	}
	for _, m := range results.Metrics {
		out = append(out, Explanation{ID: m.Name, Name: m.Title, Doc: m.Doc, Formula: m.Formula, Source: "docs/method.md, R5.1"})
	}
	return append(out, words...)
}

// words are ids that are no plug-in: the knee's two names and the grades.
var words = []Explanation{
	{ID: "N_run", Name: "requests that the engine runs at most", Doc: "Where the three-regime fit holds: TPOT(N) = a + k·min(N, N_run), residuals within 3 %.", Source: "docs/method.md, R4.3"},
	{ID: "N*", Name: "operational knee", Doc: "N* = X_max·R_min, where the bounds X ≤ N/R_min and X ≤ X_max cross.", Source: "docs/method.md, R4.3"},
	{ID: "grade", Name: "how well an advice is founded", Doc: "A measured A/B with an interval that excludes 1 over at least 5 blocks; B interpolated inside the measured range; C a model's extrapolation; D documentation or rule of thumb.", Source: "docs/method.md, R6.12"},
	{ID: "soft", Name: "a number with few samples behind it", Doc: "5 to 10 requests beyond the quantile, or a window of 5 to 20 mean answers; with fewer it is not shown.", Source: "docs/method.md, R3.2"},
}
