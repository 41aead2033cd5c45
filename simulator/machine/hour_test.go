package machine

import (
	"context"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/simulator/engine"
	"loadgen/vllm"
)

// BenchmarkHour is an hour of a closed loop of 256 on an H100, by the engine alone: 512 tokens in, 128 out, a new
// prompt as soon as an answer has ended.
func BenchmarkHour(b *testing.B) {
	m := Machine{TP: 1, KVDtype: "auto", Budget: 8192, MaxSeqs: 1024}
	m.Model, m.Quant, _ = vllm.FindModel("Qwen3-8B")
	m.Card, _ = vllm.FindCard("H100")
	m.Profile, _ = FindProfile("H100")
	for b.Loop() {
		hour(b, m)
	}
}

func hour(b *testing.B, m Machine) {
	clk := clock.NewVirtual()
	e := engine.New(clk, engine.Config{Blocks: 25000, BlockSize: 16, Budget: m.Budget, MaxSeqs: m.MaxSeqs,
		MaxModelLen: 32768, PrefixCaching: true,
		Async: true, StepTime: m.StepTime(1)})
	tokens := 0
	var submit func()
	submit = func() {
		_ = e.Submit(&engine.Request{Prompt: 512, MaxTokens: 128, Emit: func(r *engine.Request) {
			if tokens++; r.Finish != engine.Unfinished && clk.Now() < time.Hour {
				submit()
			}
		}})
	}
	err := clk.Run("hour", func() {
		e.Do(func() {
			for range 256 {
				submit()
			}
		})
		_ = clk.SleepUntil(context.Background(), time.Hour+time.Minute)
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(e.Counters().Steps), "steps")
	b.ReportMetric(float64(tokens), "tokens")
}
