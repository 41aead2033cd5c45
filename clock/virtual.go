package clock

import (
	"container/heap"
	"fmt"
	"iter"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// Virtual is simulated time. At most one of its goroutines or callbacks runs at any moment; the rest wait in a
// FIFO of the woken, a heap of (instant, order of scheduling), or for a Signal. So every run with the same inputs is
// the same run, whatever GOMAXPROCS is. Time moves only when nothing runs and nothing is woken.
//
// Its goroutines are coroutines of the one that plays: whoever parks gives it back the thread, and it picks the next to
// run, or runs due callbacks on its own stack. A switch is not the Go scheduler's, which on several cores would wake
// another core for it.
type Virtual struct {
	Horizon time.Duration // going past it fails the run; NewVirtual sets 1000 h
	// wall time without a switch that OnStall hears of; patience times as much fails the run; NewVirtual sets 10 s
	Stall time.Duration
	Pace  float64 // at most so many virtual seconds in a wall second, for looking on; 0: as fast as it goes

	// OnStall, if set, hears of every Stall with the stacks of all goroutines: a slow disk stalls too, and is no bug.
	OnStall func(e *StallError, stacks []byte)

	began    time.Time
	nowNS    atomic.Int64
	switches atomic.Uint64
	mu       sync.Mutex
	seq      uint64
	events   eventHeap
	fired    []*event // that At uses again
	ready    []turn
	head     int
	watches  []*watch
	parked   virtualSignal // sentinel of the ring of parked signals
	spare    []*virtualSignal
	live     int
	busy     bool // a goroutine or callback runs
	callback bool
	current  string
	running  *routine
	left     bool // what ran has left by runtime.Goexit, which takes the goroutine that plays with it
	failed   error
	done     chan struct{}
}

// A routine is one goroutine of the clock.
type routine struct {
	resume func() (struct{}, bool)
	pause  func(struct{}) bool
}

func newRoutine(f func()) *routine {
	r := &routine{}
	r.resume, _ = iter.Pull(func(pause func(struct{}) bool) {
		r.pause = pause
		f()
	})
	return r
}

// A turn is the next run of one goroutine: a woken wait, or a start.
type turn struct {
	sig   *virtualSignal
	start func()
	name  string
}

// patience is how many times Stall may pass before a run fails.
const patience = 6

// virtualEpoch is Time(0): far from any wall time, so that mixed deadlines are noticed.
var virtualEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// NewVirtual returns a clock at zero.
func NewVirtual() *Virtual {
	v := &Virtual{Horizon: 1000 * time.Hour, Stall: 10 * time.Second, done: make(chan struct{})}
	v.parked.next, v.parked.prev = &v.parked, &v.parked
	return v
}

// Now is the virtual time.
func (v *Virtual) Now() time.Duration { return time.Duration(v.nowNS.Load()) }

// Time is 2000-01-01 + t.
func (v *Virtual) Time(t time.Duration) time.Time { return virtualEpoch.Add(t) }

// Run, once per clock, starts f as the first goroutine and returns when all have ended: nil, a *DeadlockError or a
// *StallError.
func (v *Virtual) Run(name string, f func()) error {
	v.Go(name, f)
	v.began = time.Now()
	go v.play()
	return v.overlook()
}

// overlook waits for the end and reports when nothing has moved for long.
func (v *Virtual) overlook() error {
	tick := time.NewTicker(v.Stall)
	defer tick.Stop()
	last, still := v.switches.Load(), 0
	for {
		select {
		case <-v.done:
			return v.failed
		case <-tick.C:
		}
		if now := v.switches.Load(); now != last {
			last, still = now, 0
			continue
		}
		still++
		if e := v.stalled(still); still == patience {
			return e
		} else if v.OnStall != nil {
			v.OnStall(e, stacks())
		}
	}
}

func (v *Virtual) stalled(times int) *StallError {
	v.mu.Lock()
	defer v.mu.Unlock()
	return &StallError{v.current, v.Now(), v.Stall * time.Duration(times)}
}

// stacks are those of all goroutines, a megabyte at most.
func stacks() []byte {
	buf := make([]byte, 1<<20)
	return buf[:runtime.Stack(buf, true)]
}

// Go queues f to start at the present instant, behind what is already woken.
func (v *Virtual) Go(name string, f func()) {
	v.mu.Lock()
	v.live++
	v.ready = append(v.ready, turn{name: name, start: f})
	v.mu.Unlock()
}

// run is one goroutine's whole life.
func (v *Virtual) run(name string, f func()) {
	whole := false
	defer func() {
		p := recover()
		if p != nil { // who plays would panic with it elsewhere
			p = fmt.Sprintf("%v, in %s:\n%s", p, name, debug.Stack())
		}
		v.mu.Lock()
		v.live--
		v.busy, v.left = false, !whole && p == nil
		v.mu.Unlock()
		if p != nil {
			panic(p)
		}
	}()
	f()
	whole = true
}

// play lets one goroutine after the other run, moving time as needed, until all have ended.
func (v *Virtual) play() {
	defer func() {
		if v.left {
			v.left = false
			go v.play()
		}
	}()
	v.mu.Lock()
	for v.live > 0 || v.head < len(v.ready) {
		switch {
		case v.head < len(v.ready):
			v.next()
		case v.cancelled():
		case len(v.events) == 0:
			v.fail("deadlock")
		case v.events[0].t > v.Horizon:
			v.fail("horizon reached")
		case v.early():
		default:
			v.fire(heap.Pop(&v.events).(*event))
		}
	}
	v.mu.Unlock()
	close(v.done)
}

// early reports that the next instant is ahead of the Pace, after having slept a little.
func (v *Virtual) early() bool {
	if v.Pace == 0 {
		return false
	}
	ahead := time.Duration(float64(v.events[0].t)/v.Pace) - time.Since(v.began)
	if ahead < time.Millisecond {
		return false
	}
	v.busy, v.current = true, "the pace"
	v.switches.Add(1)
	v.mu.Unlock()
	time.Sleep(min(ahead, 10*time.Millisecond))
	v.mu.Lock()
	v.busy = false
	return true
}

// next lets the first that is ready run until it waits or ends. v.mu is held, and released meanwhile.
func (v *Virtual) next() {
	t := v.ready[v.head]
	v.ready[v.head] = turn{}
	if v.head++; v.head == len(v.ready) {
		v.ready, v.head = v.ready[:0], 0
	}
	v.busy, v.current = true, t.name
	v.switches.Add(1)
	switch {
	case t.sig == nil:
		v.running = newRoutine(func() { v.run(t.name, t.start) })
	case t.sig.heed():
		v.busy = false
		return
	default:
		v.running = t.sig.waiter
	}
	v.mu.Unlock()
	v.running.resume()
	v.mu.Lock()
}

func (v *Virtual) fire(e *event) {
	v.nowNS.Store(int64(e.t))
	if e.sig != nil {
		v.wake(e.sig, os.ErrDeadlineExceeded)
		return
	}
	v.busy, v.callback, v.current = true, true, "callback"
	v.switches.Add(1)
	f := e.f
	if e.own {
		e.f, v.fired = nil, append(v.fired, e)
	}
	v.mu.Unlock()
	f()
	v.mu.Lock()
	v.busy, v.callback = false, false
}

// fail ends every present and later wait with a DeadlockError.
func (v *Virtual) fail(why string) {
	e := &DeadlockError{Why: why, At: v.Now()}
	for s := v.parked.next; s != &v.parked; s = s.next {
		e.Waiting = append(e.Waiting, fmt.Sprintf("%s waits for %s since %v", s.owner, s.name, s.since))
	}
	if v.failed == nil {
		v.failed = e
	}
	v.events = v.events[:0]
	for v.parked.next != &v.parked {
		v.wake(v.parked.next, v.failed)
	}
}
