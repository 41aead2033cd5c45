package rehearsal

import (
	"bytes"
	"context"
	"slices"
	"time"

	"loadgen/clock"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/telemetry"
)

// A stepLog is the log of a simulated engine, followed as a real one's would be: by the lines of its iterations, which
// it writes where the target's settings say enable-logging-iteration-details.
type stepLog struct {
	clk       clock.Clock
	followers []*follower
}

type follower struct {
	start time.Duration
	sink  func(results.Sample)
}

// Write hands the steps that the lines tell of to every follower.
func (l *stepLog) Write(p []byte) (int, error) {
	now := l.clk.Now()
	for line := range bytes.Lines(p) {
		for _, f := range l.followers {
			samples, _ := telemetry.ParseIteration(string(line), now-f.start)
			for _, s := range samples {
				f.sink(s)
			}
		}
	}
	return len(p), nil
}

// follow is Env.Log of a rehearsal. One goroutine of the virtual clock runs at a time, so the list needs no lock.
func (r *Rehearsal) follow(_ context.Context, t scenarios.Target, start time.Duration,
	sink func(results.Sample)) func() {
	l := r.logs[t.Name]
	if l == nil {
		return func() {}
	}
	f := &follower{start, sink}
	l.followers = append(l.followers, f)
	return func() { l.followers = slices.DeleteFunc(l.followers, func(o *follower) bool { return o == f }) }
}
