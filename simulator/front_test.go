package simulator

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/simulator/machine"
)

// flood streams 64 answers of 50 tokens at once and returns their texts, the number of chunks and when all had ended.
func flood(t *testing.T, chunk time.Duration) (texts [64]string, chunks int, span time.Duration) {
	p, _ := machine.FindProfile("H100")
	p.Token, p.Chunk, p.Accept, p.AcceptToken = 0, chunk, 0, 0
	w := newWorld(t, Options{Model: "Qwen/Qwen3-1.7B-FP8", Profile: &p})
	w.run(func() {
		g := clock.NewGroup(w.clk, "clients")
		for i := range texts {
			g.Go("client", func() {
				body := chat("Qwen/Qwen3-1.7B-FP8", fmt.Sprint("prompt ", i), `,"max_tokens":50,"ignore_eos":true,"stream":true`)
				for _, event := range w.do("POST", "/v1/chat/completions", body, 0).events {
					var e struct {
						Choices []struct{ Delta struct{ Content string } }
					}
					if json.Unmarshal([]byte(event), &e) == nil && e.Choices[0].Delta.Content != "" {
						texts[i] += e.Choices[0].Delta.Content
						chunks++
					}
				}
			})
		}
		_ = g.Wait(context.Background())
		span = w.clk.Now()
	})
	return texts, chunks, span
}

// A slow API server is a ceiling of chunks per second: what it cannot hand out in time goes out together, and not one
// token is lost.
func TestFrontEndCeiling(t *testing.T) {
	fast, all, quick := flood(t, 0)
	slow, few, late := flood(t, time.Millisecond)
	if fast != slow {
		t.Error("the texts differ")
	}
	if all != 64*50 || few > all/4 || few < 64 {
		t.Errorf("%d chunks without a ceiling, %d with", all, few)
	}
	if rate := float64(few) / late.Seconds(); rate > 1000 || rate < 700 || late < quick {
		t.Errorf("%.0f chunks/s; ended after %v and %v", rate, quick, late)
	}
}

// jammed plays the front-end regime, three answers a client, and returns the server's truth and its tokens per second.
func jammed(t *testing.T, flags map[string]any) (truth string, rate float64) {
	r, _ := FindRegime("front-end")
	var log strings.Builder
	r.Options.Flags, r.Options.Truth = flags, &log
	w := newWorld(t, r.Options)
	w.run(func() {
		g := clock.NewGroup(w.clk, "clients")
		for i := range r.Load.Clients {
			g.Go("client", func() {
				for j := range 3 {
					text := sprint("%d %d ", i, j) + words60(r.Load.Input-10)
					w.do("POST", "/v1/chat/completions",
						chat(r.Options.Model, text, sprint(`,"max_tokens":%d,"ignore_eos":true,"stream":true`, r.Load.Output/2+
							(i+97*j)%r.Load.Output)), 0)
				}
			})
		}
		_ = g.Wait(context.Background())
		rate = float64(w.s.metrics.generated) / w.clk.Now().Seconds()
	})
	if err := w.s.Flush(); err != nil {
		t.Fatal(err)
	}
	page := string(w.s.exposition(nil))
	if told, one := strings.Contains(page, "process_"), len(w.s.fronts) == 1; told != one {
		t.Errorf("%v: /metrics tells of a process: %v", flags, told)
	}
	return log.String(), rate
}

// Where the API server binds a second one raises throughput; one is what there is when nothing is said.
func TestAPIServerCount(t *testing.T) {
	truth, one := jammed(t, nil)
	if same, _ := jammed(t, map[string]any{"api-server-count": 1}); same != truth {
		t.Error("api-server-count 1 is not the default to the byte")
	}
	_, two := jammed(t, map[string]any{"api-server-count": 2})
	if t.Logf("%.0f tok/s, with two %.0f", one, two); two < 1.05*one {
		t.Errorf("%.0f tok/s with one API server, %.0f with two", one, two)
	}
	for _, n := range []any{0, -1, 1.5} {
		if _, err := New(clock.NewVirtual(),
			Options{Model: "Qwen/Qwen3-8B", Flags: map[string]any{"api-server-count": n}}); err == nil {
			t.Errorf("api-server-count %v starts", n)
		}
	}
}

// A connection stays with its API server, and connections take turns.
func TestConnectionsTakeTurns(t *testing.T) {
	w := newWorld(t, Options{Model: "Qwen/Qwen3-8B", Flags: map[string]any{"api-server-count": 3}})
	for i := range 7 {
		if got := w.s.newWriter(nil).front; got != w.s.fronts[i%3] {
			t.Errorf("connection %d is not with API server %d", i, i%3)
		}
	}
}
