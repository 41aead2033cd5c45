package generator

import (
	"container/list"
	"sync"
	"sync/atomic"
	"time"

	"loadgen/clock"
	"loadgen/endpoint"
	"loadgen/results"
	"loadgen/scenarios"
)

// A Snapshot is how a run stands.
type Snapshot struct {
	Started  int64 // requests taken up
	Finished int64 // of these ended, well or not
	Failed   int64 // of these with a fault
	InFlight int64
	Thinking int64 // closed: slots between two turns of a session
	Tokens   int64 // so far: as counted by the server for whole answers, events for those in flight

	FirstWaveLeft int // closed: of the first request (or session) of every slot, those that have not ended
	// due time of the earliest request that has not ended, sent or still to come; clock.Never: none
	OldestDue       time.Duration
	MeanE2E         time.Duration // of whole answers; 0: none yet
	CapHits         int64         // sends that the cap delayed
	InFlightSeconds float64       // integral of InFlight over time, request-seconds
	ThinkingSeconds float64       // the same of Thinking
}

// A flight is one request between its announcement and its end.
type flight struct {
	record *results.Record
	stream *endpoint.Stream
	first  bool         // of its slot, or of its slot's first session
	last   bool         // of its session
	tokens atomic.Int64 // events so far; its sender alone writes
	life   life
	place  *list.Element
	flying bool
}

// A tally counts a run and holds its flights in the order of their coming.
type tally struct {
	run *Run

	mu      sync.Mutex
	snap    Snapshot
	e2e     time.Duration // sum over whole answers
	whole   int64
	busy    time.Duration // integral of InFlight: whole nanoseconds, so that it does not depend on when it is asked for
	idle    time.Duration // the same of Thinking
	changed time.Duration // when one of them changed last
	flights list.List     // of *flight
	next    int           // open: index of the next request that is not announced
	cause   error         // why the run was cut
	spare   []*sender
}

func (t *tally) begin(r *Run) {
	t.run = r
	if r.load.Loop == scenarios.Closed {
		t.snap.FirstWaveLeft = r.load.Concurrency
	}
}

// announce registers a request ahead of its due time.
func (t *tally) announce(f *flight, k int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f.place = t.flights.PushBack(f)
	t.next = k + 1
}

// expect registers a later turn of a session ahead of its due time.
func (t *tally) expect(f *flight) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f.place = t.flights.PushBack(f)
}

// retract takes an announced request back: it was never due.
func (t *tally) retract(f *flight) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.flights.Remove(f.place)
}

// enter counts a request that is due.
func (t *tally) enter(f *flight) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f.place == nil {
		f.place = t.flights.PushBack(f)
	}
	t.snap.Started++
}

// takeOff gives the flight its stream and returns why it must not be sent, if so.
func (t *tally) takeOff(f *flight) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cause != nil {
		return t.cause
	}
	f.stream, f.flying = t.run.ep.NewStream(), true
	t.change(1)
	return nil
}

// land counts a request that has ended.
func (t *tally) land(f *flight) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f.flying {
		t.change(-1)
	}
	t.flights.Remove(f.place)
	t.snap.Finished++
	t.snap.Tokens += int64(f.record.OutputTokens)
	if f.first && (f.last || !f.record.OK()) {
		t.snap.FirstWaveLeft--
	}
	if e2e, ok := f.record.E2E(); ok {
		t.e2e += e2e
		t.whole++
	} else {
		t.snap.Failed++
	}
}

func (t *tally) change(by int64) {
	now := t.run.now()
	t.busy += time.Duration(t.snap.InFlight) * (now - t.changed)
	t.idle += time.Duration(t.snap.Thinking) * (now - t.changed)
	t.changed = now
	t.snap.InFlight += by
}

func (t *tally) thinks(by int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.change(0)
	t.snap.Thinking += by
}

func (t *tally) capHit() {
	t.mu.Lock()
	t.snap.CapHits++
	t.mu.Unlock()
}

// withdraw counts off a slot that never sent.
func (t *tally) withdraw(first bool) {
	if first {
		t.mu.Lock()
		t.snap.FirstWaveLeft--
		t.mu.Unlock()
	}
}

// flying lists the flights that have a stream, in the order of their coming.
func (t *tally) flying() []*flight {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.streams()
}

func (t *tally) streams() (out []*flight) {
	for el := t.flights.Front(); el != nil; el = el.Next() {
		if f := el.Value.(*flight); f.flying {
			out = append(out, f)
		}
	}
	return out
}

// cut keeps the cause, so that nothing takes off any more, and lists what flies.
func (t *tally) cut(cause error) []*flight {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cause == nil {
		t.cause = cause
	}
	return t.streams()
}

// Snapshot tells how the run stands now.
func (r *Run) Snapshot() Snapshot {
	t := &r.tally
	t.mu.Lock()
	defer t.mu.Unlock()
	t.change(0)
	s := t.snap
	s.InFlightSeconds, s.ThinkingSeconds = t.busy.Seconds(), t.idle.Seconds()
	s.OldestDue = clock.Never
	if t.next < len(r.load.Due) && r.sending.Err() == nil {
		s.OldestDue = r.load.Due[t.next]
	}
	for el := t.flights.Front(); el != nil; el = el.Next() {
		f := el.Value.(*flight)
		s.OldestDue = min(s.OldestDue, f.record.Due)
		s.Tokens += f.tokens.Load()
	}
	if t.whole > 0 {
		s.MeanE2E = t.e2e / time.Duration(t.whole)
	}
	return s
}

// take lends the buffers of one sender.
func (t *tally) take() *sender {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.spare); n > 0 {
		w := t.spare[n-1]
		t.spare = t.spare[:n-1]
		return w
	}
	return &sender{buf: make([]byte, 2048)}
}

func (t *tally) give(w *sender) {
	t.mu.Lock()
	t.spare = append(t.spare, w)
	t.mu.Unlock()
}
