package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A bench writes docs/benchmarks.md: `make bench` sets BENCH_DOC and where the program is.
type bench struct {
	t       *testing.T
	program string
	runs    int
	doc     bytes.Buffer
}

// TestBenchmarks is run by `make bench` alone.
func TestBenchmarks(t *testing.T) {
	path := os.Getenv("BENCH_DOC")
	if path == "" {
		t.Skip("make bench")
	}
	runs, _ := strconv.Atoi(cmp.Or(os.Getenv("BENCH_RUNS"), "3"))
	b := &bench{t: t, program: os.Getenv("BENCH_PROGRAM"), runs: runs}
	b.machine()
	b.row("| what | wanted | seen (median of runs, each run behind it) | |\n|---|---|---|---|")
	b.streams(1000)
	b.streams(100)
	b.open()
	b.many()
	b.start()
	b.parsing()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, _, found := bytes.Cut(text, []byte("<!-- written by make bench -->\n"))
	_, tail, closed := bytes.Cut(text, []byte("<!-- until here -->\n"))
	if !found || !closed {
		t.Fatalf("%s has no place for the figures", path)
	}
	out := slices.Concat(head, []byte("<!-- written by make bench -->\n"), b.doc.Bytes(), []byte("<!-- until here -->\n"), tail)
	if err := os.WriteFile(path, out, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) row(format string, args ...any) { fmt.Fprintf(&b.doc, format+"\n", args...) }

func (b *bench) machine() {
	model, memory := "", ""
	cpu, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(cpu)) {
		if name, value, _ := strings.Cut(line, ":"); model == "" && strings.TrimSpace(name) == "model name" {
			model = strings.TrimSpace(value)
		}
	}
	info, _ := os.ReadFile("/proc/meminfo")
	if f := strings.Fields(string(info)); len(f) > 1 {
		kb, _ := strconv.Atoi(f[1])
		memory = fmt.Sprintf("%d GiB", (kb+1<<19)>>20)
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	b.row("%s: %d cores of %s, %s, Linux %s, %s. Client on one core, null server on another (taskset). Medians of %d runs; the load average stands beside.\n",
		time.Now().UTC().Format("2006-01-02"), hostCores(), model, memory, strings.TrimSpace(string(kernel)), runtime.Version(), b.runs)
}

// measure plays a case some times, each in a process of its own against a null server of its own.
func (b *bench) measure(c benchCase) []benchResult {
	b.t.Helper()
	var out []benchResult
	for range b.runs {
		address, _, stop, err := startNullServer(b.program, "--ttft", c.TTFT.String(), "--itl", c.ITL.String())
		if err != nil {
			b.t.Fatal(err)
		}
		c.Address = address
		load := loadAverage()
		text, _ := json.Marshal(c)
		result := filepath.Join(b.t.TempDir(), "result.json")
		child := exec.Command("/proc/self/exe", "-test.run=^TestBenchCase$")
		child.Env = append(os.Environ(), "BENCH_CASE="+string(text), "BENCH_RESULT="+result)
		if said, err := child.CombinedOutput(); err != nil {
			b.t.Fatalf("%v\n%s", err, said)
		}
		stop()
		data, err := os.ReadFile(result)
		var r benchResult
		if err == nil {
			err = json.Unmarshal(data, &r)
		}
		if err != nil {
			b.t.Fatal(err)
		}
		r.Load = load
		b.t.Logf("%s %d %v: load %.2f %+v", c.Client, c.Streams, c.Rate, load, r)
		out = append(out, r)
	}
	return out
}

// A figure is one quantity over the runs.
func figure(runs []benchResult, digits int, of func(benchResult) float64) (median float64, text string) {
	var v []float64
	var each []string
	for _, r := range runs {
		v = append(v, of(r))
		each = append(each, strconv.FormatFloat(of(r), 'f', digits, 64))
	}
	slices.Sort(v)
	median = v[len(v)/2]
	return median, strconv.FormatFloat(median, 'f', digits, 64) + " (" + strings.Join(each, ", ") + ")"
}

// judge writes a row whose wanted value is a bound from above, or from below where it is negative.
func (b *bench) judge(what, wanted string, runs []benchResult, bound float64, digits int, of func(benchResult) float64) {
	median, text := figure(runs, digits, of)
	word := "met"
	if bound > 0 && median > bound || bound < 0 && median < -bound {
		word = "**missed**"
	}
	if bound == 0 {
		word = ""
	}
	b.row("| %s | %s | %s | %s |", what, wanted, text, word)
}

func perChunk(r benchResult) float64 { return r.CPU / float64(r.Chunks) * 1e6 }

func load(r benchResult) float64 { return r.Load }

func (b *bench) streams(n int) {
	c := benchCase{Client: "ours", Streams: n, Tokens: 100, TTFT: 300 * time.Millisecond, ITL: 10 * time.Millisecond, For: 13 * time.Second}
	ours := b.measure(c)
	c.Client = "vegeta"
	theirs := b.measure(c)
	what := fmt.Sprintf("%d streams × 100 tok/s, ", n)
	b.judge(what+"added TTFT p50, ms, every record", "≤ 0.1", ours, 0.1, 3, func(r benchResult) float64 { return r.AddedP50 })
	b.judge(what+"added TTFT p99, ms, every record", "≤ 1", ours, 1, 3, func(r benchResult) float64 { return r.AddedP99 })
	b.judge(what+"added TTFT p50, ms, cohort", "≤ 0.1", ours, 0.1, 3, func(r benchResult) float64 { return r.CohortAddedP50 })
	b.judge(what+"added TTFT p99, ms, cohort", "≤ 1", ours, 1, 3, func(r benchResult) float64 { return r.CohortP99 })
	b.judge(what+"ITL p99 beyond the server's own, ms", "≤ 0.3", ours, 0.3, 3, func(r benchResult) float64 { return r.ITLp99 - r.ServerITLp99 })
	b.judge(what+"the server's own ITL p99, ms", "", ours, 0, 2, func(r benchResult) float64 { return r.ServerITLp99 })
	ideal := ours[0].IdealPerSecond
	b.judge(what+fmt.Sprintf("answers/s of the ideal %.1f", ideal), fmt.Sprintf("≥ %.1f", ideal*770/775.2), ours, -ideal*770/775.2, 1, func(r benchResult) float64 { return r.PerSecond })
	b.judge(what+"the same, vegeta", "", theirs, 0, 1, func(r benchResult) float64 { return r.PerSecond })
	b.judge(what+"CPU per chunk, µs, everything included", "", ours, 0, 2, perChunk)
	b.judge(what+"the same, vegeta (reads whole answers, parses nothing)", "", theirs, 0, 2, perChunk)
	bound := 0.0
	if n == 1000 {
		bound = 146
	}
	b.judge(what+"peak RSS, MB, records of the whole step included", "≤ 146 at 1000", ours, bound, 0, func(r benchResult) float64 { return r.RSS })
	b.judge(what+"RSS at the end − RSS after a third, MB", "the records alone", ours, 0, 1, func(r benchResult) float64 { return r.MemoryEnd - r.MemoryStart })
	b.judge(what+"load average before", "", ours, 0, 2, load)
	b.judge(what+"failed", "0", ours, 0.5, 0, func(r benchResult) float64 { return float64(r.Failed) })
}

func (b *bench) open() {
	c := benchCase{Client: "ours", Rate: 2000, Tokens: 2, TTFT: 5 * time.Millisecond, ITL: 5 * time.Millisecond, For: 8 * time.Second}
	ours := b.measure(c)
	c.Client = "vegeta"
	theirs := b.measure(c)
	b.judge("open loop, 2000 req/s of 2 tokens: sent/s", "≥ 1990", ours, -1990, 1, func(r benchResult) float64 { return r.PerSecond })
	b.judge("the same, lag p99, ms", "≤ 5", ours, 5, 3, func(r benchResult) float64 { return r.LagP99 })
	b.judge("the same, load average before", "", ours, 0, 2, load)
	b.judge("the same, vegeta: sent/s", "", theirs, 0, 1, func(r benchResult) float64 { return r.PerSecond })
	b.judge("the same, vegeta: lag p99, ms", "ours no worse", theirs, 0, 3, func(r benchResult) float64 { return r.LagP99 })
}

// many opens ten thousand streams that say little.
func (b *bench) many() {
	c := benchCase{Client: "ours", Streams: 10000, Tokens: 5, TTFT: 2 * time.Second, ITL: 2 * time.Second, For: 14 * time.Second}
	runs := b.measure(c)
	b.judge("10 000 open streams, peak RSS, MB", "≤ 400", runs, 400, 0, func(r benchResult) float64 { return r.RSS })
	b.judge("10 000 open streams, failed", "0", runs, 0.5, 0, func(r benchResult) float64 { return float64(r.Failed) })
}

// start is the time from starting `run` to its first generation at the server, with a fresh calibration.
func (b *bench) start() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.t.Fatal(err)
	}
	asked := make(chan time.Time, 100)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			asked <- time.Now()
		}
		_, _ = w.Write([]byte(`{"data":[{"id":"m"}]}`))
	})}
	go func() { _ = server.Serve(l) }()
	defer server.Close()
	dir := b.t.TempDir()
	yaml := "version: 1\ntargets: {mini: {url: \"http://" + l.Addr().String() + "\", model: m}}\nprompts: {a: {text: x, output: {max: 2}}}\nload: {each: 1}\n"
	if err := os.WriteFile(filepath.Join(dir, "s.yaml"), []byte(yaml), 0o600); err != nil {
		b.t.Fatal(err)
	}
	var runs []benchResult
	for range b.runs {
		began := time.Now()
		_, _ = exec.Command(b.program, "run", filepath.Join(dir, "s.yaml"), "--no-calibrate", "--out", filepath.Join(dir, "run")).CombinedOutput()
		runs = append(runs, benchResult{LagP99: (<-asked).Sub(began).Seconds()})
	}
	b.judge("start of `run` to its first generation at the server, s", "≤ 0.1", runs, 0.1, 3, func(r benchResult) float64 { return r.LagP99 })
}

