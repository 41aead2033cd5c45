package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/reports"
	"loadgen/results"
	"loadgen/scenarios"
)

// What a soak is made of: levels of half a million requests, as ten minutes of 1000 streams at 100 tokens/s are.
const (
	soakStep   = 500_000
	soakTokens = 100
	soakMost   = 1500 // MB of RSS, at any moment
)

// TestSoak records LOADGEN_SOAK requests (`make soak`: 10 million, 1 billion tokens) of a closed loop in virtual time,
// as if they came from the sender, judges each step as `run` does, then analyses the run and tells its report: memory
// stays bounded. It is skipped without that variable.
func TestSoak(t *testing.T) {
	requests, err := strconv.Atoi(os.Getenv("LOADGEN_SOAK"))
	if err != nil {
		t.Skip("LOADGEN_SOAK is not set: make soak")
	}
	run := filepath.Join(t.TempDir(), "run")
	sc := &scenarios.Scenario{Version: 1, Name: "soak",
		Targets: []scenarios.Target{{Name: "soak", Model: "null", API: "chat"}},
		Prompts: []scenarios.PromptClass{{Name: "chat", Weight: 1}}, Objective: scenarios.Objective{TTFT: time.Second,
			ITL: 50 * time.Millisecond}}
	w, err := results.Create(run, results.Manifest{Simulated: true, Scenario: sc.Name, Parsed: sc}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var writing, judging time.Duration
	for k := range (requests + soakStep - 1) / soakStep {
		begun := time.Now()
		soakLevel(t, w, k, min(soakStep, requests-k*soakStep))
		writing += time.Since(begun)
		begun = time.Now()
		soakJudge(t, run, k)
		judging += time.Since(begun)
		t.Logf("step %d: RSS %d MB at most so far", k+1, peakRSS(t))
	}
	begun := time.Now()
	soakReport(t, run, requests)
	t.Logf("%d requests of %d tokens: written in %v, judged in %v, analysed and told in %v; %v of CPU; peak RSS %d MB "+
		"(at most %d wanted)", requests, soakTokens,
		writing.Round(time.Second), judging.Round(time.Second), time.Since(begun).Round(time.Second),
		usedCPU(t).Round(time.Second), peakRSS(t), soakMost)
	if peakRSS(t) > soakMost {
		t.Errorf("peak RSS %d MB, at most %d wanted", peakRSS(t), soakMost)
	}
}

// soakLevel writes one step: its streams follow each other without a pause, with gaps of 8 to 12 ms.
func soakLevel(t *testing.T, w *results.Writer, k, requests int) {
	t.Helper()
	streams := 1000 + k
	s, err := w.Begin(scenarios.Step{Index: k + 1, Name: fmt.Sprintf("%03d", k+1), Target: "soak", Loop: scenarios.Closed,
		Concurrency: streams, Rep: 1})
	if err != nil {
		t.Fatal(err)
	}
	draw := rand.New(rand.NewPCG(1, uint64(k)))
	free := make([]time.Duration, streams) // when each stream's next request is due
	for slot := range free {
		free[slot] = time.Duration(draw.Int64N(int64(time.Second)))
	}
	var end time.Duration
	for i := range requests {
		slot := i % streams
		r := soakRecord(draw, slot, i/streams, free[slot])
		free[slot], end = r.End, max(end, r.End)
		s.Add(r)
	}
	window := results.Window{RampEnd: time.Second, Start: 3 * time.Second, End: end - 3*time.Second, Chased: end,
		Drained: end, Settled: true}
	if _, err := s.Finish(results.StepMeta{Window: window, Simulated: true, Counts: results.Counts{Sent: requests},
		Evidence: results.Evidence{MeanInFlight: float64(streams)}}); err != nil {
		t.Fatal(err)
	}
}

func soakRecord(draw *rand.Rand, slot, turn int, due time.Duration) *results.Record {
	first := due + 20*time.Millisecond + time.Duration(draw.Int64N(int64(200*time.Millisecond)))
	r := &results.Record{ID: int64(slot)<<32 + int64(turn), Class: "chat", Slot: int32(slot), Turn: int32(turn), Due: due,
		Sent: due, Written: due, FirstByte: first,
		FirstToken: first, FirstSeen: first, LastToken: first, Status: 200, Finish: "length", PromptTokens: 300,
		OutputTokens: soakTokens, Counted: results.CountedUsage,
		PlannedPrompt: 300, PlannedOutput: soakTokens, PlannedExact: true, PromptHash: draw.Uint64(),
		RequestID: fmt.Sprintf("chatcmpl-%032x", draw.Uint64()),
		Reused:    turn > 0, Reads: soakTokens, Events: soakTokens, Arrivals: make([]results.Arrival, soakTokens)}
	for i := range r.Arrivals {
		gap := time.Duration(0)
		if i > 0 {
			gap = 8*time.Millisecond + time.Duration(draw.Int64N(int64(4*time.Millisecond)))
		}
		r.Arrivals[i] = results.Arrival{Gap: gap, Events: 1}
		r.LastToken += gap
	}
	r.End = r.LastToken
	return r
}

// soakJudge reads the step back, as `run` does between two levels.
func soakJudge(t *testing.T, dir string, k int) {
	t.Helper()
	run, err := results.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	d, err := analysis.ReadStep(run.Steps[k])
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Steps[k].Judge(analysis.Judge(d)); err != nil {
		t.Fatal(err)
	}
	if v := run.Steps[k].Meta.Verdict; v.State == results.Invalid {
		t.Errorf("%+v", v)
	}
}

func soakReport(t *testing.T, dir string, requests int) {
	t.Helper()
	run, err := results.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if n := run.Counts("").OK; n != requests {
		t.Errorf("%d of %d requests are there", n, requests)
	}
	study, err := analysis.Analyze(run)
	if err != nil {
		t.Fatal(err)
	}
	if err := reports.Terminal(io.Discard, reports.Run(locale.English, study, nil, nil), reports.Style{}); err != nil {
		t.Fatal(err)
	}
}

func usage(t *testing.T) (u syscall.Rusage) {
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return u
}

func usedCPU(t *testing.T) time.Duration {
	u := usage(t)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakRSS is the most memory that this process ever had, MB.
func peakRSS(t *testing.T) int {
	u := usage(t)
	return int(u.Maxrss) >> 10
}
