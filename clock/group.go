package clock

import (
	"context"
	"sync"
)

// A Group is the sync.WaitGroup of a Clock, for one waiter.
type Group struct {
	clk  Clock
	mu   sync.Mutex
	n    int
	idle Signal
}

// NewGroup returns an empty group.
func NewGroup(clk Clock, name string) *Group { return &Group{clk: clk, idle: clk.NewSignal(name)} }

// Go starts f as a member.
func (g *Group) Go(name string, f func()) {
	g.mu.Lock()
	g.n++
	g.mu.Unlock()
	g.clk.Go(name, func() {
		defer g.done()
		f()
	})
}

func (g *Group) done() {
	g.mu.Lock()
	g.n--
	last := g.n == 0
	g.mu.Unlock()
	if last {
		g.idle.Set()
	}
}

// Wait returns nil when no member runs, or the context's cause.
func (g *Group) Wait(ctx context.Context) error {
	for {
		g.mu.Lock()
		n := g.n
		g.mu.Unlock()
		if n == 0 {
			return nil
		}
		if err := g.idle.Wait(ctx, Never); err != nil {
			return err
		}
	}
}
