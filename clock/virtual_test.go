package clock_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"loadgen/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var bg = context.Background()

// run plays f in a new virtual clock and fails the test if the clock does.
func run(t testing.TB, f func(clk *clock.Virtual)) {
	t.Helper()
	clk := clock.NewVirtual()
	if err := clk.Run("main", func() { f(clk) }); err != nil {
		t.Fatal(err)
	}
}

// What was woken or started first at an instant runs first, then callbacks and deadlines as they were scheduled.
func TestOrderWithinAnInstant(t *testing.T) {
	var got []string
	run(t, func(clk *clock.Virtual) {
		note := func(s string) func() { return func() { got = append(got, s) } }
		clk.AfterFunc(5, note("callback 1"))
		for i := range 3 {
			clk.Go("g", func() {
				_ = clk.SleepUntil(bg, 5)
				note(fmt.Sprint("sleeper ", i))()
				clk.AfterFunc(5, note(fmt.Sprint("callback of ", i)))
				clk.Go("child", note(fmt.Sprint("child of ", i)))
			})
		}
		_ = clk.SleepUntil(bg, 4)
		clk.AfterFunc(5, note("callback 2"))
		_ = clk.SleepUntil(bg, 6)
	})
	want := "[callback 1 sleeper 0 child of 0 sleeper 1 child of 1 sleeper 2 child of 2 callback 2 callback of 0 " +
		"callback of 1 callback of 2]"
	if fmt.Sprint(got) != want {
		t.Error(got)
	}
}

// Whatever is asked for in whatever order: sleepers wake at their instant, in the order of instants, then of asking.
func TestSleepersWakeInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.SliceOfN(rapid.IntRange(0, 5), 1, 20).Draw(t, "instants")
		var woken, want []int
		clk := clock.NewVirtual()
		err := clk.Run("main", func() {
			for i, x := range at {
				clk.Go("sleeper", func() {
					_ = clk.SleepUntil(bg, time.Duration(x))
					if clk.Now() != time.Duration(x) {
						t.Errorf("sleeper %d of %d woke at %d", i, x, clk.Now())
					}
					woken = append(woken, i)
				})
			}
		})
		for i := range at {
			want = append(want, i)
		}
		slices.SortStableFunc(want, func(a, b int) int { return at[a] - at[b] })
		if err != nil || !slices.Equal(woken, want) {
			t.Errorf("%v: woken %v, want %v; %v", at, woken, want, err)
		}
	})
}

