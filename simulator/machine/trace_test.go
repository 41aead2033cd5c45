package machine

import (
	"encoding/csv"
	"os"
	"strconv"
	"testing"
	"time"

	"loadgen/vllm"
)

const traceBlocks = 2588

func trace(t *testing.T) (Machine, []Served) {
	m := Machine{TP: 1, KVDtype: "auto", Budget: 2048, MaxSeqs: 256}
	m.Model, m.Quant, _ = vllm.FindModel("Llama-3.1-8B")
	m.Card, _ = vllm.FindCard("RTX 4090")
	m.Profile, _ = FindProfile("RTX 4090")
	m.Profile.Accept, m.Profile.AcceptToken, m.Profile.Chunk = 0, 0, 0 // it was recorded behind the API server
	return m, recorded(t, "rtx4090-llama-3.1-8b/requests.csv")
}

// rowsOf reads a CSV file without its head.
func rowsOf(t *testing.T, file string) [][]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func recorded(t *testing.T, file string) (out []Served) {
	t.Helper()
	for _, row := range rowsOf(t, "testdata/"+file) {
		var n [5]int
		var err error
		for i := range n {
			if n[i], err = strconv.Atoi(row[i]); err != nil {
				t.Fatal(err)
			}
		}
		us := func(i int) time.Duration { return time.Duration(n[i]) * time.Microsecond }
		out = append(out, Served{Arrival: us(0), Prompt: n[1], Output: n[2], First: us(3), Last: us(4)})
	}
	return out
}

func TestReplay(t *testing.T) {
	m, truth := trace(t)
	want := Summarise(truth)
	start := time.Now()
	got, err := m.Replay(traceBlocks, truth, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := Summarise(got)
	for i, name := range StatisticNames {
		t.Logf("%-10s %8.4f %8.4f %+.1f %%", name, want[i], s[i], 100*(s[i]/want[i]-1))
	}
	blocks := m.Blocks(m.Memory(.9, 0).KV, 16)
	t.Logf("mean error %.2f %% in %v; memory gives %d blocks", 100*s.Error(want), time.Since(start), blocks)
	if s.Error(want) > .015 {
		t.Error("the profile of the RTX 4090 has left the trace")
	}
	if off := float64(blocks)/traceBlocks - 1; off > .02 || off < -.02 {
		t.Errorf("the pool is off by %.1f %%", 100*off)
	}
}

// guess is a profile that knows nothing of this trace.
func guess(p Profile) Profile {
	p.Bandwidth, p.Compute, p.KVRead, p.Attention = .80, .90, .80, .50
	p.Step, p.StepSeq, p.Source = 1500*us, 15*us, "guess"
	return p
}

func TestFit(t *testing.T) {
	m, truth := trace(t)
	m.Profile = guess(m.Profile)
	start := time.Now()
	p, before, after, err := m.Fit(Load{Blocks: traceBlocks, Requests: truth})
	t.Logf("error %.2f %% before, %.2f %% after, in %v: %+v", 100*before, 100*after, time.Since(start), p)
	if err != nil || after > .015 || before < 2*after {
		t.Errorf("%v: the fit does not reach 1.5 %%", err)
	}
}

// A profile fitted to the requests that came first predicts those that came later.
func TestFitPredicts(t *testing.T) {
	m, truth := trace(t)
	m.Profile = guess(m.Profile)
	half := len(truth) / 2
	p, _, after, err := m.Fit(Load{Blocks: traceBlocks, Requests: truth, Judge: func(i int) bool { return i < half }})
	if err != nil {
		t.Fatal(err)
	}
	m.Profile = p
	got, err := m.Replay(traceBlocks, truth, 1)
	if err != nil {
		t.Fatal(err)
	}
	want, is := Summarise(truth[half:]), Summarise(got[half:])
	span := func(s []Served) (last float64) {
		for _, r := range s {
			last = max(last, r.Last.Seconds())
		}
		return last
	}
	t.Logf("error %.2f %% on the half it was fitted to, %.2f %% on the other; all served after %.1f s, truly %.1f s",
		100*after, 100*is.Error(want), span(got), span(truth))
	for _, i := range []int{1, 5, 7} { // TTFT p50, TPOT p50 and p99
		if r := is[i]/want[i] - 1; r > .1 || r < -.1 {
			t.Errorf("%s is off by %.1f %%", StatisticNames[i], 100*r)
		}
	}
	if r := span(truth)/span(got) - 1; r > .1 || r < -.1 {
		t.Errorf("throughput is off by %.1f %%", 100*r)
	}
}

// What the model leaves out shows: no time between steps, and a pool 31 % too large.
func TestAblations(t *testing.T) {
	m, truth := trace(t)
	want := Summarise(truth)
	miss := func(m Machine, blocks int) float64 {
		got, err := m.Replay(blocks, truth, 1)
		if err != nil {
			t.Fatal(err)
		}
		return Summarise(got).Error(want)
	}
	whole := miss(m, traceBlocks)
	bare := m
	bare.Profile.Step, bare.Profile.StepSeq = 0, 0
	without, pool := miss(bare, traceBlocks), miss(m, traceBlocks*131/100)
	t.Logf("error %.2f %%; without time between steps %.2f %%; with a pool 31 %% too large %.2f %%", 100*whole,
		100*without, 100*pool)
	if without < 2*whole || pool < 5*whole {
		t.Error("the error does not tell a wrong model")
	}
}

// TestH100 replays loads that the H100's profile was not fitted to: its coefficients come from lone prompts and steady
// decode.
func TestH100(t *testing.T) {
	m := h100(t, "Qwen3-8B", func(*Machine) {})
	if blocks := m.Blocks(m.Memory(.92, 0).KV, 16); blocks < 25516*999/1000 || blocks > 25516*1001/1000 {
		t.Errorf("%d blocks, the server had 25516", blocks)
	}
	for _, c := range []struct {
		file   string
		blocks int
		limit  float64
	}{{"open-6", 25516, .05}, {"open-16", 25516, .06}, {"open-8", 4000, .04}} {
		truth := recorded(t, "h100-qwen3-8b/"+c.file+".csv")
		got, err := m.Replay(c.blocks, truth, 1)
		if err != nil {
			t.Fatal(err)
		}
		want, is := Summarise(truth), Summarise(got)
		for i, name := range StatisticNames {
			t.Logf("%s %-10s %8.4f %8.4f %+.1f %%", c.file, name, want[i], is[i], 100*(is[i]/want[i]-1))
		}
		t.Logf("%s: mean error %.1f %%", c.file, 100*is.Error(want))
		if is.Error(want) > c.limit {
			t.Errorf("%s: mean error %.1f %%", c.file, 100*is.Error(want))
		}
	}
}
