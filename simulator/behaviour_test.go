package simulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"loadgen/clock"
)

// metric reads one series of a page by the beginning of its line.
func metric(t *testing.T, page, series string) float64 {
	t.Helper()
	for _, line := range strings.Split(page, "\n") {
		if rest, ok := strings.CutPrefix(line, series); ok {
			v, err := strconv.ParseFloat(rest[strings.LastIndexByte(rest, ' ')+1:], 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
	}
	t.Errorf("no series %s", series)
	return 0
}

func TestClientLeaves(t *testing.T) {
	w := newWorld(t, small())
	var page string
	w.run(func() {
		g := w.do("POST", "/v1/chat/completions",
			chat(mini, words60(100), `,"max_tokens":400,"ignore_eos":true,"stream":true`), 5)
		left := w.clk.Now()
		if n := len(g.events); n != 5 {
			t.Errorf("%d events", n)
		}
		w.s.engine.Do(func() {
			if r, q, used := w.s.engine.Load(); r+q+used != 0 {
				t.Errorf("%d running, %d waiting, %d blocks after the client left at %v", r, q, used, left)
			}
		})
		_ = w.clk.SleepUntil(context.Background(), left+time.Second)
		page = w.do("GET", "/metrics", "", 0).body
	})
	for series, want := range map[string]float64{
		"vllm:generation_tokens_total": 4, "vllm:prompt_tokens_total": 108, "vllm:num_requests_running": 0,
		"vllm:kv_cache_usage_perc":               0,
		"vllm:time_to_first_token_seconds_count": 1, "vllm:inter_token_latency_seconds_count": 3,
		"vllm:e2e_request_latency_seconds_count":                         0,
		`vllm:request_success_total{engine="0",finished_reason="length"`: 0,
		`vllm:request_success_total{engine="0",finished_reason="abort"`:  0,
	} {
		if got := metric(t, page, series); got != want {
			t.Errorf("%s is %v, want %v", series, got, want)
		}
	}
}

// A second turn finds the first prompt and its answer in the prefix cache.
func TestSecondTurnHitsTheFirst(t *testing.T) {
	w := newWorld(t, small())
	w.run(func() {
		first := w.do("POST", "/v1/chat/completions", chat(mini, words60(100), `,"max_tokens":200,"ignore_eos":true`), 0)
		var said struct {
			Choices []struct {
				Message struct{ Content string }
			}
		}
		if err := json.Unmarshal([]byte(first.body), &said); err != nil {
			t.Error(err)
			return
		}
		second := fmt.Sprintf(
			`{"model":%q,"messages":[{"role":"user","content":%q},{"role":"assistant","content":%q},`+
				`{"role":"user","content":"go on"}],"max_tokens":1}`,
			mini, words60(100), said.Choices[0].Message.Content)
		got := w.do("POST", "/v1/chat/completions", second, 0).body
		if !strings.Contains(got, `"cached_tokens":304,`) { // of 108 + 200 tokens, in blocks of 16
			t.Error(got)
		}
	})
}

func TestSaltSeparatesCaches(t *testing.T) {
	w := newWorld(t, small())
	w.run(func() {
		for i, want := range []string{"0", "0", "96"} {
			more := fmt.Sprintf(`,"max_tokens":1,"cache_salt":"%d"`, []int{1, 2, 1}[i])
			got := w.do("POST", "/v1/chat/completions", chat(mini, words60(100), more), 0).body
			if !strings.Contains(got, `"cached_tokens":`+want+",") {
				t.Errorf("request %d: %s", i, got)
			}
		}
	})
}

// What a window cannot hold of an answer is silently not given, unless min_tokens asks for it (vLLM 0.32).
func TestAnswersThatOutgrowTheWindow(t *testing.T) {
	w := newWorld(t, Options{Model: mini, GPU: "H100",
		Flags: map[string]any{"max-model-len": 512, "max-num-batched-tokens": 512, "max-num-seqs": 8}})
	w.run(func() {
		text := words60(400)
		got := w.do("POST", "/v1/completions", fmt.Sprintf(`{"model":%q,"prompt":%q,"max_tokens":200,"ignore_eos":true}`,
			mini, text), 0)
		if got.status != 200 || !strings.Contains(got.body, `"finish_reason":"length"`) ||
			!strings.Contains(got.body, `"total_tokens":512`) {
			t.Error(got.status, got.body[max(0, len(got.body)-300):])
		}
		got = w.do("POST", "/v1/completions", fmt.Sprintf(`{"model":%q,"prompt":%q,"max_tokens":200,"min_tokens":200}`, mini,
			text), 0)
		if got.status != 400 || !strings.Contains(got.body, "min_tokens must be less than or equal to max_tokens=") ||
			!strings.Contains(got.body, ", got 200.") {
			t.Error(got.status, got.body)
		}
	})
}

// max-num-active-seqs binds below max-num-seqs.
func TestActiveSeqs(t *testing.T) {
	most := 0
	for _, active := range []int{0, 2} {
		w := newWorld(t, Options{Model: mini, GPU: "H100",
			Flags: map[string]any{"max-model-len": 4096, "max-num-active-seqs": active}})
		most = 0
		w.run(func() {
			g := clock.NewGroup(w.clk, "clients")
			for range 5 {
				g.Go("client", func() {
					w.do("POST", "/v1/completions", fmt.Sprintf(`{"model":%q,"prompt":%q,"max_tokens":60,"ignore_eos":true}`, mini,
						words60(40)), 0)
				})
			}
			g.Go("watch", func() {
				for range 20 {
					_ = w.clk.SleepUntil(context.Background(), w.clk.Now()+10*time.Millisecond)
					w.s.engine.Do(func() {
						running, _, _ := w.s.engine.Load()
						most = max(most, running)
					})
				}
			})
			_ = g.Wait(context.Background())
		})
		if active == 0 && most != 5 || active == 2 && most != 2 {
			t.Errorf("max-num-active-seqs %d: %d ran at once", active, most)
		}
	}
}

// Stop strings are looked for behind min_tokens only.
func TestStopsBehindMinTokens(t *testing.T) {
	w := newWorld(t, small())
	w.run(func() {
		body := fmt.Sprintf(`{"model":%q,"prompt":"one","max_tokens":30,"ignore_eos":true,"min_tokens":%%d,"stop":[" "]}`,
			mini)
		for least, want := range map[int]string{0: `"completion_tokens":1,`, 5: `"completion_tokens":6,`} {
			if got := w.do("POST", "/v1/completions", fmt.Sprintf(body, least), 0).body; !strings.Contains(got, want) ||
				!strings.Contains(got, `"finish_reason":"stop"`) {
				t.Errorf("min_tokens %d: %s", least, got)
			}
		}
	})
}

// A stream holds back what a stop string may begin in, and gives it when it ends.
func TestStopStringsHoldTextBack(t *testing.T) {
	w := newWorld(t, small())
	texts := func(stop string) (all []string, at []time.Duration) {
		got := w.do("POST", "/v1/completions", fmt.Sprintf(`{"model":%q,"prompt":"one","max_tokens":12,"ignore_eos":true,`+
			`"stream":true,"seed":7%s}`, mini, stop), 0)
		for i, e := range got.events {
			var c struct{ Choices []struct{ Text string } }
			if json.Unmarshal([]byte(e), &c) == nil && len(c.Choices) > 0 {
				all, at = append(all, c.Choices[0].Text), append(at, got.at[i])
			}
		}
		return all, at
	}
	w.run(func() {
		free, _ := texts("")
		held, _ := texts(`,"stop":["#################"]`) // 17 characters that no word has
		if len(free) != 12 || len(held) >= 12 || len(held) < 6 {
			t.Errorf("%d chunks without a stop string, %d with", len(free), len(held))
		}
		// the texts differ, since each request has its own: what is held back is given in the end
		if last := held[len(held)-1]; len(last) < 16 {
			t.Errorf("the last chunk is %q", last)
		}
	})
}

// The blocks that an answer's prompt brings into the cache are told.
func TestCreatedCacheTokens(t *testing.T) {
	w := newWorld(t, small())
	w.run(func() {
		for i, want := range []string{`"cached_tokens":0,"created_cache_tokens":96`,
			`"cached_tokens":96,"created_cache_tokens":0`} {
			if got := w.do("POST", "/v1/chat/completions", chat(mini, words60(100), `,"max_tokens":1`),
				0).body; !strings.Contains(got, want) {
				t.Errorf("request %d: %s", i, got)
			}
		}
	})
}

// Usage and /tokenize agree.
func TestTokenize(t *testing.T) {
	w := newWorld(t, small())
	w.run(func() {
		body := chat(mini, "Bonjour, comment allez-vous? Répondez en une phrase.", `,"max_tokens":1`)
		var count struct{ Count int }
		var usage struct {
			Usage struct {
				Prompt int `json:"prompt_tokens"`
			}
		}
		_ = json.Unmarshal([]byte(w.do("POST", "/tokenize", body, 0).body), &count)
		_ = json.Unmarshal([]byte(w.do("POST", "/v1/chat/completions", body, 0).body), &usage)
		if count.Count == 0 || count.Count != usage.Usage.Prompt {
			t.Errorf("/tokenize says %d, usage %d", count.Count, usage.Usage.Prompt)
		}
	})
}

// atOnce posts a body so many times at one instant, and returns the status of each.
func (w *world) atOnce(n int, path, body string) []int {
	status := make([]int, n)
	g := clock.NewGroup(w.clk, "clients")
	for i := range status {
		g.Go("client", func() { status[i] = w.do("POST", path, body, 0).status })
	}
	_ = g.Wait(context.Background())
	return status
}

func TestQueueFull(t *testing.T) {
	o := small()
	o.Flags["max-num-queued-reqs"] = 2
	w := newWorld(t, o)
	w.run(func() {
		status := w.atOnce(3, "/v1/completions", `{"model":"`+mini+`","prompt":"lorem","max_tokens":9}`)
		if fmt.Sprint(status) != "[200 200 503]" {
			t.Error(status)
		}
		if n := metric(t, w.do("GET", "/metrics", "", 0).body, `vllm:admission_rejections_total{model_name="`+mini+
			`",reason="max_num_queued_reqs"}`); n != 1 {
			t.Errorf("%v rejections", n)
		}
	})
}

func TestStops(t *testing.T) {
	w := newWorld(t, small())
	w.run(func() {
		whole := w.do("POST", "/v1/completions", `{"model":"`+mini+`","prompt":"one","max_tokens":30,"ignore_eos":true}`,
			0).body
		var said struct{ Choices []struct{ Text string } }
		if err := json.Unmarshal([]byte(whole), &said); err != nil {
			t.Error(err)
			return
		}
		at := strings.Fields(said.Choices[0].Text)[3]
		// Another world gives the same text to the same prompt.
		again := newWorld(t, small())
		again.run(func() {
			got := again.do("POST", "/v1/completions",
				fmt.Sprintf(`{"model":%q,"prompt":"one","max_tokens":30,"ignore_eos":true,"stop":["nothing",%q]}`, mini, at),
				0).body
			if !strings.Contains(got, `"finish_reason":"stop","stop_reason":"`+at+`"`) || strings.Contains(got, " "+at+`"`) {
				t.Errorf("stop at %q of %q: %s", at, said.Choices[0].Text, got)
			}
			again.s.engine.Do(func() {
				if r, q, used := again.s.engine.Load(); r+q+used != 0 {
					t.Error("the stopped request is still in the engine")
				}
			})
		})
	})
}

// Without ignore_eos some answers end before max_tokens, and min_tokens puts that off.
func TestNaturalLength(t *testing.T) {
	w := newWorld(t, small())
	w.run(func() {
		stopped := 0
		for i := range 40 {
			body := fmt.Sprintf(`{"model":%q,"prompt":"prompt %d","max_tokens":200}`, mini, i)
			if strings.Contains(w.do("POST", "/v1/completions", body, 0).body, `"finish_reason":"stop"`) {
				stopped++
			}
			body = fmt.Sprintf(`{"model":%q,"prompt":"prompt %d","max_tokens":200,"min_tokens":200}`, mini, i)
			if got := w.do("POST", "/v1/completions", body, 0).body; !strings.Contains(got, `"completion_tokens":200`) {
				t.Error(got)
			}
		}
		if stopped < 5 || stopped > 30 {
			t.Errorf("%d of 40 answers ended before 200 tokens", stopped)
		}
	})
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		cause, fact string
		o           Options
	}{
		{"heads", "heads (64) must be divisible by tensor parallel size (3)",
			Options{Model: "Qwen3-32B", Flags: map[string]any{"tensor-parallel-size": 3}}},
		{"seqs", "max_num_batched_tokens (512) must be greater than or equal to max_num_seqs (1024)",
			Options{Model: "Qwen3-8B", Flags: map[string]any{"max-num-batched-tokens": 512, "max-num-seqs": 1024}}},
		{"window-budget", "is smaller than max_model_len (40960)",
			Options{Model: "Qwen3-8B", Flags: map[string]any{"max-num-batched-tokens": 2048, "enable-chunked-prefill": false}}},
		{"weights", "61.02 GiB", Options{Model: "Qwen3-32B", GPU: "RTX 4090"}},
		{"kv-window", "max seq len (40960), (5.62 GiB KV cache is needed", Options{Model: "Qwen3-8B", GPU: "RTX 4090"}},
		{"no-kv", "No available memory for the cache blocks",
			Options{Model: "Qwen3-8B", GPU: "RTX 4090", Flags: map[string]any{"gpu-memory-utilization": .66}}},
		{"free-memory", "is less than desired GPU memory utilization (0.9, 21.17 GiB)",
			Options{Model: mini, GPU: "RTX 4090", Taken: 12, Flags: map[string]any{"gpu-memory-utilization": .9}}},
		{"fp8-kv-dtype", "output must have dtype BF16",
			Options{Model: mini, GPU: "H200", Flags: map[string]any{"dtype": "half", "kv-cache-dtype": "fp8"}}},
		{"utilization", "got 1.2", Options{Model: mini, Flags: map[string]any{"gpu-memory-utilization": 1.2}}},
	} {
		_, err := New(clock.NewVirtual(), c.o)
		var r *Refusal
		if !errors.As(err, &r) || r.Cause != c.cause || !strings.Contains(r.Says, c.fact) {
			t.Errorf("want %s with %q, got %v", c.cause, c.fact, err)
		}
	}
	_, err := New(clock.NewVirtual(),
		Options{Model: "gpt", GPU: "TPU", Flags: map[string]any{"max-num-seqs": "many", "enforce-eager": 3}})
	for _, fault := range []string{`"gpt" is not known`, `"TPU" is not known`, "--max-num-seqs: many is not a number",
		"--enforce-eager: 3 is not true or false"} {
		if err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("no %q in %v", fault, err)
		}
	}
}

