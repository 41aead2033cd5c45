package sweep_test

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"testing"
	"time"

	"loadgen/analysis"
	"loadgen/clock"
	"loadgen/clock/memnet"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/sweep"
)

// sharded plays a scenario as two clients do, side by side against one server in one world, and merges their runs.
func sharded(t *testing.T, yaml string) *results.Run {
	t.Helper()
	sc, err := scenarios.Parse("test.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	clk := clock.NewVirtual()
	network := memnet.New(clk)
	network.Listen("mini:80", scripted(clk))
	root := t.TempDir()
	played := make([]error, 2)
	part := func(i int) {
		env := &sweep.Env{Clock: clk, Simulated: true, Tool: "test", Dial: network.Dial}
		plan, err := sc.Plan("").Shard(scenarios.Shard{Index: i + 1, Of: 2})
		if err != nil {
			played[i] = err
			return
		}
		played[i] = sweep.NewPlayer(env, sc, plan).Play(context.Background(), filepath.Join(root, fmt.Sprint(i)),
			[]byte(yaml), results.Manifest{})
	}
	err = clk.Run("test", func() {
		second := clk.NewSignal("the second client")
		clk.Go("second", func() { defer second.Set(); part(1) })
		part(0)
		_ = second.Wait(context.Background(), clock.Never)
	})
	if err != nil || played[0] != nil || played[1] != nil {
		t.Fatal(err, played)
	}
	var runs []*results.Run
	for i := range played {
		run, err := results.Open(filepath.Join(root, fmt.Sprint(i)))
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, run)
	}
	dir := filepath.Join(root, "merged")
	if err := results.Merge(dir, runs); err != nil {
		t.Fatal(err)
	}
	run, err := results.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// byID are the step's due times and prompts of every request due in the first so many seconds.
func byID(t *testing.T, steps []*results.Step, until time.Duration) map[int64]string {
	t.Helper()
	out := map[int64]string{}
	for _, st := range steps {
		records, err := st.Records()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			if r.Due < until {
				out[r.ID] = fmt.Sprintf("%v %x %d", r.Due, r.PromptHash, r.PlannedOutput)
			}
		}
	}
	return out
}

// Of a schedule two clients send exactly what one would: every request at its time, with its prompt, under its number.
func TestTwoClientsKeepOneSchedule(t *testing.T) {
	yaml := scenario("rate: [20], measure: 30s")
	alone, err := play(t, yaml, nil)
	if err != nil {
		t.Fatal(err)
	}
	both := sharded(t, yaml)
	want, got := byID(t, alone.Steps, 30*time.Second), byID(t, both.Steps, 30*time.Second)
	if len(want) < 500 || fmt.Sprint(want) != fmt.Sprint(got) {
		t.Errorf("%d requests of one client, %d of two, and they differ", len(want), len(got))
	}
}

// A closed loop of seven shared by two clients, four and three, is analysed as one of seven.
func TestTwoClientsMakeOneLevel(t *testing.T) {
	yaml := scenario("concurrency: [2, 7], measure: 60s, repeat: 2")
	alone, err := play(t, yaml, nil)
	if err != nil {
		t.Fatal(err)
	}
	both := sharded(t, yaml)
	if len(both.Steps) != 8 {
		t.Fatalf("%d steps", len(both.Steps))
	}
	one, two := points(t, alone), points(t, both)
	if len(one) != 2 || len(two) != 2 || two[1].Label != "n7" || len(two[1].Steps) != 2 {
		t.Fatalf("%d and %d points: %+v", len(one), len(two), two)
	}
	for i := range one {
		a, b := one[i], two[i]
		if r := b.OutputRate.Value / a.OutputRate.Value; math.Abs(r-1) > 0.02 ||
			a.Metrics["ttft"].At(0.5).Value != b.Metrics["ttft"].At(0.5).Value {
			t.Errorf("%s: %v tokens/s alone, %v shared; TTFT %v, %v", a.Label, a.OutputRate.Value, b.OutputRate.Value,
				a.Metrics["ttft"].At(0.5), b.Metrics["ttft"].At(0.5))
		}
		if !b.Trusted() {
			t.Errorf("%s: %+v", b.Label, b.Steps[0].Verdict)
		}
	}
}

func points(t *testing.T, run *results.Run) []*analysis.Point {
	t.Helper()
	study, err := analysis.Analyze(run)
	if err != nil {
		t.Fatal(err)
	}
	return study.Targets[0].Points
}
