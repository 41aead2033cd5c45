package analysis

import (
	"slices"
	"time"

	"loadgen/results"
	"loadgen/stat"
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

// A Stall says how the longest gaps of running answers relate to other requests' prefills: a step that ends a prefill
// emits its first token together with everybody's next one.
type Stall struct {
	Gaps       int     // gaps of at least stallFactor times the median
	Coincident float64 // share of them that end with another request's first token
	BaseRate   float64 // the same share over all gaps
}

// byPrefill tells that long gaps come from prefills. Where a prompt takes k steps only the last of its k stalls ends with a
// first token, so a quarter of them is enough when that is twice what chance gives.
func (s Stall) byPrefill() bool {
	return s.Coincident >= 0.5 && s.Coincident >= 1.5*s.BaseRate || s.Coincident >= 0.25 && s.Coincident >= 2*s.BaseRate
}

// stalls compares gaps with first tokens, step by step, since each has a clock of its own.
func stalls(steps []*StepData) Stall {
	var all, hit, long, longHit int
	for _, d := range steps {
		c := d.arrivals().stall
		all, hit, long, longHit = all+c.all, hit+c.hit, long+c.long, longHit+c.longHit
	}
	s := Stall{Gaps: long}
	if long > 0 {
		s.Coincident, s.BaseRate = float64(longHit)/float64(long), float64(hit)/float64(all)
	}
	return s
}

// A stallCount counts the gaps of one step's cohort.
type stallCount struct {
	all, hit, long, longHit int
	least                   time.Duration   // of a long gap; 0: no gap is called long
	firsts                  []time.Duration // every first token, sorted
}

func newStallCount(records []results.Record, median float64) stallCount {
	c := stallCount{least: time.Duration(stallFactor * median * 1e9)}
	for i := range records {
		if records[i].FirstToken > 0 {
			c.firsts = append(c.firsts, records[i].FirstToken)
		}
	}
	slices.Sort(c.firsts)
	return c
}

func (c *stallCount) add(r *results.Record) {
	if r.Phase != results.Measure {
		return
	}
	at := r.FirstToken
	for k, a := range r.Arrivals {
		at += a.Gap
		if k > 0 {
			c.gap(c.least > 0 && a.Gap >= c.least, beside(c.firsts, at, max(time.Millisecond, a.Gap/5)))
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

// beside tells whether a first token arrived within slack of t: one step's tokens leave a real server one after the other, so
// that they spread over a part of the gap.
func beside(sorted []time.Duration, t, slack time.Duration) bool {
	i, _ := slices.BinarySearch(sorted, t-slack)
	return i < len(sorted) && sorted[i] <= t+slack
}
