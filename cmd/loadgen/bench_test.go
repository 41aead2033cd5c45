package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
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

	"loadgen/calibration"
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
	runs, _ := strconv.Atoi(cmp.Or(os.Getenv("BENCH_RUNS"), "5"))
	b := &bench{t: t, program: os.Getenv("BENCH_PROGRAM"), runs: runs}
	b.machine()
	b.streams(1000)
	b.streams(100)
	b.open()
	b.many()
	b.start()
	b.parsing()
	writeBetween(t, path, "make bench", b.doc.Bytes())
}

// table begins a table of its own.
func (b *bench) table(title, setting string) {
	b.row("\n**%s.** %s\n\n| | wanted | median | every run | |\n|---|--:|--:|---|---|", title, setting)
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
	b.row("%s: %d cores of %s, %s, Linux %s, %s. The client on one core, the server on another (taskset). Medians of %d "+
		"runs, each in processes of its own.",
		time.Now().UTC().Format("2006-01-02"), calibration.ThisHost().Cores, model, memory, strings.TrimSpace(string(kernel)),
		runtime.Version(), b.runs)
}

// measure plays a case some times, each in a process of its own against a null server of its own.
func (b *bench) measure(c benchCase) []benchResult {
	b.t.Helper()
	var out []benchResult
	for range b.runs {
		address, _, stop, err := calibration.ThisHost().StartNullServer(b.program, "--ttft", c.TTFT.String(), "--itl",
			c.ITL.String())
		if err != nil {
			b.t.Fatal(err)
		}
		c.Address = address
		load := calibration.ThisHost().Load
		text, _ := json.Marshal(c)
		result := filepath.Join(b.t.TempDir(), "result.json")
		self, err := os.Executable()
		if err != nil {
			b.t.Fatal(err)
		}
		// such as flock on a machine that others use
		line := append(strings.Fields(os.Getenv("BENCH_TURN")), self, "-test.run=^TestBenchCase$")
		child := exec.Command(line[0], line[1:]...)
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

// figure is one quantity over the runs.
func figure(runs []benchResult, digits int, of func(benchResult) float64) (median float64, text, each string) {
	var v []float64
	var texts []string
	for _, r := range runs {
		x := math.Round(of(r)*math.Pow10(digits))/math.Pow10(digits) + 0 // no -0
		v = append(v, x)
		texts = append(texts, strconv.FormatFloat(x, 'f', digits, 64))
	}
	slices.Sort(v)
	median = v[len(v)/2]
	return median, strconv.FormatFloat(median, 'f', digits, 64), strings.Join(texts, ", ")
}

// judge writes a row whose wanted value is a bound from above, or from below where it is negative; 0: there is none.
func (b *bench) judge(what string, runs []benchResult, bound float64, digits int, of func(benchResult) float64) {
	median, text, each := figure(runs, digits, of)
	word, wanted := "met", "≤ "+strconv.FormatFloat(bound, 'f', -1, 64)
	if bound < 0 {
		wanted = "≥ " + strconv.FormatFloat(-bound, 'f', -1, 64)
	}
	if bound > 0 && median > bound || bound < 0 && median < -bound {
		word = "**missed**"
	}
	if bound == 0 {
		word, wanted = "", ""
	}
	b.row("| %s | %s | %s | %s | %s |", what, wanted, text, each, word)
}

// none writes a row of what must not happen in any run.
func (b *bench) none(what string, runs []benchResult, of func(benchResult) int) {
	worst := 0
	for _, r := range runs {
		worst = max(worst, of(r))
	}
	word := map[bool]string{true: "met", false: "**missed**"}[worst == 0]
	b.row("| %s, in the worst run | 0 | %d | | %s |", what, worst, word)
}

func perChunk(r benchResult) float64 { return r.CPU / float64(r.Chunks) * 1e6 }

func load(r benchResult) float64 { return r.Load }

func (b *bench) streams(n int) {
	c := benchCase{Client: "ours", Streams: n, Tokens: 100, TTFT: 300 * time.Millisecond, ITL: 10 * time.Millisecond,
		For: 10 * time.Second}
	ours := b.measure(c)
	c.Client = "vegeta"
	theirs := b.measure(c)
	ideal, rss := ours[0].IdealPerSecond, 0.0
	if n == 1000 {
		rss = 146
	}
	b.table(fmt.Sprintf("%d streams", n), fmt.Sprintf("Closed loop for %.0f s; every answer has its first token after "+
		"300 ms, then one every 10 ms, 100 in all.", c.For.Seconds()))
	b.judge("TTFT beyond the server's own, p50, ms, every request", ours, 0.1, 3, func(r benchResult) float64 {
		return r.AddedP50
	})
	b.judge("the same, p99", ours, 1, 3, func(r benchResult) float64 { return r.AddedP99 })
	b.judge("the same, p50, of requests sent when all streams ran", ours, 0.1, 3, func(r benchResult) float64 {
		return r.CohortAddedP50
	})
	b.judge("the same, p99", ours, 1, 3, func(r benchResult) float64 { return r.CohortP99 })
	b.judge("ITL p99 − the server's own ITL p99, ms", ours, 0.3, 3, func(r benchResult) float64 {
		return r.ITLp99 - r.ServerITLp99
	})
	b.judge("the server's own ITL p99, ms", ours, 0, 2, func(r benchResult) float64 { return r.ServerITLp99 })
	b.judge(fmt.Sprintf("answers/s while all streams ran; %.1f is ideal", ideal), ours, -math.Round(ideal*7700/775.2)/10,
		1, func(r benchResult) float64 { return r.PerSecond })
	b.judge("vegeta's", theirs, 0, 1, func(r benchResult) float64 { return r.PerSecond })
	b.judge("CPU of the whole process for each token, µs", ours, 0, 2, perChunk)
	b.judge("vegeta's, which reads whole answers and parses nothing", theirs, 0, 2, perChunk)
	b.judge("peak resident memory, MB, with all records kept in it", ours, rss, 0, func(r benchResult) float64 {
		return r.RSS
	})
	b.none("failed requests", ours, func(r benchResult) int { return r.Failed })
	b.judge("load average of the machine before", ours, 0, 2, load)
}

func (b *bench) open() {
	c := benchCase{Client: "ours", Rate: 2000, Tokens: 2, TTFT: 5 * time.Millisecond, ITL: 5 * time.Millisecond,
		For: 6 * time.Second}
	ours := b.measure(c)
	c.Client = "vegeta"
	theirs := b.measure(c)
	b.table("Open loop", "2000 requests/s at a constant rate, two tokens each, 10 ms an answer. Lag: sent − due.")
	b.judge("sent/s", ours, -1990, 1, func(r benchResult) float64 { return r.PerSecond })
	b.judge("vegeta's", theirs, 0, 1, func(r benchResult) float64 { return r.PerSecond })
	b.judge("lag p99, ms", ours, 5, 3, func(r benchResult) float64 { return r.LagP99 })
	b.judge("vegeta's; ours is to be no worse", theirs, 0, 3, func(r benchResult) float64 { return r.LagP99 })
	b.judge("load average of the machine before", ours, 0, 2, load)
}

// many opens ten thousand streams that say little.
func (b *bench) many() {
	c := benchCase{Client: "ours", Streams: 10000, Tokens: 3, TTFT: 2 * time.Second, ITL: time.Second,
		For: 5 * time.Second}
	runs := b.measure(c)
	b.table("10 000 streams", "All open at once; three tokens each, one a second.")
	b.judge("peak resident memory, MB", runs, 400, 0, func(r benchResult) float64 { return r.RSS })
	b.none("failed requests", runs, func(r benchResult) int { return r.Failed })
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
	yaml := "version: 1\ntargets: {mini: {url: \"http://" + l.Addr().String() +
		"\", model: m}}\nprompts: {a: {text: x, output: {max: 2}}}\nload: {each: 1}\n"
	if err := os.WriteFile(filepath.Join(dir, "s.yaml"), []byte(yaml), 0o600); err != nil {
		b.t.Fatal(err)
	}
	var runs []benchResult
	for range b.runs {
		began := time.Now()
		_, _ = exec.Command(b.program, "run", filepath.Join(dir, "s.yaml"), "--no-calibrate", "--out",
			filepath.Join(dir, "run")).CombinedOutput()
		runs = append(runs, benchResult{LagP99: (<-asked).Sub(began).Seconds()})
	}
	b.table("Start", "With a fresh calibration.")
	b.judge("from starting `loadgen run` to its first generation at the server, s", runs, 0.1, 3,
		func(r benchResult) float64 { return r.LagP99 })
}

var metric = regexp.MustCompile(`(?m)^Benchmark(\S+)\s.*?([\d.]+) M(?:chunks|tokens)/s`)

// parsing runs the Go benchmarks of what has no socket.
func (b *bench) parsing() {
	said, err := exec.Command("go", "test", "-run", "^$", "-bench", "^(BenchmarkReader|BenchmarkTake|BenchmarkEngine)$",
		"-count", strconv.Itoa(b.runs), "../../generator/...").CombinedOutput()
	if err != nil {
		b.t.Fatalf("%v\n%s", err, said)
	}
	b.t.Logf("%s", said)
	seen := map[string][]benchResult{}
	var names []string
	for _, m := range metric.FindAllStringSubmatch(string(said), -1) {
		v, _ := strconv.ParseFloat(m[2], 64)
		name := m[1]
		if seen[name] == nil {
			names = append(names, name)
		}
		seen[name] = append(seen[name], benchResult{LagP99: v})
	}
	b.table("Without a socket", "One core; what parsing, stamping and recording can do behind the read, and all in "+
		"virtual time.")
	for _, name := range names {
		b.judge(parsed[name], seen[name], -1, 2, func(r benchResult) float64 { return r.LagP99 })
	}
}

// parsed says what the Go benchmarks measure.
var parsed = map[string]string{
	"Take/chunks_in_a_read=1":  "parse, stamp and record, each token a read, million tokens/s",
	"Take/chunks_in_a_read=16": "the same, 16 tokens in a read",
	"Reader":                   "parsing alone, of an answer as vLLM sends it",
	"Engine":                   "client, recorder and simulated engine in virtual time",
}
