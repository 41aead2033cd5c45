// Package engine is vLLM's V1 scheduler as a discrete-event machine: continuous batching under a token budget, chunked
// prefill, a pool of KV blocks with prefix caching, preemption by recompute and asynchronous scheduling. It knows no
// model, no card and no HTTP: it takes numbers and a function for the length of a step. Everything happens in the
// clock's callbacks and in the caller's calls; nothing waits, and nothing is scheduled while it is idle.
package engine

import (
	"errors"
	"sync"
	"time"

	"loadgen/clock"
)

// errQueueFull refuses a request because Config.MaxQueued are already in the engine.
var errQueueFull = errors.New("engine: queue is full")

// A Config is what the scheduler reads. Names in parentheses are vLLM's.
type Config struct {
	Blocks        int     // KV blocks, the null block included (num_gpu_blocks)
	BlockSize     int     // tokens per block (block_size)
	Beside        Beside  // blocks that a request takes beside those; the zero value: none
	Budget        int     // tokens per step (max_num_batched_tokens)
	MaxSeqs       int     // running at once (max_num_seqs)
	MaxModelLen   int     // prompt and output of one request, tokens (max_model_len)
	LongPrefill   int     // longest chunk of one request in a step; 0: the budget (long_prefill_token_threshold)
	FairPrefill   bool    // … and never less than the budget over all requests (long_prefill_token_threshold_adaptive)
	MaxQueued     int     // requests in the engine beyond which Submit refuses; 0: no limit (max_num_queued_reqs)
	Watermark     float64 // part of the pool kept free when admitting beside running requests (watermark)
	WholePrompts  bool    // a prompt that does not fit the budget waits (enable_chunked_prefill off)
	PrefixCaching bool    // (enable_prefix_caching)
	Priority      bool    // requests wait and are preempted by Request.Priority (scheduling_policy priority)
	Async         bool    // the next step is scheduled while one runs (async_scheduling)

	// StepTime tells how long a step takes.
	StepTime func(*Step) Timing
	// OnStep, if set, is called after a step's outputs were handed out, under the engine's lock. s is valid during
	// the call. A step of no tokens tells that an abort changed the gauges of an idle engine.
	OnStep func(s *Step)
}

// A Timing is what a step takes. The engine is one thread: it composes a step, launches it, and only then looks whether
// an earlier one has ended. With Async that hides behind the earlier step, unless it takes longer: then the earlier
// step's tokens wait.
type Timing struct {
	GPU  time.Duration // on the GPU
	Host time.Duration // from composing it until the GPU may begin
	Hold time.Duration // from composing it until the engine's thread is free again
}

// Beside is what a request's other layers take from the same pool, where a model has several kinds: blocks without a
// place in the prefix cache.
type Beside struct {
	Whole  int // more blocks for each of the request's own: groups of layers that see all tokens
	Groups int // of layers that see a window
	Tokens int // in a block of theirs
	Window int // tokens that they see; 0: there are none
}

// blocks that tokens need when n of them are computed in the step at hand (SlidingWindowSpec): no more than the window
// and the step reach over.
func (b Beside) blocks(own, tokens, n int) int {
	out := b.Whole * own
	if b.Window > 0 {
		out += b.Groups * min((tokens+b.Tokens-1)/b.Tokens, (b.Window-1+n+b.Tokens-1)/b.Tokens+1)
	}
	return out
}

// An Engine schedules requests. All methods but Do are for callers inside Do, Request.Emit or Config.OnStep: these hold
// its one lock.
type Engine struct {
	cfg   Config
	clk   clock.Callbacks
	depth int // steps that may be scheduled and not yet processed

	mu       sync.Mutex
	now      time.Duration // of the present callback
	gpuFree  time.Duration // when the last scheduled step ends
	due      time.Duration // when the thread goes on
	busy     bool          // it will go on by itself: nobody need wake it
	waits    bool          // … with the oldest step in flight
	pool     pool
	waiting  []*Request // resumed victims in front
	fresh    int        // of them, at the end: those the scheduler has not seen
	running  []*Request // in order of admission
	inflight []*Step
	spare    []*Step
	lists    [][]int32 // of blocks, of requests that have ended
	alone    bool      // requests have no blocks beside those of their tokens
	hits     []int32   // scratch of lookup
	ids      uint64
	counters counters
	wakeF    func() // method values made once: none per step
	loopF    func()
}

// counters are totals since the start.
type counters struct {
	Steps         int
	PrefixQueries int // tokens looked up at first admissions
	PrefixHits    int // tokens of them found
	Preemptions   int
	Aborts        int
}

