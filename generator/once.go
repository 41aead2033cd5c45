package generator

import (
	"context"

	"loadgen/clock"
	"loadgen/endpoint"
	"loadgen/results"
	"loadgen/scenarios"
)

// Once sends one prompt, no later turn of its session, and returns its record. The caller is a goroutine of the clock.
func Once(ctx context.Context, clk clock.Clock, ep *endpoint.Endpoint, p scenarios.Prompt,
	req scenarios.Request) *results.Record {
	rec := &results.Record{Fault: results.FaultCancelled, Detail: errStopped.Error()}
	p.Later = nil
	run := Start(ctx, clk, ep, Load{Loop: scenarios.Each, List: []scenarios.Prompt{p}, Request: req},
		func(r *results.Record) { rec = r })
	_ = run.Wait(context.WithoutCancel(ctx))
	return rec
}
