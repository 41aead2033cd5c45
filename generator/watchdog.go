package generator

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"loadgen/results"
)

// Bounds that hold whatever a scenario says, so that every run ends.
const (
	requestMost = time.Hour // of a request without a timeout of its own, from its due time
	// on top of StallAfter for each token asked for: some servers hold an answer back until it is whole
	tokenPatience = 100 * time.Millisecond
	// times that is waited for the first token: a queue may be long, a pause between tokens is not
	queuePatience = 5
	endPatience   = 5 * time.Second // from [DONE] to the end of the answer
)

// A tooLate is why a stream was cut that would not end by itself.
type tooLate struct {
	fault results.Fault
	says  string
}

func (e *tooLate) Error() string { return e.says }

// endless is how many token events are more than an answer of so many tokens can have: some servers send every letter.
func endless(maxTokens int) int32 { return int32(8*maxTokens + 1000) }

// watch cuts streams that bring no tokens any more, take too long, or still go on long after sending has stopped.
// Comments, pings and empty chunks are no life. It looks when the first of them could be late: no deadline is set per
// read.
func (r *Run) watch() {
	period := endPatience
	if r.load.StallAfter > 0 {
		period = min(period, r.load.StallAfter)
	}
	ctx, drained := r.sending, time.Duration(0)
	for {
		now := r.clk.Now()
		next := min(r.cutLate(now, drained), now+period)
		if r.over.Wait(ctx, max(next, now+period/16)) == nil {
			return
		}
		if ctx.Err() != nil {
			ctx = context.Background()
			if r.load.DrainMost > 0 {
				drained = r.clk.Now() + r.load.DrainMost
			}
		}
	}
}

// cutLate returns the instant at which the first of what still flows will be late. drained is when all must have ended;
// 0 is none.
func (r *Run) cutLate(now, drained time.Duration) time.Duration {
	next := now + requestMost
	for _, f := range r.tally.flying() {
		limit, fault := r.limit(f, drained)
		if now >= limit {
			f.stream.Cut(&tooLate{fault, r.waited(f, fault)})
			continue
		}
		next = min(next, limit)
	}
	return next
}

// limit is when a flight has taken too long, and what that is.
func (r *Run) limit(f *flight, drained time.Duration) (time.Duration, results.Fault) {
	limit, fault := r.start+f.record.Due+requestMost, results.FaultTimeout
	if r.load.Request.Timeout > 0 {
		limit += r.load.Request.Timeout // its deadline comes first
	}
	if stalled, ok := f.life.end(); ok && stalled < limit {
		limit, fault = stalled, results.FaultStalled
	}
	if drained > 0 && drained < limit {
		limit, fault = drained, results.FaultCancelled
	}
	return limit, fault
}

func (r *Run) waited(f *flight, fault results.Fault) string {
	switch fault {
	case results.FaultStalled:
		return fmt.Sprintf("no token for %v", time.Duration(f.life.patience.Load()))
	case results.FaultCancelled:
		return fmt.Sprintf("still in flight %v after the last request was sent", r.load.DrainMost)
	}
	return fmt.Sprintf("no end after %v, the limit where the scenario has no timeout", requestMost)
}

// A life is when a flight showed progress last, and for how long it may go without. Its sender alone writes.
type life struct {
	sign     atomic.Int64 // clock's time of the latest token, or of the sending
	patience atomic.Int64 // 0: any time
	between  time.Duration
}

// begin is the sending of a request for so many tokens.
func (l *life) begin(now, stallAfter time.Duration, maxTokens int) {
	if stallAfter > 0 {
		l.between = stallAfter + time.Duration(maxTokens)*tokenPatience
		l.sign.Store(int64(now))
		l.patience.Store(int64(queuePatience * l.between))
	}
}

// token is progress.
func (l *life) token(at time.Duration) {
	if l.between > 0 {
		l.sign.Store(int64(at))
		l.patience.Store(int64(l.between))
	}
}

// done is [DONE]: only the end of the connection's answer may follow.
func (l *life) done(at time.Duration) {
	if l.between > 0 {
		l.sign.Store(int64(at))
		l.patience.Store(int64(min(l.between, endPatience)))
	}
}

func (l *life) end() (time.Duration, bool) {
	patience := l.patience.Load()
	return time.Duration(l.sign.Load() + patience), patience > 0
}
