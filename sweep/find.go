package sweep

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"loadgen/analysis"
	"loadgen/scenarios"
	"loadgen/stat"
)

// search plays the steps of a search, one after the other, until it has ended.
func (p *Player) search(ctx context.Context, st scenarios.Step) error {
	s := p.newSearch(st)
	for {
		try, says, err := p.seek(ctx, s, st)
		if err != nil {
			return err
		}
		if says != "" {
			p.tell(Outcome{Step: st, Ended: says})
			return nil
		}
		if ctx.Err() != nil {
			return ErrStopped
		}
		running, err := p.beginAll(ctx, set{try}, nil)
		if err == nil {
			err = p.conductAll(ctx, running)
		}
		if err != nil {
			return abandonAll(running, err)
		}
		if err := p.concludeAll(ctx, running); err != nil {
			return err
		}
	}
}

// A sought is what a search asks for next, or how it came out.
type sought struct {
	Next  next
	Try   int
	Ended string
}

// seek is the next step of a search, or how it ended.
func (p *Player) seek(ctx context.Context, s Search, st scenarios.Step) (try scenarios.Step, ended string, err error) {
	found, err := agree(ctx, p, st, "next", nothing{}, func([]nothing) (sought, error) {
		seen := p.seen(st)
		s.Belief = p.believed(st, seen)
		next, more := s.Next(seen)
		if !more {
			return sought{Ended: s.ended(seen)}, nil
		}
		return sought{Next: next, Try: len(p.tried[st.Index]) + 1}, nil
	})
	if err != nil || found.Ended != "" {
		return try, found.Ended, err
	}
	try = p.sc.Try(st.Whole(), found.Try, found.Next.Load, found.Next.Requests, found.Next.Confirm)
	if st.Shard.Of > 0 {
		try, err = try.Part(st.Shard)
	}
	return try, "", err
}

// believed is what a model of the target holds of the load after the steps so far. One client of several has but its
// own part of them.
func (p *Player) believed(st scenarios.Step, seen []Seen) stat.Belief {
	if p.env.Believe == nil || st.Shard.Of > 0 || len(seen) == 0 {
		return stat.Belief{}
	}
	return p.env.Believe(p.writer.Dir(), st.Target, st.Loop)
}

// ended says how a search came out.
func (s Search) ended(seen []Seen) string {
	good := trusted(seen)
	lowest, _, keeps, _ := ends(good, s.Goal)
	switch bad := len(seen) - len(good); {
	case s.Confirmed(seen) > 0:
		return "found"
	case bad > untrustedMost:
		return fmt.Sprintf("ended without a confirmed load: %d of its steps cannot be trusted", bad)
	case len(good) > 0 && !keeps:
		return "ended: no load that was tried keeps the goal, not even " +
			scenarios.Step{Loop: s.Loop, Rate: lowest, Concurrency: int(lowest)}.Label()
	}
	return "ended without a confirmed load"
}

// startingInFlight is how many requests would be in flight at a search's first rate, were they served as fast as one by
// itself.
const startingInFlight = 12.0

// newSearch begins at a rate that follows from the quick test's one request.
func (p *Player) newSearch(st scenarios.Step) Search {
	least := float64(max(1, st.Shard.Of)) // each client has a slot
	mix := scenarios.NewMix(p.sc, st)
	life := mix.Life(p.lone(st.Target)).Seconds()
	s := Search{Goal: p.sc.Goal(), Loop: st.Loop, Start: max(4, least), Least: least, Evidence: evidence(st),
		Within: st.Within.Seconds(), Each: life / mix.Turns()}
	if st.Loop == scenarios.Open {
		s.Start, s.Least = startingInFlight/life, 0.05/life
	}
	return s
}

// evidence is a preset's cohort, as a factor of the default's.
func evidence(st scenarios.Step) float64 {
	preset, _ := scenarios.FindPreset(st.Preset)
	usual, _ := scenarios.FindPreset("")
	return float64(preset.Cohort) / float64(usual.Cohort)
}

// lone is how long the quick test's request would have taken, whole.
func (p *Player) lone(target string) time.Duration {
	return cmp.Or(p.quick[target].whole(), time.Second)
}

// seen is what a search knows: the levels of ladders before it, and its own steps.
func (p *Player) seen(st scenarios.Step) []Seen {
	return slices.Concat(p.given[loopOf(st)], p.tried[st.Index])
}

// loopOf names what a search and the ladders that it begins with have in common.
func loopOf(st scenarios.Step) string { return st.Target + "/" + string(st.Loop) }

// learn adds a step to what its search knows. What it lasted is what the next is planned with, unless it was overrun.
func (p *Player) learn(st scenarios.Step, point *analysis.Point) {
	t := p.shown(st, point)
	t.Took = point.Steps[0].Window.Drained.Seconds()
	p.tried[st.Index] = append(p.tried[st.Index], t)
	if !t.Invalid && t.keeps(p.sc.Goal()) {
		p.last[sweepOf(st)] = point
	}
}

// give adds a level of a ladder to what searches of its loop begin with.
func (p *Player) give(st scenarios.Step, point *analysis.Point) {
	if t := p.shown(st, point); point.Tells("") {
		t.Given = true
		p.given[loopOf(st)] = append(p.given[loopOf(st)], t)
	}
}

// shown is what a step showed.
func (p *Player) shown(st scenarios.Step, point *analysis.Point) Seen {
	share := point.Attainment
	t := Seen{Trial: point.Trial(share), Confirm: st.Confirm, Requests: share.N, Rate: point.RequestRate.Value,
		Overrun: point.Overrun(), Invalid: !point.Trusted() || !share.Known()}
	if before := p.last[sweepOf(st)]; before != nil && before.Level < point.Level {
		t.Full, _ = analysis.Saturated(before, point)
	}
	return t
}