// busy is a run with much of everything; it returns a digest of what happened, in order.
func busy(t testing.TB) string {
	h := sha256.New()
	run(t, func(clk *clock.Virtual) {
		g := clock.NewGroup(clk, "workers")
		gate := clk.NewSignal("the gate")
		ctx, cancel := context.WithCancel(bg)
		for w := range 40 {
			rng := rand.New(rand.NewPCG(1, uint64(w)))
			g.Go(fmt.Sprint("worker ", w), func() {
				for i := range 50 {
					err := clk.SleepUntil(ctx, clk.Now()+time.Duration(rng.IntN(5)))
					_, _ = fmt.Fprintln(h, clk.Now(), w, i, err)
					if rng.IntN(10) == 0 {
						clk.AfterFunc(clk.Now()+time.Duration(rng.IntN(3)),
							func() { _, _ = fmt.Fprintln(h, clk.Now(), w, i, "callback"); gate.Set() })
					}
				}
			})
		}
		clk.AfterFunc(70, cancel)
		for gate.Wait(bg, 120) == nil {
			_, _ = fmt.Fprintln(h, clk.Now(), "gate")
		}
		_ = g.Wait(bg)
	})
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

func TestTheSameRunEveryTime(t *testing.T) {
	want := busy(t)
	for procs := 1; procs <= 3; procs++ {
		old := runtime.GOMAXPROCS(procs)
		if got := busy(t); got != want {
			t.Errorf("GOMAXPROCS %d: %s, want %s", procs, got, want)
		}
		runtime.GOMAXPROCS(old)
	}
	var wg sync.WaitGroup
	for range 4 { // clocks share nothing
		wg.Go(func() {
			if got := busy(t); got != want {
				t.Errorf("beside others: %s, want %s", got, want)
			}
		})
	}
	wg.Wait()
}

func TestWaitInACallbackPanics(t *testing.T) {
	var got any
	run(t, func(clk *clock.Virtual) {
		clk.AfterFunc(1, func() {
			defer func() { got = recover() }()
			_ = clk.SleepUntil(bg, 2)
		})
		_ = clk.SleepUntil(bg, 3)
	})
	if !strings.Contains(fmt.Sprint(got), "in a callback") {
		t.Error(got)
	}
}

// Whether goroutines call Each, or Wait again and again, nothing happens at another instant or in another order.
func TestEachIsWaitAgainAndAgain(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sets := rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, 3), 1, 6), 1, 12).Draw(rt, "who is told at an instant")
		wanted := rapid.IntRange(1, 5).Draw(rt, "times")
		play := func(each bool) (log []string) {
			clk := clock.NewVirtual()
			signals := make([]clock.Signal, 4)
			for i := range signals {
				signals[i] = clk.NewSignal(fmt.Sprint(i))
			}
			_ = clk.Run("main", func() { // who is told too seldom ends with a DeadlockError
				for i, s := range signals {
					clk.Go(fmt.Sprint(i), func() {
						n := 0
						heard := func() bool {
							log = append(log, fmt.Sprint(i, clk.Now()))
							if n++; i > 0 && n == 2 {
								signals[i-1].Set()
							}
							return n < wanted
						}
						var err error
						if each {
							err = s.Each(heard)
						} else {
							for err = s.Wait(bg, clock.Never); err == nil && heard(); {
								err = s.Wait(bg, clock.Never)
							}
						}
						log = append(log, fmt.Sprint(i, " ends ", err, clk.Now()))
					})
				}
				for at, told := range sets {
					clk.AfterFunc(time.Duration(at), func() {
						for _, i := range told {
							signals[i].Set()
						}
					})
				}
			})
			return log
		}
		if one, other := play(true), play(false); !slices.Equal(one, other) {
			rt.Errorf("%v, want %v", one, other)
		}
	})
}

func TestDeadlockNamesWhoWaits(t *testing.T) {
	clk := clock.NewVirtual()
	var worker error
	err := clk.Run("main", func() {
		clk.Go("worker 7", func() { worker = clk.NewSignal("an answer").Wait(bg, clock.Never) })
		_ = clk.SleepUntil(bg, time.Second)
		_ = clk.NewSignal("the end").Wait(bg, clock.Never)
	})
	want := "clock: deadlock at 1s: worker 7 waits for an answer since 0s; main waits for the end since 1s"
	var d *clock.DeadlockError
	if !errors.As(err, &d) || err.Error() != want || worker != err {
		t.Error(err, worker)
	}
}

func TestTheHorizonEndsAnEndlessRun(t *testing.T) {
	clk := clock.NewVirtual()
	clk.Horizon = time.Hour
	err := clk.Run("main", func() {
		for clk.SleepUntil(bg, clk.Now()+time.Second) == nil {
		}
	})
	if err == nil || !strings.Contains(err.Error(), "horizon reached at 1h0m0s") {
		t.Error(err)
	}
}

func TestAStallIsReportedAndInTheEndFails(t *testing.T) {
	clk := clock.NewVirtual()
	clk.Stall = 20 * time.Millisecond
	var heard []string
	clk.OnStall = func(e *clock.StallError, stacks []byte) {
		heard = append(heard, e.Who)
		if !strings.Contains(string(stacks), "TestAStallIsReported") {
			t.Errorf("no stack of the culprit:\n%s", stacks)
		}
	}
	ch := make(chan int)
	err := clk.Run("main", func() {
		clk.Go("sender", func() { ch <- 1 })
		<-ch // a channel between two goroutines of the clock: never do this
	})
	var s *clock.StallError
	if !errors.As(err, &s) || s.Who != "main" || fmt.Sprint(heard) != "[main main main main main]" {
		t.Error(err, heard)
	}
	ch <- 1 // let main go; then the sender starts
	<-ch
}

