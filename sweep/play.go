package sweep

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"sync"
	"time"

	"loadgen/analysis"
	"loadgen/endpoint"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/telemetry"
)

// A QuickError says that an endpoint failed the quick test: nothing was measured.
type QuickError struct{ Results []QuickResult }

func (e *QuickError) Error() string {
	text := ""
	for _, q := range e.Results {
		if !q.OK() {
			text += "\n" + q.failure()
		}
	}
	return text[min(1, len(text)):]
}

// ErrBusy says that a server runs others' requests and nobody agreed to go on.
var ErrBusy = errors.New("the server is already serving other clients")

// ErrStopped says that the run was stopped before its end; what was measured is kept.
var ErrStopped = errors.New("stopped")

// A Player plays one plan into one run directory.
type Player struct {
	env    *Env
	sc     *scenarios.Scenario
	plan   scenarios.Plan
	writer *results.Writer
	man    results.Manifest
	origin time.Duration // on the run's clock, of the manifest's Started
	eps    map[string]*endpoint.Endpoint

	last   map[string]*analysis.Point // per target and phase: the level before
	beyond map[string]int             // per target, phase and repetition: saturated levels so far
	quick  map[string]QuickResult
	done   map[string]bool   // steps that a resumed run has already, by name
	tried  map[int][]Seen    // steps of each search so far, by its index in the plan
	given  map[string][]Seen // per target and loop: levels of ladders so far, with which searches begin

	asked         sync.Mutex
	before, after *aligning // guarded by asked
	final         bool      // the steps being played are the plan's last

	apart      bool  // others play the rest of the plan
	unprepared error // of a player that does: why it cannot begin

	mu       sync.Mutex
	progress Progress
	live     live
}

// NewPlayer prepares a plan; nothing is sent yet.
func NewPlayer(env *Env, sc *scenarios.Scenario, plan scenarios.Plan) *Player {
	return &Player{env: env, sc: sc, plan: plan, eps: map[string]*endpoint.Endpoint{}, last: map[string]*analysis.Point{},
		beyond: map[string]int{}, quick: map[string]QuickResult{}, done: map[string]bool{}, tried: map[int][]Seen{},
		given:    map[string][]Seen{},
		progress: Progress{Steps: len(plan.Steps)}}
}

// Play tests every endpoint, then plays every step into dir. yaml is the scenario as given. The caller is a goroutine
// of the clock. Errors: *QuickError, ErrBusy, ErrStopped (after a cancelled ctx; what was measured is kept), or the
// disk's.
func (p *Player) Play(ctx context.Context, dir string, yaml []byte, man results.Manifest) error {
	defer p.close()
	if err := p.prepare(ctx, man); err != nil {
		return err
	}
	var err error
	if p.writer, err = results.Create(dir, p.man, yaml); err != nil {
		return err
	}
	return p.finish(ctx)
}

// prepare tests every endpoint and fills the manifest.
func (p *Player) prepare(ctx context.Context, man results.Manifest) error {
	targets := p.targets()
	p.origin = p.env.Clock.Now()
	if err := p.test(ctx, targets); err != nil {
		return err
	}
	p.man = man
	if p.env.Calibrate != nil {
		p.man.Calibration = p.env.Calibrate(ctx)
	}
	p.man.Notes = append(p.man.Notes, p.quickNotes(targets)...)
	if !p.env.Simulated {
		p.man.Started = p.env.Clock.Time(p.origin).UTC() // what every step's began is counted from
	}
	p.man.Tool, p.man.Simulated, p.man.Scenario = p.env.Tool, p.env.Simulated, p.sc.Name
	p.man.Parsed, p.man.Plan, p.man.Go, p.man.Salt = p.sc, p.plan, runtime.Version(), p.env.Salt
	if err := p.inspect(ctx, targets, &p.man.Before); err != nil {
		return err
	}
	p.before = p.align(ctx, nil)
	return nil
}

// finish plays the steps and closes the manifest.
func (p *Player) finish(ctx context.Context) error {
	played := p.playAll(ctx)
	return errors.Join(played, p.writer.SetManifest(p.man))
}

// playAll plays the steps and asks the servers again.
func (p *Player) playAll(ctx context.Context) error {
	played, targets := p.muster(ctx), p.targets()
	if played == nil {
		played = p.steps(ctx)
	}
	p.aligned()
	if played == nil || ctx.Err() != nil {
		p.ending(ctx) // who stops a run does not wait for it
		if p.after == nil {
			_ = p.inspect(context.WithoutCancel(ctx), targets, &p.man.After)
		} else {
			p.man.After = map[string]results.ServerInfo{}
			p.after.into(p.man.After)
		}
	}
	if why := context.Cause(ctx); why != nil && !errors.Is(why, context.Canceled) {
		p.man.Notes = append(p.man.Notes, why.Error())
	}
	p.man.Ended = time.Now().UTC()
	return played
}

func (p *Player) targets() []scenarios.Target {
	var out []scenarios.Target
	seen := map[string]bool{}
	for _, st := range p.plan.Steps {
		if t, ok := p.sc.Target(st.Target); ok && !seen[t.Name] {
			seen[t.Name] = true
			out = append(out, t)
		}
	}
	return out
}

// test runs the quick test on every endpoint and opens it.
func (p *Player) test(ctx context.Context, targets []scenarios.Target) error {
	failed := &QuickError{}
	for _, t := range targets {
		q := Quick(ctx, p.env, p.sc, t)
		p.quick[t.Name] = q
		if failed.Results = append(failed.Results, q); !q.OK() {
			continue
		}
		ep, err := p.env.open(t)
		if err != nil {
			return err
		}
		p.eps[t.Name] = ep
	}
	if len(p.eps) < len(targets) {
		return failed
	}
	return p.alone(ctx, targets)
}

