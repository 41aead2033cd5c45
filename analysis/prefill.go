package analysis

import (
	"fmt"
	"slices"
	"time"

	"loadgen/results"
	"loadgen/stat"
	"loadgen/vllm"
)

// prefillLine fits TTFT = t₀ + b·(prompt − cached tokens) over whole answers of a lone client: b is seconds per prompt token
// (R6.4 i). ok is false when the prompts do not differ enough in length.
func prefillLine(p *Point, cohort []results.Record) (stat.Line, bool) {
	if p.Level != 1 {
		return stat.Line{}, false
	}
	var x, y, w []float64
	for i := range cohort {
		r := &cohort[i]
		if t, ok := r.TTFT(); ok && r.OK() {
			x = append(x, float64(r.PromptTokens-r.CachedTokens))
			y = append(y, t.Seconds())
			w = append(w, 1)
		}
	}
	if len(x) < 10 || slices.Max(x) < 2*slices.Min(x)+256 {
		return stat.Line{}, false
	}
	return stat.FitLine(x, y, w)
}

// stallFactor is from how many times the median on a gap is a stall.
const stallFactor = 3

// A Stall says how the longest gaps of running answers relate to other requests' prefills. Where the engine's log was followed
// it tells which steps computed many prompt tokens; else a first token stands for the step that ended its prefill.
type Stall struct {
	Gaps       int     // gaps of at least stallFactor times the median
	Coincident float64 // share of them that end with a heavy step, or with another request's first token
	BaseRate   float64 // the same share over all gaps
	Heavy      float64 // by the engine's log: from how many prompt tokens on a step is called heavy; 0: there is no log
}

// byPrefill tells that long gaps come from prefills. Without the log: where a prompt takes k steps only the last of its k stalls
// ends with a first token, so a quarter of them is enough when that is twice what chance gives.
func (s Stall) byPrefill() bool {
	return s.Coincident >= 0.5 && s.Coincident >= 1.5*s.BaseRate || s.Heavy == 0 && s.Coincident >= 0.25 && s.Coincident >= 2*s.BaseRate
}

// ending says what gaps end with, for a sentence.
func (s Stall) ending() string {
	if s.Heavy > 0 {
		return fmt.Sprintf("a step of %.0f prompt tokens or more, by the engine's log", s.Heavy)
	}
	return "another request's first token"
}

// stalls compares gaps with first tokens, step by step, since each has a clock of its own.
func stalls(steps []*StepData) Stall {
	var all, hit, long, longHit int
	var s Stall
	for _, d := range steps {
		c := d.arrivals().stall
		all, hit, long, longHit = all+c.all, hit+c.hit, long+c.long, longHit+c.longHit
		s.Heavy = max(s.Heavy, c.heavy)
	}
	s.Gaps = long
	if long > 0 {
		s.Coincident, s.BaseRate = float64(longHit)/float64(long), float64(hit)/float64(all)
	}
	return s
}

// A stallCount counts the gaps of one step's cohort.
type stallCount struct {
	all, hit, long, longHit int
	least                   time.Duration   // of a long gap; 0: no gap is called long
	heavy                   float64         // as Stall has it
	prefills                []time.Duration // when steps with a prefill ended, sorted
}

func newStallCount(d *StepData, median float64) stallCount {
	c := stallCount{least: time.Duration(stallFactor * median * 1e9)}
	if c.prefills, c.heavy = heavySteps(d); c.heavy > 0 {
		return c
	}
	for i := range d.Records {
		if at := d.Records[i].FirstToken; at > 0 {
			c.prefills = append(c.prefills, at)
		}
	}
	slices.Sort(c.prefills)
	return c
}

// heavySteps are the engine's steps with at least a quarter as many prompt tokens as the largest one had, or with more than a
// CUDA graph holds: when their lines were read, which is when their tokens were sent. Without a log there are none.
func heavySteps(d *StepData) (at []time.Duration, from float64) {
	w := d.Meta.Window
	for _, s := range d.Samples {
		if s.Source == results.Engine && s.Name == vllm.StepContextTokens && !s.Missing && s.At >= w.Start && s.At <= w.Chased {
			from = max(from, min(s.Value/4, vllm.LargestGraph))
		}
	}
	for _, s := range d.Samples {
		if s.Source == results.Engine && s.Name == vllm.StepContextTokens && !s.Missing && s.Value >= from {
			at = append(at, s.At)
		}
	}
	slices.Sort(at)
	return at, from
}

func (c *stallCount) add(r *results.Record) {
	if r.Phase != results.Measure {
		return
	}
	at := r.FirstToken
	for k, a := range r.Arrivals {
		at += a.Gap
		if k > 0 {
			c.gap(c.least > 0 && a.Gap >= c.least, beside(c.prefills, at, max(time.Millisecond, a.Gap/5)))
		}
	}
}

func (c *stallCount) gap(long, near bool) {
	c.all++
	if near {
		c.hit++
	}
	if long {
		c.long++
		if near {
			c.longHit++
		}
	}
}

// beside tells whether a step with a prefill ended within slack of t: one step's tokens leave a real server one after the other, so
// that they spread over a part of the gap.
func beside(sorted []time.Duration, t, slack time.Duration) bool {
	i, _ := slices.BinarySearch(sorted, t-slack)
	return i < len(sorted) && sorted[i] <= t+slack
}
