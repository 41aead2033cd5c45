package analysis

import (
	"fmt"
	"math"
	"time"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/stat"
)

// Probabilities are the quantiles of every table and figure.
var Probabilities = []float64{0.5, 0.9, 0.99}

// A Point is one level of load on one target, its repetitions pooled.
type Point struct {
	Target      string
	Phase       string
	Loop        scenarios.Loop
	Level       float64 // requests in flight, or requests/s
	Label       string  // "n16", "4/s"
	Steps       []results.StepMeta
	Cohort      int           // requests of the measuring windows
	Window      time.Duration // sum of the measuring windows
	Relaxations float64       // windows ÷ correlation time (R2.6): M

	OutputRate   Estimate          // output tokens/s inside the windows
	PromptRate   Estimate          // prompt tokens/s of requests whose prefill ended inside
	RequestRate  Estimate          // completions/s inside
	Metrics      map[string]Spread // by metric name, over all classes
	Classes      map[string]Class  // by class name
	Attainment   Estimate          // share of the cohort that met its objective; hidden without one
	Goodput      Estimate          // requests/s that met it
	Server       ServerFacts
	GPU          GPUFacts
	OutputMean   float64 // output tokens of a whole answer, mean
	PromptMean   float64
	CachedShare  float64   // cached ÷ prompt tokens; NaN when not told
	Prefill      stat.Line // TTFT over prompt tokens of a lone client, s and s/token
	PrefillKnown bool
	Stall        Stall
}

// A Spread is a metric's quantiles and mean, in the metric's unit.
type Spread struct {
	Unit      string
	Quantiles map[float64]Estimate
	Mean      Estimate
	Min, Max  float64
	N         int
}

// At returns a quantile, hidden when there is none.
func (s Spread) At(p float64) Estimate {
	if e, ok := s.Quantiles[p]; ok {
		return e
	}
	return hidden(s.N, "no value")
}

// A Class is one prompt class's part of a point.
type Class struct {
	Name    string
	N       int
	Metrics map[string]Spread
	Rate    Spread // output tokens ÷ E2E of one request, tokens/s
	Output  Spread // output tokens
}

// Trusted tells that no step of the point was condemned.
func (p *Point) Trusted() bool {
	for _, s := range p.Steps {
		if s.Verdict.State == results.Invalid {
			return false
		}
	}
	return len(p.Steps) > 0
}

// spread estimates a metric over records in start order; relaxations is M of the window, 0 where it does not apply.
func spread(m results.Metric, records []results.Record, relaxations float64) Spread {
	values := results.Values(m, records)
	s := Spread{Unit: m.Unit, Quantiles: map[float64]Estimate{}, N: len(values), Min: math.Inf(1), Max: math.Inf(-1)}
	for _, v := range values {
		s.Min, s.Max = math.Min(s.Min, v), math.Max(s.Max, v)
	}
	for _, p := range Probabilities {
		s.Quantiles[p] = quantile(values, p, relaxations)
	}
	s.Mean = mean(values)
	return s
}

func mean(values []float64) Estimate {
	if len(values) == 0 {
		return hidden(0, "no value")
	}
	return Estimate{Interval: stat.MeanInterval(values), N: len(values)}
}

// quantile gates by structure alone: solid from M ≥ 20 and n(1−p) ≥ 10, soft from half of that (R3.2, V13).
func quantile(values []float64, p, relaxations float64) Estimate {
	n := len(values)
	if n == 0 {
		return hidden(0, "no value")
	}
	beyond := float64(n) * (1 - p)
	switch {
	case beyond < 5:
		return hidden(n, fmt.Sprintf("p%g needs %d samples, has %d", p*100, int(math.Ceil(10/(1-p)-1e-9)), n))
	case relaxations < 5:
		return hidden(n, fmt.Sprintf("the window is %.1f answers long; p%g needs 20", relaxations, p*100))
	}
	e := Estimate{Interval: stat.QuantileInterval(values, p), N: n}
	if beyond < 10 || relaxations < 20 {
		e.Show = Soft
		e.Why = fmt.Sprintf("n = %d beyond p%g: %.0f (10 wanted); window %.0f answers long (20 wanted)", n, p*100, beyond, relaxations)
	}
	return e
}
