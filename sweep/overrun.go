package sweep

import (
	"context"
	"math"
	"time"

	"loadgen/scenarios"
)

// allowed is how many requests in flight an open loop must not exceed, since the objective could not allow so many: the
// rate times twice what a request may last, and what chance adds. It follows from the objective, not from how many keep
// it. 0: the step goes on whatever comes, as one that is asked for by its rate does. before is what a request lasted at
// a lower load.
func allowed(sc *scenarios.Scenario, st scenarios.Step, before time.Duration) int {
	if st.Try == 0 && st.Stop == "" {
		return 0
	}
	mix := scenarios.NewMix(sc, st)
	_, out := mix.MeanTokens()
	weights, lasts := 0.0, 0.0
	for _, c := range sc.Prompts {
		weights += c.Weight
		lasts += c.Weight * within(sc.ObjectiveOf(c.Name), out, 3*before).Seconds()
	}
	n := st.Rate * mix.Turns() * overrunFactor * lasts / weights
	return int(n+4*math.Sqrt(n)) + 20
}

const overrunFactor = 2

// within is how long a request may last on average within its objective. What that leaves open is taken to be so long.
func within(o scenarios.Objective, out float64, open time.Duration) time.Duration {
	first, rest := max(o.TTFT, o.TTFO), time.Duration(float64(o.TPOT)*out)
	if first == 0 {
		first = open
	}
	if rest == 0 {
		rest = open
	}
	if o.E2E > 0 {
		return min(o.E2E, first+rest)
	}
	return first + rest
}

// keep waits until an offset, or until the step is overrun. One that is overrun before its window still opens it for a
// few requests.
func (pl *playing) keep(ctx context.Context, until time.Duration) {
	if pl.overrun > 0 {
		until = min(until, pl.now()+time.Duration(overrunSeen/pl.step.Rate*1e9))
	}
	for (pl.most > 0 || pl.missMost > 0) && pl.overrun == 0 && pl.now() < until && ctx.Err() == nil {
		if pl.failed() {
			return
		}
		t := pl.tally()
		if pl.most > 0 && t.InFlight > pl.most {
			t.Overrun = t.InFlight
		}
		if t.Overrun > 0 {
			pl.overrun = t.Overrun
			return
		}
		_ = pl.sleep(ctx, min(until, pl.now()+pl.tick()))
	}
	_ = pl.sleep(ctx, until)
}

// expectProof begins to count what a step that confirms may miss.
func (pl *playing) expectProof() {
	if pl.step.Confirm {
		pl.player.mu.Lock()
		defer pl.player.mu.Unlock()
		pl.missMost = max(1, missesMost(pl.player.sc.Goal(), pl.step.Requests))
	}
}

// failed reports whether a step that confirms has missed too often to prove anything, however its other requests do:
// the end is the same, and earlier.
func (pl *playing) failed() bool { return pl.missMost > 0 && pl.tally().Missed > pl.missMost }

// overrunSeen is how many requests the window of a step sees that is overrun before it.
const overrunSeen = 40
