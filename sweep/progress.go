package sweep

import (
	"time"

	"loadgen/generator"
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

// live is what the sink keeps for a progress line and for the step's evidence.
type live struct {
	run   *generator.Run
	ttft  [256]time.Duration // the latest, as a ring
	seen  int
	lags  []time.Duration
	phase string
	until time.Duration
	step  scenarios.Step
}

func (p *Player) begin(st scenarios.Step, run *generator.Run) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.live.run, p.live.step, p.live.phase, p.live.until = run, st, "ramp", 0
}

func (p *Player) phase(name string, until time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.live.phase, p.live.until = name, until
}

// note looks at a finished request; it runs once per request, never per token.
func (p *Player) note(r *results.Record) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.live.lags = append(p.live.lags, r.Lag())
	if t, ok := r.TTFT(); ok {
		p.live.ttft[p.live.seen%len(p.live.ttft)] = t
		p.live.seen++
	}
}

// lagP99 takes the lags of the step that just ended.
func (p *Player) lagP99() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p99(p.live.lags)
	p.live = live{}
	return out
}

// Progress may be called from anywhere at any time.
func (p *Player) Progress() Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.progress
	l := &p.live
	out.Step, out.Phase, out.Until = l.step, l.phase, l.until
	if l.run == nil {
		return out
	}
	s := l.run.Snapshot()
	out.Elapsed = p.env.Clock.Now() - l.run.Start()
	out.InFlight, out.Finished, out.Failed, out.Tokens = s.InFlight, s.Finished, s.Failed, s.Tokens
	out.TTFTp99 = p99(l.ttft[:min(l.seen, len(l.ttft))])
	return out
}
