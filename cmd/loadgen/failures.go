package main

import (
	"strconv"
	"strings"

	"loadgen/advice"
	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/results"
	"loadgen/scenarios"
)

// parseShare reads "1%" or "0.5 %".
func parseShare(flag, text string) (float64, error) {
	percent, shown := strings.CutSuffix(strings.TrimSpace(text), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(percent), 64)
	if !shown || err != nil || !(v >= 0 && v <= 100) {
		return 0, fail(exitUsage, "such as "+flag+" 1%", "%s: given %q, expected a share of requests in percent", flag, text)
	}
	return v / 100, nil
}

// tooManyFailed fails a run of which more than a share of a step's requests failed, at a load that its target holds:
// beyond that a server may refuse what it cannot serve. Without an objective every load counts.
func tooManyFailed(run *results.Run, most float64) error {
	var over []*results.Step
	for _, s := range run.Steps {
		if failedShare(s) > most {
			over = append(over, s)
		}
	}
	if len(over) == 0 {
		return nil
	}
	study, err := analysis.AnalyzeKept(run)
	if err != nil {
		return fail(exitFailed, "", "%w", err)
	}
	advice.Read(study)
	for _, s := range over {
		step := s.Meta.Step
		for _, t := range study.Targets {
			if t.Target.Name == step.Target && within(t.Held(study.Scenario), step.Whole()) {
				c := s.Meta.Counts
				return fail(exitFailed, "--max-failed SHARE allows more", "%s %s: %s of %d requests failed (%s), %s are allowed",
					step.Target, step.Label(),
					locale.English.Percent(failedShare(s)), c.Sent, strings.Join(c.ByFault(), ", "), locale.English.Percent(most))
			}
		}
	}
	return nil
}

// failedShare leaves out what was cut off with the step: that is no failure of the server's.
func failedShare(s *results.Step) float64 {
	c := s.Meta.Counts
	return float64(c.Sent-c.OK-analysis.CutOff(s.Meta)) / float64(max(c.Sent, 1))
}

// within reports whether a step's load is one that counts for failures.
func within(h analysis.HeldLoad, step scenarios.Step) bool {
	if !h.Known() {
		return true
	}
	return h.Loop == step.Loop && h.Value > 0 && step.Level() <= h.Value
}
