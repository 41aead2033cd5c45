package analysis

import (
	"loadgen/results"
	"loadgen/scenarios"
)

var checkEvidence = check{ID: "V13", Name: "samples behind each quantile",
	Doc: "p99 of TTFT needs 10 requests beyond it and a window of 20 answers: fewer is soft, fewer than 5 hides the " +
		"number.",
	Remedy: "measure longer",
	Judge:  judgeEvidence,
}

func judgeEvidence(c check, d *StepData) []results.Reason {
	if d.Meta.Step.Loop == scenarios.Each {
		return nil
	}
	ttft, _ := results.FindMetric("ttft")
	cohort := d.cohort()
	length := d.Meta.Window.End - d.Meta.Window.Start
	w := support{window: length, answers: answers(length, cohort)}
	switch show, why := w.gate(len(cohort.valuesOf(ttft)), 0.99); show {
	case Hidden:
		return c.reason(results.Withhold, "p99 is not shown: %s", why)
	case Soft:
		return c.reason(results.Warn, "p99 is uncertain: %s", why)
	}
	return nil
}
