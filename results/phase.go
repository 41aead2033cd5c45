package results

import "time"

// phaseNames are the spellings in files, by value.
var phaseNames = []string{Ramp: "ramp", Settle: "settle", Measure: "measure", Chase: "chase"}

// String is the phase's name in files and reports.
func (p Phase) String() string { return phaseNames[p] }

// Phase is the part of the step in which a request due at that offset falls: ramp < RampEnd ≤ settle < Start ≤ measure
// < End ≤ chase. A window that was never opened has Start = End: then nothing is in the cohort.
func (w Window) Phase(due time.Duration) Phase {
	switch {
	case due >= w.End:
		return Chase
	case due >= w.Start:
		return Measure
	case due >= w.RampEnd:
		return Settle
	}
	return Ramp
}

// countingNames are the spellings in files, by value.
var countingNames = []string{CountedNot: "", CountedUsage: "usage", CountedTokenize: "tokenize",
	CountedEstimated: "estimated"}

// String is the counting's name in files; empty when nothing was counted.
func (c Counting) String() string { return countingNames[c] }

// kindNames are the spellings in reports, by value.
var kindNames = []string{Content: "content", Reasoning: "reasoning", Tool: "tool"}

// String is the kind's name in reports.
func (k Kind) String() string { return kindNames[k] }
