//go:build unix

package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"loadgen/results"
	"loadgen/scenarios"
)

// A fleet are processes of this program that share a load, and the simulated server that they load. `make cluster`
// alone runs its tests.
type fleet struct {
	t          *testing.T
	dir        string
	port, meet string
	of         int
	more       []string          // flags
	acked      map[string]string // files that the first client has, with their checksums
}

// newFleet has clients ask the server, which is started with these flags, as the rest of a scenario says.
func newFleet(t *testing.T, of int, model, rest string, flags ...string) *fleet {
	t.Helper()
	if os.Getenv("LOADGEN_TEST_CLUSTER") == "" {
		t.Skip("make cluster")
	}
	f := &fleet{t: t, dir: t.TempDir(), port: freePort(t), meet: freePort(t), of: of, acked: map[string]string{}}
	yaml := fmt.Sprintf("version: 1\nname: shared\ntargets: {mini: {url: \"http://127.0.0.1:%s\", model: %s}}\n%s\n",
		f.port, model, rest)
	if err := os.WriteFile(filepath.Join(f.dir, "s.yaml"), []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	server := f.start(append([]string{"simulate", "--model", model, "--port", f.port}, flags...)...)
	t.Cleanup(func() { _ = server.Process.Signal(syscall.SIGINT); _ = server.Wait() })
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", "127.0.0.1:"+f.port); err == nil {
			c.Close()
			return f
		} else if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// Answers that a small model gives at once.
const (
	smallModel   = "Qwen/Qwen3-1.7B-FP8"
	shortAnswers = "prompts: {chat: {input: {fixed: 20}, output: {fixed: 5}}}\n"
)

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// start starts the program in the fleet's directory.
func (f *fleet) start(args ...string) *exec.Cmd {
	f.t.Helper()
	c := exec.Command("loadgen", args...)
	var said bytes.Buffer
	c.Dir, c.Stdout, c.Stderr = f.dir, &said, &said
	c.Env = append(os.Environ(), "LOADGEN_RENDEZVOUS_TOKEN=open sesame")
	if err := c.Start(); err != nil {
		f.t.Fatal(err)
	}
	return c
}

// play starts all clients, each with a disk of its own.
func (f *fleet) play(flag, out string) (clients []*exec.Cmd) {
	for i := range f.of {
		at := filepath.Join(fmt.Sprint("disk", i+1), out)
		clients = append(clients, f.start(append([]string{"run", "s.yaml", "--shard", fmt.Sprintf("%d/%d", i+1, f.of),
			"--rendezvous", "http://127.0.0.1:" + f.meet, "--no-calibrate", "--max-failed", "100%", flag, at}, f.more...)...))
	}
	return clients
}

// ended waits for all; which of them ended well is told.
func ended(clients []*exec.Cmd) (errs []error) {
	errs = make([]error, len(clients))
	var all sync.WaitGroup
	for i, c := range clients {
		all.Go(func() {
			if err := c.Wait(); err != nil {
				errs[i] = fmt.Errorf("client %d: %w: %s", i+1, err, c.Stdout)
			}
		})
	}
	all.Wait()
	return errs
}

func openAll(t *testing.T, pattern string) (runs []*results.Run) {
	t.Helper()
	found, _ := filepath.Glob(pattern)
	for _, dir := range found {
		run, err := results.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, run)
	}
	return runs
}

