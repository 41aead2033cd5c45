package clock_test

import (
	"context"
	"testing"
	"time"

	"loadgen/clock"
)

// It never wakes a sleeper early, whatever its instants, and ends when it is stopped, between them too (goleak looks).
func TestChimeNeverWakesEarly(t *testing.T) {
	clk := clock.NewWall()
	var at []time.Duration
	for i := range 20 {
		at = append(at, time.Duration(i)*700*time.Microsecond)
	}
	stop := clk.Chime(append(at, time.Hour))
	for _, due := range at {
		if err := clk.SleepUntil(context.Background(), due); err != nil || clk.Now() < due {
			t.Fatalf("woke at %v, due at %v: %v", clk.Now(), due, err)
		}
	}
	stop()
	stop = clk.Chime(nil)
	stop()
}
