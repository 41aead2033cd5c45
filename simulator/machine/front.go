package machine

import (
	"time"

	"loadgen/clock"
)

// A Front is vLLM's API server: one Python process whose event loop takes prompts in and hands the tokens of streams T
// out. A turn of the loop reads what the engine made, does one stage of the work on each prompt (Profile.Stage) and
// hands out to up to a wave of streams (VLLM_V1_OUTPUT_PROC_CHUNK_SIZE), so each delays the other. A stream is in line
// once: tokens that the engine adds meanwhile go out in the same chunk (vLLM's RequestOutputCollector). Guarded by the
// engine's lock; its calls back come under it.
type Front[T any] struct {
	clk     clock.Callbacks
	p       Profile
	do      func(func()) // the engine's Do
	release func(stream T, at time.Duration)

	line    []T       // streams with tokens to hand out, in order
	prompts []arrival // not yet with the engine, in order
	fresh   int       // tokens that came since the last turn began
	wave    []T       // being handed out
	begun   int       // of the prompts, which the present turn works on
	turning bool
	due     time.Duration // when the turn ends; on the wall clock it may be late, which does not add up
	cpu     time.Duration
	turned  func() // a method value made once

	// next is when the next callback of any kind is due, nil where nobody knows: turns before it that bring nothing need
	// no callback
	next func() time.Duration
	// whole hands a wave out to all at once; false: it is to be released stream by stream, and so where it is nil
	whole func(at time.Duration) bool
}

// An arrival is a prompt that the API server works on.
type arrival struct {
	left time.Duration // work
	text time.Duration // … that its first turn does besides
	done func()
}

const waveSize = 128

// newFront returns an idle API server. do runs a function under the engine's lock; release hands to its client
// what a stream has by then.
func newFront[T any](clk clock.Callbacks, p Profile, do func(func()),
	release func(stream T, at time.Duration)) *Front[T] {
	f := &Front[T]{clk: clk, p: p, do: do, release: release}
	turn := f.turn
	f.turned = func() { f.do(turn) }
	return f
}

// Accept works on a prompt of so many tokens that came now, and calls done when the engine may have it.
func (f *Front[T]) Accept(now time.Duration, tokens int, done func()) {
	f.prompts = append(f.prompts, arrival{f.p.Accept, time.Duration(tokens) * f.p.AcceptToken, done})
	f.serve(now)
}

// Add takes a token of a stream from the engine and puts the stream in line, unless it waits there already. Where
// handing out costs no time it is done at once.
func (f *Front[T]) Add(stream T, waits bool, now time.Duration) {
	if f.p.Chunk == 0 {
		f.release(stream, now)
		return
	}
	f.fresh++
	if !waits {
		f.line = append(f.line, stream)
	}
}

// add takes so many tokens of a step, and puts those of their streams in line that do not wait there already.
func (f *Front[T]) add(streams []T, tokens int) {
	f.fresh += tokens
	f.line = append(f.line, streams...)
}

// handing is how long a turn takes that hands a token to each of n streams and does nothing else.
func (f *Front[T]) handing(n int) time.Duration {
	return time.Duration(n) * (f.p.Token + f.p.Chunk)
}

// quiet reports whether no stream waits.
func (f *Front[T]) quiet() bool { return len(f.line)+len(f.wave) == 0 }

// each calls a function with each stream that has tokens to be handed out.
func (f *Front[T]) each(do func(stream T)) {
	for _, streams := range [][]T{f.wave, f.line} {
		for _, stream := range streams {
			do(stream)
		}
	}
}

// serve begins the next turn, unless one is on its way.
func (f *Front[T]) serve(now time.Duration) {
	if f.start(now) {
		f.clk.At(f.due, f.turned)
	}
}

// start is serve but for telling the clock; it reports whether a turn begins.
func (f *Front[T]) start(now time.Duration) bool {
	if f.turning || f.idle() {
		return false
	}
	f.begin(now)
	return true
}

func (f *Front[T]) idle() bool { return len(f.line)+len(f.prompts) == 0 }

// begin begins a turn and reports whether its end brings anything to anybody.
func (f *Front[T]) begin(now time.Duration) (brings bool) {
	n := min(waveSize, len(f.line))
	if n == len(f.line) {
		f.wave, f.line = f.line, f.wave[:0]
	} else {
		f.wave = append(f.wave, f.line[:n]...)
		f.line = append(f.line[:0], f.line[n:]...)
	}
	took := time.Duration(f.fresh)*f.p.Token + time.Duration(n)*f.p.Chunk
	f.fresh = 0
	brings = n > 0
	for i := range f.prompts {
		p := &f.prompts[i]
		did := p.left
		if f.p.Stage > 0 {
			did = min(did, f.p.Stage)
		}
		took += did + p.text
		p.left, p.text = p.left-did, 0
		brings = brings || p.left == 0
	}
	f.begun = len(f.prompts)
	f.turning = true
	f.cpu += took
	f.due = now + took
	return brings
}

// turn ends one, and begins the next.
func (f *Front[T]) turn() {
	f.handOut()
	f.admit()
	if f.turning || f.idle() {
		return
	}
	for !f.begin(f.due) && f.next != nil && f.due < f.next() {
		f.skip()
	}
	f.clk.At(f.due, f.turned)
}

// handOut ends a turn's wave.
func (f *Front[T]) handOut() {
	f.turning = false
	if len(f.wave) > 0 && (f.whole == nil || !f.whole(f.due)) {
		for _, stream := range f.wave {
			f.release(stream, f.due)
		}
	}
	clear(f.wave)
	f.wave = f.wave[:0]
}

// skip ends, after a turn that brings nothing, those that bring nothing either and end before the next callback.
func (f *Front[T]) skip() {
	if f.p.Stage == 0 {
		return
	}
	took := time.Duration(len(f.prompts)) * f.p.Stage
	k := (f.next() - 1 - f.due) / took
	for _, p := range f.prompts {
		k = min(k, (p.left-1)/f.p.Stage)
	}
	for i := range f.prompts {
		f.prompts[i].left -= k * f.p.Stage
	}
	f.cpu += k * took
	f.due += k * took
}

// admit hands the prompts to the engine that are done.
func (f *Front[T]) admit() {
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
}

// CPU is the time it has worked.
func (f *Front[T]) CPU() time.Duration { return f.cpu }
