package machine

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loadgen/clock"
	"loadgen/simulator/engine"
	"loadgen/vllm"
)

// A lockstep, and an API server that skips the turns that bring nothing, serve as the engine and a server of every turn
// do, to the nanosecond: whoever is preempted, and however many API servers there are.
func TestLockstepIsTheEngine(t *testing.T) {
	preempted, wide := 0, 0
	memory := &replay{} // of all of them
	rapid.Check(t, func(t *rapid.T) {
		m, blocks, requests := drawn(t)
		inFlight := rapid.SampledFrom([]int{1, 3, 20, 200, 200}).Draw(t, "in flight")
		open := rapid.Bool().Draw(t, "open")
		until := rapid.SampledFrom([]int{len(requests), (len(requests) + 1) / 2}).Draw(t, "until")
		next := map[int][]int{}
		for i := 1; open && i < len(requests); i++ {
			if rapid.IntRange(0, 3).Draw(t, "alone") == 0 {
				after := rapid.IntRange(0, i-1).Draw(t, "after")
				requests[i].Follows, next[after] = after+1, append(next[after], i)
			}
		}
		served := func(by scheduling, everyTurn bool) []Served {
			r := memory
			r.begin(m, &clock.Agenda{}, blocks, requests, 7, by)
			for _, f := range r.fronts {
				if everyTurn {
					f.next = nil
				}
			}
			if r.until, r.left, r.next = until, until, next; !open {
				r.upcoming = min(inFlight, len(requests))
			}
			out, err := r.play()
			if err != nil {
				t.Fatal(err)
			}
			out = slices.Clone(out)
			for i := until; i < len(out); i++ {
				out[i] = Served{Arrival: out[i].Arrival} // the rest means nothing
			}
			return out
		}
		want := served(func(m Machine, r *replay, blocks int, seed uint64) {
			counted := m
			counted.Extra = func(s *engine.Step) time.Duration {
				preempted += s.Preempted
				if m.Extra == nil {
					return 0
				}
				return m.Extra(s)
			}
			byEngine(counted, r, blocks, seed)
		}, true)
		if !m.inStep(requests) {
			t.Fatal("a lockstep could not serve them")
		}
		if !slices.Equal(want, served(inLockstep, false)) {
			t.Fatal("other times than the engine's")
		}
		if inFlight > waveSize && !open {
			wide++
		}
	})
	if preempted == 0 || wide == 0 {
		t.Errorf("%d preempted, %d loads of more than a wave", preempted, wide)
	}
}

// extra tells steps apart.
func extra(s *engine.Step) time.Duration {
	return time.Duration(s.Context%7+s.Tokens%5+s.Sampled%3+s.Decodes%11+s.Prefills) + s.Scheduled%13
}

// drawn is a machine with a pool that holds the longest request at least, and what it is asked.
func drawn(t *rapid.T) (Machine, int, []Served) {
	card, _ := vllm.FindCard("H100")
	shape, quant, ok := vllm.FindModel("Qwen/Qwen3-8B")
	if !ok {
		t.Fatal("no model")
	}
	m := Machine{Card: card, Model: shape, Quant: quant, TP: rapid.IntRange(1, 2).Draw(t, "tp"), Profile: ProfileOf(card),
		MaxSeqs:    rapid.SampledFrom([]int{1, 16, 256, 256}).Draw(t, "max seqs"),
		APIServers: rapid.SampledFrom([]int{1, 1, 1, 2, 3}).Draw(t, "servers")}
	m.Budget = m.MaxSeqs + rapid.SampledFrom([]int{0, 100, 2000}).Draw(t, "budget")
	if rapid.Bool().Draw(t, "even") { // many things happen at one instant, and their order counts
		const ms = time.Millisecond
		m.Card.Bandwidth, m.Card.BF16 = 1e30, 1e30
		m.Profile = Profile{Bandwidth: 1, Compute: 1, KVRead: 1, Attention: 1, Knee: 4, Step: 4 * ms, Host: ms,
			Accept: 7 * ms, Stage: ms, Chunk: rapid.SampledFrom([]time.Duration{0, ms}).Draw(t, "chunk")}
	}
	if rapid.Bool().Draw(t, "quick front") {
		m.Profile.Accept, m.Profile.Chunk, m.Profile.Token = m.Profile.Accept/50, m.Profile.Chunk/4, m.Profile.Token/4
	}
	if rapid.Bool().Draw(t, "extra") {
		m.Extra = extra
	}
	longest := rapid.SampledFrom([]int{30, 300, 2000}).Draw(t, "longest")
	most := rapid.SampledFrom([]int{3, 100, 500, 500}).Draw(t, "most out")
	apart := rapid.SampledFrom([]int{1, 5, 40}).Draw(t, "most ms apart")
	requests := make([]Served, rapid.SampledFrom([]int{2, 30, 300, 300}).Draw(t, "requests"))
	rng, at := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)), time.Duration(0)
	for i := range requests {
		requests[i] = Served{Arrival: at, Prompt: 1 + rng.IntN(longest), Output: 1 + rng.IntN(most)}
		at += time.Duration(rng.IntN(apart)) * time.Millisecond
	}
	return m, 2 + (longest+most)/blockSize*rapid.SampledFrom([]int{1, 3, 20, 300, 300}).Draw(t, "room"), requests
}
