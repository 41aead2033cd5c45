package sweep

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"loadgen/analysis"
	"loadgen/generator"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/telemetry"
)

// Bounds of ramp, settle and chase (R2.2, R2.3); those of windows are the step's Evidence (R2.6).
const (
	settleMost   = 10 // mean E2Es until a step is called not settled
	chaseLeast   = 60 * time.Second
	drainLeast   = 5 * time.Minute // what is in flight so long after the last request was sent is cut
	scrapePeriod = time.Second
	scrapeMost   = 8 * time.Second // in virtual time; an idle connection lasts ten
)

// A playing is one step in the middle of it.
type playing struct {
	player *Player
	step   scenarios.Step
	run    *generator.Run
	mix    *scenarios.Mix
	window results.Window
	began  time.Duration       // on the run's clock
	before time.Duration       // mean E2E expected, from the level before or the quick test
	due    []time.Duration     // open: the schedule
	lags   []time.Duration     // guarded by the player
	gate   *gate               // of its set
	clock  results.ServerClock // the first client's, where several share the load

	writer         *results.StepWriter
	unwatch        func() // ends the readings beside it
	atStart, atEnd generator.Snapshot
	most           int // open: more requests in flight than the objective could allow; 0: it allows any number
	// of a step that confirms: requests that may miss their objective before it has failed whatever comes
	missMost int
	missed   int    // of its window, guarded by the player
	overrun  int    // in flight when there were more than most; 0: never
	last     bool   // its load is the run's last: what nobody judges need not be waited for
	unjudged int    // requests that were cut off therefore, guarded by the player
	partial  string // why its window ended before its plan
}

// begin starts a step's load. after, when not nil, is a level below whose load goes on: this one takes over its slots
// one by one, without draining (R2.1). before is the mean E2E to plan with.
func (p *Player) begin(ctx context.Context, st scenarios.Step, after *playing, before time.Duration) (*playing, error) {
	w, err := p.writer.Begin(st)
	if err != nil {
		return nil, err
	}
	t, _ := p.sc.Target(st.Target)
	pl := &playing{player: p, step: st, before: before, writer: w, began: p.env.Clock.Now()}
	pl.mix = scenarios.NewMix(p.sc, st).Salted(p.env.Salt)
	load := pl.load()
	if after != nil {
		load.After = after.run
	}
	pl.unwatch = p.observe(ctx, t, pl, w)
	pl.run = generator.Start(ctx, p.env.Clock, p.eps[t.Name], load, func(r *results.Record) {
		p.note(pl, r)
		inWhole(st, r)
		w.Add(r)
	})
	pl.chime()
	p.show(pl)
	return pl, nil
}

// chime wakes the machine whenever a request of an open loop is due.
func (pl *playing) chime() {
	if pl.player.env.Chime == nil || len(pl.due) == 0 {
		return
	}
	at := slices.Clone(pl.due)
	for i := range at {
		at[i] += pl.run.Start()
	}
	stop, unwatch := pl.player.env.Chime(at), pl.unwatch
	pl.unwatch = func() {
		stop()
		unwatch()
	}
}

// errUnjudged is the Detail of requests that nobody judges.
var errUnjudged = errors.New("due behind the window, in flight when the run was over")

// end waits for the last request and writes the step. One that was stopped before its window began is not kept.
func (pl *playing) end(ctx context.Context) (*results.Step, error) {
	pl.run.StopSending()
	if pl.last {
		pl.run.Cut(errUnjudged)
	}
	_ = pl.run.Wait(context.WithoutCancel(ctx))
	pl.window.Drained = pl.now()
	pl.unwatch()
	if drained := pl.player.env.Drained; drained != nil {
		drained()
	}
	meta := pl.meta()
	if pl.partial != "" && pl.window.Start == 0 && pl.step.Loop != scenarios.Each {
		return nil, cmp.Or(pl.writer.Abandon(), ErrStopped)
	}
	return pl.writer.Finish(meta)
}

// abandon cuts what is in flight and removes the step, for a cause that ends the run.
func (pl *playing) abandon(cause error) error {
	pl.run.Cut(cause)
	_ = pl.run.Wait(context.Background())
	pl.unwatch()
	return pl.writer.Abandon()
}

