package reports

import (
	"strings"

	"loadgen/advice"
	"loadgen/analysis"
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
	for _, c := range analysis.Checks {
		out = append(out, Explanation{ID: c.ID, Name: c.Name, Doc: c.Doc, Source: "docs/method.md, " + c.ID, Remedy: c.Remedy})
	}
	for _, id := range analysis.Unchecked {
		out = append(out, Explanation{ID: id, Name: "not checked in this version", Source: "docs/method.md, " + id})
	}
	for _, b := range advice.Bottlenecks {
		out = append(out, Explanation{ID: b.ID, Name: "bottleneck", Doc: b.Doc, Source: "docs/method.md, Advice", Remedy: b.Remedy})
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
	{ID: "grade", Name: "how well an advice is founded", Doc: "A measured on both sides with repetitions; B arithmetic that follows this run, inside the measured range; C extrapolated, or the arithmetic follows the run badly; D documentation or rule of thumb.", Source: "docs/method.md, R6.12"},
	{ID: "held load", Name: "load that keeps the objective", Doc: "The requests in flight (closed loop) or requests/s (open loop) at which the share of requests within the objective falls below the goal, interpolated between two levels on the probit of the share. What is claimed (\"at least\") is where the lower 95 % bound of the share does.", Formula: "share(load) = goal", Source: "docs/method.md, Held load"},
	{ID: "goodput", Name: "requests/s within the objective at one level", Doc: "Requests of the measuring window that kept every clause of their objective, per second.", Source: "docs/method.md, R5.1"},
	{ID: "attainment", Name: "share of requests within the objective", Doc: "Printed as met. Failed requests miss. The interval is Wilson's for as many independent requests as the series' autocorrelation leaves.", Source: "docs/method.md, R5.1"},
	{ID: "soft", Name: "a number with few samples behind it", Doc: "5 to 10 requests beyond the quantile, or a window of 5 to 20 mean answers; with fewer it is not shown.", Source: "docs/method.md, R3.2"},
}
