package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"loadgen/analysis"
	"loadgen/results"
	"loadgen/scenarios"
)

// A Crew are the clients that play one load together, as one of them sees the others. When it loses one it cancels the
// context that the load is played in.
type Crew interface {
	// Agree waits until every client has said something of the same matter. The first client then decides, from what all
	// said in their order, and each gets its word.
	Agree(ctx context.Context, matter string, mine []byte, decide func(all [][]byte) ([]byte, error)) ([]byte, error)
	// Sum tells what all clients have of a step, as of their last heartbeats; ours goes out with the next.
	Sum(step string, mine Tally) Tally
	// Clock is how far the first client's clock is from ours.
	Clock(ctx context.Context) results.ServerClock
	// Deliver brings a finished step of a run to the first client.
	Deliver(ctx context.Context, run string, step *results.Step) error
	// Parts are all clients' parts of a step; the first client alone has them.
	Parts(step scenarios.Step) ([]*results.Step, error)
}

// A Tally is what an open step has at a moment, of one client or of all.
type Tally struct {
	InFlight int
	Missed   int // of a step that confirms
	Overrun  int // in flight when some client saw too many of them; 0: never
}

// And is what two clients have together.
func (t Tally) And(o Tally) Tally {
	return Tally{t.InFlight + o.InFlight, t.Missed + o.Missed, max(t.Overrun, o.Overrun)}
}

// sharing reports whether others have parts of a step.
func (p *Player) sharing(st scenarios.Step) bool { return p.env.Crew != nil && st.Shard.Of > 0 }

// agree has the first of the clients that share a step decide from what all say; a client by itself decides from its
// own.
func agree[T, D any](ctx context.Context, p *Player, st scenarios.Step, what string, mine T,
	decide func([]T) (D, error)) (word D, err error) {
	if !p.sharing(st) {
		return decide([]T{mine})
	}
	said, err := json.Marshal(mine)
	if err != nil {
		return word, err
	}
	answer, err := p.env.Crew.Agree(ctx, st.Whole().Directory()+" "+what, said, func(all [][]byte) ([]byte, error) {
		each := make([]T, len(all))
		for i := range all {
			if err := json.Unmarshal(all[i], &each[i]); err != nil {
				return nil, err
			}
		}
		word, err := decide(each)
		if err != nil {
			return nil, err
		}
		return json.Marshal(word)
	})
	if err != nil {
		return word, err
	}
	return word, json.Unmarshal(answer, &word)
}

// A nothing is said where being there is all.
type nothing struct{}

// meet waits until every client that shares a step has come so far.
func (p *Player) meet(ctx context.Context, st scenarios.Step, what string) error {
	_, err := agree(ctx, p, st, what, nothing{}, func([]nothing) (nothing, error) { return nothing{}, nil })
	return err
}

// A watch is what one client knows of two clocks that are not its own: the target's and the first client's.
type watch struct {
	Now           time.Time // by its own
	Target, First results.ServerClock
	Before        []time.Duration // mean E2E expected of each target
}

// A start is an instant on a clock that all know, and with what the steps are planned.
type start struct {
	At     time.Time
	Target bool // on the target's clock, else on the first client's
	Before []time.Duration
}

const (
	startMargin = 500 * time.Millisecond // for the word to reach all
	openMargin  = 150 * time.Millisecond // the same, of a window
	drifting    = 50e-6                  // by which two clocks may run apart after they were compared
)

// watch reads the clocks, the target's by what was found before the load.
func (p *Player) watch(ctx context.Context, st scenarios.Step) watch {
	w := watch{First: p.env.Crew.Clock(ctx), Target: p.man.Before[st.Target].Clock}
	if w.Target.Known() {
		w.Target.Half += time.Duration(drifting * float64(p.env.Clock.Now()-p.origin))
	}
	w.Now = p.env.Clock.Time(p.env.Clock.Now())
	return w
}

// own is an agreed instant on the run's clock.
func (w watch) own(p *Player, s start) time.Duration {
	offset := w.First.Offset
	if s.Target {
		offset = w.Target.Offset
	}
	return s.At.Add(-offset).Sub(p.env.Clock.Time(0))
}

// soon is a common instant by the clock that all know best, so much after the last one's now.
func soon(all []watch, margin time.Duration) (start, time.Duration) {
	target, first := inDoubt(all, true), inDoubt(all, false)
	s := start{Target: target < first, Before: all[0].Before}
	for _, w := range all {
		now := w.Now.Add(w.First.Offset)
		if s.Target {
			now = w.Now.Add(w.Target.Offset)
		}
		if now = now.Add(margin); now.After(s.At) {
			s.At = now
		}
	}
	return s, min(target, first)
}

const unknown = time.Duration(1<<63 - 1)

// inDoubt is how well the client that knows a clock least knows it.
func inDoubt(all []watch, target bool) (most time.Duration) {
	for _, w := range all {
		c := w.First
		if target {
			c = w.Target
		}
		if !c.Known() {
			return unknown
		}
		most = max(most, c.Half)
	}
	return most
}

// errCoarse says that the clients cannot keep one schedule.
var errCoarse = errors.New("the clients' clocks are not known well enough")

