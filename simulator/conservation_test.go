package simulator

import (
	"context"
	"encoding/json"
	"math"
	"testing"

	"loadgen/clock"
)

// TestConservation: when all is served, the counters are the sums of what the clients were told, preemptions included,
// and the parts of a request's time add up to the whole.
func TestConservation(t *testing.T) {
	w := newWorld(t, Options{Model: "Qwen/Qwen3-8B",
		Flags: map[string]any{"max-model-len": 2048, "num-gpu-blocks-override": 400}})
	var prompt, completion, answers float64
	var before, after string
	w.run(func() {
		before = w.do("GET", "/metrics", "", 0).body
		g := clock.NewGroup(w.clk, "clients")
		for i := range 32 {
			g.Go("client", func() {
				for j := range 3 {
					var said struct {
						Usage struct {
							Prompt     float64 `json:"prompt_tokens"`
							Completion float64 `json:"completion_tokens"`
						}
					}
					body := chat("Qwen/Qwen3-8B", sprint("%d %d ", i, j)+words60(60+10*i), sprint(`,"max_tokens":%d`, 300+i))
					if err := json.Unmarshal([]byte(w.do("POST", "/v1/chat/completions", body, 0).body), &said); err != nil {
						t.Error(err)
					}
					prompt, completion, answers = prompt+said.Usage.Prompt, completion+said.Usage.Completion, answers+1
				}
			})
		}
		_ = g.Wait(context.Background())
		after = w.do("GET", "/metrics", "", 0).body
	})
	moved := func(series string) float64 { return metric(t, after, series) - metric(t, before, series) }
	preempted := moved("vllm:num_preemptions_total")
	for name, pair := range map[string][2]float64{
		"prompt tokens":     {moved("vllm:prompt_tokens_total"), prompt},
		"generation tokens": {moved("vllm:generation_tokens_total"), completion},
		"requests": {moved(`vllm:request_success_total{engine="0",finished_reason="stop"`) +
			moved(`vllm:request_success_total{engine="0",finished_reason="length"`), answers},
		"preemptions":        {preempted, float64(w.s.engine.Counters().Preemptions)},
		"preempted requests": {moved("vllm:request_num_preemptions_sum"), preempted},
		"tokens in gaps":     {moved("vllm:inter_token_latency_seconds_count"), completion - answers},
		"iteration tokens": {moved("vllm:iteration_tokens_total_sum"), prompt - moved("vllm:prompt_tokens_cached_total") +
			completion},
		"prefix queries": {moved("vllm:prefix_cache_queries_total"), prompt},
		"blocks in use":  {metric(t, after, "vllm:kv_cache_usage_perc"), 0},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %v, want %v", name, pair[0], pair[1])
		}
	}
	if preempted < 10 {
		t.Errorf("%v preemptions: the test does not reach what it is for", preempted)
	}
	parts := moved("vllm:request_queue_time_seconds_sum") + moved("vllm:request_prefill_time_seconds_sum") +
		moved("vllm:request_decode_time_seconds_sum")
	if whole := moved("vllm:request_queue_time_seconds_sum") +
		moved("vllm:request_inference_time_seconds_sum"); math.Abs(parts/whole-1) > 1e-9 {
		t.Errorf("queue, prefill and decode sum to %v s, queue and inference to %v s", parts, whole)
	}
}
