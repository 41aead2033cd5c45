package generator

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"loadgen/scenarios"
)

// A body is a JSON object under construction. Keys of extra win over those that are added; null leaves a key out.
type body struct {
	dst   []byte
	extra map[string]any
	begun bool
}

func newBody(dst []byte, extra map[string]any) *body {
	return &body{dst: append(dst, '{'), extra: extra}
}

func (b *body) add(key string, value any) {
	if _, replaced := b.extra[key]; !replaced {
		b.put(key, value)
	}
}

func (b *body) put(key string, value any) {
	if b.begun {
		b.dst = append(b.dst, ',')
	}
	b.begun = true
	b.dst = append(b.json(key), ':')
	b.dst = b.json(value)
}

// json appends a value. What a scenario holds came from YAML and can always be written.
func (b *body) json(value any) []byte {
	switch v := value.(type) {
	case string:
		if plain(v) {
			return append(append(append(b.dst, '"'), v...), '"')
		}
	case []chatMessage:
		if len(v) == 1 && plain(v[0].Role) && plain(v[0].Content) {
			b.dst = append(append(b.dst, `[{"role":"`...), v[0].Role...)
			b.dst = append(append(b.dst, `","content":"`...), v[0].Content...)
			return append(b.dst, `"}]`...)
		}
	}
	text, err := json.Marshal(value)
	if err != nil {
		return append(b.dst, "null"...)
	}
	return append(b.dst, text...)
}

// plain reports whether JSON has a text as it is: generated prompts, the most of what is sent, are so.
func plain(s string) bool {
	odd := byte(0)
	for i := range len(s) {
		odd |= unlike[s[i]]
	}
	return odd == 0
}

// unlike is 1 for bytes that JSON may spell otherwise.
var unlike = func() (out [256]byte) {
	for c := range out {
		if c < ' ' || c > '~' || strings.ContainsRune(`"\<>&`, rune(c)) {
			out[c] = 1
		}
	}
	return out
}()

// common adds what chat and completions share.
func (b *body) common(p scenarios.Prompt, r scenarios.Request) {
	b.add("stream", true)
	b.add("stream_options", map[string]bool{"include_usage": true})
	if p.MaxTokens > 0 {
		b.add(b.lengthKey(), p.MaxTokens)
	}
	if p.Exact {
		b.add("min_tokens", p.MaxTokens)
		b.add("ignore_eos", true)
	}
	b.sampling(p, r)
	if r.JSONSchema != nil {
		b.add("response_format",
			map[string]any{"type": "json_schema", "json_schema": map[string]any{"name": "answer", "schema": r.JSONSchema}})
	}
}

// lengthKey is how the longest answer is asked for: max_tokens, or its newer name where the scenario leaves that out.
func (b *body) lengthKey() string {
	if old, given := b.extra["max_tokens"]; given && old == nil {
		return "max_completion_tokens"
	}
	return "max_tokens"
}

// sampling adds what every API has. There is no seed: some servers' samplers slow down or fail with one.
func (b *body) sampling(p scenarios.Prompt, r scenarios.Request) {
	if r.Temperature != nil {
		b.add("temperature", *r.Temperature)
	}
	if r.TopP != nil {
		b.add("top_p", *r.TopP)
	}
	if r.TopK != nil {
		b.add("top_k", *r.TopK)
	}
	if p.Salt != "" {
		b.add("cache_salt", p.Salt)
	}
}

// toolChoice adds what the APIs of conversations share.
func (b *body) toolChoice(r scenarios.Request) {
	if r.ToolChoice != "" {
		b.add("tool_choice", r.ToolChoice)
	}
	if len(r.ChatTemplateKwargs) > 0 {
		b.add("chat_template_kwargs", r.ChatTemplateKwargs)
	}
}

func (b *body) end() []byte {
	for _, key := range slices.Sorted(maps.Keys(b.extra)) {
		if b.extra[key] != nil {
			b.put(key, b.extra[key])
		}
	}
	return append(b.dst, '}')
}
