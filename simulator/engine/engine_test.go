package engine

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"loadgen/clock"
)

const ms = time.Millisecond

// bench is an engine whose steps take 10 ms and 1 ms more for each prefill token.
type bench struct {
	clk   *clock.Virtual
	e     *Engine
	steps []Step
	times map[*Request][]time.Duration
}

func newBench(change func(*Config)) *bench {
	b := &bench{clk: clock.NewVirtual(), times: map[*Request][]time.Duration{}}
	cfg := Config{Blocks: 1001, BlockSize: 16, Budget: 64, MaxSeqs: 8, MaxModelLen: 4096, PrefixCaching: true}
	cfg.StepTime = func(s *Step) Timing { return Timing{GPU: 10*ms + time.Duration(s.PrefillTokens)*ms} }
	cfg.OnStep = func(s *Step) { b.steps = append(b.steps, *s) }
	change(&cfg)
	b.e = New(b.clk, cfg)
	return b
}

func (b *bench) submit(prompt, tokens int, hashes ...uint64) *Request {
	r := &Request{Prompt: prompt, MaxTokens: tokens, Hashes: hashes}
	r.Emit = func(r *Request) { b.times[r] = append(b.times[r], b.clk.Now()) }
	b.e.Do(func() {
		if err := b.e.Submit(r); err != nil {
			panic(err)
		}
	})
	return r
}

func (b *bench) at(t time.Duration) { _ = b.clk.SleepUntil(context.Background(), t) }

func (b *bench) run(t *testing.T, f func()) {
	t.Helper()
	if err := b.clk.Run("test", func() { f(); b.at(time.Hour) }); err != nil {
		t.Fatal(err)
	}
}

func plain(*Config) {}

func async(c *Config) { c.Async = true }

func chain(n int) (h []uint64) {
	for i := range n {
		h = append(h, 1000+uint64(i))
	}
	return h
}

func (b *bench) want(t *testing.T, r *Request, times ...time.Duration) {
	t.Helper()
	if !slices.Equal(b.times[r], times) {
		t.Errorf("tokens at %v, want %v", b.times[r], times)
	}
}

func TestPromptInChunks(t *testing.T) {
	b := newBench(plain)
	var r *Request
	b.run(t, func() { r = b.submit(100, 2) })
	b.want(t, r, 74*ms+46*ms, 130*ms) // 64 tokens, 36 tokens, one decode
}

// Decodes come first: the second prompt gets what is left of the budget.
func TestDecodeBeforePrefill(t *testing.T) {
	b := newBench(plain)
	var first, second *Request
	b.run(t, func() {
		first = b.submit(10, 4)
		b.at(15 * ms)
		second = b.submit(64, 1)
	})
	b.want(t, first, 20*ms, 93*ms, 104*ms, 114*ms) // 63 of the prompt beside the decode, then 1
	b.want(t, second, 104*ms)
	if b.steps[1].PrefillTokens != 63 || b.steps[1].Decodes != 1 {
		t.Errorf("second step: %+v", b.steps[1])
	}
}

// A prompt that arrives while a step runs waits for one more step when scheduling is asynchronous, and for none when
// idle.
func TestAsyncCostsOneStep(t *testing.T) {
	for _, c := range []struct {
		change func(*Config)
		idle   time.Duration
		busy   time.Duration
	}{{plain, 20 * ms, 60 * ms}, {async, 20 * ms, 70 * ms}} {
		b := newBench(c.change)
		var first, second *Request
		b.run(t, func() {
			first = b.submit(10, 20)
			b.at(35 * ms)
			second = b.submit(10, 1)
		})
		if got := b.times[first][0]; got != c.idle {
			t.Errorf("idle: first token at %v, want %v", got, c.idle)
		}
		b.want(t, second, c.busy)
	}
}

// A request that arrives while steps run is seen when one of them ends; until then it counts as neither waiting nor
// queued.
func TestQueuedBetweenSteps(t *testing.T) {
	b := newBench(func(c *Config) { c.MaxSeqs = 1 })
	var second *Request
	b.run(t, func() {
		b.submit(10, 3) // steps end at 20, 30, 40 ms
		b.at(22 * ms)
		second = b.submit(10, 1)
	})
	if second.Arrived != 22*ms || second.Queued != 30*ms || second.Admitted != 40*ms {
		t.Errorf("arrived %v, queued %v, admitted %v", second.Arrived, second.Queued, second.Admitted)
	}
	if b.steps[1].Waiting != 0 || b.steps[2].Waiting != 1 {
		t.Errorf("waiting %d and %d", b.steps[1].Waiting, b.steps[2].Waiting)
	}
}

