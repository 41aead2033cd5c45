package results

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"loadgen/scenarios"
	"loadgen/stat"
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
		cohort, err := s.Cohort()
		if err != nil {
			return err
		}
		if err := enc.Encode(vllmResult(sel, s, cohort)); err != nil {
			return fmt.Errorf("%s: %w", s.Meta.Step.Name, err)
		}
	}
	return nil
}

func vllmResult(sel Selection, s *Step, cohort []Record) map[string]any {
	st, duration := s.Meta.Step, (s.Meta.Window.End - s.Meta.Window.Start).Seconds()
	out := map[string]any{
		"date": sel.Run.began(s).UTC().Format("20060102-150405"), "label": st.Name, "duration": duration,
		"num_prompts": len(cohort), "request_goodput": nil, "max_concurrency": nil, "request_rate": "inf", "burstiness": nil,
		"loadgen_n": len(cohort), "loadgen_verdict": string(s.Meta.Verdict.State), "loadgen_step": st.Name,
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
	vllmTotals(out, cohort, duration)
	for _, m := range vllmMetrics {
		metric, _ := FindMetric(m.metric)
		vllmSpread(out, m.key, Values(metric, cohort))
	}
	if sel.Detailed {
		vllmDetails(out, cohort)
	}
	return out
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

func vllmTotals(out map[string]any, cohort []Record, duration float64) {
	ok, input, output := 0, 0, 0
	for i := range cohort {
		if r := &cohort[i]; r.OK() {
			ok, input, output = ok+1, input+int(r.PromptTokens), output+int(r.OutputTokens)
		}
	}
	rate := func(n int) any { return finite(float64(n) / duration) }
	out["completed"], out["failed"], out["total_input_tokens"], out["total_output_tokens"] = ok, len(cohort)-ok, input,
		output
	out["request_throughput"], out["output_throughput"], out["total_token_throughput"] = rate(ok), rate(output),
		rate(input+output)
}

// vllmSpread writes a metric's mean, population standard deviation, median and percentiles, in ms.
func vllmSpread(out map[string]any, key string, values []float64) {
	slices.Sort(values)
	mean := stat.Mean(values)
	var squares float64
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	put := func(name string, v float64) { out[name+"_"+key+"_ms"] = finite(1000 * v) }
	put("mean", mean)
	put("std", math.Sqrt(squares/float64(len(values))))
	put("median", quantile(values, 0.5))
	for _, p := range vllmPercentiles {
		put("p"+strconv.FormatFloat(p, 'g', -1, 64), quantile(values, p/100))
	}
	out["loadgen_n_"+key] = len(values)
}

func quantile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	return stat.Quantile(sorted, p)
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
