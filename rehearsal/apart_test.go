package rehearsal

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/sweep"
)

// apartScenario has four targets, of which b and d share a server. Steps of one lie between those of others.
const apartScenario = `
version: 1
targets:
  a: {url: "http://localhost:5001", model: Qwen/Qwen3-8B, card: H100}
  b: {url: "http://localhost:5002", model: Qwen/Qwen3-4B, card: H100}
  c: {url: "http://localhost:5003", model: Qwen/Qwen3-8B, card: L40S}
  d: {url: "http://localhost:5002", model: Qwen/Qwen3-4B, card: H100}
prompts:
  chat: {input: {uniform: [20, 300]}, output: {uniform: [5, 40]}}
load: {concurrency: [1, 6], measure: 5s, repeat: 2}
`

// A step is byte for byte the same whether its target has a virtual time of its own or shares one with all, on one core
// and on two.
func TestApartIsTheSame(t *testing.T) {
	sc, err := scenarios.Parse("apart.yaml", []byte(apartScenario))
	if err != nil {
		t.Fatal(err)
	}
	plan := sc.Plan("")
	want := filepath.Join(t.TempDir(), "one")
	one, err := Together(sc, plan, Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := sweep.NewPlayer(one[0].Env, one[0].Scenario, plan)
	var played error
	err = one[0].Clock.Run("run", func() { played = p.Play(t.Context(), want, []byte(apartScenario), results.Manifest{}) })
	if err != nil || played != nil {
		t.Fatal(err, played)
	}
	for _, cores := range []int{1, 2} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		got := filepath.Join(t.TempDir(), "apart")
		playApart(t, sc, plan, got)
		sameRequests(t, want, got)
	}
}

func playApart(t *testing.T, sc *scenarios.Scenario, plan scenarios.Plan, dir string) {
	t.Helper()
	worlds, err := Apart(sc, plan, Options{})
	if err != nil || len(worlds) != 3 {
		t.Fatal(len(worlds), err)
	}
	var lanes sweep.Lanes
	for _, r := range worlds {
		lanes = append(lanes, sweep.NewPlayer(r.Env, r.Scenario, plan.Of(r.Has)))
	}
	if err := lanes.Play(t.Context(), plan, dir, []byte(apartScenario), results.Manifest{}); err != nil {
		t.Fatal(err)
	}
}

// sameRequests compares two runs' records and logs byte for byte, and what their manifests say of servers.
func sameRequests(t *testing.T, want, got string) {
	t.Helper()
	a, err1 := results.Open(want)
	b, err2 := results.Open(got)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	m := b.Manifest
	if len(a.Steps) != 16 || len(b.Steps) != 16 || len(m.Before) != 4 || len(m.After) != 4 || len(b.Warnings) > 0 {
		t.Errorf("%d and %d steps, %d and %d servers before and after: %v",
			len(a.Steps), len(b.Steps), len(m.Before), len(m.After), b.Warnings)
	}
	files, _ := filepath.Glob(filepath.Join(want, "steps", "*", "*"))
	for _, name := range files {
		if base := filepath.Base(name); base != "records.parquet" && !strings.HasSuffix(base, ".hlog") {
			continue
		}
		x, err1 := os.ReadFile(name)
		y, err2 := os.ReadFile(filepath.Join(got, strings.TrimPrefix(name, want)))
		if err1 != nil || err2 != nil || !bytes.Equal(x, y) {
			t.Errorf("%s differs: %v %v", name, err1, err2)
		}
	}
}

// A plan that must fit a time, and targets that are loaded together, have one time.
func TestWhoPlaysTogether(t *testing.T) {
	beside := strings.NewReplacer("5001\"", "5001\", together: true", "5003\"", "5003\", together: true").
		Replace(apartScenario)
	for text, want := range map[string]int{
		apartScenario:                       3,
		"within: 20m\n" + apartScenario[1:]: 1,
		beside:                              2,
	} {
		sc, err := scenarios.Parse("apart.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		got, err := groups(sc, sc.Plan(""))
		if err != nil || len(got) != want || len(slices.Concat(got...)) != 4 {
			t.Errorf("%v, want %d groups of all", got, want)
		}
	}
}
