package clock

import (
	"container/list"
	"context"
)

// A watch is one context and who waits under it.
type watch struct {
	ctx     context.Context
	waiters list.List // of *virtualSignal and func(), in order of registration
}

// OnCancel watches ctx. Contexts are looked at in a fixed order before time moves, so a cancel from a goroutine of
// this clock acts at its own instant, and one from outside acts before the next instant.
func (v *Virtual) OnCancel(ctx context.Context, f func()) func() {
	if ctx.Done() == nil {
		return func() {}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	w := v.watch(ctx)
	el := w.waiters.PushBack(f)
	return func() {
		v.mu.Lock()
		v.unwatch(w, el)
		v.mu.Unlock()
	}
}

func (v *Virtual) watch(ctx context.Context) *watch {
	for _, w := range v.watches {
		if w.ctx == ctx {
			return w
		}
	}
	w := &watch{ctx: ctx}
	v.watches = append(v.watches, w)
	return w
}

func (v *Virtual) unwatch(w *watch, el *list.Element) {
	w.waiters.Remove(el)
	if w.waiters.Len() > 0 {
		return
	}
	for i := range v.watches {
		if v.watches[i] == w {
			v.watches = append(v.watches[:i], v.watches[i+1:]...)
			return
		}
	}
}

// cancelled wakes the waiters of one cancelled context and reports whether there was one.
func (v *Virtual) cancelled() bool {
	for i, w := range v.watches {
		if w.ctx.Err() == nil {
			continue
		}
		v.watches = append(v.watches[:i], v.watches[i+1:]...)
		for el := w.waiters.Front(); el != nil; el = w.waiters.Front() {
			w.waiters.Remove(el)
			if f, ok := el.Value.(func()); ok {
				v.push(&event{v: v, f: f}, v.Now())
				continue
			}
			s := el.Value.(*virtualSignal)
			s.el = nil
			v.wake(s, context.Cause(w.ctx))
		}
		return true
	}
	return false
}