// expected is the mean E2E to plan with: of the level before, else of the quick test.
func (p *Player) expected(st scenarios.Step, after *playing) time.Duration {
	if after != nil {
		if mean := after.run.Snapshot().MeanE2E; mean > 0 {
			return mean
		}
	}
	if last := p.last[sweepOf(st)]; last != nil {
		if m := last.Metrics["e2e"].Mean; m.Known() {
			return time.Duration(m.Value * 1e9)
		}
	}
	return p.lone(st.Target)
}

// observe starts every reading beside the step and returns what ends them.
func (p *Player) observe(ctx context.Context, t scenarios.Target, pl *playing, w *results.StepWriter) func() {
	start := pl.began
	watch := telemetry.Start(ctx, p.env.Clock, p.eps[t.Name], start, pl.scrape(), w.Sample)
	stops := []func(){watch.Stop}
	if p.env.GPU != nil {
		stops = append(stops, p.env.GPU(ctx, t, start, w.Sample))
	}
	if p.env.Log != nil {
		stops = append(stops, p.env.Log(ctx, t, start, w.Sample))
	}
	if p.env.Self != nil {
		stops = append(stops, p.env.Self(ctx, start, w.Sample))
	}
	return func() {
		for _, stop := range stops {
			stop()
		}
	}
}

// scrape is how often /metrics is read. In virtual time it costs more than the load of a small level: thirty times in
// the window that is expected do there.
func (pl *playing) scrape() time.Duration {
	least := cmp.Or(pl.player.env.Scrape, scrapePeriod)
	if !pl.player.env.Simulated {
		return least
	}
	window := pl.step.Measure
	if window == 0 {
		e := pl.step.Evidence()
		window = max(e.Floor, time.Duration(e.Cohort)*pl.before/time.Duration(max(pl.step.Concurrency, 1)))
	}
	return max(min(window/30, scrapeMost).Truncate(time.Second), least)
}

func (pl *playing) load() generator.Load {
	sc, mix := pl.player.sc, pl.mix
	l := generator.Load{Loop: pl.step.Loop, Concurrency: pl.step.Concurrency, Prompt: pl.prompt, Request: sc.Request,
		NoSalt: pl.player.quick[pl.step.Target].NoSalt, StallAfter: pl.patience(),
		DrainMost: max(drainLeast, settleMost*pl.before)}
	switch pl.step.Loop {
	case scenarios.Each:
		l.List = shareOf(pl.step.Shard, mix.Each(pl.step.Times))
	case scenarios.Closed:
		l.Ramp, l.Late = pl.ramp()
	case scenarios.Open:
		l.Cap = pl.step.Cap
		l.Due = shareOf(pl.step.Shard, pl.step.Arrival.Schedule(pl.step.Whole().Rate, pl.step.Seed, pl.openSpan()))
		pl.due = l.Due
		pl.most = allowed(sc, pl.step.Whole(), pl.before)
	}
	return l
}

// patience is how long a stream may pause: a minute is long for a window of ten seconds, and short for one of ten
// minutes.
func (pl *playing) patience() time.Duration {
	return min(max(3*cmp.Or(pl.step.Measure, pl.step.Evidence().Floor), time.Minute), 5*time.Minute)
}

// openSettle is how long an open loop runs before its window.
func (pl *playing) openSettle() time.Duration { return OpenSettle(pl.mix.Life(pl.before)) }

// openMeasure is the window of an open loop: long enough to see its law whole.
func (pl *playing) openMeasure() time.Duration {
	return OpenWindow(pl.step.Whole(), pl.mix.Life(pl.before), pl.mix.Turns())
}

// openSpan is how long a schedule must last: settle, window and a chase of at most its cap.
func (pl *playing) openSpan() time.Duration {
	return pl.openSettle() + pl.openMeasure() + pl.chaseMost()
}

func (pl *playing) chaseMost() time.Duration { return max(chaseLeast, settleMost*pl.before) }

