package generator_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/generator"
	"loadgen/results"
	"loadgen/scenarios"
)

// exact checks every record of the steady server: 300 ms to the first token, 10 ms between tokens, nothing else.
func exact(t *testing.T, records []*results.Record) (tokens int) {
	t.Helper()
	for _, r := range records {
		ttft, _ := r.TTFT()
		want := 300*time.Millisecond + time.Duration(r.PlannedOutput-1)*10*time.Millisecond
		e2e, ok := r.E2E()
		if !ok || ttft != 300*time.Millisecond || e2e != want || r.Lag() != 0 || r.Role != r.FirstToken ||
			r.FirstSeen != r.FirstToken ||
			r.Written != r.Sent || r.OutputTokens != r.PlannedOutput || r.Events != r.OutputTokens ||
			r.Counted != results.CountedUsage ||
			r.Finish != "length" || r.PromptTokens != 7 || r.RequestID != "chatcmpl-1" || r.Status != 200 || r.Coalesced != 0 {
			t.Fatalf("off: %+v", r)
		}
		for i, a := range r.Arrivals {
			if want := min(1, time.Duration(i)) * 10 * time.Millisecond; a.Gap != want || a.Events != 1 ||
				a.Kind != results.Content {
				t.Fatalf("arrival %d: %+v", i, a)
			}
		}
		tokens += len(r.Arrivals)
		if tpot, ok := r.TPOT(); ok && tpot != 10*time.Millisecond {
			t.Fatal("TPOT", tpot)
		}
	}
	return tokens
}

func TestClosedLoopIsExact(t *testing.T) {
	for _, n := range []int{1, 16, 256} {
		w := newWorld(t, steady)
		w.run(t, func(ctx context.Context) {
			run := w.start(ctx, generator.Load{Loop: scenarios.Closed, Concurrency: n, Ramp: time.Second,
				StallAfter: time.Minute})
			_ = w.clk.SleepUntil(ctx, 10*time.Minute/time.Duration(n))
			run.StopSending()
			_ = run.Wait(ctx)
			s := run.Snapshot()
			if s.Started != s.Finished || s.Finished != int64(len(w.records)) || s.InFlight != 0 || s.Failed != 0 ||
				s.FirstWaveLeft != 0 || s.OldestDue != clock.Never {
				t.Errorf("%+v, %d records", s, len(w.records))
			}
		})
		tokens := exact(t, w.records)
		if len(w.records) < 1000 || tokens < 4000 {
			t.Errorf("N=%d: only %d requests, %d tokens", n, len(w.records), tokens)
		}
		turns := map[int64]bool{}
		for _, r := range w.records {
			turns[r.ID] = true
			if want := r.Turn > 0; n == 1 && r.Reused != want {
				t.Errorf("turn %d: reused %v", r.Turn, r.Reused)
			}
		}
		if len(turns) != len(w.records) {
			t.Error("an ID came twice")
		}
	}
}

func TestTheRampSpreadsTheFirstSends(t *testing.T) {
	w := newWorld(t, steady)
	w.run(t, func(ctx context.Context) {
		run := w.start(ctx, generator.Load{Loop: scenarios.Closed, Concurrency: 4, Ramp: time.Second})
		_ = w.clk.SleepUntil(ctx, 900*time.Millisecond)
		run.StopSending()
		_ = run.Wait(ctx)
	})
	for _, r := range w.records {
		if want := 250 * time.Millisecond * time.Duration(r.Slot); r.Turn == 0 && r.Sent != want {
			t.Errorf("slot %d begins at %v", r.Slot, r.Sent)
		}
	}
}

// poisson is n due times at a rate per second.
func poisson(rate float64, n int) []time.Duration {
	rng := rand.New(rand.NewPCG(1, 1))
	due, at := make([]time.Duration, n), 0.0
	for i := range due {
		at -= math.Log(1-rng.Float64()) / rate
		due[i] = time.Duration(at * 1e9)
	}
	return due
}

func TestOpenLoopIsExact(t *testing.T) {
	w, due := newWorld(t, steady), poisson(100, 6000)
	var start time.Duration
	w.run(t, func(ctx context.Context) {
		_ = w.clk.SleepUntil(ctx, 1234567)
		run := w.start(ctx, generator.Load{Loop: scenarios.Open, Due: due})
		start = run.Start()
		_ = run.Wait(ctx)
	})
	if start != 1234567 || len(w.records) != len(due) {
		t.Error(start, len(w.records))
	}
	exact(t, w.records)
	for _, r := range w.records {
		if r.Sent != due[r.ID] || r.Due != due[r.ID] || r.Slot != -1 || int64(r.Turn) != r.ID {
			t.Fatalf("%d: %v, want %v", r.ID, r.Sent, due[r.ID])
		}
	}
}

func TestTheSameRunOnAnyGOMAXPROCS(t *testing.T) {
	digest := func(procs int) string {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		w, h := newWorld(t, steady), sha256.New()
		w.run(t, func(ctx context.Context) {
			open := w.start(ctx, generator.Load{Loop: scenarios.Open, Due: poisson(50, 500),
				Request: scenarios.Request{Timeout: 360 * time.Millisecond}})
			closed := w.start(ctx, generator.Load{Loop: scenarios.Closed, Concurrency: 32, StallAfter: 200 * time.Millisecond})
			_ = w.clk.SleepUntil(ctx, 5*time.Second)
			closed.Cut(fmt.Errorf("enough"))
			_ = closed.Wait(ctx)
			_ = open.Wait(ctx)
		})
		for _, r := range w.records {
			_, _ = fmt.Fprintln(h, *r)
		}
		return fmt.Sprintf("%d records, %x", len(w.records), h.Sum(nil)[:8])
	}
	want := digest(1)
	for procs := 1; procs <= 3; procs++ {
		if got := digest(procs); got != want {
			t.Errorf("GOMAXPROCS %d: %s, want %s", procs, got, want)
		}
	}
}
