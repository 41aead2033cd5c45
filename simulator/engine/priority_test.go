package engine

import (
	"context"
	"slices"
	"testing"
	"time"

	"loadgen/clock"
)

// ended plays requests that arrive at once and returns the priorities of those that were preempted and, in order, of
// all as they ended.
func ended(t *testing.T, cfg Config, priorities ...int) (preempted, order []int) {
	t.Helper()
	clk := clock.NewVirtual()
	cfg.Priority, cfg.StepTime = true, func(*Step) Timing { return Timing{GPU: ms} }
	e := New(clk, cfg)
	err := clk.Run("priority", func() {
		e.Do(func() {
			for _, p := range priorities {
				_ = e.Submit(&Request{Prompt: 8, MaxTokens: 20, Priority: p, Emit: func(r *Request) {
					if r.Finish != Unfinished {
						order = append(order, r.Priority)
						if r.Preemptions > 0 {
							preempted = append(preempted, r.Priority)
						}
					}
				}})
			}
		})
		_ = clk.SleepUntil(context.Background(), time.Minute)
	})
	if err != nil {
		t.Fatal(err)
	}
	return preempted, order
}

// The smaller number is admitted first, and the larger gives its blocks up.
func TestPriority(t *testing.T) {
	cfg := Config{Blocks: 1000, BlockSize: 4, Budget: 64, MaxSeqs: 1, MaxModelLen: 64}
	if _, order := ended(t, cfg, 5, 0, 9, -3, 0); !slices.Equal(order, []int{-3, 0, 0, 5, 9}) {
		t.Errorf("ended in the order %v", order)
	}
	cfg.MaxSeqs, cfg.Blocks = 8, 1+10 // two answers need 14 blocks
	for _, async := range []bool{false, true} {
		cfg.Async = async
		if preempted, order := ended(t, cfg, 7, 1); !slices.Equal(preempted, []int{7}) || !slices.Equal(order, []int{1, 7}) {
			t.Errorf("async %v: preempted %v, ended %v", async, preempted, order)
		}
	}
}
