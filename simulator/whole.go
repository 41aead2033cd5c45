package simulator

import (
	"encoding/json"

	"loadgen/simulator/prompt"
)

// whole is the body of an answer that is not streamed, field by field in vLLM's order.
func (a *answer) whole() []byte {
	type obj = json.RawMessage
	choices := make([]any, 0, len(a.choices))
	for _, c := range a.choices {
		choices = append(choices, a.wholeChoice(c))
	}
	out := []field{{"id", a.id}, {"object", "text_completion"}, {"created", a.created}, {"model", a.s.set.served},
		{"choices", choices}, {"service_tier", nil}, {"system_fingerprint", a.s.print}, {"usage", a.wholeUsage()}}
	if a.b.Chat {
		out[1].val = "chat.completion"
		out = append(out, field{"prompt_logprobs", a.promptLogprobs()}, field{"prompt_token_ids", nil},
			field{"prompt_text", nil})
	}
	out = append(out, field{"kv_transfer_params", nil}, field{"ec_transfer_params", nil})
	if a.s.set.perRequest && len(a.choices) == 1 {
		line := a.timings(nil)
		line = append(line[len(`,"metrics":`):len(line)-1], `,"speculative_decoding":null}`...)
		out = append(out, field{"metrics", obj(line)})
	}
	return encodeFields(out)
}

func (a *answer) wholeChoice(c *choice) json.RawMessage {
	why := any(c.reason())
	stop := any(nil)
	if c.stop != "" {
		stop = c.stop
	}
	if !a.b.Chat {
		return encodeFields([]field{{"index", c.index}, {"text", c.wholeText()}, {"logprobs", c.logprobs(0)},
			{"finish_reason", why},
			{"stop_reason", stop}, {"token_ids", nil}, {"prompt_logprobs", a.promptLogprobs()}, {"prompt_token_ids", nil},
			{"routed_experts", nil}})
	}
	message := []field{{"role", "assistant"}, {"content", nil}, {"refusal", nil}, {"annotations", nil}, {"audio", nil},
		{"function_call", nil}}
	if c.calls() && c.spoken() > c.thought {
		message = append(message, field{"tool_calls", c.wholeCall()})
	} else if said := c.say(nil, c.thought, c.spoken(), 0); len(said) > 0 || !a.s.set.reasoning {
		message[1].val = string(said)
	}
	if a.s.set.reasoning {
		reasoning := field{"reasoning", nil}
		if thought := min(c.spoken(), c.thought-1); thought > 0 {
			reasoning.val = string(c.say(nil, 0, thought, 0))
		}
		message = append(message, reasoning)
	}
	return encodeFields([]field{{"index", c.index}, {"message", encodeFields(message)}, {"logprobs", c.logprobs(0)},
		{"finish_reason", why},
		{"stop_reason", stop}, {"token_ids", nil}, {"routed_experts", nil}})
}

// wholeText is that of a completion.
func (c *choice) wholeText() string {
	text := string(c.a.b.Prompt)
	if c.a.b.EchoOnly() {
		return text
	}
	return text + string(c.say(nil, 0, c.spoken(), 0))
}

func (a *answer) wholeUsage() json.RawMessage {
	prompt, generated := a.b.Tokens.Count, a.generated()
	out := []field{{"prompt_tokens", prompt}, {"total_tokens", prompt + generated}, {"completion_tokens", generated},
		{"prompt_tokens_details", nil}, {"completion_tokens_details", nil}}
	if a.s.set.details {
		created := any(nil)
		if a.b.Chat {
			created = a.createdTokens()
		}
		out[3].val = encodeFields([]field{{"cached_tokens", a.choices[len(a.choices)-1].Cached},
			{"created_cache_tokens", created}, {"multimodal_tokens", nil}})
	}
	if a.s.set.reasoning && a.b.Chat {
		out[4].val = encodeFields([]field{{"reasoning_tokens", a.reasoned()}})
	}
	return encodeFields(out)
}

// createdTokens are those of the prompt's whole blocks that the cache did not have.
func (a *answer) createdTokens() int {
	if !a.s.set.prefix {
		return 0
	}
	block := a.s.block
	return a.b.Tokens.Count/block*block - a.choices[len(a.choices)-1].Cached
}

// A field is one member of an object whose order matters.
type field struct {
	key string
	val any
}

func encodeFields(fields []field) json.RawMessage {
	out := []byte{'{'}
	for i, f := range fields {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, prompt.Encode(f.key)...), ':')
		out = append(out, prompt.Encode(f.val)...)
	}
	return append(out, '}')
}
