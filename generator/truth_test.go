package generator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
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

// truths are the simulator's own log: when each token of each request left the engine.
func truths(t *testing.T, log []byte) map[string][]time.Duration {
	out := map[string][]time.Duration{}
	for line := range bytes.Lines(log) {
		var r struct {
			Request string
			Tokens  json.RawMessage
		}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		if r.Request == "" {
			continue // a step
		}
		var times []time.Duration
		if err := json.Unmarshal(r.Tokens, &times); err != nil {
			t.Fatal(err)
		}
		out[r.Request] = times
	}
	return out
}

// seen are the instants at which the client had the tokens.
func seen(r *results.Record) (out []time.Duration) {
	at := r.FirstToken
	for _, a := range r.Arrivals {
		at += a.Gap
		for range a.Events {
			out = append(out, at)
		}
	}
	return out
}

// What is measured against the simulated vLLM is what its engine did, token by token, also where requests queue.
func TestMeasuredIsWhatTheEngineDid(t *testing.T) {
	var log bytes.Buffer
	clk := clock.NewVirtual()
	srv, err := simulator.New(clk, simulator.Options{Model: "Qwen/Qwen3-8B", Seed: 1, Truth: &log,
		Flags: map[string]any{"max-num-seqs": 16, "api-server-count": 16}}) // with few, two tokens may share a chunk
	if err != nil {
		t.Fatal(err)
	}
	net := memnet.New(clk)
	net.Listen("sim:80", srv.Accept)
	ep, err := endpoint.New(clk, scenarios.Target{URL: "http://sim", Model: "Qwen/Qwen3-8B"},
		endpoint.Options{Dial: net.Dial})
	if err != nil {
		t.Fatal(err)
	}
	var records []*results.Record
	prompt := func(slot, turn int) scenarios.Prompt {
		return scenarios.Prompt{Text: fmt.Sprint("tell me of ", slot, " and ", turn), MaxTokens: 1 + (slot*31+turn*17+32)%60,
			Exact: true}
	}
	err = clk.Run("main", func() {
		for _, l := range []generator.Load{
			{Loop: scenarios.Closed, Concurrency: 32, Prompt: prompt, Ramp: time.Second},
			{Loop: scenarios.Open, Due: poisson(100, 1500), Prompt: prompt},
		} {
			run := generator.Start(context.Background(), clk, ep, l, func(r *results.Record) { records = append(records, r) })
			start := run.Start()
			_ = clk.SleepUntil(context.Background(), start+20*time.Second)
			run.StopSending()
			_ = run.Wait(context.Background())
			for _, r := range records {
				r.FirstToken += start
			}
			check := records
			records = nil
			if err := srv.Flush(); err != nil {
				t.Error(err)
			}
			compare(t, check, truths(t, log.Bytes()))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

func compare(t *testing.T, records []*results.Record, truth map[string][]time.Duration) {
	t.Helper()
	off, tokens := 0, 0
	for _, r := range records {
		want, got := truth[r.RequestID], seen(r)
		if !r.OK() || len(got) != len(want) || len(want) == 0 {
			t.Fatalf("%q: %d tokens seen, %d true; %+v", r.RequestID, len(got), len(want), r)
		}
		for i := range got {
			tokens++
			if got[i] != want[i] {
				off++
			}
		}
	}
	if off > 0 || len(records) < 500 {
		t.Errorf("%d of %d tokens off, %d requests", off, tokens, len(records))
	}
}
