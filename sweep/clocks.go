package sweep

import (
	"context"
	"sync"

	"loadgen/clock"
	"loadgen/results"
	"loadgen/telemetry"
)

// An aligning asks how far the servers' clocks are from ours, all at once and beside a load that is not measured
// then. nil, as in virtual time where there is one clock, asks nothing.
type aligning struct {
	group *clock.Group
	mu    sync.Mutex
	found map[string]results.ServerClock
}

// align begins to ask.
func (p *Player) align(ctx context.Context) *aligning {
	if p.env.Simulated {
		return nil
	}
	a := &aligning{group: clock.NewGroup(p.env.Clock, "the servers' clocks"), found: map[string]results.ServerClock{}}
	for _, t := range p.targets() {
		a.group.Go("clock of "+t.Name, func() {
			found := telemetry.Align(ctx, p.env.Clock, p.eps[t.Name])
			a.mu.Lock()
			defer a.mu.Unlock()
			a.found[t.Name] = found
		})
	}
	return a
}

// into waits for what was found and adds it.
func (a *aligning) into(infos map[string]results.ServerInfo) {
	if a == nil {
		return
	}
	_ = a.group.Wait(context.Background()) // it ends: asking has a time limit
	for name, found := range a.found {
		info := infos[name]
		info.Clock = found
		infos[name] = info
	}
}

// aligned waits, before anything is measured, until the servers' clocks are known.
func (p *Player) aligned() {
	p.asked.Lock()
	defer p.asked.Unlock()
	if p.before == nil {
		return
	}
	p.before.into(p.man.Before)
	p.before = nil
	_ = p.writer.SetManifest(p.man) // at the run's end it is written again
}

// ending asks the clocks again when the last window is over, unless that has begun.
func (p *Player) ending(ctx context.Context) {
	p.asked.Lock()
	defer p.asked.Unlock()
	if p.after == nil {
		p.after = p.align(ctx)
	}
}
