package machine

import (
	"time"

	"loadgen/clock"
)

// A Front is vLLM's API server: one Python process whose event loop takes prompts in and hands tokens of T out. A turn of the loop
// does one stage of the work on each prompt (Profile.Stage) and hands out up to a wave of tokens (VLLM_V1_OUTPUT_PROC_CHUNK_SIZE), so each delays the
// other. What the engine makes faster than that queues here. Guarded by the engine's lock; its calls back come under it.
type Front[T any] struct {
	clk     clock.Clock
	p       Profile
	do      func(func()) // the engine's Do
	release func(token T, at time.Duration)

	tokens  []T       // one entry per token, in order
	prompts []arrival // not yet with the engine, in order
	wave    []T       // being handed out
	begun   int       // of the prompts, which the present turn works on
	turning bool
	due     time.Duration // when the turn ends; on the wall clock it may be late, which does not add up
	cpu     time.Duration
	turned  func() // a method value made once
}

// An arrival is a prompt that the API server works on.
type arrival struct {
	left time.Duration // work
	done func()
}

const waveSize = 128

// NewFront returns an idle API server. do runs a function under the engine's lock; release hands a token to its client, or at once
// where that costs no time.
func NewFront[T any](clk clock.Clock, p Profile, do func(func()), release func(token T, at time.Duration)) *Front[T] {
	f := &Front[T]{clk: clk, p: p, do: do, release: release}
	f.turned = func() { f.do(f.turn) }
	return f
}

// Accept works on a prompt of so many tokens that came now, and calls done when the engine may have it.
func (f *Front[T]) Accept(now time.Duration, tokens int, done func()) {
	f.prompts = append(f.prompts, arrival{f.p.Accept + time.Duration(tokens)*f.p.AcceptToken, done})
	f.Serve(now)
}

// Add puts a new token in line. Serve hands it out.
func (f *Front[T]) Add(token T, now time.Duration) {
	if f.p.Chunk == 0 {
		f.release(token, now)
		return
	}
	f.tokens = append(f.tokens, token)
}

// Serve begins the next turn, unless one is on its way.
func (f *Front[T]) Serve(now time.Duration) {
	n := min(waveSize, len(f.tokens))
	if f.turning || n+len(f.prompts) == 0 {
		return
	}
	f.wave = append(f.wave, f.tokens[:n]...)
	f.tokens = append(f.tokens[:0], f.tokens[n:]...)
	took := time.Duration(n) * f.p.Chunk
	for i := range f.prompts {
		did := f.prompts[i].left
		if f.p.Stage > 0 {
			did = min(did, f.p.Stage)
		}
		took += did
		f.prompts[i].left -= did
	}
	f.begun = len(f.prompts)
	f.turning = true
	f.cpu += took
	f.due = now + took
	f.clk.AfterFunc(f.due, f.turned)
}

// turn ends one.
func (f *Front[T]) turn() {
	f.turning = false
	var none T
	for i, token := range f.wave {
		f.wave[i] = none
		f.release(token, f.due)
	}
	f.wave = f.wave[:0]
	kept := f.prompts[:0]
	for i, p := range f.prompts {
		if p.left > 0 || i >= f.begun {
			kept = append(kept, p)
			continue
		}
		p.done()
	}
	clear(f.prompts[len(kept):])
	f.prompts = kept
	f.Serve(f.due)
}

// CPU is the time it has worked.
func (f *Front[T]) CPU() time.Duration { return f.cpu }
