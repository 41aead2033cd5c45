package analysis

import (
	"math"
	"slices"
	"time"

	"loadgen/results"
	"loadgen/stat"
)

// summarised reports whether a level is known by imported summaries alone.
func summarised(steps []*StepData) bool {
	return !slices.ContainsFunc(steps, func(d *StepData) bool { return d.Meta.Summary == nil })
}

// told is a value that another tool worked out, or a mean of several repetitions' by Student's t.
func told(values []float64, n int) Estimate {
	if len(values) == 0 {
		return hidden(0, "the imported summary does not tell it")
	}
	return Estimate{Interval: stat.MeanOf(values), N: n, Show: Soft,
		Why: "from an imported summary: no request's own values stand behind it"}
}

// takeSummaries fills the point with what summaries tell. Quantiles of several cannot be pooled.
func (p *Point) takeSummaries(steps []*StepData) {
	var output, prompt, requests []float64
	var in, out, done float64
	p.Window = 0
	for _, d := range steps {
		s := d.Meta.Summary
		p.Window += time.Duration(s.Seconds * 1e9)
		output, prompt = append(output, float64(s.OutputTokens)/s.Seconds), append(prompt, float64(s.InputTokens)/s.Seconds)
		requests = append(requests, float64(s.Completed)/s.Seconds)
		in, out, done = in+float64(s.InputTokens), out+float64(s.OutputTokens), done+float64(s.Completed)
	}
	p.Summarised, p.Cohort = true, int(done)
	p.OutputRate, p.PromptRate, p.RequestRate = told(output, p.Cohort), told(prompt, p.Cohort), told(requests, p.Cohort)
	p.OutputMean, p.PromptMean, p.CachedShare = out/done, in/done, math.NaN()
	for _, m := range results.Metrics {
		p.Metrics[m.Name] = summarySpread(m, steps, p.Cohort)
	}
	p.Metrics["output_tokens"] = Spread{Unit: "tokens", N: p.Cohort, Mean: told([]float64{out / done}, p.Cohort)}
}

func summarySpread(m results.Metric, steps []*StepData, n int) Spread {
	s := Spread{Unit: m.Unit, Quantiles: map[float64]Estimate{}, Mean: told(nil, 0), Min: math.Inf(1), Max: math.Inf(-1)}
	var means []float64
	for _, d := range steps {
		if v, ok := d.Meta.Summary.Times[m.Name]["mean"]; ok {
			means = append(means, v)
		}
	}
	if len(means) > 0 {
		s.N, s.Mean = n, told(means, n)
	}
	for _, p := range Percentiles {
		s.Quantiles[p] = hidden(s.N, "quantiles of several summaries cannot be pooled")
		if len(steps) > 1 {
			continue
		}
		v, ok := steps[0].Meta.Summary.At(m.Name, p)
		if s.Quantiles[p] = told(nil, 0); ok {
			s.Quantiles[p] = told([]float64{v}, n)
		}
	}
	return s
}
