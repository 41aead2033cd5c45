package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loadgen/rehearsal"
	"loadgen/scenarios"
	"loadgen/vllm"
)

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
	mixed = "chat: {weight: 9, input: {uniform: [200, 300]}, output: {uniform: [100, 160]}}, doc: {weight: 1, input: " +
		"{uniform: [9000, 12000]}, output: {uniform: [50, 80]}}"
)

// Deleting the truth log changes no advice: analysis reads what a server shows, nothing else.
func TestAdviceNeedsNoTruth(t *testing.T) {
	t.Parallel()
	yaml := oneServer("max-num-batched-tokens: 2048, max-num-seqs: 4", chat, "concurrency: [1, 2, 4, 8], measure: 30s")
	dir := filepath.Join(t.TempDir(), "run")
	path := filepath.Join(t.TempDir(), "s.yaml")
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	call(t, 0, "run", path, "--simulated", "--out", dir)
	with := call(t, 0, "recommend", dir, "--json")
	if _, err := os.Stat(filepath.Join(dir, "truth", "mini.jsonl.gz")); err != nil {
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

// Where the engine's memory profile refuses a setting, the refusal is said and the card's default budget is played.
func TestARefusedSettingIsTheFinding(t *testing.T) {
	sc, err := scenarios.Parse("test.yaml", []byte(`version: 1
targets: {a: {url: http://a, model: Qwen/Qwen3-8B-AWQ, card: RTX 4090,
  settings: {max-model-len: 32768, max-num-batched-tokens: 400000}}}
prompts: {chat: {input: {fixed: 40}, output: {fixed: 5}}}
load: {concurrency: [1], measure: 1s}
`))
	if err != nil {
		t.Fatal(err)
	}
	r, err := rehearsal.New(sc, rehearsal.Options{Tool: "loadgen test"})
	if err != nil || len(r.Notes) == 0 ||
		!strings.Contains(r.Notes[0], "refuses max-num-batched-tokens 400000: No available memory for the cache blocks") {
		t.Fatal(err, r.Notes)
	}
	if got, _ := r.Scenario.Targets[0].Settings.Int(vllm.MaxNumBatchedTokens); got != 2048 {
		t.Errorf("played with %d", got)
	}
	sc.Targets[0].Settings[vllm.GPUMemoryUtilization] = 0.3
	if _, err := rehearsal.New(sc, rehearsal.Options{Tool: "loadgen test"}); err == nil ||
		!strings.Contains(err.Error(), "target a: the engine refuses these settings") {
		t.Errorf("settings that cannot start at all: %v", err)
	}
}
