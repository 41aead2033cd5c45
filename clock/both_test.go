package clock_test

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"loadgen/clock"
)

// onBoth plays f in virtual time and, in a bubble, on the wall clock: what it asserts must hold to the nanosecond on
// both.
func onBoth(t *testing.T, f func(t *testing.T, clk clock.Clock)) {
	t.Run("virtual", func(t *testing.T) {
		clk := clock.NewVirtual()
		if err := clk.Run("main", func() { f(t, clk) }); err != nil {
			t.Error(err)
		}
	})
	t.Run("wall", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			clk := clock.NewWall()
			if err := clk.Run("main", func() { f(t, clk) }); err != nil {
				t.Error(err)
			}
		})
	})
}

func TestSleepUntilIsExact(t *testing.T) {
	onBoth(t, func(t *testing.T, clk clock.Clock) {
		for _, at := range []time.Duration{time.Second, time.Second, 0, time.Hour} {
			before := clk.Now()
			if err := clk.SleepUntil(bg, at); err != nil || clk.Now() != max(at, before) {
				t.Error(err, clk.Now())
			}
		}
		if d := clk.Time(5 * time.Second).Sub(clk.Time(0)); d != 5*time.Second {
			t.Error(d)
		}
	})
}

func TestSignals(t *testing.T) {
	onBoth(t, func(t *testing.T, clk clock.Clock) {
		s := clk.NewSignal("s")
		s.Set()
		s.Set() // remembered once
		if err := s.Wait(bg, clock.Never); err != nil {
			t.Error(err)
		}
		err := s.Wait(bg, clk.Now()+time.Second)
		var ne net.Error
		if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &ne) || !ne.Timeout() || clk.Now() != time.Second {
			t.Error(err, clk.Now())
		}
		clk.AfterFunc(2*time.Second, s.Set)
		if err := s.Wait(bg, time.Minute); err != nil || clk.Now() != 2*time.Second {
			t.Error(err, clk.Now())
		}
		ctx, cancel := context.WithCancelCause(bg)
		why := errors.New("why")
		clk.AfterFunc(3*time.Second, func() { cancel(why) })
		if err := s.Wait(ctx, clock.Never); err != why || clk.Now() != 3*time.Second {
			t.Error(err, clk.Now())
		}
	})
}

func TestEach(t *testing.T) {
	onBoth(t, func(t *testing.T, clk clock.Clock) {
		s := clk.NewSignal("s")
		s.Set()
		for k := range 4 {
			clk.AfterFunc(time.Duration(k)*time.Second, s.Set)
		}
		var at []time.Duration
		err := s.Each(func() bool {
			if at = append(at, clk.Now()); len(at) == 1 {
				return true
			}
			return clk.Now() < 2*time.Second
		})
		if err != nil || clk.Now() != 2*time.Second || at[0] != 0 || at[len(at)-1] != 2*time.Second {
			t.Error(err, clk.Now(), at)
		}
		if err := s.Wait(bg, clock.Never); err != nil || clk.Now() != 3*time.Second {
			t.Error("behind Each:", err, clk.Now())
		}
	})
}

func TestGroups(t *testing.T) {
	onBoth(t, func(t *testing.T, clk clock.Clock) {
		g := clock.NewGroup(clk, "g")
		if err := g.Wait(bg); err != nil {
			t.Error("an empty group:", err)
		}
		for i := range 3 {
			g.Go("member", func() { _ = clk.SleepUntil(bg, time.Duration(i)*time.Second) })
		}
		ctx, cancel := context.WithCancel(bg)
		clk.AfterFunc(time.Second/2, cancel)
		if err := g.Wait(ctx); err != context.Canceled || clk.Now() != time.Second/2 {
			t.Error(err, clk.Now())
		}
		if err := g.Wait(bg); err != nil || clk.Now() != 2*time.Second {
			t.Error(err, clk.Now())
		}
	})
}

func TestRunWaitsForWhatWasStarted(t *testing.T) {
	onBoth(t, func(t *testing.T, clk clock.Clock) {
		clk.Go("child", func() {
			_ = clk.SleepUntil(bg, time.Second)
			clk.Go("grandchild", func() { _ = clk.SleepUntil(bg, time.Hour) })
		})
	})
}

func TestOnCancel(t *testing.T) {
	onBoth(t, func(t *testing.T, clk clock.Clock) {
		ctx, cancel := context.WithCancel(bg)
		called := make(chan time.Duration, 2)
		clk.OnCancel(ctx, func() { called <- clk.Now() })
		clk.OnCancel(ctx, func() { t.Error("called in spite of stop") })()
		clk.OnCancel(bg, func() { t.Error("called without a cancel") })()
		clk.AfterFunc(time.Second, cancel)
		_ = clk.SleepUntil(bg, 2*time.Second)
		if at := <-called; at != time.Second {
			t.Error(at)
		}
	})
}
