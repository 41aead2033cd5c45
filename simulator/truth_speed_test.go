package simulator

import (
	"context"
	"io"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/simulator/engine"
)

// BenchmarkTruth is the engine's steps per second with 64 running requests, without the truth log and with it: a line
// per step, and one per request with the time of each token.
func BenchmarkTruth(b *testing.B) {
	for name, w := range map[string]io.Writer{"off": nil, "on": io.Discard} {
		b.Run(name, func(b *testing.B) { benchmarkTruth(b, newTruth(w)) })
	}
}

func benchmarkTruth(b *testing.B, log *truth) {
	clk := clock.NewVirtual()
	e := engine.New(clk, engine.Config{Blocks: 30000, BlockSize: 16, Budget: 8192, MaxSeqs: 64, MaxModelLen: 1 << 30,
		PrefixCaching: true, Async: true,
		StepTime: func(*engine.Step) engine.Timing { return engine.Timing{GPU: time.Millisecond} }, OnStep: log.step})
	a := &answer{id: "chatcmpl-0123456789abcdef"}
	made := 0
	err := clk.Run("bench", func() {
		var submit func()
		submit = func() {
			c := &choice{a: a, why: "length", record: &record{}}
			c.Prompt, c.MaxTokens = 100, 300
			c.Emit = func(r *engine.Request) {
				if log != nil {
					c.record.times = append(c.record.times, r.Last)
				}
				if made++; r.Finish != engine.Unfinished && made < 64*b.N {
					log.request(c, r.Last)
					submit()
				}
			}
			_ = e.Submit(&c.Request)
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
