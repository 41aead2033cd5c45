package rehearsal

import (
	"bytes"
	"context"
	"errors"
	"net"
	"time"

	"loadgen/clock"
	"loadgen/endpoint"
	"loadgen/generator"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/simulator"
)

// The short load of Socket.
const (
	SocketStreams = 8
	SocketTime    = 2 * time.Second
)

// offsets is measured − true of every request and gap of a short load over a real socket, s.
type offsets struct{ TTFT, ITL []float64 }

// Socket plays a few seconds over TCP at speed 1, server and client in this one process on one wall clock: what the
// client, the socket and this machine add.
func Socket(ctx context.Context, target scenarios.Target) (out offsets, err error) {
	clk := clock.NewWall()
	var log bytes.Buffer
	server, err := simulator.New(clk, simulator.Options{Model: target.Model, Config: target.Config, GPU: target.Card,
		Card: target.OwnCard, Flags: target.Settings, Truth: &log})
	if err != nil {
		return out, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return out, err
	}
	serving, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(serving, listener) }()
	target.URL, target.APIKeyEnv = "http://"+listener.Addr().String(), ""
	records, err := stream(ctx, clk, target)
	stop()
	if err := errors.Join(err, <-ended, server.Flush()); err != nil {
		return out, err
	}
	truth, err := simulator.ReadTruth(&log)
	return offsetsOf(records, truth), err
}

// stream loads the server with short prompts for a while.
func stream(ctx context.Context, clk clock.Clock, target scenarios.Target) ([]*results.Record, error) {
	ep, err := endpoint.New(clk, target, endpoint.Options{})
	if err != nil {
		return nil, err
	}
	defer ep.Close()
	mix := scenarios.NewMix(&scenarios.Scenario{Prompts: []scenarios.PromptClass{{Name: "short", Weight: 1,
		Input:  &scenarios.Length{Law: "uniform", Min: 50, Max: 150},
		Output: scenarios.Output{Length: &scenarios.Length{Law: "uniform", Min: 20, Max: 60}}}}}, scenarios.Step{Seed: 1})
	var records []*results.Record
	err = clk.Run("socket", func() {
		run := generator.Start(ctx, clk, ep, generator.Load{Loop: scenarios.Closed, Concurrency: SocketStreams,
			Prompt: mix.Prompt, Ramp: 200 * time.Millisecond},
			func(r *results.Record) { records = append(records, r) })
		_ = clk.SleepUntil(ctx, clk.Now()+SocketTime)
		run.StopSending()
		_ = run.Wait(context.WithoutCancel(ctx))
	})
	return records, err
}

// offsetsOf joins records with the truth by the server's request id.
func offsetsOf(records []*results.Record, truth simulator.Truth) (out offsets) {
	for _, r := range records {
		q, ok := truth.Requests[r.RequestID]
		if !ok || !r.OK() || len(q.Tokens) == 0 {
			continue
		}
		out.TTFT = append(out.TTFT, (r.FirstToken - r.Due - q.Tokens[0] + q.Arrived).Seconds())
		if len(q.Tokens) == len(r.Arrivals) {
			for i := 1; i < len(q.Tokens); i++ {
				out.ITL = append(out.ITL, (r.Arrivals[i].Gap - q.Tokens[i] + q.Tokens[i-1]).Seconds())
			}
		}
	}
	return out
}
