package generator_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loadgen/generator"
	"loadgen/results"
	"loadgen/scenarios"
)

// consistent tells what in a record contradicts itself.
func consistent(r *results.Record) error {
	order := []time.Duration{r.Due, r.Sent, r.Written, r.FirstByte, r.FirstToken, r.LastToken, r.End}
	last := time.Duration(0)
	for i, at := range order {
		if at == 0 && i > 1 {
			continue // did not happen
		}
		if at < last {
			return fmt.Errorf("stamps out of order: %v", order)
		}
		last = at
	}
	span, events := time.Duration(0), int32(0)
	for _, a := range r.Arrivals {
		span += a.Gap
		events += a.Events
	}
	switch {
	case span != r.LastToken-r.FirstToken:
		return fmt.Errorf("gaps sum up to %v of %v", span, r.LastToken-r.FirstToken)
	case events != r.Events:
		return fmt.Errorf("%d events in arrivals, %d in all", events, r.Events)
	case (r.Fault == results.FaultNone) != (r.Detail == "") && r.Fault == results.FaultNone:
		return fmt.Errorf("a detail without a fault: %s", r.Detail)
	}
	return nil
}

// Whatever is sent to whatever server and stopped however: every request that was due has exactly one record, and no
// record contradicts itself.
func TestAccounting(t *testing.T) {
	names := slices.Sorted(maps.Keys(misbehaviours))
	rapid.Check(t, func(t *rapid.T) {
		l := generator.Load{
			Loop:        rapid.SampledFrom([]scenarios.Loop{scenarios.Closed, scenarios.Open}).Draw(t, "loop"),
			Concurrency: rapid.IntRange(1, 12).Draw(t, "concurrency"),
			Cap:         rapid.IntRange(0, 4).Draw(t, "cap"),
			Ramp:        time.Duration(rapid.IntRange(0, 900).Draw(t, "ramp")) * time.Millisecond,
			StallAfter:  time.Duration(rapid.IntRange(0, 900).Draw(t, "stall")) * time.Millisecond,
			Request: scenarios.Request{Timeout: time.Duration(rapid.IntRange(1, 1000).Draw(t,
				"timeout")) * time.Millisecond},
		}
		at := time.Duration(0)
		for range rapid.IntRange(1, 60).Draw(t, "requests") {
			at += time.Duration(rapid.IntRange(0, 100).Draw(t, "gap")) * time.Millisecond
			l.Due = append(l.Due, at)
		}
		l.Prompt = func(slot, turn int) scenarios.Prompt {
			return scenarios.Prompt{Text: names[(slot+turn+len(names))%len(names)]}
		}
		stop := time.Duration(rapid.IntRange(0, 3000).Draw(t, "stop")) * time.Millisecond
		cut := stop + time.Duration(rapid.IntRange(0, 500).Draw(t, "cut"))*time.Millisecond
		w := newWorld(t, misbehave)
		if err := w.clk.Run("main", func() { w.check(t, l, stop, cut) }); err != nil {
			t.Fatal(err)
		}
	})
}

func (w *world) check(t *rapid.T, l generator.Load, stop, cut time.Duration) {
	ctx := context.Background()
	most := int64(0)
	run := w.start(ctx, l)
	for at := time.Duration(0); at < stop; at += 10 * time.Millisecond {
		_ = w.clk.SleepUntil(ctx, at)
		most = max(most, run.Snapshot().InFlight)
	}
	_ = w.clk.SleepUntil(ctx, stop)
	run.StopSending()
	_ = w.clk.SleepUntil(ctx, cut)
	run.Cut(errors.New("enough"))
	_ = run.Wait(ctx)
	s := run.Snapshot()
	if s.Started != int64(len(w.records)) || s.Finished != s.Started || s.InFlight != 0 {
		t.Errorf("%+v, %d records", s, len(w.records))
	}
	if limit := int64(l.Cap); l.Loop == scenarios.Open && limit > 0 && most > limit || l.Loop == scenarios.Closed &&
		most > int64(l.Concurrency) {
		t.Errorf("%d in flight", most)
	}
	seen := map[int64]bool{}
	for _, r := range w.records {
		if err := consistent(r); err != nil || seen[r.ID] {
			t.Errorf("%d: twice %v, %v: %+v", r.ID, seen[r.ID], err, r)
		}
		seen[r.ID] = true
	}
	for k, due := range l.Due {
		if l.Loop == scenarios.Open && seen[int64(k)] != (due < stop) && due != stop {
			t.Errorf("request %d, due at %v, stopped at %v: recorded %v", k, due, stop, seen[int64(k)])
		}
	}
}
