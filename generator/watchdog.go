package generator

import (
	"context"
	"errors"
	"time"

	"loadgen/clock"
)

// errStalled is why the watchdog cuts a stream.
var errStalled = errors.New("no byte for too long")

// watch cuts streams that have brought nothing for StallAfter, until the load is over. It looks when the first of them
// could be due, at most 16 times in StallAfter: no deadline is set per read.
func (r *Run) watch() {
	for {
		next := r.clk.Now() + r.load.StallAfter/16
		if last, some := r.cutStalled(); some {
			next = max(next, last+r.load.StallAfter)
		} else {
			next += r.load.StallAfter
		}
		if r.over.Wait(context.Background(), next) == nil {
			return
		}
	}
}

// cutStalled returns the earliest last read of what still flows.
func (r *Run) cutStalled() (earliest time.Duration, some bool) {
	earliest = clock.Never
	for _, f := range r.tally.flying() {
		last := f.stream.LastRead()
		if r.clk.Now()-last >= r.load.StallAfter {
			f.stream.Cut(errStalled)
			continue
		}
		earliest, some = min(earliest, last), true
	}
	return earliest, some
}
