package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loadgen/analysis"
	"loadgen/rehearsal"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/sweep"
	"loadgen/vllm"
)

// rehearsed plays a scenario on simulated servers and analyses it. Without truth nothing but what a server shows is kept.
func rehearsed(t *testing.T, yaml string) *analysis.Study {
	t.Helper()
	sc, err := scenarios.Parse("test.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	r, err := rehearsal.New(sc, "loadgen test", nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	var played error
	err = r.Clock.Run("test", func() {
		played = sweep.NewPlayer(r.Env, r.Scenario, sc.Plan("")).Play(context.Background(), dir, []byte(yaml), results.Manifest{})
	})
	if err != nil || played != nil {
		t.Fatal(err, played)
	}
	s, err := study(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// oneServer is an 8B in bf16 on an H100, with settings and a load.
func oneServer(settings, prompts, load string) string {
	return fmt.Sprintf(`version: 1
targets:
  mini: {url: http://mini:8000, model: Qwen/Qwen3-8B, card: H100, settings: {%s}}
prompts: {%s}
load: {%s}
objective: {itl: 100ms}
`, settings, prompts, load)
}

const (
	chat  = "chat: {input: {uniform: [300, 500]}, output: {uniform: [100, 200]}}"
	story = "story: {input: {uniform: [1200, 1800]}, output: {uniform: [400, 600]}}"
	mixed = "chat: {weight: 9, input: {uniform: [200, 300]}, output: {uniform: [100, 160]}}, doc: {weight: 1, input: {uniform: [9000, 12000]}, output: {uniform: [50, 80]}}"
)

func change(t *analysis.TargetStudy, flag string) *analysis.Change {
	for _, c := range t.Changes() {
		if c.Flag == flag {
			return &c
		}
	}
	return nil
}

// Each signature is named on an engine where it is true by construction, and the flag it is about moves in the right direction.
func TestSignaturesAreNamed(t *testing.T) {
	for _, c := range []struct {
		name, yaml, binding, flag string
		up                        bool
	}{
		{"not saturated", oneServer("max-num-batched-tokens: 2048", chat, "concurrency: [1, 2, 4], measure: 60s"), "none", "", false},
		{"max-num-seqs", oneServer("max-num-batched-tokens: 2048, max-num-seqs: 8", chat, "concurrency: [1, 2, 4, 8, 16, 32], measure: 60s"), "max-num-seqs", vllm.MaxNumSeqs, true},
		{"kv memory", oneServer("max-num-batched-tokens: 2048, max-num-seqs: 256, gpu-memory-utilization: 0.3, max-model-len: 4096", story, "concurrency: [1, 4, 16, 32, 64, 128], measure: 120s"), "kv-memory", vllm.GPUMemoryUtilization, true},
		{"front end", strings.Replace(oneServer("max-num-batched-tokens: 8192", "chat: {input: {uniform: [40, 60]}, output: {uniform: [150, 250]}}",
			"concurrency: [1, 128, 256, 384, 512], measure: 20s"), "Qwen/Qwen3-8B", "Qwen/Qwen3-1.7B-FP8", 1), "front-end", vllm.APIServerCount, true},
		{"budget too large", oneServer("max-num-batched-tokens: 32768, max-model-len: 32768", mixed, "concurrency: [1, 2, 4, 8, 16], measure: 120s"), "prefill-interference", vllm.MaxNumBatchedTokens, false},
		{"budget too large by the engine's log", strings.Replace(oneServer("max-num-batched-tokens: 2048, max-model-len: 32768, enable-logging-iteration-details: true", mixed,
			"concurrency: [1, 8, 32], measure: 60s"), "itl: 100ms", "itl: 50ms", 1), "prefill-interference", vllm.MaxNumBatchedTokens, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := rehearsed(t, c.yaml)
			target := s.Targets[0]
			if target.Binding != c.binding {
				t.Errorf("binding %q, want %q\n%s", target.Binding, c.binding, strings.Join(target.Findings[0].RuledOut, "\n"))
			}
			if c.flag == "" {
				if n := len(target.Changes()); n != 0 {
					t.Errorf("%d changes advised where nothing binds", n)
				}
				return
			}
			ch := change(target, c.flag)
			if ch == nil {
				t.Fatalf("no change of %s: %+v", c.flag, target.Findings)
			}
			from, to := numeric(t, ch.From), numeric(t, ch.To)
			if (to > from) != c.up {
				t.Errorf("%s %v → %v", c.flag, from, to)
			}
			if len(target.Findings[0].Because) == 0 || target.Findings[0].Grade == "" {
				t.Error("a finding without evidence or grade")
			}
		})
	}
}

func numeric(t *testing.T, v any) float64 {
	t.Helper()
	f, ok := scenarios.Settings{"x": v}.Float("x")
	if !ok {
		t.Fatalf("%v is no number", v)
	}
	return f
}

// What the advice predicts is looked up by setting it: the advised budget must bring ITL p99 down about as said, and the
// advised max-num-seqs throughput up.
func TestAdviceHoldsWhenFollowed(t *testing.T) {
	load := "concurrency: [1, 2, 4, 8, 16], measure: 120s"
	before := rehearsed(t, oneServer("max-num-batched-tokens: 32768, max-model-len: 32768", mixed, load)).Targets[0]
	c := change(before, vllm.MaxNumBatchedTokens)
	after := rehearsed(t, oneServer(fmt.Sprintf("max-num-batched-tokens: %v, max-model-len: 32768", c.To), mixed, load)).Targets[0]
	at := before.Findings[0].At
	ratio := itl99(t, after, at) / itl99(t, before, at)
	t.Logf("%s: budget %v → %v: ITL p99 × %.3f, predicted %.3f (%.3f–%.3f)", at, c.From, c.To, ratio, c.Effect.Ratio, c.Effect.Lo, c.Effect.Hi)
	if ratio > 0.9 || ratio > 2*c.Effect.Hi || ratio < c.Effect.Lo/2 {
		t.Error("the advised budget does not do what was predicted")
	}
	if again := change(after, vllm.MaxNumBatchedTokens); again != nil && numeric(t, again.To) < 0.5*numeric(t, c.To) {
		t.Errorf("the advice does not come to rest: %+v", again)
	}
}

func itl99(t *testing.T, ts *analysis.TargetStudy, label string) float64 {
	t.Helper()
	for _, p := range ts.Points {
		if e := p.Metrics["itl"].At(0.99); p.Label == label && e.Known() {
			return e.Value
		}
	}
	t.Fatalf("no ITL p99 at %s", label)
	return 0
}

// Deleting the truth log changes no advice: analysis reads what a server shows, nothing else.
func TestAdviceNeedsNoTruth(t *testing.T) {
	yaml := oneServer("max-num-batched-tokens: 2048, max-num-seqs: 4", chat, "concurrency: [1, 2, 4, 8], measure: 30s")
	dir := filepath.Join(t.TempDir(), "run")
	path := filepath.Join(t.TempDir(), "s.yaml")
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	call(t, 0, "run", path, "--simulated", "--out", dir)
	with := call(t, 0, "recommend", dir, "--json")
	if _, err := os.Stat(filepath.Join(dir, "truth", "mini.jsonl")); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "truth")); err != nil {
		t.Fatal(err)
	}
	if without := call(t, 0, "recommend", dir, "--json"); without != with {
		t.Errorf("with the truth log:\n%s\nwithout:\n%s", with, without)
	}
}

