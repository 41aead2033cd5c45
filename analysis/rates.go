package analysis

import (
	"math"
	"slices"
	"time"

	"loadgen/results"
	"loadgen/stat"
)

// pooledRates are events per second in each of the ten sections of every window.
type pooledRates struct {
	output, prompt, requests []float64
}

// rateSections count what happened inside one window, whoever was asked when: tokens by their arrival, prompts by their
// first token, requests by their end (R2.8).
type rateSections struct {
	window                   results.Window
	output, prompt, requests [stat.Sections]float64
}

func newRateSections(w results.Window) *rateSections { return &rateSections{window: w} }

func (s *rateSections) count(into *[stat.Sections]float64, at time.Duration, n float64) {
	if w := s.window; at >= w.Start && at < w.End {
		into[int(int64(at-w.Start)*stat.Sections/int64(w.End-w.Start))] += n
	}
}

func (s *rateSections) add(r *results.Record) {
	at, perEvent := r.FirstToken, 1.0
	if r.Events > 0 && r.OutputTokens > 0 {
		perEvent = float64(r.OutputTokens) / float64(r.Events)
	}
	for _, a := range r.Arrivals {
		at += a.Gap
		s.count(&s.output, at, perEvent*float64(a.Events))
	}
	switch {
	case r.OK() && r.PromptTokens == 0:
		s.count(&s.prompt, r.FirstToken, math.NaN()) // not told: nor is the rate
	case r.FirstToken > 0:
		s.count(&s.prompt, r.FirstToken, float64(r.PromptTokens))
	}
	if r.OK() {
		s.count(&s.requests, r.End, 1)
	}
}

// into adds the sections' rates; a window without length has none.
func (s *rateSections) into(p *pooledRates) {
	perSection := (s.window.End - s.window.Start).Seconds() / stat.Sections
	if perSection <= 0 {
		return
	}
	for b := range stat.Sections {
		p.output = append(p.output, s.output[b]/perSection)
		p.prompt = append(p.prompt, s.prompt[b]/perSection)
		p.requests = append(p.requests, s.requests[b]/perSection)
	}
}

// join puts another window's sections behind.
func (p *pooledRates) join(o pooledRates) {
	p.output, p.prompt, p.requests = append(p.output, o.output...), append(p.prompt, o.prompt...),
		append(p.requests, o.requests...)
}

func (p *pooledRates) estimates() (output, prompt, requests Estimate) {
	return rate(p.output), rate(p.prompt), rate(p.requests)
}

// rate is the mean over sections with its t-interval.
func rate(sections []float64) Estimate {
	if len(sections) == 0 {
		return hidden(0, "no window")
	}
	if slices.ContainsFunc(sections, math.IsNaN) {
		return hidden(0, "the server did not count them")
	}
	return Estimate{Interval: stat.MeanOf(sections), N: len(sections)}
}
