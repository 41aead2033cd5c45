package sweep

import (
	"time"

	"loadgen/analysis"
	"loadgen/results"
	"loadgen/scenarios"
)

// A Progress is how a run stands; it is pulled, never pushed from where requests are sent.
type Progress struct {
	Step     scenarios.Step
	Steps    int           // of the plan
	Done     int           // finished or left out
	Phase    string        // ramp, measure, chase
	Elapsed  time.Duration // of the step
	Until    time.Duration // offset at which the present phase ends; 0: not known
	InFlight int64
	Finished int64
	Failed   int64
	Tokens   int64
	TTFTp99  time.Duration // of the latest requests; 0: none yet
}

// live is what the sink keeps for a progress line.
type live struct {
	of    *playing
	ttft  [256]time.Duration // the latest, as a ring
	seen  int
	phase string
	until time.Duration
}

// show makes a step the one that progress is asked of.
func (p *Player) show(pl *playing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.live = live{of: pl, phase: "ramp"}
}

func (pl *playing) phase(name string, until time.Duration) {
	p := pl.player
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.live.of == pl {
		p.live.phase, p.live.until = name, until
	}
}

// note looks at a finished request; it runs once per request, never per token.
func (p *Player) note(pl *playing, r *results.Record) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pl.lags = append(pl.lags, r.Lag())
	if r.Detail == errUnjudged.Error() {
		pl.unjudged++
	}
	if o := p.sc.ObjectiveOf(r.Class); pl.missMost > 0 && r.Due >= pl.window.Start && !o.IsZero() &&
		!analysis.Meets(r, o) {
		pl.missed++
	}
	if t, ok := r.TTFT(); ok && p.live.of == pl {
		p.live.ttft[p.live.seen%len(p.live.ttft)] = t
		p.live.seen++
	}
}

// unjudgedOf is how many requests of a step that has ended were cut off since nobody judges them.
func (p *Player) unjudgedOf(pl *playing) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return pl.unjudged
}

// lagP99 is of a step that has ended; progress shows it no more.
func (p *Player) lagP99(pl *playing) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.live.of == pl {
		p.live = live{}
	}
	return p99(pl.lags)
}

// Progress may be called from anywhere at any time.
func (p *Player) Progress() Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.progress
	l := &p.live
	if l.of == nil {
		return out
	}
	out.Step, out.Phase, out.Until = l.of.step, l.phase, l.until
	s := l.of.run.Snapshot()
	out.Elapsed = p.env.Clock.Now() - l.of.run.Start()
	out.InFlight, out.Finished, out.Failed, out.Tokens = s.InFlight, s.Finished, s.Failed, s.Tokens
	out.TTFTp99 = p99(l.ttft[:min(l.seen, len(l.ttft))])
	return out
}