// The same seed gives the same bytes of records, samples and logs, on one processor and on two.
func TestSameSeedSameBytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.yaml")
	yaml := oneServer("max-num-batched-tokens: 2048", chat, "concurrency: [1, 4], measure: 10s")
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	var digests []string
	for _, procs := range []int{1, 2, 2} {
		dir := filepath.Join(t.TempDir(), fmt.Sprint("run", len(digests)))
		withProcs(procs, func() { call(t, 0, "run", path, "--simulated", "--out", dir) })
		digests = append(digests, digest(t, dir))
	}
	if digests[0] != digests[1] || digests[1] != digests[2] {
		t.Errorf("digests differ: %v", digests)
	}
}

// The demo's own deployment: with one setting of each target changed, the advice changes as it should.
func TestDemoAdviceFollowsItsSettings(t *testing.T) {
	if testing.Short() {
		t.Skip("three sweeps")
	}
	data, _ := scenarios.Shipped("demo")
	yaml := string(data)
	for _, c := range [][2]string{
		{"concurrency: {from: 1, to: 256, factor: 2, stop: saturated}", "concurrency: [1, 2, 4, 8]\n  measure: 400s"},
		{"max-num-batched-tokens: 65536", "max-num-batched-tokens: 2048"},                             // micro
		{"max-num-batched-tokens: 65536\n", "max-num-batched-tokens: 65536\n      max-num-seqs: 2\n"}, // mini
	} {
		if !strings.Contains(yaml, c[0]) {
			t.Fatalf("the demo has no %q", c[0])
		}
		yaml = strings.Replace(yaml, c[0], c[1], 1)
	}
	s := rehearsed(t, yaml)
	micro, mini, medium := s.Targets[0], s.Targets[1], s.Targets[2]
	if c := change(micro, vllm.MaxNumBatchedTokens); c != nil {
		t.Errorf("micro at a budget of 2048: %+v", c)
	}
	if c := change(mini, vllm.MaxNumSeqs); mini.Binding != "max-num-seqs" || c == nil || numeric(t, c.To) <= 2 {
		t.Errorf("mini at max-num-seqs 2: binding %s, %+v\n%v", mini.Binding, c, mini.Findings[0].RuledOut)
	}
	if c := change(medium, vllm.MaxNumBatchedTokens); medium.Binding != "prefill-interference" || c == nil || numeric(t, c.To) >= 70000 {
		t.Errorf("medium as it was: binding %s, %+v\n%v", medium.Binding, c, medium.Findings[0].RuledOut)
	}
}

// Where the engine's memory profile refuses a setting, the refusal is said and the card's default budget is played.
func TestARefusedSettingIsTheFinding(t *testing.T) {
	sc, err := scenarios.Parse("test.yaml", []byte(`version: 1
targets: {a: {url: http://a, model: Qwen/Qwen3-8B-AWQ, card: RTX 4090, settings: {max-model-len: 32768, max-num-batched-tokens: 400000}}}
prompts: {chat: {input: {fixed: 40}, output: {fixed: 5}}}
load: {concurrency: [1], measure: 1s}
`))
	if err != nil {
		t.Fatal(err)
	}
	r, err := rehearsal.New(sc, "loadgen test", nil)
	if err != nil || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "refuses max-num-batched-tokens 400000: No available memory for the cache blocks") {
		t.Fatal(err, r.Notes)
	}
	if got, _ := r.Scenario.Targets[0].Settings.Int(vllm.MaxNumBatchedTokens); got != 2048 {
		t.Errorf("played with %d", got)
	}
	sc.Targets[0].Settings[vllm.GPUMemoryUtilization] = 0.3
	if _, err := rehearsal.New(sc, "loadgen test", nil); err == nil || !strings.Contains(err.Error(), "target a: the engine refuses these settings") {
		t.Errorf("settings that cannot start at all: %v", err)
	}
}