// New returns an idle engine.
func New(clk clock.Callbacks, cfg Config) *Engine {
	e := &Engine{cfg: cfg, clk: clk, depth: 1, pool: newPool(cfg.Blocks), alone: cfg.Beside == (Beside{})}
	if cfg.Async {
		e.depth = 2
	}
	e.wakeF, e.loopF = e.wake, e.loop
	return e
}

// Do runs f under the engine's lock.
func (e *Engine) Do(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f()
}

// Submit queues r; r.Arrived is set. The step that may take it is scheduled after every arrival of this instant.
func (e *Engine) Submit(r *Request) error {
	if e.cfg.MaxQueued > 0 && len(e.running)+len(e.waiting) >= e.cfg.MaxQueued {
		return errQueueFull
	}
	e.ids++
	r.id, r.Arrived, r.Queued, r.Admitted = e.ids, e.clk.Now(), -1, -1
	e.waiting = append(e.waiting, r)
	e.fresh++
	e.kick()
	return nil
}

// Abort takes r out at this instant and frees its blocks; the next step to be scheduled may use them. A finished
// request is left alone.
func (e *Engine) Abort(r *Request) {
	if r.Finish != Unfinished {
		return
	}
	r.Finish = Aborted
	if r.Queued < 0 {
		e.fresh--
	}
	e.counters.Aborts++
	e.free(r)
	e.waiting, e.running = drop(e.waiting, r), drop(e.running, r)
	e.kick()
	if len(e.inflight) == 0 && e.cfg.OnStep != nil {
		now := e.clk.Now()
		s := &Step{Scheduled: now, Start: now, End: now, Out: now}
		e.gauges(s)
		e.cfg.OnStep(s)
	}
}

// counters returns the totals so far.
func (e *Engine) Counters() counters { return e.counters }

// Load is the number of running and waiting requests and of blocks in use at this moment.
func (e *Engine) Load() (running, waiting, used int) {
	return len(e.running), len(e.waiting), e.pool.used()
}

// ResetPrefixCache forgets every cached block. It does nothing and returns false while a block is in use.
func (e *Engine) ResetPrefixCache() bool {
	if e.pool.used() > 0 {
		return false
	}
	e.pool = newPool(e.cfg.Blocks)
	return true
}

// kick has an idle engine schedule a step at this instant, after all that is already due at it.
func (e *Engine) kick() {
	if !e.busy {
		e.busy = true
		e.clk.At(e.clk.Now(), e.wakeF)
	}
}

func (e *Engine) wake() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.now = max(e.now, e.clk.Now())
	e.turn()
}

// loop goes on where the thread launched or waited (vLLM v1/engine/core.py, step_with_batch_queue). Subtle: its instant
// is the one that was due and not the clock's, so on the wall clock a late timer delays tokens but does not add up.
func (e *Engine) loop() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.now = e.due
	if e.waits {
		e.finish()
	}
	e.turn()
}

// turn composes and launches a step. When no more may be in flight, or there is nothing to compose, the thread waits
// for the oldest, and sees to no request before it has ended.
func (e *Engine) turn() {
	for ; e.fresh > 0; e.fresh-- {
		e.waiting[len(e.waiting)-e.fresh].Queued = e.now
	}
	e.due = e.now
	s := e.schedule()
	if s != nil {
		e.launch(s)
	}
	e.waits = s == nil || len(e.inflight) == e.depth
	if e.busy = len(e.inflight) > 0; !e.busy {
		return
	}
	if e.waits {
		e.due = max(e.due, e.inflight[0].End)
	}
	e.clk.At(e.due, e.loopF)
}

func (e *Engine) launch(s *Step) {
	l := e.cfg.StepTime(s)
	e.due = e.now + l.Hold
	s.Start = max(e.now+l.Host, e.gpuFree)
	s.End = s.Start + max(l.GPU, 1)
	e.gpuFree = s.End
	e.inflight = append(e.inflight, s)
}

// finish processes the oldest step in flight.
func (e *Engine) finish() {
	s := e.inflight[0]
	e.inflight = append(e.inflight[:0], e.inflight[1:]...)
	s.Out = e.now
	e.output(s)
	e.gauges(s)
	if e.cfg.OnStep != nil {
		e.cfg.OnStep(s)
	}
	e.recycle(s)
}

func (e *Engine) gauges(s *Step) {
	s.Running, s.Waiting, s.Used = len(e.running), len(e.waiting)-e.fresh, e.pool.used()
}

func drop(list []*Request, r *Request) []*Request {
	for i := range list {
		if list[i] == r {
			return append(list[:i], list[i+1:]...)
		}
	}
	return list
}