var metric = regexp.MustCompile(`(?m)^Benchmark(\S+)\s.*?([\d.]+) (Mchunks/s|Mtokens/s)`)

// parsing runs the Go benchmarks of what has no socket.
func (b *bench) parsing() {
	said, err := exec.Command("go", "test", "-run", "^$", "-bench", "^(BenchmarkReader|BenchmarkTake|BenchmarkEngine)$", "-count", strconv.Itoa(b.runs), "../../generator/...").CombinedOutput()
	if err != nil {
		b.t.Fatalf("%v\n%s", err, said)
	}
	b.t.Logf("%s", said)
	seen := map[string][]benchResult{}
	var names []string
	for _, m := range metric.FindAllStringSubmatch(string(said), -1) {
		v, _ := strconv.ParseFloat(m[2], 64)
		name := m[1] + ", " + m[3]
		if seen[name] == nil {
			names = append(names, name)
		}
		seen[name] = append(seen[name], benchResult{LagP99: v})
	}
	for _, name := range names {
		wanted, bound := "≥ 1", -1.0
		if strings.HasPrefix(name, "Take/chunks_in_a_read=16") {
			wanted, bound = "≥ 0.6; ≥ 1 for vLLM's own chunks", -1
		}
		b.judge("no socket, one core: "+name, wanted, seen[name], bound, 2, func(r benchResult) float64 { return r.LagP99 })
	}
}