// The host's time between steps shows when scheduling is not asynchronous and hides when it is.
func TestHostTime(t *testing.T) {
	for _, c := range []struct {
		async bool
		last  time.Duration
	}{{false, 4*3*ms + 20*ms + 30*ms}, {true, 3*ms + 20*ms + 30*ms}} {
		b := newBench(func(cfg *Config) {
			cfg.Async = c.async
			cfg.StepTime = func(s *Step) Timing {
				return Timing{GPU: 10*ms + time.Duration(s.PrefillTokens)*ms, Host: 3 * ms}
			}
		})
		var r *Request
		b.run(t, func() { r = b.submit(10, 4) })
		if got := b.times[r][3]; got != c.last {
			t.Errorf("async %v: last token at %v, want %v", c.async, got, c.last)
		}
	}
}

// The thread launches a step before it sees whether the one before has ended: a document's launch is a wait of its own
// for a stream, and its step ends as it would.
func TestLaunchHoldsTheStepBefore(t *testing.T) {
	b := newBench(func(cfg *Config) {
		cfg.Async, cfg.Budget = true, 8192
		cfg.StepTime = func(s *Step) Timing {
			if s.PrefillTokens > 512 {
				return Timing{GPU: 70 * ms, Hold: 40 * ms}
			}
			return Timing{GPU: 5 * ms}
		}
	})
	var stream *Request
	b.run(t, func() {
		stream = b.submit(10, 40)
		b.at(52 * ms)
		b.submit(3000, 1)
	})
	var gaps []time.Duration
	for i, at := range b.times[stream][1:] {
		if gap := at - b.times[stream][i]; gap != 5*ms {
			gaps = append(gaps, gap)
		}
	}
	if want := []time.Duration{40 * ms, 35 * ms}; !slices.Equal(gaps, want) {
		t.Errorf("waits of %v, want %v", gaps, want)
	}
}

func TestPrefixHits(t *testing.T) {
	b := newBench(func(c *Config) { c.Budget = 4096 })
	var first, again, other *Request
	b.run(t, func() {
		first = b.submit(1024, 1, chain(64)...)
		b.at(2 * time.Second)
		again = b.submit(1024, 1, chain(64)...)
		b.at(4 * time.Second)
		other = b.submit(1024, 1, append(chain(3), 1, 2, 3)...)
	})
	if first.Cached != 0 || again.Cached != 1008 || other.Cached != 48 {
		t.Errorf("cached %d, %d, %d; want 0, 1008, 48", first.Cached, again.Cached, other.Cached)
	}
	b.want(t, again, 2*time.Second+26*ms) // 16 tokens are computed all the same
	if c := b.e.Counters(); c.PrefixQueries != 3*1024 || c.PrefixHits != 1056 {
		t.Errorf("%+v", c)
	}
}

// Blocks are named when scheduled, so a sibling in the same step hits them.
func TestSiblingHitsInTheSameStep(t *testing.T) {
	b := newBench(func(c *Config) { c.Budget = 4096 })
	var sibling *Request
	b.run(t, func() {
		b.submit(64, 1, chain(4)...)
		sibling = b.submit(64, 1, chain(4)...)
	})
	if sibling.Cached != 48 || len(b.steps) != 1 {
		t.Errorf("cached %d in %d steps", sibling.Cached, len(b.steps))
	}
}

// A prompt that does not fit blocks a small one behind it.
func TestHeadOfLine(t *testing.T) {
	b := newBench(func(c *Config) { c.Blocks, c.Budget = 11, 4096 })
	var first, big, small *Request
	b.run(t, func() {
		first = b.submit(96, 3)
		big = b.submit(96, 1)
		small = b.submit(16, 1)
	})
	if big.Admitted < first.Last || small.Admitted < big.Admitted {
		t.Errorf("first ended at %v; big admitted at %v, small at %v", first.Last, big.Admitted, small.Admitted)
	}
}

// The last admitted is the victim; it computes its prompt and its tokens again, and its client sees one long gap.
func TestPreemption(t *testing.T) {
	b := newBench(func(c *Config) { c.Blocks, c.Budget, c.PrefixCaching = 6, 4096, false })
	var keeps, victim *Request
	b.run(t, func() {
		keeps = b.submit(31, 20) // 2 blocks, a third with its 2nd token and a fourth with its 18th
		victim = b.submit(32, 4) // 2 blocks, a third with its 1st decode
	})
	if keeps.Preemptions != 0 || victim.Preemptions != 1 {
		t.Fatalf("preempted %d and %d times", keeps.Preemptions, victim.Preemptions)
	}
	if victim.Generated != 4 || b.times[victim][2] < b.times[keeps][19] {
		t.Errorf("victim's tokens at %v; the other ended at %v", b.times[victim], keeps.Last)
	}
	for _, s := range b.steps {
		if s.Start >= keeps.Last && s.PrefillTokens == 34 {
			return
		}
	}
	t.Errorf("no step computed the victim's 32 + 2 tokens again")
}

