package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net"
	"slices"
	"strconv"
	"time"

	"loadgen/clock"
	"loadgen/endpoint"
	"loadgen/generator"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/simulator"
	"loadgen/stat"
)

// The short step over a real socket that demo ends with.
const (
	socketStreams = 4
	socketTime    = 4 * time.Second
)

// A truthRequest is one request's line of the truth log.
type truthRequest struct {
	Request string  `json:"request"`
	Arrived int64   `json:"arrived"`
	Tokens  []int64 `json:"tokens"`
}

// socket plays a few seconds over TCP at speed 1, server and client in this one process on one wall clock, and prints
// measured − true: what the client, the socket and this machine add.
func (t *terminal) socket(ctx context.Context, target scenarios.Target) error {
	clk := clock.NewWall()
	var truth bytes.Buffer
	server, err := simulator.New(clk, simulator.Options{Model: target.Model, GPU: target.Card, Flags: target.Settings, Truth: &truth})
	if err != nil {
		return fail(exitFailed, "", "%w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fail(exitFailed, "", "%w", err)
	}
	serving, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(serving, listener) }()
	target.URL, target.APIKeyEnv = "http://"+listener.Addr().String(), ""
	records, err := stream(ctx, clk, target)
	stop()
	if served := <-ended; err == nil {
		err = served
	}
	if err == nil {
		err = server.Flush()
	}
	if err != nil {
		return fail(exitFailed, "", "%w", err)
	}
	ttft, itl := added(records, &truth)
	t.say("\nover a real socket, speed 1, %d streams for %v (%d requests): measured − true", socketStreams, socketTime, len(ttft))
	t.say("  TTFT %s   ITL %s", offsets(ttft), offsets(itl))
	return nil
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
		run := generator.Start(ctx, clk, ep, generator.Load{Loop: scenarios.Closed, Concurrency: socketStreams, Prompt: mix.Prompt, Ramp: 200 * time.Millisecond},
			func(r *results.Record) { records = append(records, r) })
		_ = clk.SleepUntil(ctx, clk.Now()+socketTime)
		run.StopSending()
		_ = run.Wait(context.WithoutCancel(ctx))
	})
	return records, err
}

// added joins records with the truth by the server's request id; values in seconds.
func added(records []*results.Record, truth *bytes.Buffer) (ttft, itl []float64) {
	byID := map[string]truthRequest{}
	lines := bufio.NewScanner(truth)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var q truthRequest
		if json.Unmarshal(lines.Bytes(), &q) == nil && q.Request != "" {
			byID[q.Request] = q
		}
	}
	for _, r := range records {
		q, ok := byID[r.RequestID]
		if !ok || !r.OK() || len(q.Tokens) == 0 {
			continue
		}
		ttft = append(ttft, (r.FirstToken-r.Due).Seconds()-float64(q.Tokens[0]-q.Arrived)/1e9)
		if len(q.Tokens) == len(r.Arrivals) {
			for i := 1; i < len(q.Tokens); i++ {
				itl = append(itl, r.Arrivals[i].Gap.Seconds()-float64(q.Tokens[i]-q.Tokens[i-1])/1e9)
			}
		}
	}
	return ttft, itl
}

// offsets is p50 and p99 of signed differences.
func offsets(v []float64) string {
	if len(v) == 0 {
		return "not told"
	}
	slices.Sort(v)
	us := func(p float64) string { return strconv.FormatFloat(stat.Quantile(v, p)*1e3, 'f', 3, 64) + " ms" }
	return "p50 " + us(0.5) + ", p99 " + us(0.99) + " (n = " + strconv.Itoa(len(v)) + ")"
}
