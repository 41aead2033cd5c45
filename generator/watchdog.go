package generator

import (
	"context"
	"errors"
	"time"
)

// errStalled is why the watchdog cuts a stream.
var errStalled = errors.New("no byte for too long")

// watch cuts streams that have brought nothing for StallAfter, until the load is over. It looks when the first of them
// could be due, at most 16 times in StallAfter: no deadline is set per read.
func (r *Run) watch() {
	for {
		next := max(r.cutStalled()+r.load.StallAfter, r.clk.Now()+r.load.StallAfter/16)
		if r.over.Wait(context.Background(), next) == nil {
			return
		}
	}
}

// cutStalled returns the earliest last read of what still flows, or the present.
func (r *Run) cutStalled() time.Duration {
	now := r.clk.Now()
	earliest := now
	for _, f := range r.tally.flying() {
		last := f.stream.LastRead()
		if now-last >= r.load.StallAfter {
			f.stream.Cut(errStalled)
			continue
		}
		earliest = min(earliest, last)
	}
	return earliest
}
