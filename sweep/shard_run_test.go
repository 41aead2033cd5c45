package sweep_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loadgen/analysis"
	"loadgen/clock"
	"loadgen/clock/memnet"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/simulator"
	"loadgen/sweep"
)

// sharded plays a scenario as so many clients do, side by side against one server in one world, each by itself or as a
// crew, and merges their runs.
func sharded(t *testing.T, yaml string, clients int, asCrew bool,
	serve func(clock.Clock) func(*memnet.Peer)) *results.Run {
	t.Helper()
	run, err := seated(t, yaml, clients, asCrew, results.ServerClock{N: 1, Half: 1}, serve)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// seated is sharded where every client but the first knows the first one's clock so well, and what became of them.
func seated(t *testing.T, yaml string, clients int, asCrew bool, first results.ServerClock,
	serve func(clock.Clock) func(*memnet.Peer)) (*results.Run, error) {
	t.Helper()
	sc, err := scenarios.Parse("test.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	clk := clock.NewVirtual()
	network := memnet.New(clk)
	network.Listen("mini:80", serve(clk))
	root := t.TempDir()
	rendezvous := &table{clk: clk, root: root, of: clients, first: first, matters: map[string]*matter{},
		tallies: map[string][]sweep.Tally{}}
	played := make([]error, clients)
	part := func(i int) {
		env := &sweep.Env{Clock: clk, Simulated: true, Tool: "test", Dial: network.Dial}
		if asCrew {
			env.Crew = &seat{table: rendezvous, i: i, said: map[string]int{}}
		}
		plan, err := sc.Plan(""), error(nil)
		if clients > 1 {
			plan, err = plan.Shard(scenarios.Shard{Index: i + 1, Of: clients})
		}
		if err != nil {
			played[i] = err
			return
		}
		played[i] = sweep.NewPlayer(env, sc, plan).Play(context.Background(), filepath.Join(root, fmt.Sprint(i)),
			[]byte(yaml), results.Manifest{Host: results.HostInfo{Name: fmt.Sprint("host", i)}})
	}
	err = clk.Run("test", func() {
		all := clock.NewGroup(clk, "clients")
		for i := range clients {
			all.Go(fmt.Sprint("client ", i), func() { part(i) })
		}
		_ = all.Wait(context.Background())
	})
	if err = errors.Join(err, errors.Join(played...)); err != nil {
		return nil, err
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
	return results.Open(dir)
}

// A table is a rendezvous in virtual time: only one of its clients runs at a moment.
type table struct {
	clk     clock.Clock
	root    string
	of      int
	first   results.ServerClock // as the others know it
	matters map[string]*matter
	tallies map[string][]sweep.Tally
}

type matter struct {
	said    [][]byte
	n       int
	word    []byte
	err     error
	decided bool
	waiting []clock.Signal
}

// A seat is one client's place at a table.
type seat struct {
	*table
	i    int
	said map[string]int
}

func (s *seat) Agree(ctx context.Context, name string, mine []byte, decide func([][]byte) ([]byte, error)) ([]byte,
	error) {
	s.said[name]++
	name = fmt.Sprint(name, " ", s.said[name])
	m := s.matters[name]
	if m == nil {
		m = &matter{said: make([][]byte, s.of)}
		s.matters[name] = m
	}
	m.said[s.i] = mine
	m.n++
	wake := s.clk.NewSignal(name)
	m.waiting = append(m.waiting, wake)
	if m.n == s.of {
		m.wakeAll()
	}
	for !m.decided {
		if s.i == 0 && m.n == s.of {
			m.word, m.err = decide(m.said)
			m.decided = true
			m.wakeAll()
		} else if err := wake.Wait(ctx, clock.Never); err != nil {
			return nil, err
		}
	}
	return m.word, m.err
}

func (m *matter) wakeAll() {
	for _, w := range m.waiting {
		w.Set()
	}
}

func (s *seat) Sum(step string, mine sweep.Tally) (sum sweep.Tally) {
	all := s.tallies[step]
	if all == nil {
		all = make([]sweep.Tally, s.of)
		s.tallies[step] = all
	}
	all[s.i] = mine
	for _, t := range all {
		sum = sum.And(t)
	}
	return sum
}

func (s *seat) Clock(context.Context) results.ServerClock {
	if s.i == 0 {
		return results.ServerClock{N: 1}
	}
	return s.first
}

func (s *seat) Deliver(context.Context, string, *results.Step) error { return nil }

func (s *seat) Parts(st scenarios.Step) (parts []*results.Step, err error) {
	for i := range s.of {
		st.Shard.Index = i + 1
		step, err := results.OpenStep(results.StepDir(filepath.Join(s.root, fmt.Sprint(i)), st.Directory()))
		if err != nil {
			return nil, err
		}
		parts = append(parts, step)
	}
	return parts, nil
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

// Of a schedule any number of clients sends exactly what one would: every request at its time, with its prompt, under
// its number, once.
func TestClientsKeepOneSchedule(t *testing.T) {
	yaml := scenario("rate: [20], measure: 30s")
	alone, err := play(t, yaml, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := byID(t, alone.Steps, 30*time.Second)
	for _, c := range []struct {
		clients int
		crew    bool
	}{{2, false}, {2, true}, {4, true}, {8, true}} {
		all := sharded(t, yaml, c.clients, c.crew, scripted)
		if got := byID(t, all.Steps, 30*time.Second); len(want) < 500 || fmt.Sprint(want) != fmt.Sprint(got) {
			t.Errorf("%d requests of one client, %d of %+v, and they differ", len(want), len(got), c)
		}
	}
}

// seqs8 is a simulated server that runs eight requests at once.
func seqs8(t *testing.T) func(clk clock.Clock) func(*memnet.Peer) {
	return func(clk clock.Clock) func(*memnet.Peer) {
		srv, err := simulator.New(clk, simulator.Options{Model: "Qwen/Qwen3-8B", Flags: map[string]any{"max-num-seqs": 8}})
		if err != nil {
			t.Fatal(err)
		}
		return srv.Accept
	}
}

// Nobody gives the windows' length here: the clients of a crew find it together, hand their loads over without
// draining, and stop, or find the load, where one client does.
func TestACrewFindsWhatOneClientFinds(t *testing.T) {
	for load, clients := range map[string]int{
		"concurrency: {from: 4, to: 32, factor: 2, stop: saturated}": 2,
		"rate: {from: 4, to: 32, factor: 2, stop: objective}":        3,
		"find: concurrency": 2,
	} {
		yaml := `version: 1
targets: {mini: {url: "http://mini:80", model: Qwen/Qwen3-8B}}
prompts: {chat: {input: {uniform: [100, 300]}, output: {uniform: [20, 60]}}}
objective: {ttft: 200ms, attainment: 90%}
load: {` + load + `, preset: quick}
`
		one := points(t, sharded(t, yaml, 1, false, seqs8(t)))
		crew := points(t, sharded(t, yaml, clients, true, seqs8(t)))
		if load == "find: concurrency" {
			if a, b := kept(one), kept(crew); a != 9 || b != 9 {
				t.Errorf("%s: one client confirms %v requests in flight, %d %v", load, a, clients, b)
			}
			continue
		}
		if len(one) < 3 || len(one) != len(crew) {
			t.Errorf("%s: one client plays %d levels, %d %d", load, len(one), clients, len(crew))
			continue
		}
		for i, a := range one {
			b := crew[i]
			if r := b.OutputRate.Value / a.OutputRate.Value; a.Label != b.Label || math.Abs(r-1) > 0.02 ||
				math.Abs(a.Attainment.Value-b.Attainment.Value) > 0.03 || a.Window != b.Window || !b.Trusted() ||
				len(b.Steps[0].Verdict.Reasons) > len(a.Steps[0].Verdict.Reasons)+1 {
				t.Errorf("%s: %s and %s: %v and %v tokens/s, %v and %v within, %v and %v, %+v", load, a.Label, b.Label,
					a.OutputRate,
					b.OutputRate, a.Attainment, b.Attainment, a.Window, b.Window, b.Steps[0].Verdict)
			}
		}
	}
}

// A search behind a ladder begins between the ladder's levels, whether one client plays it or two.
func TestASearchFollowsItsLadder(t *testing.T) {
	yaml := `version: 1
targets: {mini: {url: "http://mini:80", model: Qwen/Qwen3-8B}}
prompts: {chat: {input: {uniform: [100, 300]}, output: {uniform: [20, 60]}}}
objective: {ttft: 200ms, attainment: 90%}
load:
  - {name: sweep, concurrency: [1, 4, 16], preset: quick}
  - {name: limit, find: concurrency, preset: quick}
`
	for _, clients := range []int{1, 2} {
		if clients == 2 { // each has a slot
			yaml = strings.Replace(yaml, "[1, 4", "[2, 4", 1)
		}
		all := points(t, sharded(t, yaml, clients, clients > 1, seqs8(t)))
		if got := kept(all); got != 9 {
			t.Errorf("%d clients confirm %v requests in flight", clients, got)
		}
		for _, p := range all {
			if p.Steps[0].Step.Try > 0 && (p.Level < 4 || p.Level > 16) {
				t.Errorf("%d clients: the search plays %s", clients, p.Label)
			}
		}
	}
}

// At 20 requests/s one comes every 50 ms: clients whose clocks are in doubt by more than half of that cannot keep the
// schedule, while a closed loop has none to keep.
func TestCoarseClocksAreRefused(t *testing.T) {
	const open, closed = "rate: [20], measure: 5s", "concurrency: [4], measure: 5s"
	for _, c := range []struct {
		load  string
		first results.ServerClock
		says  string
	}{
		{open, results.ServerClock{N: 1, Half: 24 * time.Millisecond}, ""},
		{open, results.ServerClock{N: 1, Half: 26 * time.Millisecond}, "within ± 26ms, and at 20 requests/s one comes " +
			"every 50ms"},
		{closed, results.ServerClock{N: 1, Half: 26 * time.Millisecond}, ""},
		{closed, results.ServerClock{}, "neither the target nor the first client tells its time"},
	} {
		_, err := seated(t, scenario(c.load), 2, true, c.first, scripted)
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s, %+v: %v, want %q", c.load, c.first, err, c.says)
		}
	}
}

// kept is the highest load that a step of its own confirms.
func kept(points []*analysis.Point) (load float64) {
	for _, p := range points {
		if p.Steps[0].Step.Confirm && p.Attainment.Value >= 0.9 {
			load = math.Max(load, p.Level)
		}
	}
	return load
}

// A closed loop of seven shared by two clients, four and three, is analysed as one of seven.
func TestTwoClientsMakeOneLevel(t *testing.T) {
	yaml := scenario("concurrency: [2, 7], measure: 60s, repeat: 2")
	alone, err := play(t, yaml, nil)
	if err != nil {
		t.Fatal(err)
	}
	both := sharded(t, yaml, 2, false, scripted)
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
