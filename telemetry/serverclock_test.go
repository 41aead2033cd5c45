package telemetry

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loadgen/clock"
	"loadgen/clock/memnet"
	"loadgen/endpoint"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/simulator"
)

// align asks a server that takes delay for an answer and, at the time since the clock's start, says made(time).
func align(t *testing.T, ctx context.Context, delay time.Duration,
	made func(now time.Time) int64) (c results.ServerClock, took time.Duration) {
	var clk clock.Clock
	answer := func(string) (string, bool) {
		return fmt.Sprintf(`{"data":[{"id":"m","created":%d}]}`, made(clk.Time(clk.Now()))), true
	}
	play(t, script{delay, answer}, scenarios.Target{}, func(c0 clock.Clock, ep *endpoint.Endpoint) {
		clk = c0
		_ = clk.SleepUntil(context.Background(), 1234567*time.Microsecond) // a run begins at any time
		began := clk.Now()
		c = Align(ctx, clk, ep)
		took = clk.Now() - began
	})
	return c, took
}

// Whatever the server's clock shows, however long an answer takes and when in that time the clock is read, the offset
// lies within what is said, and what is said is as narrow as the answers are quick.
func TestAlignFindsTheServersClock(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		offset := time.Duration(rapid.Int64Range(-1e13, 1e13).Draw(r, "offset"))
		delay := time.Duration(rapid.OneOf(rapid.Int64Range(0, 5e6), rapid.Int64Range(0, 6e8)).Draw(r, "delay"))
		read := time.Duration(rapid.Int64Range(0, int64(delay)).Draw(r, "read"))
		c, took := align(t, t.Context(), delay, func(now time.Time) int64 { return now.Add(read + offset).Unix() })
		if !c.Known() || (c.Offset-offset).Abs() > c.Half {
			r.Fatalf("got %+v, is %v", c, offset)
		}
		if c.Half > delay+time.Millisecond || took > alignLimit || c.N > 80 {
			r.Fatalf("±%v of %d answers of %v after %v", c.Half, c.N, delay, took)
		}
	})
}

// A clock that was known is found again within a second, as well as before, and one that was set in between is found
// where it is now.
func TestAlignAgain(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		offset := time.Duration(rapid.Int64Range(-1e13, 1e13).Draw(r, "offset"))
		delay := time.Duration(rapid.Int64Range(0, 5e6).Draw(r, "delay"))
		later := time.Duration(rapid.Int64Range(0, 4e11).Draw(r, "later"))
		ran := time.Duration(float64(later) * rapid.Float64Range(-slew, slew).Draw(r, "slew"))
		set := time.Duration(rapid.SampledFrom([]int64{0, 0, 7e8, -3e9}).Draw(r, "set"))
		var at time.Duration // of the second asking
		var clk clock.Clock
		answer := func(string) (string, bool) {
			now := clk.Time(clk.Now()).Add(offset)
			if at > 0 {
				now = now.Add(ran + set)
			}
			return fmt.Sprintf(`{"data":[{"id":"m","created":%d}]}`, now.Unix()), true
		}
		play(t, script{delay, answer}, scenarios.Target{}, func(c clock.Clock, ep *endpoint.Endpoint) {
			clk = c
			since := clk.Now()
			first := Align(t.Context(), clk, ep)
			_ = clk.SleepUntil(t.Context(), clk.Now()+later)
			at = clk.Now()
			second := AlignAgain(t.Context(), clk, ep, first, since)
			took := clk.Now() - at
			if !second.Known() || (second.Offset-offset-ran-set).Abs() > second.Half || second.Half > delay+time.Millisecond {
				r.Errorf("±%v at %v, is %v", second.Half, second.Offset, offset+ran+set)
			}
			if set == 0 && later < time.Minute && took > 1100*time.Millisecond {
				r.Errorf("took %v", took)
			}
		})
	})
}

func TestAlignDoesNotGuess(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for name, c := range map[string]struct {
		ctx   context.Context
		delay time.Duration
		made  func(time.Time) int64
		fault bool
	}{
		"created stands still": {t.Context(), 0, func(time.Time) int64 { return 1677610602 }, false},
		"no created":           {t.Context(), 0, func(time.Time) int64 { return 0 }, false},
		"too slow":             {t.Context(), alignLimit, time.Time.Unix, false},
		"stopped":              {stopped, 0, time.Time.Unix, false},
		"two hosts": {t.Context(), 0, func(now time.Time) int64 {
			return now.Add(time.Duration(now.UnixMilli()/20%2) * 5 * time.Second).Unix()
		}, true},
		"set meanwhile": {t.Context(), 0, func(now time.Time) int64 {
			return now.Add(now.Sub(clock.NewVirtual().Time(0)).Truncate(2*time.Second) / 20).Unix()
		}, true},
	} {
		if got, took := align(t, c.ctx, c.delay, c.made); got.Known() || (got.Fault != "") != c.fault || took > alignLimit {
			t.Errorf("%s: got %+v after %v", name, got, took)
		}
	}
}

// The simulator has our clock.
func TestAlignASimulator(t *testing.T) {
	clk := clock.NewVirtual()
	network := memnet.New(clk)
	s, err := simulator.New(clk, simulator.Options{Model: "Qwen/Qwen3-8B-AWQ", GPU: "RTX 4090", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	network.Listen("server:80", s.Accept)
	err = clk.Run("main", func() {
		ep, err := endpoint.New(clk, scenarios.Target{URL: "http://server"}, endpoint.Options{Dial: network.Dial})
		if err != nil {
			t.Error(err)
			return
		}
		defer ep.Close()
		if c := Align(t.Context(), clk, ep); !c.Known() || c.Offset.Abs() > c.Half || c.Half > time.Millisecond {
			t.Errorf("got %+v", c)
		}
	})
	if err != nil {
		t.Error(err)
	}
}
