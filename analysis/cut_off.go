package analysis

import "loadgen/results"

// CutOff is how many of a step's requests loadgen ended, since nobody judges them or the step ended before its plan: a
// client was lost, or somebody stopped the run. The server did not fail them.
func CutOff(m results.StepMeta) int {
	if m.Partial == "" {
		return m.Evidence.Unjudged
	}
	return m.Counts.Faults[results.FaultCancelled]
}

// Answered are the requests that a target answered or failed, and beside them how many were cut off with their steps.
func (s *Study) Answered(target string) (c results.Counts, cut int) {
	c = s.Run.Counts(target)
	for _, st := range s.Run.Steps {
		if st.Meta.Step.Target == target {
			cut += CutOff(st.Meta)
		}
	}
	c.Sent -= cut
	c.Faults[results.FaultCancelled] -= cut
	return c, cut
}
