package analysis

import (
	"fmt"
	"math"
	"slices"
	"time"

	"loadgen/locale"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/stat"
)

// Probabilities are the quantiles of figures and of the tables of a terminal.
var Probabilities = []float64{0.5, 0.9, 0.99}

// rare is the quantile in which stalls show that are rarer than one gap in a hundred.
const rare = 0.999

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

	OutputRate  Estimate          // output tokens/s inside the windows
	PromptRate  Estimate          // prompt tokens/s of requests whose prefill ended inside
	RequestRate Estimate          // completions/s inside
	Metrics     map[string]Spread // by metric name, over all classes
	Classes     map[string]Class  // by class name
	Attainment  Estimate          // share of the cohort that met its objective; hidden without one
	Goodput     Estimate          // requests/s that met it
	Missed      []Miss            // the objective's clauses, most missed first; those that all kept are left out
	Server      ServerFacts
	GPU         GPUFacts
	Engine      engineFacts
	Summarised  bool // known by imported summaries alone
	Split       split
	OutputMean  float64 // output tokens of a whole answer, mean
	PromptMean  float64
	CachedShare float64 // cached ÷ prompt tokens; NaN when not told
	TokenTime   float64 // s per output token after the first, pooled over whole answers; NaN without any

	Observed []Observed // an even sample of the cohort, in order of starts
	Schedule []Observed // of an open loop's first step: its begin, as it was asked; nil: it is not kept

	Repetitions []*Point // each by itself; empty where there is one
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

	Attainment Estimate // share that met the class's objective; hidden without one
	Missed     []Miss   // clauses by how many of its requests miss them, the worst first
}

// MissedBy are the clauses that requests of a class miss, or with an empty name all, the worst first.
func (p *Point) MissedBy(class string) []Miss {
	if class == "" {
		return p.Missed
	}
	return p.Classes[class].Missed
}

// Trusted reports whether no step of the point was condemned.
func (p *Point) Trusted() bool {
	for _, s := range p.Steps {
		if s.Verdict.State == results.Invalid {
			return false
		}
	}
	return len(p.Steps) > 0
}

// withQuantiles are the metrics whose quantiles are shown or judged; of the others mean and range suffice.
var withQuantiles = map[string]bool{"ttft": true, "ttft_sent": true, "ttfo": true, "itl": true, "tpot": true,
	"e2e": true}

// pooledValues is about how many values of metrics are in memory at once, 2 MB of them.
const pooledValues = 1 << 18

// spreads estimates metrics of requests, those without gaps, over records in start order: of many requests one metric
// after the other, of few several in one pass.
func spreads(metrics []results.Metric, records requests, w support) map[string]Spread {
	out := map[string]Spread{}
	for few := range slices.Chunk(metrics, max(1, pooledValues/max(1, records.n))) {
		for k, values := range records.valuesOfEach(few) {
			out[few[k].Name] = spread(few[k], values, w)
		}
	}
	return out
}

// spread estimates a metric of values in start order.
func spread(m results.Metric, values []float64, w support) Spread {
	s := Spread{Unit: m.Unit, Quantiles: map[float64]Estimate{}, N: len(values), Mean: mean(values), Min: math.Inf(1),
		Max: math.Inf(-1)}
	for _, v := range values {
		s.Min, s.Max = math.Min(s.Min, v), math.Max(s.Max, v)
	}
	if withQuantiles[m.Name] {
		if w.whenFew = whenFew[m.Name]; m.Name != "tpot" && w.answers < turnedOver {
			w.whenFew = 0
		}
		s.quantiles(stat.NewSample(values), w)
	}
	return s
}

// whenFew is up to which quantile a metric is shown though its window holds few mean answers (docs/studies.md, Printed
// intervals).
var whenFew = map[string]float64{"ttft": 0.9, "ttft_sent": 0.9, "ttfo": 0.9, "tpot": 0.5}

// turnedOver is how many mean answers a window holds at least for a quantile of TTFT: in less a queue is still the one
// that stood there when it began.
const turnedOver = 3