// Two, four and eight processes send what one client plans, request by request, and their arrivals are Poisson's.
func TestProcessesKeepOneSchedule(t *testing.T) {
	const rate, window = 60, 20 * time.Second
	for _, of := range []int{2, 4, 8} {
		f := newFleet(t, of, smallModel, shortAnswers+"load: {rate: [60], measure: 20s}")
		for _, err := range ended(f.play("--out", "run")) {
			if err != nil && !strings.Contains(err.Error(), "INVALID") { // this machine may be too slow to trust
				t.Fatal(err)
			}
		}
		run := openAll(t, filepath.Join(f.dir, "disk1", "run"))[0]
		sc := run.Manifest.Parsed
		whole := sc.Plan("").Steps[0]
		mix := scenarios.NewMix(sc, whole).Salted(run.Manifest.Salt)
		due := whole.Arrival.Schedule(rate, whole.Seed, time.Hour)
		sent := map[int64]results.Record{}
		var at, planned []time.Duration
		least, most := time.Duration(math.MaxInt64), time.Duration(0)
		for _, s := range run.Steps {
			least, most = min(least, s.Meta.Began), max(most, s.Meta.Began)
			records, err := s.Records()
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range records {
				if _, twice := sent[r.ID]; twice {
					t.Fatalf("request %d was sent twice", r.ID)
				}
				sent[r.ID] = r
				if w := s.Meta.Window; r.Due >= w.Start && r.Due < w.End {
					at, planned = append(at, s.Meta.Began+r.Sent), append(planned, r.Due)
				}
			}
		}
		for k := 0; due[k] < window; k++ {
			r, ok := sent[int64(k)]
			if p := mix.Prompt(-1, k); !ok || r.Due != due[k] || r.PromptHash != p.Hash ||
				r.PlannedOutput != int32(p.MaxTokens) {
				t.Fatalf("%d clients: request %d: %v, planned at %v", of, k, r, due[k])
			}
		}
		slices.Sort(at)
		slices.Sort(planned)
		d, bound := kolmogorov(at), 1.36/math.Sqrt(float64(len(at)))
		ratio := dispersion(at) / dispersion(planned)
		t.Logf("%d clients: %d requests sent, %d in the window; starts within %v; Kolmogorov–Smirnov %.4f (5 %% bound "+
			"%.4f; of "+
			"the plan %.4f); dispersion of counts %.3f, of the plan %.3f", of, len(sent), len(at), most-least, d, bound,
			kolmogorov(planned), dispersion(at), dispersion(planned))
		if d > math.Max(bound, kolmogorov(planned)+0.01) || math.Abs(ratio-1) > 0.15 {
			t.Errorf("%d clients: the arrivals are not the schedule's", of)
		}
		f.mergedInAnyOrder()
	}
}

// Two processes search the load of a server that runs eight requests at once. Where one client finds nine in flight in
// virtual time (sweep's TestACrewFindsWhatOneClientFinds) they confirm that, or a neighbour.
func TestProcessesFindOneLoad(t *testing.T) {
	f := newFleet(t, 2, "Qwen/Qwen3-8B", `prompts: {chat: {input: {uniform: [100, 300]}, output: {uniform: [20, 60]}}}
objective: {ttft: 200ms, attainment: 90%}
load: {find: concurrency, preset: quick}`, "--max-num-seqs", "8")
	for _, err := range ended(f.play("--out", "run")) {
		if err != nil && !strings.Contains(err.Error(), "INVALID") {
			t.Fatal(err)
		}
	}
	s, err := study(filepath.Join(f.dir, "disk1", "run"))
	if err != nil {
		t.Fatal(err)
	}
	held := 0.
	for _, p := range s.Targets[0].Points {
		for _, st := range p.Steps {
			if st.Step.Confirm && p.Attainment.Value >= 0.9 {
				held = max(held, p.Level)
			}
		}
		t.Logf("%s: %.3f within the objective", p.Label, p.Attainment.Value)
	}
	if held < 8 || held > 10 {
		t.Errorf("two clients confirm %v in flight", held)
	}
}

// kolmogorov is how far gaps are from the exponential law of their mean.
func kolmogorov(at []time.Duration) (d float64) {
	var gaps []float64
	for i := range at[1:] {
		gaps = append(gaps, (at[i+1] - at[i]).Seconds())
	}
	slices.Sort(gaps)
	mean := (at[len(at)-1] - at[0]).Seconds() / float64(len(gaps))
	for i, g := range gaps {
		want := 1 - math.Exp(-g/mean)
		d = max(d, math.Abs(want-float64(i)/float64(len(gaps))), math.Abs(want-float64(i+1)/float64(len(gaps))))
	}
	return d
}

// dispersion is the variance of counts in half seconds over their mean: 1 of Poisson arrivals.
func dispersion(at []time.Duration) float64 {
	counts := make([]float64, int((at[len(at)-1]-at[0])/(500*time.Millisecond)))
	for _, t := range at {
		if k := int((t - at[0]) / (500 * time.Millisecond)); k < len(counts) {
			counts[k]++
		}
	}
	sum, squares := 0.0, 0.0
	for _, c := range counts {
		sum, squares = sum+c, squares+c*c
	}
	n := float64(len(counts))
	mean := sum / n
	return (squares/n - mean*mean) / mean * n / (n - 1)
}

// mergedInAnyOrder merges the collected parts in random orders: the bytes are the first merging's.
func (f *fleet) mergedInAnyOrder() {
	f.t.Helper()
	parts := openAll(f.t, filepath.Join(f.dir, "disk1", "run.clients", "t*"))
	want := treeOf(f.t, filepath.Join(f.dir, "disk1", "run"))
	for i := range 4 {
		rand.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		dir := filepath.Join(f.t.TempDir(), fmt.Sprint("again", i))
		if err := results.Merge(dir, parts); err != nil {
			f.t.Fatal(err)
		}
		if got := treeOf(f.t, dir); got != want {
			f.t.Errorf("merged in another order:\n%s\nnot\n%s", got, want)
		}
	}
}

