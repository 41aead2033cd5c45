package generator_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"loadgen/generator"
	"loadgen/scenarios"
)

// A batch is a server that gives every request one token per step, as an engine does: one event of the clock per step.
type batch struct {
	running []*batched
	token   []byte
	ticking bool
}

type batched struct {
	a    *asked
	left int
}

func (b *batch) answer(a *asked) {
	b.running = append(b.running, &batched{a, a.Body.MaxTokens})
	if !b.ticking {
		b.ticking = true
		a.at(10*time.Millisecond, func() { b.step(a.w) })
	}
}

func (b *batch) step(w *world) {
	going := b.running[:0]
	for _, r := range b.running {
		if r.left == r.a.Body.MaxTokens {
			r.a.head()
			r.a.chunk(role)
		}
		r.a.peer.Write(b.token)
		if r.left--; r.left > 0 {
			going = append(going, r)
		} else {
			r.a.finish(r.a.Body.MaxTokens)
		}
	}
	b.running = going
	if b.ticking = len(going) > 0; b.ticking {
		w.clk.AfterFunc(w.clk.Now()+10*time.Millisecond, func() { b.step(w) })
	}
}

// BenchmarkVirtual is client, parser, records and a batching server together in virtual time.
func BenchmarkVirtual(b *testing.B) {
	text := start + `[{"index":0,"delta":{"content":" token"},"logprobs":null,"finish_reason":null,"token_ids":null}]}` +
		"\n\n"
	for _, n := range []int{1, 16, 256, 2000} {
		b.Run(fmt.Sprint("N=", n), func(b *testing.B) {
			tokens := 0
			for b.Loop() {
				server := &batch{token: fmt.Appendf(nil, "%x\r\n%s\r\n", len(text), text)}
				w := newWorld(b, server.answer)
				w.run(b, func(ctx context.Context) {
					run := w.start(ctx, generator.Load{Loop: scenarios.Closed, Concurrency: n, Ramp: time.Second,
						Prompt: func(int, int) scenarios.Prompt { return sayTokens(200) }})
					_ = w.clk.SleepUntil(ctx, time.Duration(2000/n+2)*time.Second)
					run.StopSending()
					_ = run.Wait(ctx)
				})
				for _, r := range w.records {
					tokens += int(r.OutputTokens)
				}
			}
			b.ReportMetric(float64(tokens)/b.Elapsed().Seconds()/1e6, "Mtokens/s")
		})
	}
}