func TestASlowDiskIsNoFault(t *testing.T) {
	clk := clock.NewVirtual()
	clk.Stall = 10 * time.Millisecond
	heard := make(chan bool, 9)
	clk.OnStall = func(*clock.StallError, []byte) { heard <- true }
	if err := clk.Run("main", func() { <-heard }); err != nil { // goes on as soon as the first report is there
		t.Error(err)
	}
}

func TestACancelInsideActsAtItsInstant(t *testing.T) {
	why := errors.New("enough")
	run(t, func(clk *clock.Virtual) {
		ctx, cancel := context.WithCancelCause(bg)
		var called, stopped time.Duration
		clk.OnCancel(ctx, func() { called = clk.Now() })
		clk.OnCancel(ctx, func() { stopped = clk.Now() })()
		clk.Go("canceller", func() {
			_ = clk.SleepUntil(bg, 7777)
			cancel(why)
		})
		if err := clk.SleepUntil(ctx, time.Hour); err != why || clk.Now() != 7777 {
			t.Error(err, clk.Now())
		}
		if err := clk.NewSignal("x").Wait(ctx, clock.Never); err != why {
			t.Error("a wait under a cancelled context:", err)
		}
		_ = clk.SleepUntil(bg, 7778)
		if called != 7777 || stopped != 0 {
			t.Error(called, stopped)
		}
	})
}

func TestACancelFromOutsideEndsAnyWait(t *testing.T) {
	clk := clock.NewVirtual()
	clk.Pace = 1
	ctx, cancel := context.WithCancel(bg)
	time.AfterFunc(20*time.Millisecond, cancel)
	var slept error
	if err := clk.Run("main", func() { slept = clk.SleepUntil(ctx, 900*time.Hour) }); err != nil ||
		slept != context.Canceled {
		t.Error(err, slept)
	}
}

func TestPaceHoldsBackAndChangesNothing(t *testing.T) {
	clk := clock.NewVirtual()
	clk.Pace = 20
	begin := time.Now()
	err := clk.Run("main", func() { _ = clk.SleepUntil(bg, 2*time.Second) })
	if err != nil || clk.Now() != 2*time.Second || time.Since(begin) < 95*time.Millisecond {
		t.Error(err, clk.Now(), time.Since(begin))
	}
}

func TestAStoppedTimerDoesNotFire(t *testing.T) {
	run(t, func(clk *clock.Virtual) {
		fired := 0
		late := clk.AfterFunc(10, func() { fired++ })
		soon := clk.AfterFunc(5, func() { fired++ })
		_ = clk.SleepUntil(bg, 7)
		if !late.Stop() || late.Stop() || soon.Stop() {
			t.Error("Stop tells the wrong thing")
		}
		_ = clk.SleepUntil(bg, 20)
		if fired != 1 {
			t.Error(fired)
		}
	})
}

func TestAWriterOutsideTheClockIsNoWait(t *testing.T) {
	out, done := make(chan time.Duration, 1), make(chan int)
	go func() {
		n := 0
		for range out {
			runtime.Gosched()
			n++
		}
		done <- n
	}()
	run(t, func(clk *clock.Virtual) {
		for i := range 500 {
			_ = clk.SleepUntil(bg, time.Duration(i))
			out <- clk.Now()
		}
	})
	close(out)
	if n := <-done; n != 500 {
		t.Error(n)
	}
}

// A goroutine that leaves by runtime.Goexit, as a failed test does, ends like any other.
func TestGoexitEndsOneGoroutine(t *testing.T) {
	var got []string
	run(t, func(clk *clock.Virtual) {
		for i := range 3 {
			clk.Go("g", func() {
				defer func() { got = append(got, fmt.Sprint(i, " left")) }()
				_ = clk.SleepUntil(bg, time.Duration(i))
				if i == 1 {
					runtime.Goexit()
				}
				_ = clk.SleepUntil(bg, 9)
			})
		}
	})
	if fmt.Sprint(got) != "[1 left 0 left 2 left]" {
		t.Error(got)
	}
}