func TestParseArgs(t *testing.T) {
	o, warnings, err := ParseArgs(strings.Fields("vllm serve Qwen/Qwen3-8B-AWQ --kv_cache_dtype fp8 --max-model-len=64k " +
		"--gpu-memory-utilization 0.9 --api-key secret --no-enable-prefix-caching --tp 2 --rope-scaling {} --frobnicate 3 " +
		"--enforce-eager"))
	if err != nil {
		t.Fatal(err)
	}
	if o.Model != mini || o.APIKey != "secret" {
		t.Errorf("%+v", o)
	}
	for name, want := range map[string]any{"kv-cache-dtype": "fp8", "max-model-len": 64000, "gpu-memory-utilization": .9,
		"enable-prefix-caching": false, "tensor-parallel-size": 2, "enforce-eager": true} {
		if o.Flags[name] != want {
			t.Errorf("--%s is %v, want %v", name, o.Flags[name], want)
		}
	}
	if len(warnings) != 4 {
		t.Errorf("%d warnings: %q", len(warnings), warnings)
	}
	_, _, err = ParseArgs(strings.Fields("--max-num-seqs many --gpu-memory-utilization x --port"))
	for _, fault := range []string{"--max-num-seqs: expected a whole number",
		"--gpu-memory-utilization: expected a number", "--port: expected one argument"} {
		if err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("no %q in %v", fault, err)
		}
	}
}