// treeOf is every file of a run but what is derived of it.
func treeOf(t *testing.T, dir string) string {
	t.Helper()
	out := ""
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && d.Name() == "kept" {
			return fs.SkipDir
		}
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		out += fmt.Sprintf("%s %x\n", rel, sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Fifty times a client is killed at a random moment of a random level, the first one too. What the first client's disk
// had acknowledged stays as it was, and every request of it is in the merged run once.
func TestNoKillCostsAnAcknowledgedStep(t *testing.T) {
	f := newFleet(t, 3, smallModel, shortAnswers+"load: {concurrency: [3, 4, 5, 6], measure: 500ms}")
	f.more = []string{"--rendezvous-lost", "700ms"}
	kills, runs, lives, wholes := 0, 0, 0, 0
	for kills < 50 {
		out, flag := fmt.Sprint("run", runs), "--out"
		runs++
		f.acked = map[string]string{}
		for life := 0; ; life++ {
			lives++
			clients := f.play(flag, out)
			if kills < 50 && life < 5 {
				time.Sleep(time.Duration(rand.Int64N(int64(10 * time.Second))))
				_ = clients[rand.IntN(f.of)].Process.Kill()
			}
			errs := ended(clients)
			for _, err := range errs {
				if err != nil && strings.Contains(err.Error(), "signal: killed") { // it had not ended before
					kills++
				}
			}
			whole := !slices.ContainsFunc(errs, func(err error) bool {
				return err != nil && !strings.Contains(err.Error(), "INVALID")
			})
			flag = "--resume"
			f.checkAcked(out)
			if whole {
				wholes++
				break
			}
			if life > 13 { // eight of which nobody was killed
				t.Fatalf("it does not come to an end: %v", errs)
			}
		}
		f.checkMerged(out)
	}
	t.Logf("%d kills in %d lives of %d loads, of which %d came to their end", kills, lives, runs, wholes)
}

// checkAcked compares what the first client has with what it had.
func (f *fleet) checkAcked(out string) {
	f.t.Helper()
	found, _ := filepath.Glob(filepath.Join(f.dir, "disk1", out+".clients", "t*", "steps", "*", "*"))
	now := map[string]string{}
	for _, path := range found {
		if strings.HasPrefix(filepath.Base(filepath.Dir(path)), ".") {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			f.t.Fatal(err)
		}
		now[path] = fmt.Sprintf("%x", sha256.Sum256(data))
	}
	for path, sum := range f.acked {
		if strings.HasSuffix(path, "step.json") && strings.Contains(path, "-s1/") {
			continue // the first client's own: it is judged when a start after it recalls it
		}
		if now[path] != sum {
			f.t.Errorf("%s was %s and is %q", path, sum, now[path])
		}
	}
	f.acked = now
}

// checkMerged finds every acknowledged request in the merged run once, and every level whole.
func (f *fleet) checkMerged(out string) {
	f.t.Helper()
	count := func(runs []*results.Run) (map[string]int, int) {
		all, n := map[string]int{}, 0
		for _, run := range runs {
			for _, s := range run.Steps {
				records, err := s.Records()
				if err != nil {
					f.t.Fatal(err)
				}
				for _, r := range records {
					all[fmt.Sprint(s.Meta.Files["records.parquet"], s.Meta.Step.Shard.Index, r.ID, r.Due)]++
					n++
				}
			}
		}
		return all, n
	}
	parts, n := count(openAll(f.t, filepath.Join(f.dir, "disk1", out+".clients", "t*")))
	merged, m := count(openAll(f.t, filepath.Join(f.dir, "disk1", out)))
	if n == 0 || n != m || len(parts) != n {
		f.t.Errorf("%s: %d requests were acknowledged, %d of them different, and %d are merged", out, n, len(parts), m)
	}
	for k := range parts {
		if merged[k] != 1 {
			f.t.Errorf("%s: %s is there %d times", out, k, merged[k])
		}
	}
	printed, err := exec.Command("loadgen", "report", filepath.Join(f.dir, "disk1", out), "--json").Output()
	if err != nil {
		f.t.Fatal(err)
	}
	for _, level := range []string{"n3", "n4", "n5", "n6"} {
		if !bytes.Contains(printed, []byte(`"level": "`+level+`"`)) {
			f.t.Errorf("%s: no %s in the report", out, level)
		}
	}
}
