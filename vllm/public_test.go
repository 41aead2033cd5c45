package vllm

import (
	"math"
	"slices"
	"strconv"
	"testing"
)

// A publicStart is one row of testdata/public.csv: what a public log of somebody's server says. Numbers that it does
// not tell are NaN.
type publicStart struct {
	row         map[string]string
	start       Start
	weights, kv float64
	tokens      int
	refused     bool
	whole       bool // card and flags are told
}

func publicStarts(t *testing.T) (out []publicStart) {
	t.Helper()
	for _, m := range table(t, "testdata/public.csv") {
		number := func(name string) float64 {
			v, err := strconv.ParseFloat(m[name], 64)
			if err != nil {
				return math.NaN()
			}
			return v
		}
		whole := func(name string) int { n, _ := strconv.Atoi(m[name]); return n }
		p := publicStart{row: m, weights: number("weights_gib"), kv: number("kv_gib"), tokens: whole("kv_tokens"),
			refused: m["refused"] == "yes"}
		p.start = Start{TP: whole("tp"), Quant: Quant(m["quantisation"]), KVDtype: m["kv_cache_dtype"],
			Budget: whole("max_num_batched_tokens"), MaxSeqs: whole("max_num_seqs"),
			MaxLen: whole("max_model_len"), BlockSize: 16, Utilization: number("gpu_memory_utilization"), Chunked: true,
			Eager: m["eager"] == "yes", Batches: 1}
		var known, card bool
		p.start.Model, _, known = FindModel(m["model"])
		p.start.Card, card = FindCard(m["card"])
		if total := number("memory_gib"); total > 0 {
			p.start.Card, card = Card{Name: m["card"], MemoryGiB: total}, true
		}
		if !known {
			t.Errorf("%s is not known", m["model"])
		}
		p.whole = card && p.start.Budget > 0 && p.start.Utilization > 0
		if p.start.MaxLen == 0 {
			p.start.MaxLen = 8192
		}
		out = append(out, p)
	}
	return out
}

// What was loaded is what is worked out, within 2 %.
func TestPublicWeights(t *testing.T) {
	seen := 0
	for _, p := range publicStarts(t) {
		if math.IsNaN(p.weights) {
			continue
		}
		seen++
		got := p.start.weights() / gib
		if p.row["vllm"] == "0.10.1" { // Marlin on an H100, before Triton's kernels were there
			p.start.Card = Card{}
			got = p.start.weights() / gib
		}
		t.Logf("%-42s %-6s %6.2f GiB, loaded %6.2f (%+.1f %%)", p.row["model"], p.start.Quant, got, p.weights,
			100*(got/p.weights-1))
		if off := got/p.weights - 1; math.Abs(off) > .02 {
			t.Errorf("%v: %.2f GiB, %+.1f %%", p.row, got, 100*off)
		}
	}
	if seen < 12 {
		t.Errorf("only %d", seen)
	}
}

// The room that a log tells makes the tokens that it tells, within 1.2 %: GiB are told to two places, and of several
// GPUs the least counts.
func TestPublicPools(t *testing.T) {
	seen := 0
	for _, p := range publicStarts(t) {
		if math.IsNaN(p.kv) || p.tokens == 0 {
			continue
		}
		seen++
		got := p.start.Blocks(p.kv) * 16
		t.Logf("%-42s %8d tokens, told %8d (%+.2f %%)", p.row["model"], got, p.tokens, 100*(float64(got)/float64(p.tokens)-1))
		if off := float64(got)/float64(p.tokens) - 1; math.Abs(off) > .012 {
			t.Errorf("%v: %d tokens, %+.1f %%", p.row, got, 100*off)
		}
	}
	if seen < 8 {
		t.Errorf("only %d", seen)
	}
}

// Groups of layers: gemma-4-26B-A4B with an fp8 cache and blocks of 32 (a public configuration's note, 2026-04: 51.62
// GiB, 451,040 tokens by the formula of then, 33.42 requests of 131072), and gpt-oss-20b, of which one request of
// 131072 needs 3.1 GiB (a public note of 2026-04).
func TestPublicGroups(t *testing.T) {
	m, _, _ := FindModel("google/gemma-4-26B-A4B-it")
	p := m.Pool("fp8", 1, 32)
	blocks := int(51.62 * gib / float64(p.BlockBytes))
	if of := blocks / (p.Groups + p.LocalGroups) * 32; of < 450500 || of > 451500 {
		t.Errorf("%d tokens by the formula of 0.19, want 451040", of)
	}
	if n := float64(blocks) / float64(p.perRequest(131072, 2048)); math.Abs(n/33.42-1) > .002 {
		t.Errorf("%.2f requests, want 33.42", n)
	}
	m, _, _ = FindModel("openai/gpt-oss-20b")
	p = m.Pool("auto", 1, 16)
	if need := float64(p.perRequest(131072, 2048)*p.BlockBytes) / gib; math.Abs(need-3.1) > .06 {
		t.Errorf("%.2f GiB for one request, want 3.1", need)
	}
}

// Everything at once: the room for the cache from card and flags alone, nothing fitted to these rows. Servers of 0.9 to
// 0.11 with 1024 requests are exceptions: the runner of then profiled the sampler too, some nine copies of its logits
// in 32 bit, which that of 0.26 does not.
func TestPublicStarts(t *testing.T) {
	var offs []float64
	wrong := 0
	for _, p := range publicStarts(t) {
		if !p.whole {
			continue
		}
		old := slices.Contains([]string{"0.9.2", "0.10.1", "0.11"}, p.row["vllm"])
		blocks, mem, refusal := p.start.Fit(0)
		room := p.kv
		if math.IsNaN(room) && p.tokens > 0 {
			room = float64(p.tokens/16*p.start.pool().BlockBytes) / gib
		}
		t.Logf("%-42s %-6s %-12s room %6.2f GiB, told %6.2f; %d blocks, refused %v, truly %v %s", p.row["model"],
			p.start.Quant, p.row["card"], mem.KV, room, blocks, refusal != nil, p.refused, p.row["vllm"])
		if old {
			continue
		}
		if (refusal != nil) != p.refused {
			wrong++
			t.Errorf("%v: %v", p.row, refusal)
		}
		if !math.IsNaN(room) && !p.refused {
			offs = append(offs, math.Abs(mem.KV/room-1))
		}
	}
	slices.Sort(offs)
	far := len(slices.DeleteFunc(slices.Clone(offs), func(o float64) bool { return o <= .08 }))
	if len(offs) < 10 || offs[len(offs)/2] > .03 || far > 1 {
		t.Errorf("%d rooms, %d of them more than 8 %% off", len(offs), far)
	}
	t.Logf("room for the cache: median %.1f %% off, worst %.1f %% of %d; %d starts wrong", 100*offs[len(offs)/2],
		100*offs[len(offs)-1], len(offs), wrong)
}
