package analysis

import (
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/stat"
)

var checkPhase = check{ID: "V14", Name: "requests move freely",
	Doc: "Closed loop: with answers of nearly one length the requests never part, and TTFT is what the start made it. " +
		"Autocorrelation of the sends, " +
		"counted in bins of a twentieth of the mean E2E, at a lag of one mean E2E: above 0.3 warns, above 0.6 TTFT is " +
		"withheld (R2.10).",
	Remedy: "vary lengths: uniform within ± 20 % of the mean forgets the start within five answers",
	Judge:  judgePhase,
}

const (
	phaseBins  = 20 // in one mean E2E
	phaseLeast = 10 // mean E2Es of a window that can be judged
)

func judgePhase(c check, d *StepData) []results.Reason {
	if d.Meta.Step.Loop != scenarios.Closed || d.Meta.Step.Concurrency < 2 {
		return nil // nothing to be locked with
	}
	r, ok := lockedIn(d)
	switch {
	case !ok:
		return c.reason(results.NotChecked, "the window is shorter than %d mean answers", phaseLeast)
	case r > 0.6:
		return c.reason(results.Withhold, "TTFT is not shown: the requests are locked in phase (autocorrelation %.2f)", r)
	case r > 0.3:
		return c.reason(results.Warn, "the requests are nearly locked in phase (autocorrelation %.2f): TTFT hangs on how "+
			"they were started", r)
	}
	return nil
}

// lockedIn is the autocorrelation of the window's sends at a lag of one mean E2E.
func lockedIn(d *StepData) (r float64, ok bool) {
	e2e, _ := results.FindMetric("e2e")
	w := d.Meta.Window
	mean := stat.Mean(d.cohort().valuesOf(e2e))
	bins := int(phaseBins * (w.End - w.Start).Seconds() / mean)
	if !(mean > 0) || bins < phaseLeast*phaseBins {
		return 0, false
	}
	counts := make([]float64, bins)
	for _, r := range d.requests().all() {
		at := (r.Sent - w.Start).Seconds()
		if k := int(phaseBins * at / mean); at >= 0 && k < bins {
			counts[k]++
		}
	}
	return autocorrelation(counts, phaseBins), true
}

// autocorrelation is Σ (x_i − x̄)(x_{i+lag} − x̄) ÷ Σ (x_i − x̄)²; 0 where nothing varies.
func autocorrelation(x []float64, lag int) float64 {
	mean := stat.Mean(x)
	var part, whole float64
	for i, v := range x {
		whole += (v - mean) * (v - mean)
		if i+lag < len(x) {
			part += (v - mean) * (x[i+lag] - mean)
		}
	}
	if whole == 0 {
		return 0
	}
	return part / whole
}
