package analysis

import (
	"loadgen/results"
	"loadgen/scenarios"
)

// An Observed is one whole answer of a level as the client saw it; times in seconds, from the due time.
type Observed struct {
	Class          string
	Prompt, Cached int                          // tokens; Cached is 0 where nobody told
	Output         int                          // tokens
	Planned        struct{ Prompt, Output int } // tokens that it was made to have; 0: not planned
	TTFT, TPOT     float64
	Gap            float64 // the largest between two tokens
	Failed         bool    // no whole answer, or its lengths were not counted: nothing else is told
	Due            float64 // of a schedule: since the step's begin
	Judged         bool    // of a schedule: it was due in the window; the others only load the server
}

// E2E is the time to the last token, s.
func (o Observed) E2E() float64 { return o.TTFT + o.TPOT*float64(o.Output-1) }

// mostObserved is how many requests of a level are kept for models of it.
const mostObserved = 1500

// observed is an even sample of a cohort, in order of starts.
func observed(cohort requests) []Observed {
	n := cohort.n
	keep := min(n, mostObserved)
	out := make([]Observed, 0, keep)
	var scratch results.Record
	for k := range keep {
		out = append(out, observe(cohort.at(k*n/keep, &scratch)))
	}
	return out
}

func observe(r *results.Record) Observed {
	ttft, first := r.TTFT()
	if !r.OK() || !first || r.OutputTokens < 1 || r.PromptTokens < 1 {
		return Observed{Class: r.Class, Failed: true}
	}
	tpot, _ := r.TPOT()
	o := Observed{Class: r.Class, Prompt: int(r.PromptTokens), Cached: max(0, int(r.CachedTokens)),
		Output: int(r.OutputTokens),
		TTFT:   ttft.Seconds(), TPOT: tpot.Seconds(), Gap: r.LargestGap().Seconds()}
	if o.Planned.Prompt = int(r.PlannedPrompt); r.PlannedExact {
		o.Planned.Output = int(r.PlannedOutput)
	}
	return o
}

// Bounds of a schedule: what comes before its window, what of that is judged, and what comes behind.
const (
	scheduledBefore = 600
	scheduledJudged = 400
	scheduledBehind = 60
)

// schedule is the begin of an open loop's step: its requests in the order in which they were due, so that a model can
// be asked the same at the same times. nil where too many came before the window, or sessions follow their answers.
func (d *StepData) schedule() []Observed {
	st := d.Meta.Step
	if st.Loop != scenarios.Open || st.Sessions {
		return nil
	}
	all := d.requests().byDue()
	before := all.first(func(r *results.Record) bool { return r.Phase == results.Measure })
	if before < 0 || before > scheduledBefore {
		return nil
	}
	var out []Observed
	for i, r := range all.all() {
		if i == before+scheduledJudged+scheduledBehind {
			break
		}
		o := observe(r)
		o.Due, o.Judged = r.Due.Seconds(), !o.Failed && r.Phase == results.Measure && i < before+scheduledJudged
		if o.Failed {
			o.Prompt, o.Output = int(r.PlannedPrompt), int(r.PlannedOutput)
		}
		if o.Prompt > 0 && o.Output > 0 {
			out = append(out, o)
		}
	}
	return out
}
