package simulator

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// completion is the body of a request for a completion of mini.
func completion(more string) string {
	return fmt.Sprintf(`{"model":%q,"prompt":"one two three four five six seven eight","ignore_eos":true%s}`, mini, more)
}

// Twenty-five tokens with a stream interval of 10 come in chunks of 1, 10, 10 and 4; the engine's ITL counts all 24
// (seen on vLLM 0.32).
func TestStreamInterval(t *testing.T) {
	for name, of := range map[string]struct{ flag, request int }{"by the request": {1, 10}, "by the server": {10, 1}} {
		o := small()
		o.Flags["stream-interval"] = of.flag
		w := newWorld(t, o)
		w.run(func() {
			got := w.do("POST", "/v1/completions",
				completion(sprint(`,"max_tokens":25,"stream":true,"stream_options":{"include_usage":true,`+
					`"continuous_usage_stats":true},"stream_interval":%d`, of.request)), 0)
			var counts []int
			for _, e := range got.events {
				var c struct {
					Choices []any
					Usage   struct {
						Completion int `json:"completion_tokens"`
					}
				}
				if json.Unmarshal([]byte(e), &c) == nil && len(c.Choices) > 0 {
					counts = append(counts, c.Usage.Completion)
				}
			}
			if fmt.Sprint(counts) != "[1 11 21 25]" {
				t.Errorf("%s: %v", name, counts)
			}
			if n := metric(t, w.do("GET", "/metrics", "", 0).body, "vllm:inter_token_latency_seconds_count"); n != 24 {
				t.Errorf("%s: %v ITLs", name, n)
			}
		})
	}
	w := newWorld(t, small())
	w.run(func() {
		if got := w.do("POST", "/v1/completions", completion(`,"stream_interval":0`), 0); got.status != 400 ||
			!strings.Contains(got.body, "greater than or equal to 1") {
			t.Error(got.body)
		}
	})
}

// With --enable-force-include-usage every chunk of every stream has usage, asked for or not.
func TestForcedUsage(t *testing.T) {
	o := small()
	o.Flags["enable-force-include-usage"] = true
	w := newWorld(t, o)
	w.run(func() {
		got := w.do("POST", "/v1/chat/completions", chat(mini, "one two", `,"max_tokens":3,"ignore_eos":true,"stream":true`),
			0)
		for i, e := range got.events[:len(got.events)-1] {
			if !strings.Contains(e, `"usage":{"prompt_tokens":`) {
				t.Errorf("event %d: %s", i, e)
			}
		}
		if len(got.events) != 6 { // role, 3 tokens, usage, [DONE]
			t.Errorf("%d events", len(got.events))
		}
	})
}

// Echo with max_tokens 0 gives the prompt back; one token is sampled and counted (seen on vLLM 0.32).
func TestEcho(t *testing.T) {
	w := newWorld(t, small())
	w.run(func() {
		got := w.do("POST", "/v1/completions", completion(`,"max_tokens":0,"echo":true`), 0)
		if got.status != 200 || !strings.Contains(got.body, `"text":"one two three four five six seven eight",`) ||
			!strings.Contains(got.body, `"completion_tokens":1,`) {
			t.Error(got.body)
		}
		got = w.do("POST", "/v1/completions", completion(`,"max_tokens":0,"echo":true,"logprobs":1`), 0)
		var c struct {
			Choices []struct {
				Logprobs struct {
					Offsets []int `json:"text_offset"`
					Own     []any `json:"token_logprobs"`
					Tokens  []string
				}
			}
			Usage struct {
				Prompt int `json:"prompt_tokens"`
			}
		}
		if err := json.Unmarshal([]byte(got.body), &c); err != nil {
			t.Fatal(err)
		}
		l := c.Choices[0].Logprobs
		if len(l.Tokens) != c.Usage.Prompt || len(l.Offsets) != len(l.Tokens) || l.Own[0] != nil || l.Own[1] == nil ||
			strings.Join(l.Tokens, "") != "one two three four five six seven eight" {
			t.Error(got.body)
		}
		stream := w.do("POST", "/v1/completions", completion(`,"max_tokens":2,"echo":true,"stream":true`), 0).events
		if !strings.Contains(stream[0], `"text":"one two three four five six seven eight `) ||
			strings.Contains(stream[1], "one two three") {
			t.Error(stream)
		}
		if got := w.do("POST", "/v1/completions", completion(`,"max_tokens":0`), 0); got.status != 400 ||
			!strings.Contains(got.body, "max_tokens must be at least 1, got 0.") {
			t.Error(got.body)
		}
	})
}

// A request for logprobs of its prompt is not looked up in the prefix cache, nor counted among its queries, and fills
// it all the same.
func TestPromptLogprobs(t *testing.T) {
	w := newWorld(t, small())
	const api = "/v1/chat/completions"
	w.run(func() {
		for i, want := range []string{`"cached_tokens":0,"created_cache_tokens":96`,
			`"cached_tokens":0,"created_cache_tokens":96`} {
			got := w.do("POST", api, chat(mini, words60(100), `,"max_tokens":1,"prompt_logprobs":1`), 0).body
			var c struct {
				Of []map[string]struct {
					Logprob float64
					Rank    int
				} `json:"prompt_logprobs"`
			}
			if err := json.Unmarshal([]byte(got), &c); err != nil || len(c.Of) != 108 || c.Of[0] != nil || len(c.Of[1]) != 1 ||
				!strings.Contains(got, want) {
				t.Errorf("request %d: %v, %d: %s", i, err, len(c.Of), got)
			}
		}
		if n := metric(t, w.do("GET", "/metrics", "", 0).body, "vllm:prefix_cache_queries_total"); n != 0 {
			t.Errorf("%v queries", n)
		}
		if got := w.do("POST", api, chat(mini, words60(100), `,"max_tokens":1`), 0).body; !strings.Contains(got,
			`"cached_tokens":96,`) {
			t.Error(got)
		}
		if got := w.do("POST", api, chat(mini, "one", `,"stream":true,"prompt_logprobs":1`), 0); got.status != 400 ||
			!strings.Contains(got.body, "`prompt_logprobs` are not available when `stream=True`.") {
			t.Error(got.body)
		}
	})
}

// Tokens of prompts that have no answer yet count against --max-num-queued-tokens, the one that asks not among them: a
// prompt longer than the limit passes on an idle server (seen on vLLM 0.32).
func TestQueuedTokens(t *testing.T) {
	o := small()
	o.Flags["max-num-queued-tokens"] = 100
	w := newWorld(t, o)
	w.run(func() {
		status := w.atOnce(3, "/v1/chat/completions", chat(mini, words60(90), `,"max_tokens":9`))
		if fmt.Sprint(status) != "[200 200 503]" { // 98 tokens are not yet 100, 196 are
			t.Error(status)
		}
		page := w.do("GET", "/metrics", "", 0).body
		if n := metric(t, page, `vllm:admission_rejections_total{model_name="`+mini+
			`",reason="max_num_queued_tokens"}`); n != 1 {
			t.Errorf("%v rejections", n)
		}
		if got := w.do("POST", "/v1/chat/completions", chat(mini, words60(900), `,"max_tokens":1`), 0); got.status != 200 {
			t.Error(got.body) // all that were there have been answered
		}
		left := w.do("POST", "/v1/chat/completions",
			chat(mini, words60(900), `,"max_tokens":400,"ignore_eos":true,"stream":true`), 1)
		if left.status != 200 {
			t.Error(left.body)
		}
		w.s.engine.Do(func() {
			if w.s.fresh != 0 {
				t.Errorf("%d tokens of nobody", w.s.fresh)
			}
		})
	})
}
