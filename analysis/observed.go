package analysis

import "loadgen/results"

// An Observed is one whole answer of a level as the client saw it; times in seconds, from the due time.
type Observed struct {
	Class          string
	Prompt, Cached int // tokens; Cached is 0 where nobody told
	Output         int // tokens
	TTFT, TPOT     float64
	Gap            float64 // the largest between two tokens
	Failed         bool    // no whole answer, or its lengths were not counted: nothing else is told
}

// mostObserved is how many requests of a level are kept for models of it.
const mostObserved = 1500

// observed is an even sample of a cohort, in order of starts.
func observed(cohort []results.Record) []Observed {
	n := len(cohort)
	keep := min(n, mostObserved)
	out := make([]Observed, 0, keep)
	for k := range keep {
		r := &cohort[k*n/keep]
		ttft, first := r.TTFT()
		if !r.OK() || !first || r.OutputTokens < 1 || r.PromptTokens < 1 {
			out = append(out, Observed{Class: r.Class, Failed: true})
			continue
		}
		tpot, _ := r.TPOT()
		out = append(out, Observed{Class: r.Class, Prompt: int(r.PromptTokens), Cached: max(0, int(r.CachedTokens)),
			Output: int(r.OutputTokens),
			TTFT:   ttft.Seconds(), TPOT: tpot.Seconds(), Gap: r.LargestGap().Seconds()})
	}
	return out
}
