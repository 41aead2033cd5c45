package engine

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"loadgen/clock"
)

// A trial is one random workload on one random engine, checked at every step.
type trial struct {
	t       *testing.T
	seed    uint64
	rng     *rand.Rand
	cfg     Config
	clk     *clock.Virtual
	e       *Engine
	all     []*Request
	aborted map[*Request]bool
	before  map[*Request]bool // running after the last scheduling
	steps   int
}

func (x *trial) fail(format string, args ...any) {
	x.t.Helper()
	x.t.Fatalf("seed %d, %+v: "+format, append([]any{x.seed, x.cfg}, args...)...)
}

func newTrial(t *testing.T, seed uint64) *trial {
	x := &trial{t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 1)), clk: clock.NewVirtual(),
		aborted: map[*Request]bool{}, before: map[*Request]bool{}}
	r := x.rng
	size := 1 + r.IntN(8)
	window := size * (4 + r.IntN(20))
	x.cfg = Config{
		BlockSize: size, MaxModelLen: window, Blocks: 1 + window/size + r.IntN(60), MaxSeqs: 1 + r.IntN(12),
		PrefixCaching: r.IntN(3) > 0, Async: r.IntN(2) > 0, Watermark: float64(r.IntN(3)) * .02, Priority: r.IntN(3) == 0,
	}
	x.cfg.Budget = x.cfg.MaxSeqs + r.IntN(window)
	if r.IntN(4) == 0 {
		x.cfg.Beside = Beside{Groups: 1 + r.IntN(3), Tokens: size, Window: 1 + r.IntN(window)}
		x.cfg.Blocks += x.cfg.Beside.blocks(0, window, x.cfg.Budget)
	}
	if r.IntN(3) == 0 {
		x.cfg.LongPrefill = 1 + r.IntN(20)
	}
	if x.cfg.Budget >= window {
		x.cfg.WholePrompts = r.IntN(3) == 0
	}
	x.cfg.StepTime = func(s *Step) Timing {
		x.scheduled(s)
		host := time.Duration(r.IntN(300)) * time.Microsecond
		return Timing{GPU: time.Millisecond + time.Duration(s.Tokens)*10*time.Microsecond, Host: host,
			Hold: host + time.Duration(r.IntN(3000))*time.Microsecond}
	}
	x.cfg.OnStep = x.processed
	x.e = New(x.clk, x.cfg)
	return x
}

// scheduled looks at a step that was just composed.
func (x *trial) scheduled(s *Step) {
	tokens, partial := 0, 0
	for i, it := range s.items {
		tokens += it.n
		if it.n < 1 {
			x.fail("%d tokens scheduled", it.n)
		}
		if !it.sampled {
			partial++
			if x.cfg.LongPrefill == 0 && !x.cfg.Priority && (i != len(s.items)-1 || it.r != x.e.running[len(x.e.running)-1]) {
				x.fail("a partial prefill that is not the tail")
			}
		}
		for _, other := range x.e.inflight {
			if slices.ContainsFunc(other.items, func(o item) bool { return o.r == it.r && o.epoch != it.epoch }) {
				x.fail("a victim was resumed while its stale output is in flight")
			}
		}
		if s.Preempted > 0 && !x.before[it.r] {
			x.fail("a step that preempted admitted a request")
		}
	}
	switch {
	case tokens != s.Tokens || tokens > x.cfg.Budget:
		x.fail("%d tokens scheduled, %d said", tokens, s.Tokens)
	case x.cfg.LongPrefill == 0 && !x.cfg.Priority && partial > 1:
		x.fail("%d partial prefills", partial)
	case len(x.e.running) > x.cfg.MaxSeqs:
		x.fail("%d run", len(x.e.running))
	}
	clear(x.before)
	for _, r := range x.e.running {
		x.before[r] = true
	}
	x.pool()
}

func (x *trial) processed(s *Step) {
	x.steps++
	x.pool()
}

// pool checks that every block is either free or used by who holds it, and that the prefix cache names living hashes.
func (x *trial) pool() {
	p := &x.e.pool
	uses := make([]int32, len(p.blocks))
	for _, r := range x.all {
		for _, b := range slices.Concat(r.blocks, r.beside) {
			uses[b]++
		}
	}
	free := 0
	for b := p.blocks[0].next; b != 0; b = p.blocks[b].next {
		free++
		if p.blocks[b].refs != 0 {
			x.fail("block %d is free and has %d uses", b, p.blocks[b].refs)
		}
	}
	if free != p.free {
		x.fail("%d blocks free, %d said", free, p.free)
	}
	for b := 1; b < len(p.blocks); b++ {
		if p.blocks[b].refs != uses[b] {
			x.fail("block %d: %d uses, %d said", b, uses[b], p.blocks[b].refs)
		}
	}
	names := 0
	for _, b := range p.named {
		if b == 0 {
			continue
		}
		names++
		if found, _ := p.find(p.blocks[b].hash); found != b || !p.blocks[b].cached {
			x.fail("the cache names block %d, which does not carry its hash", b)
		}
	}
	if names != p.names {
		x.fail("%d names, %d said", names, p.names)
	}
}

