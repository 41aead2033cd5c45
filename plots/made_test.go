package plots

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/stat"
)

// A truth is a server as the step model sees it: TPOT(N) = a + k·min(N, run), a queue beyond run, no noise.
type truth struct {
	a, k    float64 // s, s per request
	run     float64
	prefill float64 // s
	output  float64 // tokens
	tail    float64 // p99 ÷ p50
}

var plain = truth{a: 0.012, k: 0.00035, run: 45, prefill: 0.05, output: 250, tail: 1.6}

func about(v, half float64, n int) analysis.Estimate {
	return analysis.Estimate{Interval: stat.Interval{Value: v, Lo: v * (1 - half), Hi: v * (1 + half)}, N: n}
}

func concealed() analysis.Estimate {
	nan := math.NaN()
	return analysis.Estimate{Interval: stat.Interval{Value: nan, Lo: nan, Hi: nan}, Show: analysis.Hidden, Why: "no value"}
}

// quantiles spreads a median upwards to its tail.
func quantiles(p50, tail, half float64) analysis.Spread {
	return analysis.Spread{Unit: "s", N: 2000, Mean: about(p50*1.1, half, 2000), Quantiles: map[float64]analysis.Estimate{
		0.5: about(p50, half/3, 2000), 0.9: about(p50*math.Sqrt(tail), half/2, 2000), 0.99: about(p50*tail, half, 2000)}}
}

// at is what the truth looks like at N requests in flight.
func (w truth) at(target string, n float64) *analysis.Point {
	running := math.Min(n, w.run)
	tpot := w.a + w.k*running
	e2e := w.prefill + w.output*tpot
	rate := running / e2e
	queue := (n - running) / rate
	p := &analysis.Point{Target: target, Loop: scenarios.Closed, Level: n, Label: fmt.Sprintf("n%g", n), Cohort: 2000,
		OutputMean: w.output, PromptMean: 412,
		OutputRate: about(rate*w.output, 0.01, 2000), RequestRate: about(rate, 0.01, 2000),
		Attainment: about(1/(1+math.Pow(queue, 2)), 0.02, 2000),
		Steps:      []results.StepMeta{{Step: scenarios.Step{Name: fmt.Sprintf("%s-n%g", target, n)}}}}
	p.Metrics = map[string]analysis.Spread{"ttft": quantiles(w.prefill*(1+n/60)+queue, w.tail, 0.1),
		"tpot": quantiles(tpot, math.Sqrt(w.tail), 0.05),
		"itl":  quantiles(tpot*0.97, w.tail*1.4, 0.04), "e2e": quantiles(e2e+queue, w.tail, 0.1)}
	p.Server = analysis.ServerFacts{Known: true, N: 60, Running: running, Waiting: n - running,
		KV: math.Min(0.97, n/w.run*0.9), KVMax: math.Min(1, n/w.run*0.98)}
	if n > 4*w.run {
		p.Server.Preemptions = n / 8
	}
	return p
}

// sweep is the truth at every level.
func (w truth) sweep(target string, levels ...float64) *analysis.TargetStudy {
	t := &analysis.TargetStudy{Target: scenarios.Target{Name: target, Model: "Qwen/Qwen3-8B-AWQ",
		Card: "NVIDIA GeForce RTX 4090"}, Settings: scenarios.Settings{}}
	for _, n := range levels {
		t.Points = append(t.Points, w.at(target, n))
	}
	if n := len(levels); n > 2 && levels[n-1] > w.run {
		t.Knee = analysis.Knee{Known: true, N: w.run, Name: "N_run", Max: levels[n-1]}
	}
	return t
}

func doubled(to float64) []float64 {
	var out []float64
	for n := 1.0; n <= to; n *= 2 {
		out = append(out, n)
	}
	return out
}

// study joins targets into a run of a fixed name and date.
func study(o scenarios.Objective, targets ...*analysis.TargetStudy) *analysis.Study {
	run := &results.Run{Dir: "runs/2026-11-24-chat", Manifest: results.Manifest{Tool: "loadgen v0.1.0",
		Started: time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC), Simulated: true}}
	s := &analysis.Study{Run: run,
		Scenario: &scenarios.Scenario{Name: "chat", Prompts: []scenarios.PromptClass{{Name: "chat"}}, Objective: o},
		Targets:  targets}
	return s
}

// in puts a study into English.
func in(s *analysis.Study) subject { return subject{s, locale.English} }

// goal is an objective that a light load meets.
func goal(ttft, tpot time.Duration) scenarios.Objective {
	return scenarios.Objective{TTFT: ttft, TPOT: tpot, Attainment: 0.99}
}

// opened is the study of an open loop at 1 to 32 requests/s.
func opened() *analysis.TargetStudy {
	t := plain.sweep("mini", doubled(32)...)
	t.Knee = analysis.Knee{}
	for _, p := range t.Points {
		p.Loop, p.Level, p.Label = scenarios.Open, p.Level/4, fmt.Sprintf("%g/s", p.Level/4)
	}
	return t
}

// recorded is a run on disk of one target at some levels with n requests each: TTFT is lognormal round the level in ms.
func recorded(t *testing.T, n int, levels ...int) *analysis.Study {
	t.Helper()
	w, err := results.Create(filepath.Join(t.TempDir(), "2026-11-24-chat"), results.Manifest{}, []byte("version: 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	target := plain.sweep("mini")
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, level := range levels {
		step := scenarios.Step{Name: fmt.Sprintf("mini-n%d", level), Target: "mini", Loop: scenarios.Closed,
			Concurrency: level}
		sw, err := w.Begin(step)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			due := time.Duration(i) * time.Millisecond
			first := due + time.Duration(float64(level)*5e6*math.Exp(0.4*rnd.NormFloat64()))
			sw.Add(&results.Record{ID: int64(i), Class: "chat", Due: due, Sent: due, FirstToken: first, FirstSeen: first,
				LastToken: first, End: first,
				OutputTokens: 1, PromptTokens: 7, Status: 200, Arrivals: []results.Arrival{{Events: 1}}})
		}
		if _, err := sw.Finish(results.StepMeta{Window: results.Window{End: time.Hour}}); err != nil {
			t.Fatal(err)
		}
		target.Points = append(target.Points, plain.at("mini", float64(level)))
	}
	s := study(goal(time.Second, 50*time.Millisecond), target)
	run, err := results.Open(w.Dir())
	if err != nil {
		t.Fatal(err)
	}
	s.Run.Dir, s.Run.Steps = run.Dir, run.Steps
	return s
}
