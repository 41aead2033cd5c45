package generator

import (
	"context"
	"sync"

	"loadgen/clock"
)

// A gate lets a limited number in; the rest wait in the order of their coming.
type gate struct {
	clk   clock.Clock
	limit int // 0: none

	mu      sync.Mutex
	inside  int
	waiting []clock.Signal
}

func newGate(clk clock.Clock, limit int) *gate { return &gate{clk: clk, limit: limit} }

// enter returns when there is room and tells whether that took waiting. An error means that ctx ended first.
func (g *gate) enter(ctx context.Context) (waited bool, err error) {
	g.mu.Lock()
	if g.limit == 0 || g.inside < g.limit {
		g.inside++
		g.mu.Unlock()
		return false, nil
	}
	turn := g.clk.NewSignal("room under the cap")
	g.waiting = append(g.waiting, turn)
	g.mu.Unlock()
	return true, turn.Wait(ctx, clock.Never)
}

// leave hands the place to who waits longest.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		g.inside--
		return
	}
	g.waiting[0].Set()
	g.waiting = g.waiting[1:]
}