// fine refuses a rate whose mean gap between arrivals is less than twice what the clocks are in doubt by: the clients'
// arrivals would not be the schedule's.
func fine(off time.Duration, st scenarios.Step) error {
	rate := st.Whole().Rate
	if off == unknown {
		return fmt.Errorf("%w: neither the target nor the first client tells its time", errCoarse)
	}
	if gap := time.Duration(float64(time.Second) / rate); st.Loop == scenarios.Open && off > gap/2 {
		return fmt.Errorf("%w: within ± %v, and at %g requests/s one comes every %v; half of that is needed: a nearer "+
			"network, fewer neighbours, or a lower rate", errCoarse, off.Round(time.Microsecond), rate,
			gap.Round(time.Microsecond))
	}
	return nil
}

// muster waits until every client is ready, and refuses a plan that their clocks do not allow.
func (p *Player) muster(ctx context.Context) error {
	i := -1
	for k, st := range p.plan.Steps {
		if p.sharing(st) && (i < 0 || st.Shard.Rate > p.plan.Steps[i].Shard.Rate) {
			i = k
		}
	}
	if i < 0 {
		return nil
	}
	p.aligned()
	fastest := p.plan.Steps[i]
	_, err := agree(ctx, p, fastest, "ready", p.watch(ctx, fastest), func(all []watch) (start, error) {
		s, off := soon(all, 0)
		if fastest.Find != "" {
			return s, nil
		}
		return s, fine(off, fastest)
	})
	return err
}

// An onset is how the steps of a set begin.
type onset struct {
	before []time.Duration     // mean E2E to plan each with
	clock  results.ServerClock // the first client's; unknown where one client plays by itself
}

// onset waits for the instant at which all clients begin a set.
func (p *Player) onset(ctx context.Context, s set, below []*playing) (onset, error) {
	var before []time.Duration
	for i, st := range s {
		var after *playing
		if below != nil {
			after = below[i]
		}
		before = append(before, p.expected(st, after))
	}
	if !p.sharing(s[0]) {
		return onset{before: before}, nil
	}
	w := p.watch(ctx, s[0])
	w.Before = before
	at, err := agree(ctx, p, s[0], "begin", w, func(all []watch) (start, error) {
		at, off := soon(all, startMargin)
		return at, fine(off, s[0])
	})
	if err != nil {
		return onset{}, err
	}
	return onset{at.Before, w.First}, p.env.Clock.SleepUntil(ctx, w.own(p, at))
}

// openTogether waits until the loads of all clients have settled.
func (pl *playing) openTogether(ctx context.Context) error {
	p := pl.player
	if !p.sharing(pl.step) {
		return nil
	}
	w := watch{First: pl.clock, Now: p.env.Clock.Time(p.env.Clock.Now())}
	at, err := agree(ctx, p, pl.step, "window", w, func(all []watch) (start, error) {
		at, _ := soon(all, openMargin)
		return at, nil
	})
	if err != nil {
		return err
	}
	return p.env.Clock.SleepUntil(ctx, w.own(p, at))
}

// A held is what one client's window holds so far.
type held struct {
	Cohort, Finished int64
	MeanE2E          time.Duration
	Early            bool // it ends before its plan
}

// sumOf is what the windows of all hold.
func sumOf(all []held) held {
	if len(all) == 1 {
		return all[0]
	}
	var out held
	var lasted time.Duration
	for _, h := range all {
		out.Cohort, out.Finished, out.Early = out.Cohort+h.Cohort, out.Finished+h.Finished, out.Early || h.Early
		lasted += h.MeanE2E * time.Duration(h.Finished)
	}
	out.MeanE2E = lasted / time.Duration(max(out.Finished, 1))
	return out
}

// tally is what all clients have of the step.
func (pl *playing) tally() Tally {
	p := pl.player
	p.mu.Lock()
	t := Tally{InFlight: int(pl.run.Snapshot().InFlight), Missed: pl.missed, Overrun: pl.overrun}
	p.mu.Unlock()
	if !p.sharing(pl.step) {
		return t
	}
	return p.env.Crew.Sum(pl.step.Whole().Directory(), t)
}

// handIn gives a step to the first client, which weighs the whole when it has all parts.
func (p *Player) handIn(ctx context.Context, step *results.Step) error {
	if err := p.env.Crew.Deliver(ctx, p.writer.Dir(), step); err != nil {
		return err
	}
	st := step.Meta.Step
	_, err := agree(ctx, p, st, "played", nothing{}, func([]nothing) (nothing, error) {
		parts, err := p.env.Crew.Parts(st)
		if err == nil {
			err = p.weighParts(st, parts)
		}
		return nothing{}, err
	})
	return err
}

// weighParts weighs a step of which each client has a part.
func (p *Player) weighParts(st scenarios.Step, parts []*results.Step) error {
	var all []*analysis.StepData
	for _, part := range parts {
		data, err := analysis.ReadStep(part)
		if err != nil {
			return err
		}
		data.Calibration = p.man.Calibration
		all = append(all, data)
	}
	whole, err := analysis.Whole(all)
	if err != nil || whole == nil {
		if st.Try > 0 {
			p.tried[st.Index] = append(p.tried[st.Index], Seen{Invalid: true})
		}
		return err
	}
	p.weigh(st, whole)
	return nil
}

// Recall learns from levels that the clients of a run before have played, each of all its parts.
func (p *Player) Recall(levels [][]*results.Step) error {
	for _, parts := range levels {
		st := parts[0].Meta.Step
		if err := p.weighParts(st, parts); err != nil {
			return err
		}
		p.done[st.Name] = true
	}
	return nil
}