func TestWatermark(t *testing.T) {
	for _, c := range []struct {
		watermark float64
		together  bool
	}{{0, true}, {.2, false}} {
		b := newBench(func(cfg *Config) { cfg.Blocks, cfg.Watermark = 11, c.watermark })
		var second *Request
		b.run(t, func() {
			b.submit(48, 8)
			second = b.submit(96, 1)
		})
		if got := second.Admitted == 0; got != c.together {
			t.Errorf("watermark %v: admitted at %v", c.watermark, second.Admitted)
		}
	}
}

func TestAbortFreesAtOnce(t *testing.T) {
	b := newBench(async)
	var gone *Request
	b.run(t, func() {
		gone = b.submit(10, 100)
		b.at(33 * ms)
		b.e.Do(func() {
			b.e.Abort(gone)
			b.e.Abort(gone)
			if r, w, used := b.e.Load(); r+w+used != 0 {
				t.Errorf("%d running, %d waiting, %d blocks after the abort", r, w, used)
			}
		})
	})
	b.want(t, gone, 20*ms, 30*ms)
	if c := b.e.Counters(); c.Aborts != 1 {
		t.Errorf("%+v", c)
	}
}

func TestQueueLimit(t *testing.T) {
	b := newBench(func(c *Config) { c.MaxSeqs, c.MaxQueued = 1, 2 })
	b.run(t, func() {
		b.submit(10, 1)
		b.submit(10, 1)
		b.e.Do(func() {
			if err := b.e.Submit(&Request{Prompt: 1, MaxTokens: 1}); !errors.Is(err, errQueueFull) {
				t.Errorf("third request: %v", err)
			}
		})
	})
}

func TestLongPrefillThreshold(t *testing.T) {
	b := newBench(func(c *Config) { c.LongPrefill = 16 })
	var long, short *Request
	b.run(t, func() {
		long = b.submit(64, 1)
		short = b.submit(8, 1)
	})
	b.want(t, short, 34*ms)      // 16 + 8 tokens beside each other
	b.want(t, long, 34*ms+58*ms) // alone it is free of the threshold: 48 tokens in one step
}

// The adaptive threshold gives each request its share of the budget at least.
func TestLongPrefillAdaptive(t *testing.T) {
	b := newBench(func(c *Config) { c.LongPrefill, c.FairPrefill = 16, true })
	const share = 32 // half of the budget
	var long, short *Request
	b.run(t, func() {
		long = b.submit(share+8, 1)
		short = b.submit(8, 1)
	})
	b.want(t, short, time.Duration(10+share+8)*ms)
	b.want(t, long, time.Duration(10+share+8+10+8)*ms)
}

func TestLongPrefillAlone(t *testing.T) {
	b := newBench(func(c *Config) { c.LongPrefill = 16 })
	var lone *Request
	b.run(t, func() { lone = b.submit(64, 1) })
	b.want(t, lone, 74*ms)
}

func TestResetPrefixCache(t *testing.T) {
	b := newBench(plain)
	var again *Request
	b.run(t, func() {
		b.submit(48, 4, chain(3)...)
		b.at(60 * ms)
		b.e.Do(func() {
			if b.e.ResetPrefixCache() {
				t.Error("reset while blocks are in use")
			}
		})
		b.at(time.Second)
		b.e.Do(func() {
			if !b.e.ResetPrefixCache() {
				t.Error("no reset of an idle engine")
			}
		})
		again = b.submit(48, 1, chain(3)...)
	})
	if again.Cached != 0 {
		t.Errorf("%d cached after a reset", again.Cached)
	}
}

// An engine that has nothing to do schedules nothing.
func TestIdleIsSilent(t *testing.T) {
	b := newBench(async)
	b.clk.Horizon = 2 * time.Hour
	b.run(t, func() { b.submit(10, 3) })
	if len(b.steps) != 3 {
		t.Errorf("%d steps for three tokens", len(b.steps))
	}
}

// BenchmarkSteps is steps per second with 64 running and nothing listening.
func BenchmarkSteps(b *testing.B) {
	clk := clock.NewVirtual()
	cfg := Config{Blocks: 30000, BlockSize: 16, Budget: 8192, MaxSeqs: 64, MaxModelLen: 1 << 30, PrefixCaching: true,
		Async: true}
	cfg.StepTime = func(*Step) Timing { return Timing{GPU: ms} }
	e := New(clk, cfg)
	n := 0
	err := clk.Run("bench", func() {
		var submit func()
		submit = func() {
			r := &Request{Prompt: 100, MaxTokens: 300}
			r.Emit = func(r *Request) {
				if n++; r.Finish != Unfinished && n < 64*b.N {
					submit()
				}
			}
			_ = e.Submit(r)
		}
		e.Do(func() {
			for range 64 {
				submit()
			}
		})
		_ = clk.SleepUntil(context.Background(), 900*time.Hour)
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(e.Counters().Steps)/b.Elapsed().Seconds(), "steps/s")
}
