package clock

import (
	"container/heap"
	"time"
)

// An event is a callback or the deadline of a wait, at an instant.
type event struct {
	v   *Virtual
	t   time.Duration
	seq uint64
	idx int // in the heap, -1 when not
	f   func()
	sig *virtualSignal
	own bool // nobody has a handle: it is used again
}

// AfterFunc queues f at t, or at the present instant if t has passed: after everything that is woken by then.
func (v *Virtual) AfterFunc(t time.Duration, f func()) Timer {
	e := &event{v: v, f: f}
	v.mu.Lock()
	v.push(e, t)
	v.mu.Unlock()
	return e
}

// At is AfterFunc for what nobody stops. A simulated server asks for some of these with every step, so they are used
// again.
func (v *Virtual) At(t time.Duration, f func()) {
	v.mu.Lock()
	e := &event{v: v, own: true}
	if n := len(v.fired); n > 0 {
		e, v.fired = v.fired[n-1], v.fired[:n-1]
	}
	e.f = f
	v.push(e, t)
	v.mu.Unlock()
}

// Stop removes the event.
func (e *event) Stop() bool {
	e.v.mu.Lock()
	defer e.v.mu.Unlock()
	return e.v.remove(e)
}

func (v *Virtual) push(e *event, t time.Duration) {
	v.seq++
	e.t, e.seq = max(t, v.Now()), v.seq
	heap.Push(&v.events, e)
}

func (v *Virtual) remove(e *event) bool {
	if e.idx < 0 || e.idx >= len(v.events) || v.events[e.idx] != e {
		return false
	}
	heap.Remove(&v.events, e.idx)
	return true
}

type eventHeap []*event

func (h eventHeap) Len() int { return len(h) }
func (h eventHeap) Less(i, j int) bool {
	return h[i].t < h[j].t || h[i].t == h[j].t && h[i].seq < h[j].seq
}
func (h eventHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].idx, h[j].idx = i, j
}
func (h *eventHeap) Push(x any) {
	x.(*event).idx = len(*h)
	*h = append(*h, x.(*event))
}
func (h *eventHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	e.idx = -1
	return e
}