// conduct leads the load through ramp, settle, measure and chase; the load itself goes on.
func (pl *playing) conduct(ctx context.Context) {
	switch pl.step.Loop {
	case scenarios.Each:
		_ = pl.run.Wait(context.WithoutCancel(ctx))
		pl.window = results.Window{End: pl.now() + 1, Chased: pl.now(), Drained: pl.now(), Settled: true}
	case scenarios.Open:
		pl.window.Settled = true
		pl.keep(ctx, pl.openSettle())
		if ctx.Err() == nil && pl.gate.pass(ctx) == nil {
			pl.measure(ctx, pl.openMeasure())
		}
	default:
		if pl.settle(ctx) == nil && pl.gate.pass(ctx) == nil && pl.openTogether(ctx) == nil {
			pl.measure(ctx, pl.step.Measure)
		}
	}
	if ctx.Err() != nil {
		pl.partial = "stopped by the user"
		if why := context.Cause(ctx); !errors.Is(why, context.Canceled) {
			pl.partial = why.Error()
		}
	}
}

// ramp is how long the first sends of a closed loop are spread over, and by how much later than the load this client's
// begin, so that those of all clients are.
func (pl *playing) ramp() (ramp, late time.Duration) {
	n := pl.step.Whole().Concurrency
	if n == 1 {
		return 0, 0
	}
	return pl.before, pl.before * time.Duration(pl.step.Shard.Whole(0)) / time.Duration(n)
}

func (pl *playing) now() time.Duration { return pl.player.env.Clock.Now() - pl.run.Start() }

func (pl *playing) sleep(ctx context.Context, until time.Duration) error {
	return pl.player.env.Clock.SleepUntil(ctx, pl.run.Start()+until)
}

// settle waits until the ramp is over, the first wave has ended and one more mean E2E has passed (R2.3 a, b). Of
// sessions the first wave is every slot's first one: they all begin with short conversations.
func (pl *playing) settle(ctx context.Context) error {
	most := settleMost * pl.mix.Life(pl.before)
	if m := pl.step.Measure; m > 0 {
		most = 3 * m
	}
	ramp, late := pl.ramp()
	ramp += late
	pl.window.RampEnd = ramp
	if err := pl.sleep(ctx, ramp); err != nil {
		return err
	}
	for {
		s := pl.run.Snapshot()
		settled := s.FirstWaveLeft == 0 && s.MeanE2E > 0 && pl.now() >= ramp+s.MeanE2E
		if settled || pl.now() >= ramp+max(most, settleMost*pl.mix.Life(s.MeanE2E)) {
			pl.window.Settled = settled
			return nil
		}
		if err := pl.sleep(ctx, pl.now()+pl.tick()); err != nil {
			return err
		}
	}
}

// tick is how often gates look: a twentieth of the mean E2E, within 10 ms and 1 s.
func (pl *playing) tick() time.Duration {
	e := cmp.Or(pl.run.Snapshot().MeanE2E, pl.before)
	return min(max(e/20, 10*time.Millisecond), time.Second)
}

// measure opens the window, keeps it open until it carries its evidence, and chases until its cohort has ended under
// load (R2.1). fixed is the window's length when the scenario gives it, 0 otherwise.
func (pl *playing) measure(ctx context.Context, fixed time.Duration) {
	if ramped := pl.player.env.Ramped; ramped != nil {
		ramped()
	}
	pl.player.aligned()
	pl.atStart = pl.run.Snapshot()
	pl.window.Start = pl.now()
	pl.writer.Opened(pl.window.Start)
	length := fixed
	if fixed == 0 {
		length = max(pl.step.Evidence().Floor, pl.missing(ctx))
	}
	pl.expectProof()
	for length > 0 && ctx.Err() == nil {
		pl.phase("measure", pl.now()+length)
		pl.keep(ctx, pl.now()+length)
		if length = 0; fixed == 0 {
			length = pl.missing(ctx)
		}
	}
	pl.atEnd = pl.run.Snapshot()
	pl.window.End = pl.now()
	pl.writer.Closed(pl.window.End)
	pl.phase("chase", pl.window.End)
	if pl.player.final {
		pl.player.ending(ctx)
	}
	if pl.overrun > 0 {
		pl.run.StopSending() // what is in flight is served; more would only make the line longer
	}
	for pl.run.Snapshot().OldestDue < pl.window.End && pl.now() < pl.window.End+pl.chaseMost() {
		if pl.sleep(ctx, pl.now()+pl.tick()) != nil {
			break
		}
	}
	pl.window.Chased = pl.now()
	pl.last = pl.player.final && !pl.player.env.Simulated && pl.run.Snapshot().OldestDue >= pl.window.End
	_ = pl.player.meet(ctx, pl.step, "chased") // the load goes on until the last client's cohort has ended
}

