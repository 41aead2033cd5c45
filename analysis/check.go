package analysis

import (
	"cmp"
	"fmt"
	"slices"

	"loadgen/results"
)

// A StepData is what a check judges: one step with its records and samples.
type StepData struct {
	Meta    results.StepMeta
	Records []results.Record // in the order in which they ended; of a long step they are in the table
	Samples []results.Sample

	Calibration *results.Calibration // of the run's host; nil: none

	table  *results.Table // of a long step: its records without their arrivals; nil: they are in Records
	again  pass           // through the records of a long step, with their arrivals; numbered as in requests
	sorted []int32        // places of the cohort; nil: not sorted yet
	facts  *arrivalFacts
}

// requests are the step's, in the order in which they ended or, of a long step, were due; those have no arrivals.
func (d *StepData) requests() requests {
	if d.table != nil {
		return tabled(d.table)
	}
	return listed(d.Records)
}

// cohort are the step's measured requests in the order of their due times; they are sorted once.
func (d *StepData) cohort() requests {
	if d.sorted == nil {
		d.sorted = d.requests().byStart(measured)
	}
	return d.requests().some(d.sorted)
}

// pack puts the records into the table.
func (d *StepData) pack() {
	if d.table != nil {
		return
	}
	d.table = &results.Table{}
	for i := range d.Records {
		d.table.Add(&d.Records[i])
	}
	d.Records = nil
}

// A check is one validity rule. Judge returns no reason when it passes; NotChecked when its source is missing.
type check struct {
	ID     string // V1 … V20, as in docs/method.md
	Name   string
	Doc    string // what it compares and its bounds
	Remedy string
	Judge  func(check, *StepData) []results.Reason
}

// Checks are the rules that judge a step, in the order in which they are printed.
var Checks = []check{
	checkLoop, checkRate, checkClient, checkCeiling, checkChase, checkPrefix, checkOutput, checkErrors, checkTokens,
	checkDropped, checkEvidence,
	checkPhase, checkCoalesced, checkOthers, checkManifest,
}

// Unchecked are the rules of docs/method.md that no check judges yet; verdicts list them as not checked.
var Unchecked = []string{"V5", "V6", "V15", "V19", "V20"}

// Judge runs every check on a step and sums up.
func Judge(d *StepData) results.Verdict {
	v := results.Verdict{State: results.Trusted}
	for _, c := range Checks {
		v.Reasons = append(v.Reasons, c.Judge(c, d)...)
	}
	v.State = stateOf(v.Reasons)
	return v
}

// stateOf sums reasons up.
func stateOf(reasons []results.Reason) results.State {
	state := results.Trusted
	for _, r := range reasons {
		switch r.Level {
		case results.Condemn:
			return results.Invalid
		case results.Warn, results.Withhold:
			state = results.Warnings
		}
	}
	return state
}

func (c check) reason(level results.Level, format string, args ...any) []results.Reason {
	return []results.Reason{{Check: c.ID, Level: level, Says: fmt.Sprintf(format, args...)}}
}

// grade compares a value with a check's two bounds.
func (c check) grade(value, warn, condemn float64, format string, args ...any) []results.Reason {
	switch {
	case value > condemn:
		return c.reason(results.Condemn, format, args...)
	case value > warn:
		return c.reason(results.Warn, format, args...)
	}
	return nil
}

// RunVerdict condemns a run only when no step is left or its manifest does not hold together (design 4c).
func RunVerdict(run *results.Run) results.Verdict {
	v := results.Verdict{State: results.Trusted}
	bad, reasons := 0, map[results.Reason]int{}
	for _, s := range run.Steps {
		if s.Meta.Verdict.State == results.Invalid {
			bad++
		}
		for _, r := range s.Meta.Verdict.Reasons {
			if r.Level != results.NotChecked {
				reasons[results.Reason{Check: r.Check, Level: r.Level}]++
			}
		}
	}
	for r, n := range reasons {
		r.Says = fmt.Sprintf("in %d of %d steps", n, len(run.Steps))
		v.Reasons = append(v.Reasons, r)
	}
	slices.SortFunc(v.Reasons, func(a, b results.Reason) int {
		return cmp.Or(cmp.Compare(a.Check, b.Check), cmp.Compare(a.Level, b.Level))
	})
	v.Reasons = append(v.Reasons, manifestReasons(run)...)
	switch {
	case len(run.Steps) == 0 || bad == len(run.Steps) || slices.ContainsFunc(manifestReasons(run), condemns):
		v.State = results.Invalid
	case len(v.Reasons) > 0:
		v.State = results.Warnings
	}
	if len(run.Steps) == 0 {
		v.Reasons = append(v.Reasons, results.Reason{Check: "V18", Level: results.Condemn, Says: "no step was measured"})
	}
	return v
}

func condemns(r results.Reason) bool { return r.Level == results.Condemn }
