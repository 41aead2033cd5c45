package analysis

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/stat"
)

var oneClass = &scenarios.Scenario{Prompts: []scenarios.PromptClass{{Name: "chat", Weight: 1}},
	Objective: scenarios.Objective{TTFT: 150 * ms, Attainment: 0.99}}

// 4 in flight, 100 ms + 19 × 10 ms = 290 ms each: 13.79 requests/s and 275.9 tokens/s, every TTFT 100 ms, every gap 10
// ms.
func TestPointOfASteadyServer(t *testing.T) {
	p := Pool(oneClass, scenarios.Target{Name: "mini"}, []*StepData{steady(4, 20, 100*ms, 10*ms, 290*time.Second)})
	near := func(name string, got, want float64) {
		if math.Abs(got/want-1) > 0.002 {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	near("tok/s", p.OutputRate.Value, 4*20/0.29)
	near("requests/s", p.RequestRate.Value, 4/0.29)
	near("TTFT p50", p.Metrics["ttft"].At(0.5).Value, 0.1)
	near("TTFT p99", p.Metrics["ttft"].At(0.99).Value, 0.1)
	near("ITL p99", p.Metrics["itl"].At(0.99).Value, 0.01)
	near("TPOT mean", p.Metrics["tpot"].Mean.Value, 0.01)
	near("attainment", p.Attainment.Value, 1)
	near("M", p.Relaxations, 1000)
	near("class TTFT", p.Classes["chat"].Metrics["ttft"].At(0.5).Value, 0.1)
	near("class tok/s of one request", p.Classes["chat"].Rate.Mean.Value, 20/0.29)
}

// Quantiles appear with their samples: 100 requests carry p90 softly and no p99.
func TestQuantilesNeedTheirSamples(t *testing.T) {
	p := Pool(oneClass, scenarios.Target{Name: "mini"}, []*StepData{steady(1, 20, 100*ms, 10*ms, 29*time.Second)})
	ttft := p.Metrics["ttft"]
	if e := ttft.At(0.99); e.Known() || e.Why == "" {
		t.Errorf("p99 of %d: %+v", p.Cohort, e)
	}
	if e := ttft.At(0.5); e.Show != Solid {
		t.Errorf("p50 of %d: %+v", p.Cohort, e)
	}
	for _, c := range []struct {
		n    int
		p, m float64
		want Show
		tell string
	}{{1000, 0.99, 20, Solid, ""}, {500, 0.99, 20, Soft, "2 min"},
		{999, 0.99, 20, Soft, "9 of 999 samples lie beyond p99 (10 wanted); 2 min of measuring would do"},
		{2510, 0.99, 19.97, Soft, "the window lasted 19.9 mean response times (20 wanted); 2 min of measuring would do"},
		{999, 0.99, 19.7, Soft, "9 of 999 samples lie beyond p99 (10 wanted); the window lasted 19.7 mean response times " +
			"(20 wanted); 2 min of measuring would do"},
		{499, 0.99, 20, Hidden, "p99 needs 1000 samples, has 499; 3 min of measuring would do"},
		{1000, 0.99, 19, Soft, ""}, {1000, 0.99, 5, Soft, "4 min"}, {1000, 0.99, 4.9, Hidden, "5 min"},
		{100, 0.9, 4.9, Soft, "5 min"}, {100, 0.9, 0, Solid, ""}, {99, 0.9, 0, Soft, "(10 wanted)"},
		{0, 0.5, 100, Hidden, "no value"}} {
		w := support{window: time.Minute, answers: c.m, whenFew: 0.9}
		got, why := w.gate(c.n, c.p)
		if got != c.want || (got != Solid) != (why != "") || !strings.HasPrefix(why, c.tell) &&
			(strings.Contains(c.tell, ";") || !strings.Contains(why, c.tell)) {
			t.Errorf("n = %d, p = %v, M = %v: %v (%s), want %v (%s)", c.n, c.p, c.m, got, why, c.want, c.tell)
		}
	}
}

// A window in which a queue did not turn over tells no quantile of TTFT, and rates by wider bounds.
func TestAWindowOfFewAnswers(t *testing.T) {
	values := make([]float64, 200)
	for i := range values {
		values[i] = float64(i % 7)
	}
	ttft, _ := results.FindMetric("ttft")
	tpot, _ := results.FindMetric("tpot")
	for answers, want := range map[float64]bool{2.9: false, 3: true} {
		w := support{window: time.Minute, answers: answers}
		if e := spread(ttft, values, w).Quantiles[0.5]; e.Known() != want {
			t.Errorf("%.1f answers' length: TTFT p50 %+v", answers, e)
		}
		if e := spread(tpot, values, w).Quantiles[0.5]; e.Show != Soft {
			t.Errorf("%.1f answers' length: TPOT p50 %+v", answers, e)
		}
	}
	p := &Point{Window: time.Minute, OutputRate: Estimate{Interval: stat.Interval{Value: 10, Lo: 9, Hi: 11}}}
	for _, c := range []struct{ answers, half float64 }{{5, 1}, {4.9, 1.07}, {2, 2.22}, {0.5, 12.6}} {
		q := *p
		q.Relaxations = c.answers
		if q.soften(); math.Abs(q.OutputRate.Hi-10-c.half) > 0.05 || math.Abs(10-q.OutputRate.Lo-c.half) > 0.05 {
			t.Errorf("%.1f answers' length: %+v, want ± %.2f", c.answers, q.OutputRate, c.half)
		}
	}
}

// A failed request misses its objective.
func TestFailuresMissTheObjective(t *testing.T) {
	d := steady(4, 20, 100*ms, 10*ms, 100*time.Second)
	fault(d, 10, "reset")
	p := Pool(oneClass, scenarios.Target{Name: "mini"}, []*StepData{d})
	if math.Abs(p.Attainment.Value-0.9) > 0.01 {
		t.Errorf("attainment %v with every tenth request failed", p.Attainment.Value)
	}
}

// Prompts that the server did not count have no rate; those of requests that failed are left out.
func TestARateOfPromptsThatWereNotCounted(t *testing.T) {
	for _, c := range []struct {
		told, failed bool
		known        bool
	}{{true, false, true}, {false, false, false}, {false, true, true}} {
		d := lively(4, 20, 100*ms, 10*ms, 200*time.Second)
		k := slices.IndexFunc(d.Records, func(r results.Record) bool { return r.Phase == results.Measure })
		if r := &d.Records[k]; !c.told {
			r.PromptTokens = 0
			if c.failed {
				r.Fault = results.FaultTruncated
			}
		}
		s := newRateSections(d.Meta.Window)
		for i := range d.Records {
			s.add(&d.Records[i])
		}
		var p pooledRates
		s.into(&p)
		if _, prompt, requests := p.estimates(); prompt.Known() != c.known || !requests.Known() {
			t.Errorf("%+v: %+v", c, prompt)
		}
	}
}
