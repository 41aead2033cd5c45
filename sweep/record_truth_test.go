package sweep_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loadgen/clock"
	"loadgen/clock/memnet"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/simulator"
	"loadgen/sweep"
	"loadgen/vllm"
)

// A run beside the /metrics of a real vLLM 0.32 under load: the record holds what the page says, reading by reading,
// and since the page is a still one, the books do not agree, which the verdict says.
func TestRecordedMetricsAreInTheRecord(t *testing.T) {
	page, err := os.ReadFile("../telemetry/testdata/metrics-0.32.0.txt")
	if err != nil {
		t.Fatal(err)
	}
	run, err := play(t, scenario("concurrency: [4], measure: 20s"), func(e *sweep.Env) {
		network := memnet.New(e.Clock)
		network.Listen("mini:80", scriptedWith(e.Clock, strings.ReplaceAll(string(page), "tiny-qwen3", "m")))
		e.Dial = network.Dial
	})
	if err != nil {
		t.Fatal(err)
	}
	samples, err := run.Steps[0].Samples()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{vllm.Running: 13, vllm.Waiting: 0, vllm.KVUsage: 0.9565217391304348,
		vllm.PromptTokens: 624, vllm.GenerationTokens: 6116} {
		n := 0
		for _, s := range samples {
			if s.Source == results.Server && s.Name == name && s.Label == "" {
				if n++; s.Value != want || s.Missing {
					t.Errorf("%s: %+v", name, s)
				}
			}
		}
		if n < 20 {
			t.Errorf("%s was read %d times in more than 20 s", name, n)
		}
	}
	if blocks, size, ok := run.Manifest.Before["mini"].KVBlocks(); !ok || blocks != 24 || size != 128 {
		t.Errorf("%d blocks of %d, %v", blocks, size, ok)
	}
	if v := run.Steps[0].Meta.Verdict; v.State != results.Invalid ||
		!slices.ContainsFunc(v.Reasons, func(r results.Reason) bool {
			return r.Check == "V11" && r.Level == results.Condemn
		}) {
		t.Errorf("%+v", v)
	}
}

// Beside a simulator the record and the truth log say the same: every request's first and last token to the nanosecond,
// and between two readings of the counter as many tokens as the steps between them made.
func TestTheRecordAgreesWithTheTruth(t *testing.T) {
	yaml := levelsOf("[8]")
	sc, err := scenarios.Parse("test.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	clk := clock.NewVirtual()
	var truth bytes.Buffer
	srv, err := simulator.New(clk, simulator.Options{Model: sc.Targets[0].Model, Truth: &truth})
	if err != nil {
		t.Fatal(err)
	}
	net := memnet.New(clk)
	net.Listen("sim:80", srv.Accept)
	dir := filepath.Join(t.TempDir(), "run")
	if err := clk.Run("test", func() {
		err = sweep.NewPlayer(&sweep.Env{Clock: clk, Simulated: true, Dial: net.Dial}, sc,
			sc.Plan("")).Play(context.Background(), dir, []byte(yaml), results.Manifest{})
	}); err != nil {
		t.Fatal(err)
	}
	if err != nil || srv.Flush() != nil {
		t.Fatal(err)
	}
	run, err := results.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	told, err := simulator.ReadTruth(&truth)
	if err != nil {
		t.Fatal(err)
	}
	compareWithTruth(t, run.Steps[0], told)
}

func compareWithTruth(t *testing.T, step *results.Step, truth simulator.Truth) {
	records, err1 := step.Records()
	samples, err2 := step.Samples()
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	began := step.Meta.Began
	for _, r := range records {
		l, known := truth.Requests[r.RequestID]
		if !known {
			t.Fatalf("the truth knows no request %q", r.RequestID)
		}
		at := l.Tokens
		if len(at) != int(r.OutputTokens) || r.FirstToken+began != at[0] || r.LastToken+began != at[len(at)-1] {
			t.Fatalf("%s: %d tokens from %v to %v, truth %d from %v to %v", r.RequestID, r.OutputTokens, r.FirstToken+began,
				r.LastToken+began, len(at), at[0], at[len(at)-1])
		}
	}
	var before *results.Sample
	read := 0
	for _, s := range samples {
		if s.Source != results.Server || s.Name != vllm.GenerationTokens {
			continue
		}
		if before != nil {
			made := 0
			for _, l := range truth.Steps {
				if l.End > before.At+began && l.End <= s.At+began {
					made += l.Generated
				}
			}
			if read++; float64(made) != s.Value-before.Value {
				t.Errorf("from %v to %v the counter rose by %v, the steps made %d", before.At, s.At, s.Value-before.Value, made)
			}
		}
		before = &s
	}
	if read < 5 || len(records) < 50 {
		t.Errorf("%d readings, %d records", read, len(records))
	}
}