// missing is how much longer the window must be for so many mean E2Es, or lives of sessions, and so large a cohort as
// its evidence asks (R2.6); 0: enough.
func (pl *playing) missing(ctx context.Context) time.Duration {
	s := pl.run.Snapshot()
	mine := held{Cohort: s.Started - pl.atStart.Started, Finished: s.Finished, MeanE2E: s.MeanE2E, Early: pl.failed()}
	more, _ := agree(ctx, pl.player, pl.step, "evidence", mine, func(all []held) (time.Duration, error) {
		return pl.lacks(sumOf(all)), nil
	})
	return more
}

// lacks is missing by what all clients' windows hold.
func (pl *playing) lacks(so held) time.Duration {
	if so.Early {
		return 0
	}
	life, turns := pl.mix.Life(cmp.Or(so.MeanE2E, pl.before)), pl.mix.Turns()
	if more := closedLacks(pl.step.Whole(), life, turns, pl.now()-pl.window.Start, so.Cohort); more > 0 {
		return more + time.Duration(float64(life)/turns)/4
	}
	return 0
}

func (pl *playing) meta() results.StepMeta {
	m := results.StepMeta{Step: pl.step, Began: pl.began - pl.player.origin, Window: pl.window,
		Simulated: pl.player.env.Simulated, Partial: pl.partial, Clock: pl.clock,
		Unsalted: pl.unsalted()}
	s := pl.run.Snapshot()
	m.Counts.Sent = int(s.Finished)
	m.Evidence.Overrun, m.Evidence.Unjudged = pl.overrun, pl.player.unjudgedOf(pl)
	m.Evidence.CapHits, m.Evidence.PlannedRate = int(s.CapHits), pl.plannedRate()
	if span := (pl.window.End - pl.window.Start).Seconds(); span > 0 && pl.step.Loop != scenarios.Each {
		m.Evidence.MeanThinking = (pl.atEnd.ThinkingSeconds - pl.atStart.ThinkingSeconds) / span
		m.Evidence.MeanInFlight = (pl.atEnd.InFlightSeconds - pl.atStart.InFlightSeconds) / span
	}
	m.Evidence.LagP99 = pl.player.lagP99(pl)
	return m
}

// unsalted reports whether requests went without cache_salt: the server refuses it, or the scenario leaves it out.
func (pl *playing) unsalted() bool {
	salt, given := pl.player.sc.Request.ExtraBody["cache_salt"]
	return pl.player.quick[pl.step.Target].NoSalt || given && salt == nil
}

// plannedRate is the schedule's mean inside the window, requests/s; 0 in a closed loop.
func (pl *playing) plannedRate() float64 {
	from, _ := slices.BinarySearch(pl.due, pl.window.Start)
	to, _ := slices.BinarySearch(pl.due, pl.window.End)
	if to == from {
		return 0
	}
	return float64(to-from) / (pl.window.End - pl.window.Start).Seconds()
}

func headlineOf(p *analysis.Point) headline {
	t := p.Metrics["ttft"]
	h := headline{OutputRate: p.OutputRate.Value, TTFTp99: math.NaN(), TTFTp50: math.NaN()}
	if e := t.At(0.99); e.Known() {
		h.TTFTp99 = e.Value
	}
	if e := t.At(0.5); e.Known() {
		h.TTFTp50 = e.Value
	}
	return h
}

func p99(values []time.Duration) time.Duration {
	if len(values) == 0 {
		return 0
	}
	s := slices.Clone(values)
	slices.Sort(s)
	return s[(len(s)*99+99)/100-1]
}