// gapSpread is spread of a metric with one value per arrival.
func gapSpread(m results.Metric, gaps gapPool, w support) Spread {
	s := Spread{Unit: m.Unit, Quantiles: map[float64]Estimate{}, N: gaps.n}
	var sample *stat.Sample
	sample, s.Mean, s.Min, s.Max = gaps.sample()
	s.quantiles(sample, w)
	return s
}

func (s *Spread) quantiles(sample *stat.Sample, w support) {
	for _, p := range Percentiles {
		s.Quantiles[p] = quantile(sample, s.N, p, w)
	}
}

func mean(values []float64) Estimate {
	if len(values) == 0 {
		return hidden(0, "no value")
	}
	return Estimate{Interval: stat.MeanInterval(values), N: len(values)}
}

// support is the window behind a number: its length, how many mean answers that is (M of R3.2; 0 where it does not
// apply) and up to which quantile a short one is still shown, softly.
type support struct {
	window  time.Duration
	answers float64
	whenFew float64
}

// gate reports whether n values of such a window carry the p-quantile, by structure alone (R3.2, V13).
func (w support) gate(n int, p float64) (Show, string) {
	beyond := float64(n) * (1 - p)
	few, short := beyond < stat.SolidBeyond-1e-9, w.applies() && w.answers < stat.SolidAnswers
	switch {
	case n == 0:
		return Hidden, "no value"
	case beyond < stat.SoftBeyond-1e-9:
		return Hidden, fmt.Sprintf("p%g needs %d samples, has %d", p*100, stat.Needed(p), n) +
			w.wouldDo(beyond)
	case w.few() && p > w.whenFew:
		return Hidden, fmt.Sprintf("the window lasted %.1f mean response times; p%g needs %d", w.answers, p*100,
			stat.SolidAnswers) + w.wouldDo(beyond)
	case few && short:
		return Soft, fewBeyond(n, p, beyond) + "; " + w.short() + w.wouldDo(beyond)
	case few:
		return Soft, fewBeyond(n, p, beyond) + w.wouldDo(beyond)
	case short:
		return Soft, w.short() + w.wouldDo(beyond)
	}
	return Solid, ""
}

// fewBeyond says that few samples lie beyond a quantile; 9.9 are not told as the 10 wanted.
func fewBeyond(n int, p, beyond float64) string {
	return fmt.Sprintf("%.0f of %d samples lie beyond p%g (%d wanted)", math.Floor(beyond+1e-9), n, p*100,
		stat.SolidBeyond)
}

// short says that the window holds few mean answers; 19.99 are not told as the 20 wanted.
func (w support) short() string {
	return fmt.Sprintf("the window lasted %.1f mean response times (%d wanted)", math.Floor(10*w.answers+1e-9)/10,
		stat.SolidAnswers)
}

// applies reports whether requests stand in one window at all: one after the other, each tells by itself.
func (w support) applies() bool { return w.answers != 0 }

// few reports whether the window holds so few mean answers that most quantiles are hidden.
func (w support) few() bool { return w.applies() && w.answers < stat.SoftAnswers }

// wouldDo tells which length of window, repetitions added, would make a number solid.
func (w support) wouldDo(beyond float64) string {
	if w.window <= 0 || !(w.answers > 0) {
		return ""
	}
	times := math.Max(stat.SolidBeyond/beyond, stat.SolidAnswers/w.answers)
	needed, unit := times*float64(w.window), float64(time.Second)
	if needed > float64(time.Minute) {
		unit = float64(time.Minute)
	}
	needed = unit * math.Ceil(needed/unit-1e-6)
	return fmt.Sprintf("; %s of measuring would do", locale.English.Length(time.Duration(needed)))
}

func quantile(s *stat.Sample, n int, p float64, w support) Estimate {
	show, why := w.gate(n, p)
	if show == Hidden {
		return hidden(n, "withheld (V13): "+why)
	}
	return Estimate{Interval: s.Quantile(p), N: n, Show: show, Why: why}
}

func sortedQuantile(values []float64, p float64) float64 {
	slices.Sort(values)
	return stat.Quantile(values, p)
}