// quickNotes are what the quick test warned of.
func (p *Player) quickNotes(targets []scenarios.Target) []string {
	var out []string
	for _, t := range targets {
		for _, c := range p.quick[t.Name].Checks {
			if c.Warn {
				out = append(out, t.Name+": "+c.Says)
			}
		}
	}
	return out
}

// alone asks each server whether others use it.
func (p *Player) alone(ctx context.Context, targets []scenarios.Target) error {
	for _, t := range targets {
		running, waiting, known := telemetry.Busy(ctx, p.eps[t.Name])
		if known && running+waiting > 0 && p.env.Busy != nil && !p.env.Busy(t.Name, running, waiting) {
			return fmt.Errorf("%s: %w: %.0f running, %.0f waiting", t.Name, ErrBusy, running, waiting)
		}
	}
	return nil
}

func (p *Player) inspect(ctx context.Context, targets []scenarios.Target, into *map[string]results.ServerInfo) error {
	infos := map[string]results.ServerInfo{}
	for _, t := range targets {
		infos[t.Name] = p.facts(ctx, t)
	}
	*into = infos
	return ctx.Err()
}

// facts are what a server, and the host of its GPUs, tell of it.
func (p *Player) facts(ctx context.Context, t scenarios.Target) results.ServerInfo {
	info := telemetry.Inspect(ctx, p.eps[t.Name])
	if p.env.Cards != nil {
		info.GPUs = p.env.Cards(ctx, t)
	}
	return info
}

func (p *Player) close() {
	for _, ep := range maps.All(p.eps) {
		ep.Close()
	}
	if p.writer != nil && !p.apart {
		p.writer.Close()
	}
}

// sweepOf names what a step is a level of.
func sweepOf(st scenarios.Step) string { return fmt.Sprintf("%s/%s/%d", st.Target, st.Phase, st.Rep) }

// steps plays them in order, those of a set together; the stop rule may leave out the rest of a sweep.
func (p *Player) steps(ctx context.Context) error {
	var below []*playing // their windows are over, and their load goes on until the next level takes over
	all, last := sets(p.plan.Steps), 0
	for i, s := range all {
		p.pause(ctx, last, s)
		last, p.final = s[len(s)-1].Index, i+1 == len(all) && s[0].Find == ""
		if below == nil && ctx.Err() != nil {
			return ErrStopped
		}
		why, err := agree(ctx, p, s[0], "leave out", nothing{}, func([]nothing) (string, error) { return p.leftOut(s), nil })
		if err != nil {
			return errors.Join(err, p.concludeAll(ctx, below))
		}
		if why != "" {
			for _, st := range s {
				p.tell(Outcome{Step: st, Skipped: why})
			}
			continue
		}
		if s[0].Find != "" {
			if err := p.search(ctx, s[0]); err != nil {
				return err
			}
			continue
		}
		running, err := p.beginAll(ctx, s, below)
		if err = errors.Join(err, p.concludeAll(ctx, below)); err != nil {
			return abandonAll(running, err)
		}
		if err := p.conductAll(ctx, running); err != nil {
			return abandonAll(running, err)
		}
		on, err := agree(ctx, p, s[0], "hand over", nothing{}, func([]nothing) (bool, error) {
			return i+1 < len(all) && p.handsOver(ctx, s, all[i+1]), nil
		})
		if below = nil; on && err == nil {
			below = running
		} else if err := errors.Join(err, p.concludeAll(ctx, running)); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return ErrStopped
	}
	return nil
}

// handsOver reports whether a set's load goes on into the next one: a higher level of the same closed sweeps that is
// played whatever this one shows.
func (p *Player) handsOver(ctx context.Context, s, next set) bool {
	if ctx.Err() != nil || len(s) != len(next) || p.leftOut(next) != "" {
		return false
	}
	for i, st := range s {
		up := next[i]
		if st.Loop != scenarios.Closed || up.Loop != scenarios.Closed || sweepOf(st) != sweepOf(up) ||
			up.Concurrency < st.Concurrency ||
			up.StopWhenSaturated && p.beyond[sweepOf(st)] > 0 {
			return false
		}
	}
	return true
}

// conclude ends a step, judges it and tells of it.
func (p *Player) conclude(ctx context.Context, pl *playing) error {
	step, err := pl.end(ctx)
	if err != nil {
		return err
	}
	head, err := p.judge(ctx, step)
	if err != nil {
		return err
	}
	p.tell(Outcome{Step: pl.step, Meta: step.Meta, Took: p.env.Clock.Now() - pl.began, Point: head})
	return nil
}

func (p *Player) tell(o Outcome) {
	o.Steps = p.progress.Steps
	p.mu.Lock()
	p.progress.Done++
	p.mu.Unlock()
	if p.env.Told != nil {
		p.env.Told(o)
	}
}

// judge gives the step just written its verdict and looks whether the sweep is saturated.
func (p *Player) judge(ctx context.Context, step *results.Step) (headline, error) {
	data, err := analysis.ReadStep(step)
	if err != nil {
		return headline{}, err
	}
	data.Calibration = p.man.Calibration
	if err := step.Judge(analysis.Judge(data)); err != nil {
		return headline{}, err
	}
	data.Meta = step.Meta
	st := step.Meta.Step
	t, _ := p.sc.Target(st.Target)
	if !p.sharing(st) {
		point := p.weigh(st, data)
		if p.env.Simulated { // a study follows; beside real servers nothing may take time that need not
			analysis.KeepPoint((&results.Run{Dir: p.writer.Dir()}).Kept(), p.sc, t, point)
		}
		return headlineOf(point), nil
	}
	return headlineOf(analysis.Pool(p.sc, t, []*analysis.StepData{data})), p.handIn(ctx, step)
}
