package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"loadgen/results"
	"loadgen/scenarios"
)

// A cost is what a command took.
type cost struct{ wall, cpu, rss float64 } // s, s, MB

// A costed is a command whose cost is told; wanted and wantedRSS are ratios to the other program's.
type costed struct {
	name              string
	wanted, wantedRSS string
	prepare           func(run string) // before each time
	args              func(run string) []string
}

// unread forgets what was kept of a run.
func unread(run string) { _ = os.RemoveAll(filepath.Join(run, "kept")) }

func asItIs(string) {}

func command(args ...string) func(string) []string {
	return func(run string) []string {
		out := slices.Clone(args)
		for i, a := range out {
			out[i] = strings.ReplaceAll(a, "RUN", run)
		}
		return out
	}
}

var costs = []costed{
	{"`report --json` for the first time", "0.2", "0.2", unread, command("report", "--json", "RUN")},
	{"again", "0.04", "", asItIs, command("report", "--json", "RUN")},
	{"`recommend` after it", "0.04", "", asItIs, command("recommend", "RUN")},
	{"`compare` of two, neither read before", "", "", func(run string) { unread(run); unread(run + "-2") },
		command("compare", "--json", "RUN", "RUN-2")},
	{"`compare` of two, both read before", "0.04", "", asItIs, command("compare", "--json", "RUN", "RUN-2")},
	{"`export --format vllm`", "", "0.1", asItIs, command("export", "RUN", "--format", "vllm")},
	{"`run --simulated` of the demo scenario", "0.3", "0.6", func(run string) { _ = os.RemoveAll(run + "-demo") },
		command("run", "demo", "--simulated", "--yes", "--out", "RUN-demo")},
}

// TestBenchAnalysis is run by `make bench-analysis` alone. BASE is another program and BASE_RUN a run of as many
// requests that it can read, where the two formats differ; they take turns.
func TestBenchAnalysis(t *testing.T) {
	path := os.Getenv("BENCH_DOC")
	if path == "" || os.Getenv("BENCH_ANALYSIS") == "" {
		t.Skip("make bench-analysis")
	}
	requests, err := strconv.Atoi(os.Getenv("BENCH_ANALYSIS"))
	if err != nil {
		t.Fatal(err)
	}
	runs, _ := strconv.Atoi(cmp.Or(os.Getenv("BENCH_RUNS"), "3"))
	b := &bench{t: t, program: os.Getenv("BENCH_PROGRAM"), runs: runs}
	if run := os.Getenv("BENCH_WRITE"); run != "" {
		b.written(run, requests)
		return
	}
	run := filepath.Join(t.TempDir(), "run")
	// By a process of its own: Linux begins a child's peak memory at its parent's.
	writer := exec.Command(os.Args[0], "-test.run=^TestBenchAnalysis$")
	writer.Env = append(os.Environ(), "BENCH_WRITE="+run)
	if said, err := writer.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	base := os.Getenv("BASE")
	baseRun := cmp.Or(os.Getenv("BASE_RUN"), run)
	b.analysed(base, baseRun, run, requests)
	writeBetween(t, path, "make bench-analysis", b.doc.Bytes())
}

// written makes a run, twice, as the soak does.
func (b *bench) written(run string, requests int) {
	sc := &scenarios.Scenario{Version: 1, Name: "soak",
		Targets:   []scenarios.Target{{Name: "soak", Model: "null", API: "chat"}},
		Prompts:   []scenarios.PromptClass{{Name: "chat", Weight: 1}},
		Objective: scenarios.Objective{TTFT: time.Second, ITL: 50 * time.Millisecond}}
	for _, dir := range []string{run, run + "-2"} {
		w, err := results.Create(dir, results.Manifest{Simulated: true, Scenario: sc.Name, Parsed: sc}, nil)
		if err != nil {
			b.t.Fatal(err)
		}
		for k := range (requests + soakStep - 1) / soakStep {
			soakLevel(b.t, w, k, min(soakStep, requests-k*soakStep))
		}
		w.Close()
	}
}

// analysed tells the costs of the commands, of the other program first where there is one.
func (b *bench) analysed(base, baseRun, run string, requests int) {
	b.row("%s, runs of each: %d, wall s / CPU s / peak RSS MB; a run of %d requests of %d tokens.\n",
		time.Now().UTC().Format("2006-01-02"), b.runs, requests, soakTokens)
	b.row("| | before | now | time, wanted | RSS, wanted | load |\n|---|---|---|--:|--:|--:|")
	for _, c := range costs {
		var before, now []cost
		for range b.runs {
			if base != "" {
				before = append(before, b.costOf(base, c, baseRun))
			}
			now = append(now, b.costOf(b.program, c, run))
		}
		b.row("| %s | %s | %s | %s | %s | %s |", c.name, costsText(before), costsText(now),
			ratio(before, now, c.wanted, func(c cost) float64 { return c.wall }),
			ratio(before, now, c.wantedRSS, func(c cost) float64 { return c.rss }), loadNow())
	}
}

// costOf runs a command once.
func (b *bench) costOf(program string, c costed, run string) cost {
	c.prepare(run)
	child := exec.Command(program, c.args(run)...)
	child.Stdout = io.Discard
	begun := time.Now()
	err := child.Run() // compare exits 5 where nothing can be told
	if child.ProcessState == nil {
		b.t.Fatal(err)
	}
	used, _ := child.ProcessState.SysUsage().(*syscall.Rusage)
	out := cost{time.Since(begun).Seconds(), child.ProcessState.UserTime().Seconds() +
		child.ProcessState.SystemTime().Seconds(), float64(used.Maxrss) / 1024}
	b.t.Logf("%s %v: exit %d, %+v", program, c.args(run), child.ProcessState.ExitCode(), out)
	return out
}

func costsText(costs []cost) string {
	var out []string
	for _, c := range costs {
		out = append(out, fmt.Sprintf("%.2f / %.2f / %.0f", c.wall, c.cpu, c.rss))
	}
	return strings.Join(out, ", ")
}

// ratio is the median of now over that of before.
func ratio(before, now []cost, wanted string, of func(cost) float64) string {
	if len(before) == 0 {
		return wanted
	}
	return fmt.Sprintf("%.3f × (%s)", middle(now, of)/middle(before, of), cmp.Or(wanted, "–"))
}

func middle(costs []cost, of func(cost) float64) float64 {
	var v []float64
	for _, c := range costs {
		v = append(v, of(c))
	}
	slices.Sort(v)
	return v[len(v)/2]
}

func loadNow() string {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

// writeBetween puts figures into a document, in the place that a target of the Makefile writes.
func writeBetween(t *testing.T, path, by string, figures []byte) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := []byte("<!-- written by "+by+" -->\n"), []byte("<!-- until here -->\n")
	head, rest, found := bytes.Cut(text, begin)
	_, tail, closed := bytes.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no place for the figures", path)
	}
	if err := os.WriteFile(path, slices.Concat(head, begin, figures, end, tail), 0o600); err != nil {
		t.Fatal(err)
	}
}
