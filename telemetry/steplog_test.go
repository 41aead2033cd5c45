package telemetry

import (
	"os"
	"strings"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/results"
	"loadgen/vllm"
)

// Both shapes: of the engine itself, and of the front end with the engine's number. Elapsed is in neither.
func TestIterationLines(t *testing.T) {
	for line, want := range map[string][]float64{
		"Iteration(7): 2 context requests, 3071 context tokens, 45 generation requests, 46 generation tokens, iteration " +
			"elapsed time: 41.37 ms": {0, 7, 2, 3071, 45, 46},
		"(APIServer pid=1) INFO 11-24 [loggers.py:199] Engine 003: Iteration(1234): 0 context requests, 0 context tokens, " +
			"1 generation requests, 1 generation tokens, iteration elapsed": {3, 1234, 0, 0, 1, 1},
		"Iteration(7): 2 context requests, 3071 context tokens": nil,
		"Iteration(99999999999999999999): 2 context requests, 1 context tokens, 1 generation requests, 1 " +
			"generation tokens": nil,
		"Avg prompt throughput: 0.0 tokens/s, Running: 0 reqs": nil,
		"": nil,
	} {
		got, ok := ParseIteration(line, time.Second)
		if ok != (want != nil) || ok && len(got) != len(want)-1 {
			t.Errorf("%q: %v", line, got)
			continue
		}
		for i, s := range got {
			if s.Value != want[i+1] || s.Name != stepNames[i] || s.Label != string('0'+rune(want[0])) || s.At != time.Second ||
				s.Source != results.Engine {
				t.Errorf("%q: %+v", line, s)
			}
		}
	}
}

// A real server's log: its first 21 steps are two prompts of 26 tokens, and 19 steps of one token.
func TestAnEngineLogIsFollowed(t *testing.T) {
	samples := make(chan results.Sample, 1024)
	w, err := StartLog(t.Context(), clock.NewWall(),
		[]string{"/bin/sh", "-c", "cat testdata/log-iterations-0.32.0.txt >&2; exec sleep 60"}, 0,
		func(s results.Sample) { samples <- s })
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("testdata/log-iterations-0.32.0.txt")
	if err != nil {
		t.Fatal(err)
	}
	sum := map[string]float64{}
	lines := strings.Count(string(data), "Iteration(")
	for range lines * len(stepNames) {
		s := <-samples
		sum[s.Name] += s.Value
	}
	w.Stop()
	if lines != 21 || sum[vllm.StepContextTokens] != 52 || sum[vllm.StepContextRequests] != 2 ||
		sum[vllm.StepGenerationTokens] != 19 || sum[vllm.StepIndex] != 210 {
		t.Error(lines, sum)
	}
	if len(samples) > 0 {
		t.Errorf("%d samples more, such as %+v", len(samples), <-samples)
	}
	if _, err := StartLog(t.Context(), clock.NewWall(), []string{"/no/such/command"}, 0, nil); err == nil {
		t.Error("a missing command was not told")
	}
}

func TestALogThatEndsIsMissing(t *testing.T) {
	samples := make(chan results.Sample, 16)
	w, err := StartLog(t.Context(), clock.NewWall(), []string{"/bin/sh", "-c", "exit 3"}, 0,
		func(s results.Sample) { samples <- s })
	if err != nil {
		t.Fatal(err)
	}
	if s := <-samples; !s.Missing || s.Name != scrape || !strings.Contains(s.Label, "exit status 3") {
		t.Errorf("%+v", s)
	}
	w.Stop()
}

func FuzzParseIteration(f *testing.F) {
	f.Add("Engine 000: Iteration(1): 1 context requests, 26 context tokens, 0 generation requests, 0 generation tokens, x")
	f.Fuzz(func(t *testing.T, line string) {
		samples, ok := ParseIteration(line, 0)
		if ok != (len(samples) == len(stepNames)) {
			t.Errorf("%q: %v", line, samples)
		}
	})
}
