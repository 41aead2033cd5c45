package sweep_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/clock/memnet"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/simulator"
	"loadgen/sweep"
)

// played rehearses a scenario on simulated servers, one for each address. told may be nil.
func played(ctx context.Context, t *testing.T, yaml string, told func(sweep.Outcome)) (*results.Run, error) {
	t.Helper()
	sc, err := scenarios.Parse("test.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	clk := clock.NewVirtual()
	net := memnet.New(clk)
	listening := map[string]bool{}
	for _, target := range sc.Targets {
		address := strings.TrimPrefix(target.URL, "http://")
		if listening[address] {
			continue
		}
		listening[address] = true
		srv, err := simulator.New(clk, simulator.Options{Model: target.Model})
		if err != nil {
			t.Fatal(err)
		}
		net.Listen(address, srv.Accept)
	}
	dir := filepath.Join(t.TempDir(), "run")
	env := &sweep.Env{Clock: clk, Simulated: true, Dial: net.Dial, Told: told}
	var ended error
	if err := clk.Run("test", func() {
		ended = sweep.NewPlayer(env, sc, sc.Plan("")).Play(ctx, dir, []byte(yaml), results.Manifest{})
	}); err != nil {
		t.Fatal(err)
	}
	run, err := results.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return run, ended
}

func levelsOf(list string) string {
	return `version: 1
targets: {mini: {url: "http://sim:80", model: Qwen/Qwen3-8B}}
prompts: {chat: {input: {uniform: [100, 300]}, output: {uniform: [20, 60]}}}
load: {concurrency: ` + list + `, measure: 5s}
`
}

// A level begins from the running slots of the level below: each of its inherited slots sends at the very instant at
// which that slot's last answer of the level below ended, and every request stands in the step that sent it.
func TestLevelsHandOver(t *testing.T) {
	run, err := played(context.Background(), t, levelsOf("[2, 5, 8]"), nil)
	if err != nil || len(run.Steps) != 3 {
		t.Fatal(err, len(run.Steps))
	}
	lastEnd := map[int32]time.Duration{} // of the level below, from the start of this one
	for k, step := range run.Steps {
		records, err := step.Records()
		if err != nil {
			t.Fatal(err)
		}
		w, ends := step.Meta.Window, map[int32]time.Duration{}
		for _, r := range records {
			if !r.OK() || r.Sent >= w.Chased {
				t.Fatalf("%s: sent at %v: %v", step.Meta.Step.Name, r.Sent, r.Fault)
			}
			if want, inherited := lastEnd[r.Slot]; inherited && r.Turn == 0 && r.Sent != want {
				t.Errorf("%s: slot %d begins at %v, want %v", step.Meta.Step.Name, r.Slot, r.Sent, want)
			}
			ends[r.Slot] = max(ends[r.Slot], r.End-w.Chased)
		}
		if len(ends) != step.Meta.Step.Concurrency || !w.Settled || len(lastEnd) != []int{0, 2, 5}[k] {
			t.Errorf("%s: %d slots, settled %v", step.Meta.Step.Name, len(ends), w.Settled)
		}
		if m := step.Meta.Evidence.MeanInFlight; m < float64(len(ends))-1e-9 {
			t.Errorf("%s: %v in flight", step.Meta.Step.Name, m)
		}
		lastEnd = ends
	}
}

// Stopping at any instant keeps whole steps and no part of one.
func TestStopBetweenAndWithinLevels(t *testing.T) {
	for after := range 3 {
		ctx, stop := context.WithCancel(context.Background())
		seen := 0
		run, err := played(ctx, t, levelsOf("[1, 2, 4, 8]"), func(o sweep.Outcome) {
			if seen++; seen > after {
				stop()
			}
		})
		if err == nil || len(run.Steps) != after+1 {
			t.Errorf("after %d: %d steps, %v", after, len(run.Steps), err)
		}
		stop()
	}
}
