package telemetry

import (
	"context"
	"encoding/json"
	"math"
	"time"

	"loadgen/clock"
	"loadgen/endpoint"
	"loadgen/results"
)

const (
	alignLimit = 2500 * time.Millisecond // one second to find a turn of the server's second, one to wait for the next
	coarse     = 20 * time.Millisecond   // between questions until a turn is found
	fine       = time.Millisecond        // between questions round the next
	sure       = 100 * time.Millisecond  // how well a clock must be known for its next turn to be waited for at once
	slew       = 500e-6                  // how fast a clock that is being put right may run away from another
	clockFault = "unknown, since no one offset fits its answers: its clock was set, or several hosts answer"
)

// Align asks how far a server's clock is from clk's wall time. A vLLM makes the cards of /v1/models anew for each
// answer, with the whole second in which it did as created, so that each answer bounds the offset:
//
//	created − received ≤ offset < created + 1 s − sent
//
// and those on both sides of a second's turn bound it most. It asks 50 times in a second until a turn shows, and
// closely round the next one: about 2.5 s at most, and less when ctx ends. Half is about the time that an answer takes.
// N is 0 where the server does not tell: it fails, or created stands still.
func Align(ctx context.Context, clk clock.Clock, ep *endpoint.Endpoint) results.ServerClock {
	a := aligner{clk: clk, ep: ep, limit: clk.Now() + alignLimit, lo: math.MinInt64 / 2, hi: math.MaxInt64 / 2}
	if turned := a.watch(ctx, clk.Now(), coarse); turned && a.lo < a.hi {
		a.watch(ctx, a.nextTurn(), fine)
	}
	return a.found()
}

// AlignAgain asks anew for a clock that was known at since or later. Where it cannot have run far from there the next
// turn is waited for at once, which saves a second; one that was set meanwhile is asked as if it had not been known.
func AlignAgain(ctx context.Context, clk clock.Clock, ep *endpoint.Endpoint, known results.ServerClock,
	since time.Duration) results.ServerClock {
	now := clk.Now()
	half := known.Half + time.Duration(slew*float64(now-since))
	if known.Known() && half <= sure {
		a := aligner{clk: clk, ep: ep, limit: now + alignLimit, lo: known.Offset - half, hi: known.Offset + half, at: now}
		a.last = clk.Time(now).Add(a.hi).Unix()
		a.watch(ctx, a.nextTurn(), fine)
		if found := a.found(); found.Known() {
			return found
		}
	}
	return Align(ctx, clk, ep)
}

// found is what all answers together say.
func (a *aligner) found() results.ServerClock {
	switch {
	case !a.moved:
		return results.ServerClock{}
	case a.lo >= a.hi:
		return results.ServerClock{N: a.n, Fault: clockFault}
	}
	half := (a.hi - a.lo + 1) / 2
	return results.ServerClock{Offset: a.lo + half, Half: half, N: a.n}
}

// An aligner holds the bounds that all answers so far leave: lo ≤ offset < hi, at the last answer.
type aligner struct {
	clk    clock.Clock
	ep     *endpoint.Endpoint
	limit  time.Duration
	lo, hi time.Duration
	at     time.Duration // of the last answer
	last   int64         // its created
	n      int
	moved  bool // created has changed
}

// watch asks every step from an instant on until created changes. It gives up at the limit, at a failure, and when
// no offset is left: of a created that stands still that is so after a second.
func (a *aligner) watch(ctx context.Context, from, step time.Duration) (turned bool) {
	for due := from; !turned && a.lo < a.hi; due = max(due+step, a.clk.Now()) {
		if a.clk.SleepUntil(ctx, min(due, a.limit)) != nil {
			return false
		}
		sent := a.clk.Now()
		if sent >= a.limit {
			return false
		}
		body, why := get(ctx, a.ep, "/v1/models", a.limit-sent)
		created, ok := madeAt(body)
		if why != "" || !ok {
			return false
		}
		turned = a.n > 0 && created != a.last
		a.take(created, sent, a.clk.Now())
	}
	return turned
}

// take narrows the bounds by one answer. What was known before has aged: the clocks may have run apart meanwhile.
func (a *aligner) take(created int64, sent, received time.Duration) {
	aged := time.Duration(slew * float64(received-a.at))
	second := time.Unix(created, 0)
	a.lo = max(a.lo-aged, second.Sub(a.clk.Time(received)))
	a.hi = min(a.hi+aged, second.Add(time.Second).Sub(a.clk.Time(sent)))
	a.moved = a.moved || a.n > 0 && created != a.last
	a.at, a.last = received, created
	a.n++
}

// nextTurn is the first instant at which the server's second may turn again.
func (a *aligner) nextTurn() time.Duration {
	earliest := time.Unix(a.last+1, 0).Add(-a.hi).Sub(a.clk.Time(0))
	return max(a.clk.Now(), earliest-fine)
}

// madeAt is the created of a list's first card, Unix seconds.
func madeAt(body []byte) (created int64, ok bool) {
	var list struct{ Data []struct{ Created int64 } }
	if json.Unmarshal(body, &list) != nil || len(list.Data) == 0 || list.Data[0].Created <= 0 {
		return 0, false
	}
	return list.Data[0].Created, true
}
