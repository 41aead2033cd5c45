package simulator

import (
	"context"
	"encoding/json"
	"fmt"
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

// A slow API server is a ceiling of chunks per second: what it cannot hand out in time goes out together, and not one token is lost.
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
