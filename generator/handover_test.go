package generator_test

import (
	"context"
	"testing"
	"time"

	"loadgen/generator"
	"loadgen/results"
	"loadgen/scenarios"
)

// The next level takes over slot by slot: nothing drains, nothing bursts, and every request belongs to the run that
// sent it.
func TestHandOverWithoutDraining(t *testing.T) {
	for _, next := range []int{16, 8, 4} {
		w := newWorld(t, steady)
		var second []*results.Record
		const over = 5 * time.Second
		w.run(t, func(ctx context.Context) {
			first := w.start(ctx, generator.Load{Loop: scenarios.Closed, Concurrency: 8})
			_ = w.clk.SleepUntil(ctx, over)
			run := generator.Start(ctx, w.clk, w.ep, generator.Load{Loop: scenarios.Closed, Concurrency: next, Prompt: prompts,
				After: first, Ramp: time.Second},
				func(r *results.Record) { second = append(second, r) })
			_ = first.Wait(ctx)
			_ = w.clk.SleepUntil(ctx, 2*over)
			run.StopSending()
			_ = run.Wait(ctx)
			if s := run.Snapshot(); s.FirstWaveLeft != 0 || s.Failed != 0 {
				t.Errorf("%+v", s)
			}
		})
		exact(t, w.records)
		exact(t, second)
		ends := map[int32]time.Duration{}
		for _, r := range w.records {
			if r.Sent >= over {
				t.Errorf("the first run sent at %v", r.Sent)
			}
			ends[r.Slot] = max(ends[r.Slot], r.End)
		}
		for _, r := range second {
			want := ends[r.Slot] - over
			if r.Slot >= 8 {
				want = time.Second * time.Duration(r.Slot-8) / time.Duration(next-8)
			}
			if r.Turn == 0 && r.Sent != want {
				t.Errorf("to %d: slot %d begins at %v, want %v", next, r.Slot, r.Sent, want)
			}
		}
	}
}
