package analysis

import (
	"time"

	"loadgen/results"
	"loadgen/stat"
)

// pooledRates are events per second in each of the ten sections of every window.
type pooledRates struct {
	output, prompt, requests []float64
}

// add counts what happened inside a window, whoever was asked when: tokens by their arrival, prompts by their first token,
// requests by their end (R2.8).
func (p *pooledRates) add(records []results.Record, w results.Window) {
	span := w.End - w.Start
	if span <= 0 {
		return
	}
	var output, prompt, requests [stat.Sections]float64
	count := func(into *[stat.Sections]float64, at time.Duration, n float64) {
		if at >= w.Start && at < w.End {
			into[int(int64(at-w.Start)*stat.Sections/int64(span))] += n
		}
	}
	for i := range records {
		r := &records[i]
		at, perEvent := r.FirstToken, 1.0
		if r.Events > 0 && r.OutputTokens > 0 {
			perEvent = float64(r.OutputTokens) / float64(r.Events)
		}
		for _, a := range r.Arrivals {
			at += a.Gap
			count(&output, at, perEvent*float64(a.Events))
		}
		if r.FirstToken > 0 {
			count(&prompt, r.FirstToken, float64(r.PromptTokens))
		}
		if r.OK() {
			count(&requests, r.End, 1)
		}
	}
	perSection := span.Seconds() / stat.Sections
	for b := range stat.Sections {
		p.output = append(p.output, output[b]/perSection)
		p.prompt = append(p.prompt, prompt[b]/perSection)
		p.requests = append(p.requests, requests[b]/perSection)
	}
}

func (p *pooledRates) estimates() (output, prompt, requests Estimate) {
	return rate(p.output), rate(p.prompt), rate(p.requests)
}

// rate is the mean over sections with its t-interval.
func rate(sections []float64) Estimate {
	if len(sections) == 0 {
		return hidden(0, "no window")
	}
	return Estimate{Interval: stat.MeanOf(sections), N: len(sections)}
}
