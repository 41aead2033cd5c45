package simulator

import (
	"strings"
	"testing"
	"time"
)

const mini = "Qwen/Qwen3-8B-AWQ"

func small() Options {
	return Options{Model: mini, GPU: "RTX 4090", APIKey: "key",
		Flags: map[string]any{"max-model-len": 8192, "enable-prompt-tokens-details": true}}
}

// TestStream checks that a stream's tokens are read at the very instants at which the engine made them.
func TestStream(t *testing.T) {
	var log strings.Builder
	o := small()
	o.Truth = &log
	w := newWorld(t, o)
	var g got
	w.run(func() {
		g = w.do("POST", "/v1/chat/completions",
			chat(mini, words60(100), `,"max_tokens":8,"ignore_eos":true,"stream":true,"stream_options":{"include_usage":true}`),
			0)
	})
	if len(g.events) != 11 { // role, 8 tokens, usage, [DONE]
		t.Fatalf("%d events: %q", len(g.events), g.events)
	}
	if !strings.Contains(g.events[9], `"usage":{"prompt_tokens":108,"total_tokens":116,"completion_tokens":8,`+
		`"prompt_tokens_details":{"cached_tokens":0`) {
		t.Error(g.events[9])
	}
	if err := w.s.Flush(); err != nil {
		t.Fatal(err)
	}
	truth := ""
	for i, at := range g.at[1:9] {
		if i > 0 {
			truth += ","
		}
		truth += sprint("%d", at)
	}
	if !strings.Contains(log.String(), `"tokens":[`+truth+"]") {
		t.Errorf("read at %s; truth: %s", truth, log.String())
	}
	if l := w.s.Lateness(); l.Tokens != 8 || l.Sum != 0 {
		t.Errorf("lateness in virtual time: %+v", l)
	}
	if g.at[0] != g.at[1] || g.at[0] < 5*time.Millisecond {
		t.Errorf("role chunk at %v, first token at %v", g.at[0], g.at[1])
	}
}
