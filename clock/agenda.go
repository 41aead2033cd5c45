package clock

import "time"

// An Agenda is virtual time of callbacks alone, for one goroutine: no lock, and no waiting. Callbacks run in the order
// in which Virtual would run them.
type Agenda struct {
	now    time.Duration
	seq    uint64
	events []entry // a heap
	ended  bool
}

type entry struct {
	t   time.Duration
	seq uint64
	f   func()
}

func (a *entry) before(b *entry) bool { return a.t < b.t || a.t == b.t && a.seq < b.seq }

// Now is the virtual time.
func (a *Agenda) Now() time.Duration { return a.now }

// Next is when the next callback is due, Never when there is none.
func (a *Agenda) Next() time.Duration {
	if len(a.events) == 0 {
		return Never
	}
	return a.events[0].t
}

// At queues f at t, or at the present instant if t has passed.
func (a *Agenda) At(t time.Duration, f func()) {
	a.seq++
	e := entry{max(t, a.now), a.seq, f}
	a.events = append(a.events, e)
	i := len(a.events) - 1
	for ; i > 0; i = (i - 1) / 2 {
		up := &a.events[(i-1)/2]
		if !e.before(up) {
			break
		}
		a.events[i] = *up
	}
	a.events[i] = e
}

// End has Run return after the present callback.
func (a *Agenda) End() { a.ended = true }

// Run runs callbacks until End; when none is left before, it is a *DeadlockError.
func (a *Agenda) Run() error {
	for !a.ended {
		if len(a.events) == 0 {
			return &DeadlockError{Why: "deadlock", At: a.now}
		}
		e := a.next()
		a.now = e.t
		e.f()
	}
	return nil
}

func (a *Agenda) next() entry {
	first, n := a.events[0], len(a.events)-1
	last := a.events[n]
	a.events[n] = entry{}
	a.events = a.events[:n]
	if n == 0 {
		return first
	}
	i := 0
	for {
		down := 2*i + 1
		if down >= n {
			break
		}
		if down+1 < n && a.events[down+1].before(&a.events[down]) {
			down++
		}
		if last.before(&a.events[down]) {
			break
		}
		a.events[i] = a.events[down]
		i = down
	}
	a.events[i] = last
	return first
}
