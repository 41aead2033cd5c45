package clock

import (
	"container/list"
	"context"
	"fmt"
	"os"
	"time"
)

// SleepUntil parks until t.
func (v *Virtual) SleepUntil(ctx context.Context, t time.Duration) error {
	v.mu.Lock()
	var s *virtualSignal
	if n := len(v.spare); n > 0 {
		s, v.spare = v.spare[n-1], v.spare[:n-1]
	} else {
		s = v.newSignal("a later instant")
	}
	err := s.wait(ctx, t)
	v.mu.Lock()
	v.spare = append(v.spare, s)
	v.mu.Unlock()
	if err == os.ErrDeadlineExceeded {
		return nil
	}
	return err
}

type virtualSignal struct {
	v          *Virtual
	name       string
	waiter     *routine
	set        bool
	waiting    bool
	err        error
	each       func() bool // what Set calls instead of waking the waiter; nil: nothing
	owner      string
	since      time.Duration
	late       event
	w          *watch
	el         *list.Element
	prev, next *virtualSignal
}

// NewSignal makes a signal; name appears in a DeadlockError.
func (v *Virtual) NewSignal(name string) Signal { return v.newSignal(name) }

func (v *Virtual) newSignal(name string) *virtualSignal {
	s := &virtualSignal{v: v, name: name}
	s.late = event{v: v, sig: s, idx: -1}
	return s
}

// Set wakes the waiter or the next one.
func (s *virtualSignal) Set() {
	s.v.mu.Lock()
	if s.waiting {
		s.v.wake(s, nil)
	} else {
		s.set = true
	}
	s.v.mu.Unlock()
}

// Wait parks until Set, until, or cancellation.
func (s *virtualSignal) Wait(ctx context.Context, until time.Duration) error {
	s.v.mu.Lock()
	return s.wait(ctx, until)
}

// Each calls f at once while Set was called before.
func (s *virtualSignal) Each(f func() bool) error {
	for {
		s.v.mu.Lock()
		if !s.set {
			s.each = f
			defer func() { s.each = nil }()
			return s.wait(context.Background(), Never)
		}
		s.set = false
		s.v.mu.Unlock()
		if !f() {
			return nil
		}
	}
}

// wait is entered with v.mu held and leaves with it released.
func (s *virtualSignal) wait(ctx context.Context, until time.Duration) error {
	v := s.v
	if v.callback || !v.busy {
		v.mu.Unlock()
		panic("clock: wait for " + s.name + " in a callback or outside the clock's goroutines")
	}
	if err := s.ready(ctx, until); err != errPark {
		v.mu.Unlock()
		return err
	}
	if until != Never {
		v.push(&s.late, until)
	}
	if ctx.Done() != nil {
		s.w = v.watch(ctx)
		s.el = s.w.waiters.PushBack(s)
	}
	s.park()
	s.waiter, v.busy = v.running, false
	v.mu.Unlock()
	s.waiter.pause(struct{}{})
	return s.err
}

// park puts s among those that wait.
func (s *virtualSignal) park() {
	v := s.v
	s.waiting, s.owner, s.since = true, v.current, v.Now()
	s.prev, s.next = v.parked.prev, &v.parked
	s.prev.next, s.next.prev = s, s
}

// heed has Each's function look at what Set told of, and reports whether the waiter need not be woken: it would only
// wait again. v.mu is held, and released meanwhile.
func (s *virtualSignal) heed() bool {
	v := s.v
	for s.each != nil && s.err == nil {
		v.callback = true
		v.mu.Unlock()
		more := s.each()
		v.mu.Lock()
		v.callback = false
		switch {
		case !more:
			return false
		case v.failed != nil:
			s.err = v.failed
		case !s.set:
			s.park()
			return true
		}
		s.set = false
	}
	return false
}

var errPark = fmt.Errorf("park")

func (s *virtualSignal) ready(ctx context.Context, until time.Duration) error {
	switch {
	case s.v.failed != nil:
		return s.v.failed
	case s.set:
		s.set = false
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case until <= s.v.Now():
		return os.ErrDeadlineExceeded
	}
	return errPark
}

func (v *Virtual) wake(s *virtualSignal, err error) {
	s.waiting, s.err = false, err
	s.prev.next, s.next.prev = s.next, s.prev
	v.remove(&s.late)
	if s.el != nil {
		v.unwatch(s.w, s.el)
		s.w, s.el = nil, nil
	}
	v.ready = append(v.ready, turn{sig: s, name: s.owner})
}
