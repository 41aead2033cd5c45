package generator_test

import (
	"context"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/clock/memnet"
	"loadgen/endpoint"
	"loadgen/generator"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/simulator"
)

// BenchmarkEngine is client, records and the simulated vLLM together in virtual time, at a load at which each token has
// its chunk.
func BenchmarkEngine(b *testing.B) {
	tokens, chunks := 0, 0
	for b.Loop() {
		clk := clock.NewVirtual()
		srv, err := simulator.New(clk, simulator.Options{Model: "Qwen/Qwen3-8B"})
		if err != nil {
			b.Fatal(err)
		}
		net := memnet.New(clk)
		net.Listen("sim:80", srv.Accept)
		ep, err := endpoint.New(clk, scenarios.Target{URL: "http://sim", Model: "Qwen/Qwen3-8B"},
			endpoint.Options{Dial: net.Dial})
		if err != nil {
			b.Fatal(err)
		}
		err = clk.Run("main", func() {
			run := generator.Start(context.Background(), clk, ep, generator.Load{Loop: scenarios.Closed, Concurrency: 32,
				Ramp:   time.Second,
				Prompt: func(int, int) scenarios.Prompt { return scenarios.Prompt{Text: "hello", MaxTokens: 200, Exact: true} }},
				func(r *results.Record) { tokens, chunks = tokens+int(r.OutputTokens), chunks+int(r.Events) })
			_ = clk.SleepUntil(context.Background(), 30*time.Second)
			run.StopSending()
			_ = run.Wait(context.Background())
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(tokens)/b.Elapsed().Seconds()/1e6, "Mtokens/s")
	b.ReportMetric(float64(tokens)/float64(chunks), "tokens/chunk")
}
