package generator

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"loadgen/clock"
	"loadgen/endpoint"
	"loadgen/generator/internal/sse"
	"loadgen/results"
	"loadgen/scenarios"
)

// A Run is one load that is being sent.
type Run struct {
	clk   clock.Clock
	ep    *endpoint.Endpoint
	load  Load
	api   api
	sink  func(*results.Record)
	start time.Duration

	sending context.Context // cancelled: no new request
	stop    context.CancelFunc
	members *clock.Group // slots, or requests
	all     *clock.Group // what Wait waits for
	over    clock.Signal // wakes the watchdog for the last time
	gate    *gate
	freed   []clock.Signal // closed: of each slot, set when it has sent its last

	finishes atomic.Bool // this server tells finish_reason
	counts   atomic.Bool // this server sends usage, or cannot count for us: no text need be kept for that

	lines *sse.Budget // what the unfinished lines of all streams may hold

	tally  tally
	sinkMu sync.Mutex
}

// lineBudget is what unfinished lines of all streams may hold beyond their usual buffers, bytes.
const lineBudget = 256 << 20

// errStopped is the Detail of requests that were due and not sent when sending stopped.
var errStopped = errors.New("not sent: sending had stopped")

// Start begins now: times of Records count from clk.Now() at this call. sink is called once for every request when it
// has ended; calls do not overlap, and the record belongs to the sink. A cancelled ctx stops sending and cuts what is
// in flight. The target's API must be one of apis.
func Start(ctx context.Context, clk clock.Clock, ep *endpoint.Endpoint, l Load, sink func(*results.Record)) *Run {
	api, ok := findAPI(ep.Target().API)
	if !ok {
		panic("generator: unknown API " + ep.Target().API)
	}
	r := &Run{clk: clk, ep: ep, load: l, api: api, sink: sink, start: clk.Now(),
		over:  clk.NewSignal("the end of the load"),
		lines: sse.NewBudget(lineBudget)}
	r.sending, r.stop = context.WithCancel(ctx)
	r.members, r.all = clock.NewGroup(clk, "the requests"), clock.NewGroup(clk, "the load")
	r.gate = newGate(clk, l.Cap)
	r.succeed()
	r.tally.begin(r)
	r.all.Go("load", func() {
		uncancel := clk.OnCancel(ctx, func() { r.Cut(context.Cause(ctx)) })
		defer uncancel()
		r.loop()
		_ = r.members.Wait(context.WithoutCancel(ctx))
		r.stop()
		r.over.Set()
	})
	r.all.Go("watchdog", r.watch)
	return r
}

func (r *Run) loop() {
	switch r.load.Loop {
	case scenarios.Closed:
		r.closed()
	case scenarios.Open:
		r.open()
	default:
		r.each()
	}
}

// Start is the clock's time from which the run's offsets count.
func (r *Run) Start() time.Duration { return r.start }

// StopSending lets what is in flight go on and sends nothing new.
func (r *Run) StopSending() { r.stop() }

// Cut stops sending and closes what is in flight; its records have FaultCancelled and the cause's words.
func (r *Run) Cut(cause error) {
	r.stop()
	for _, f := range r.tally.cut(cause) {
		f.stream.Cut(cause)
	}
}

// Wait returns nil when all requests have ended and the sink has them, or ctx's cause.
func (r *Run) Wait(ctx context.Context) error { return r.all.Wait(ctx) }

// now is the offset from the start.
func (r *Run) now() time.Duration { return r.clk.Now() - r.start }

// sleepUntil returns an error once sending has stopped.
func (r *Run) sleepUntil(offset time.Duration) error {
	if offset <= r.now() {
		return r.sending.Err()
	}
	return r.clk.SleepUntil(r.sending, r.start+offset)
}