func (x *trial) play() {
	n := 1 + x.rng.IntN(14)
	at := time.Duration(0)
	for range n {
		at += time.Duration(x.rng.ExpFloat64() * float64(x.rng.IntN(6)) * float64(time.Millisecond))
		_ = x.clk.SleepUntil(context.Background(), at)
		r := x.request()
		x.all = append(x.all, r)
		x.e.Do(func() {
			if err := x.e.Submit(r); err != nil {
				x.fail("%v", err)
			}
		})
		if x.rng.IntN(8) == 0 {
			x.aborted[r] = true
			x.clk.AfterFunc(at+time.Duration(x.rng.IntN(20))*time.Millisecond, func() { x.e.Do(func() { x.e.Abort(r) }) })
		}
	}
	_ = x.clk.SleepUntil(context.Background(), at+time.Hour)
}

func (x *trial) request() *Request {
	prompt := 1 + x.rng.IntN(x.cfg.MaxModelLen-1)
	r := &Request{Prompt: prompt, MaxTokens: 1 + x.rng.IntN(40), Priority: x.rng.IntN(3), Emit: func(r *Request) {
		if r.Finish == Unfinished && x.rng.IntN(200) == 0 { // as a stop string does
			x.aborted[r] = true
			x.e.Abort(r)
		}
	}}
	if x.rng.IntN(3) == 0 {
		r.EOS = 1 + x.rng.IntN(30)
	}
	family := uint64(x.rng.IntN(4)) // prompts of a family share their beginning
	for i := range prompt / x.cfg.BlockSize {
		r.Hashes = append(r.Hashes, family<<32+uint64(i))
	}
	return r
}

func (x *trial) check() {
	if used := x.e.pool.used(); used != 0 || len(x.e.running)+len(x.e.waiting)+len(x.e.inflight) > 0 {
		x.fail("the engine is not empty at the end: %d blocks, %d running, %d waiting", used, len(x.e.running),
			len(x.e.waiting))
	}
	for i, r := range x.all {
		want := min(r.MaxTokens, x.cfg.MaxModelLen-r.Prompt)
		why := Length
		if r.EOS > 0 && r.EOS <= want {
			want, why = r.EOS, Stop
		}
		switch {
		case r.Finish == Aborted && x.aborted[r]:
		case r.Generated != want || r.Finish != why:
			x.fail("request %d ended with %d tokens and %q, want %d and %q", i, r.Generated, r.Finish, want, why)
		case r.Cached >= r.Prompt:
			x.fail("request %d has a prompt of %d and %d cached", i, r.Prompt, r.Cached)
		}
	}
	x.order()
}

// order checks first come, first served: nobody is first admitted before an earlier one, unless a victim stood aside.
func (x *trial) order() {
	if x.e.Counters().Preemptions > 0 || x.cfg.Priority {
		return
	}
	var admitted []*Request
	for _, r := range x.all {
		if r.Admitted >= 0 {
			admitted = append(admitted, r)
		}
	}
	if !slices.IsSortedFunc(admitted, func(a, b *Request) int { return int(a.Admitted - b.Admitted) }) {
		x.fail("not first come, first served")
	}
}

// TestInvariants plays ten thousand random workloads (vllm.md 8.2, 1–7 and 12).
func TestInvariants(t *testing.T) {
	preemptions, hits, steps := 0, 0, 0
	for seed := range uint64(10_000) {
		x := newTrial(t, seed)
		if err := x.clk.Run("trial", x.play); err != nil {
			x.fail("%v", err)
		}
		x.check()
		preemptions += x.e.Counters().Preemptions
		hits += x.e.Counters().PrefixHits
		steps += x.steps
	}
	t.Logf("%d steps, %d preemptions, %d cached tokens", steps, preemptions, hits)
	if preemptions < 1000 || hits < 1000 {
		t.Errorf("%d preemptions and %d cached tokens: the workloads do not reach what they are to check", preemptions, hits)
	}
}
