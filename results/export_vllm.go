package results

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"

	"loadgen/scenarios"
)

// vllmMetrics are the metrics of a bench result: its spelling, and ours.
var vllmMetrics = []struct{ key, metric string }{{"ttft", "ttft"}, {"tpot", "tpot"}, {"itl", "itl"}, {"e2el", "e2e"}}

// vllmPercentiles are the percentiles written for each.
var vllmPercentiles = []float64{0.1, 1, 5, 10, 25, 50, 75, 90, 95, 99, 99.9}

// writeVLLM writes one `vllm bench serve` result per step and line. It is of the cohort: duration is the measuring
// window, rates are what the cohort's whole answers held over it. Latencies are ours (docs/metrics.md): from the due
// time, quantiles x_(⌈np⌉), ITL per read. What has no value is null, never 0.
func writeVLLM(w io.Writer, sel Selection) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, s := range sel.Steps {
		result, err := vllmResult(sel, s)
		if err != nil {
			return err
		}
		if err := enc.Encode(result); err != nil {
			return fmt.Errorf("%s: %w", s.Meta.Step.Name, err)
		}
	}
	return nil
}

// A vllmCohort is what a bench result tells of a cohort, as two passes through its records find it.
type vllmCohort struct {
	n, ok, input, output int
	times                []ranks // of vllmMetrics, ns
}

func vllmCohortOf(s *Step) (*vllmCohort, error) {
	c := &vllmCohort{times: make([]ranks, len(vllmMetrics))}
	err := s.Each(func(r *Record) error {
		if r.Phase != Measure {
			return nil
		}
		if c.n++; r.OK() {
			c.ok, c.input, c.output = c.ok+1, c.input+int(r.PromptTokens), c.output+int(r.OutputTokens)
		}
		c.each(r, (*ranks).count)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var quantiles []float64
	for _, p := range vllmPercentiles {
		quantiles = append(quantiles, p/100)
	}
	for k := range c.times {
		c.times[k].want(quantiles)
	}
	return c, s.Each(func(r *Record) error {
		if r.Phase == Measure {
			c.each(r, (*ranks).see)
		}
		return nil
	})
}

// each takes a record's times.
func (c *vllmCohort) each(r *Record, take func(*ranks, int64)) {
	for k, m := range vllmMetrics {
		metric, _ := FindMetric(m.metric)
		metric.each(r, func(v float64) { take(&c.times[k], int64(math.Round(v*1e9))) })
	}
}

func vllmResult(sel Selection, s *Step) (map[string]any, error) {
	cohort, err := vllmCohortOf(s)
	if err != nil {
		return nil, err
	}
	st, duration := s.Meta.Step, (s.Meta.Window.End - s.Meta.Window.Start).Seconds()
	out := map[string]any{
		"date": sel.Run.began(s).UTC().Format("20060102-150405"), "label": st.Name, "duration": duration,
		"num_prompts": cohort.n, "request_goodput": nil, "max_concurrency": nil, "request_rate": "inf", "burstiness": nil,
		"loadgen_n": cohort.n, "loadgen_verdict": string(s.Meta.Verdict.State), "loadgen_step": st.Name,
		"loadgen_target":     st.Target,
		"loadgen_repetition": st.Rep, "loadgen_simulated": s.Meta.Simulated, "loadgen_reasons": s.Meta.Verdict.Reasons,
	}
	vllmTarget(out, sel.Run, st.Target)
	switch st.Loop {
	case scenarios.Open:
		out["request_rate"], out["burstiness"] = st.Rate, burstiness(st.Arrival)
	default:
		out["max_concurrency"] = max(1, st.Concurrency)
	}
	cohort.totals(out, duration)
	for k, m := range vllmMetrics {
		vllmSpread(out, m.key, &cohort.times[k])
	}
	if sel.Detailed {
		records, err := s.Cohort()
		if err != nil {
			return nil, err
		}
		vllmDetails(out, records)
	}
	return out, nil
}

// vllmTarget says who was asked.
func vllmTarget(out map[string]any, run *Run, target string) {
	out["model_id"], out["tokenizer_id"], out["endpoint_type"], out["backend"] = "", "", "", ""
	if run.Manifest.Parsed == nil {
		return
	}
	t, _ := run.Manifest.Parsed.Target(target)
	backend := map[string]string{"chat": "openai-chat", "completions": "openai"}[t.API]
	out["model_id"], out["tokenizer_id"], out["endpoint_type"], out["backend"] = t.Model, t.Model, backend, backend
}

// burstiness is vLLM's: the shape of the gamma law of the gaps, 1 for Poisson; nil for laws that it does not have.
func burstiness(l scenarios.Law) any {
	switch l.Name {
	case "poisson":
		return 1.0
	case "gamma":
		return 1 / (l.CV * l.CV)
	}
	return nil
}

func (c *vllmCohort) totals(out map[string]any, duration float64) {
	rate := func(n int) any { return finite(float64(n) / duration) }
	out["completed"], out["failed"], out["total_input_tokens"], out["total_output_tokens"] = c.ok, c.n-c.ok, c.input,
		c.output
	out["request_throughput"], out["output_throughput"], out["total_token_throughput"] = rate(c.ok), rate(c.output),
		rate(c.input+c.output)
}

// vllmSpread writes a metric's mean, population standard deviation, median and percentiles, in ms.
func vllmSpread(out map[string]any, key string, times *ranks) {
	put := func(name string, ns float64) { out[name+"_"+key+"_ms"] = finite(ns / 1e6) }
	put("mean", times.mean())
	put("std", times.deviation())
	put("median", times.at(0.5))
	for _, p := range vllmPercentiles {
		put("p"+strconv.FormatFloat(p, 'g', -1, 64), times.at(p/100))
	}
	out["loadgen_n_"+key] = times.n
}

// finite is a number that JSON can hold, or null.
func finite(v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return v
}

// vllmDetails writes one entry per request of the cohort; a failed one has a ttft of 0 where no token came, as vLLM's
// has.
func vllmDetails(out map[string]any, cohort []Record) {
	n := len(cohort)
	inputs, outputs, errors, texts := make([]int32, n), make([]int32, n), make([]string, n), make([]string, n)
	ttfts, latencies, starts, itls := make([]float64, n), make([]float64, n), make([]float64, n), make([][]float64, n)
	for i := range cohort {
		r := &cohort[i]
		inputs[i], outputs[i], errors[i] = r.PromptTokens, r.OutputTokens, string(r.Fault)
		if d, ok := r.TTFT(); ok {
			ttfts[i] = d.Seconds()
		}
		latencies[i], starts[i], itls[i] = (r.End - r.Due).Seconds(), r.Due.Seconds(), gaps(r)
	}
	out["input_lens"], out["output_lens"], out["errors"], out["generated_texts"] = inputs, outputs, errors, texts
	out["ttfts"], out["latencies"], out["start_times"], out["itls"] = ttfts, latencies, starts, itls
}

// gaps are a request's, in seconds.
func gaps(r *Record) []float64 {
	out := []float64{}
	for _, a := range r.Arrivals[min(1, len(r.Arrivals)):] {
		out = append(out, a.Gap.Seconds())
	}
	return out
}
