package analysis

import (
	"fmt"
	"maps"
	"slices"

	"loadgen/results"
	"loadgen/scenarios"
)

var checkErrors = check{ID: "V10", Name: "errors",
	Doc: "Share of the cohort that failed: warn above 0.1 %, invalid above 1 %.",
	Remedy: "look at the faults by kind; lower the load or mend the server; rate-limited (429) is a gateway's limit: it " +
		"says nothing of what the server could carry",
	Judge: judgeErrors,
}

func judgeErrors(c check, d *StepData) []results.Reason {
	failed, n := map[results.Fault]int{}, 0
	bad := 0
	for _, r := range d.requests().all() {
		if d.Meta.Step.Loop == scenarios.Each || r.Phase == results.Measure {
			n++
			if !r.OK() && !(r.Fault == results.FaultCancelled && d.Meta.Partial != "") {
				failed[r.Fault]++
				bad++
			}
		}
	}
	if n == 0 {
		return c.reason(results.Condemn, "no request was measured")
	}
	var kinds []string
	for _, f := range slices.Sorted(maps.Keys(failed)) {
		kinds = append(kinds, fmt.Sprintf("%d %s", failed[f], f))
	}
	return c.grade(float64(bad)/float64(n), 0.001, 0.01, "%d of %d requests failed: %v", bad, n, kinds)
}
