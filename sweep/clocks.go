package sweep

import (
	"context"
	"maps"
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
	facts map[string]results.ServerInfo // where they are asked for those too
}

// align begins to ask. known are clocks as they were found when the run began; nil: none is known.
func (p *Player) align(ctx context.Context, known map[string]results.ServerInfo) *aligning {
	if p.env.Simulated {
		return nil
	}
	a := &aligning{group: clock.NewGroup(p.env.Clock, "the servers' clocks"), found: map[string]results.ServerClock{}}
	for _, t := range p.targets() {
		a.group.Go("clock of "+t.Name, func() {
			found := telemetry.AlignAgain(ctx, p.env.Clock, p.eps[t.Name], known[t.Name].Clock, p.origin)
			a.mu.Lock()
			defer a.mu.Unlock()
			a.found[t.Name] = found
		})
	}
	return a
}

// inspect asks the servers for what they tell of themselves too.
func (a *aligning) inspect(ctx context.Context, p *Player) {
	a.facts = map[string]results.ServerInfo{}
	for _, t := range p.targets() {
		a.group.Go("facts of "+t.Name, func() {
			info := p.facts(ctx, t)
			a.mu.Lock()
			defer a.mu.Unlock()
			a.facts[t.Name] = info
		})
	}
}

// into waits for what was found and adds it.
func (a *aligning) into(infos map[string]results.ServerInfo) {
	if a == nil {
		return
	}
	_ = a.group.Wait(context.Background()) // it ends: asking has a time limit
	maps.Copy(infos, a.facts)
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

// ending asks the servers again when the last window is over, unless that has begun.
func (p *Player) ending(ctx context.Context) {
	p.asked.Lock()
	defer p.asked.Unlock()
	if p.after != nil {
		return
	}
	if p.after = p.align(ctx, p.man.Before); p.after != nil {
		p.after.inspect(context.WithoutCancel(ctx), p)
	}
}
