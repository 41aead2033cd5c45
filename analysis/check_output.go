package analysis

import (
	"math"

	"loadgen/results"
)

var checkOutput = Check{ID: "V9", Name: "output as planned",
	Doc:    "Mean output tokens of exact-length classes against the plan: warn above 5 % off, invalid above 10 %. Empty answers above 0.1 %: invalid.",
	Remedy: "ignore_eos must reach the server; look at finish_reason",
	Judge:  judgeOutput,
}

func judgeOutput(c Check, d *StepData) []results.Reason {
	var planned, got float64
	empty, n := 0, 0
	for _, r := range d.Records {
		if r.Phase != results.Measure {
			continue
		}
		n++
		if r.Fault == results.FaultEmpty {
			empty++
		}
		if r.OK() && r.PlannedExact {
			planned, got = planned+float64(r.PlannedOutput), got+float64(r.OutputTokens)
		}
	}
	var out []results.Reason
	if planned > 0 {
		out = c.grade(math.Abs(got/planned-1), 0.05, 0.10, "output tokens are %+.1f %% off the plan", 100*(got/planned-1))
	}
	if empty > 1 && empty*1000 > n { // one alone may be a model that had nothing to say
		out = append(out, c.reason(results.Condemn, "%d of %d answers were empty", empty, n)...)
	}
	return out
}
