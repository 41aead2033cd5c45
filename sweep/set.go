package sweep

import (
	"context"
	"errors"
	"slices"
	"sync"

	"loadgen/clock"
	"loadgen/scenarios"
)

// A set is the steps that are played at the same time, one per target; a target that is loaded alone is a set of one.
type set []scenarios.Step

// sets parts a plan's steps, in their order.
func sets(steps []scenarios.Step) []set {
	var out []set
	for _, st := range steps {
		if k := len(out) - 1; k >= 0 && out[k].takes(st) {
			out[k] = append(out[k], st)
			continue
		}
		out = append(out, set{st})
	}
	return out
}

func (s set) takes(st scenarios.Step) bool {
	a := s[0]
	return slices.Contains(a.Beside, st.Target) && a.Phase == st.Phase && a.Rep == st.Rep && a.Level() == st.Level()
}

// leftOut says why a set is not played; empty: it is.
func (p *Player) leftOut(s set) string {
	done, beyond := 0, 0
	for _, st := range s {
		if p.done[st.Name] {
			done++
		}
		if stopsAfter(st) > 0 && p.beyond[sweepOf(st)] >= stopsAfter(st) {
			beyond++
		}
	}
	switch {
	case p.sc.Within > 0 && done < len(s) && s[0].Find == "" && p.env.Clock.Now()-p.origin >= p.sc.Within:
		return "the time given is over"
	case done == len(s):
		return "measured before"
	case done > 0:
		return "skipped: the run was interrupted while targets loaded together were at this step; repeating one alone " +
			"would be a different load"
	case beyond == len(s):
		if s[0].Stop == scenarios.StopObjective {
			return "the objective breaks below"
		}
		return "saturated below"
	}
	return ""
}

// stopsAfter is after how many levels beyond its bound a sweep ends; 0: it does not.
func stopsAfter(st scenarios.Step) int {
	switch {
	case st.Stop == scenarios.StopObjective:
		return 1
	case st.Stop == scenarios.StopSaturated || st.StopWhenSaturated:
		return 2
	}
	return 0
}

// beginAll starts every step of a set; below are the levels that it takes over from, nil when there are none.
func (p *Player) beginAll(ctx context.Context, s set, below []*playing) ([]*playing, error) {
	var out []*playing
	on, err := p.onset(ctx, s, below)
	if err != nil {
		return nil, err
	}
	g := newGate(p.env.Clock, len(s))
	for i, st := range s {
		var after *playing
		if below != nil {
			after = below[i]
		}
		pl, err := p.begin(ctx, st, after, on.before[i])
		if err != nil {
			return out, err
		}
		pl.gate, pl.clock = g, on.clock
		out = append(out, pl)
	}
	return out, nil
}

// conductAll leads the loads of a set side by side; each goes on until the last one's window is over.
func (p *Player) conductAll(ctx context.Context, all []*playing) error {
	if len(all) == 1 {
		all[0].conduct(ctx)
		return nil
	}
	g := clock.NewGroup(p.env.Clock, "set")
	for _, pl := range all {
		g.Go(pl.step.Name, func() { pl.conduct(ctx) })
	}
	return g.Wait(context.WithoutCancel(ctx))
}

func (p *Player) concludeAll(ctx context.Context, all []*playing) error {
	var errs []error
	for _, pl := range all {
		errs = append(errs, p.conclude(ctx, pl))
	}
	return errors.Join(errs...)
}

func abandonAll(all []*playing, cause error) error {
	errs := []error{cause}
	for _, pl := range all {
		errs = append(errs, pl.abandon(cause))
	}
	return errors.Join(errs...)
}

// A gate opens when every step of a set has settled, so that their windows lie side by side.
type gate struct {
	clk     clock.Clock
	mu      sync.Mutex
	left    int
	waiting []clock.Signal
}

func newGate(clk clock.Clock, n int) *gate { return &gate{clk: clk, left: n} }

// pass waits for the others.
func (g *gate) pass(ctx context.Context) error {
	own := g.clk.NewSignal("gate")
	g.mu.Lock()
	g.left--
	g.waiting = append(g.waiting, own)
	g.mu.Unlock()
	for !g.open() {
		if err := own.Wait(ctx, clock.Never); err != nil {
			return err
		}
	}
	return nil
}

// open reports whether all have come, and wakes them.
func (g *gate) open() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.left > 0 {
		return false
	}
	for _, w := range g.waiting {
		w.Set()
	}
	g.waiting = nil
	return true
}
