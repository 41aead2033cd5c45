package simulator

import (
	"strconv"

	"loadgen/simulator/prompt"
)

// chunk writes the tokens of c after from, or its text after cut where stop strings are looked for, as vLLM's stream
// does. Subtle: this is the hot path. What stays the same in a stream is rendered once, and everything is appended to
// one buffer of the server.
func (a *answer) chunk(c *choice, from, cut int) {
	line := a.s.line[:0]
	if !a.begun {
		a.begun = true
		a.reply.begin(a.requestID())
		if a.b.Chat {
			for _, c := range a.choices {
				line = a.head(line, c)
			}
			a.reply.chunk(line)
			line = line[:0]
		}
	}
	if c.before == nil {
		c.before = a.before(c)
	}
	line = append(line, c.before...)
	line = a.delta(line, c, from, cut)
	line = a.tail(line, c)
	a.reply.chunk(line)
	a.s.line = line
}

// envelope is the beginning of every chunk, up to its choices.
func (a *answer) envelope(line []byte) []byte {
	line = append(line, `data: {"id":"`...)
	line = append(line, a.id...)
	line = append(line, `","object":"`...)
	if a.b.Chat {
		line = append(line, "chat.completion.chunk"...)
	} else {
		line = append(line, "text_completion"...)
	}
	line = append(line, `","created":`...)
	line = strconv.AppendInt(line, a.created, 10)
	line = append(line, `,"model":`...)
	return append(line, a.s.served...)
}

// head is the chunk that names the role.
func (a *answer) head(line []byte, c *choice) []byte {
	line = a.envelope(line)
	line = append(line, `,"choices":[{"index":`...)
	line = strconv.AppendInt(line, int64(c.index), 10)
	line = append(line, `,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]`...)
	if a.b.Continuous {
		line = a.usage(append(line, `,"usage":`...), 0, 0)
	}
	return append(line, `,"prompt_token_ids":null,"prompt_text":null}`+"\n\n"...)
}

func (a *answer) before(c *choice) []byte {
	line := a.envelope(nil)
	line = append(line, `,"choices":[{"index":`...)
	line = strconv.AppendInt(line, int64(c.index), 10)
	if a.b.Chat {
		return append(line, `,"delta":{`...)
	}
	return append(line, `,"text":"`...)
}

// delta is the text with what follows it up to the finish reason. Words need no escaping.
func (a *answer) delta(line []byte, c *choice, from, cut int) []byte {
	if !a.b.Chat {
		if c.told == 0 && a.b.Echo {
			line = append(line, a.echoed()...)
		}
		if !a.b.EchoOnly() {
			line = c.say(line, from, c.spoken(), cut)
		}
		return c.likelihood(append(line, '"'), from)
	}
	thought := min(c.spoken(), c.thought-1) // the last token of a thought is </think>, which the parser swallows
	if from < thought {
		line = append(line, `"reasoning":"`...)
		line = append(c.say(line, from, thought, cut), '"')
	}
	if c.calls() {
		call := len(line)
		if line = c.toolDelta(line, from); from < thought && len(line) > call {
			line = append(line[:call], append([]byte{','}, line[call:]...)...)
		}
	} else if said := max(from, c.thought); said < c.spoken() || c.spoken() < c.sent && !a.s.set.reasoning {
		if from < thought {
			line = append(line, ',')
		}
		line = append(line, `"content":"`...)
		line = append(c.say(line, said, c.spoken(), cut), '"')
	}
	return c.likelihood(append(line, '}'), from)
}

// echoed is the prompt as the inside of a JSON string.
func (a *answer) echoed() []byte {
	text := prompt.Encode(string(a.b.Prompt))
	return text[1 : len(text)-1]
}

// likelihood is the logprobs of a chunk, up to the finish reason.
func (c *choice) likelihood(line []byte, from int) []byte {
	if c.a.b.Logprobs < 0 {
		return append(line, `,"logprobs":null,"finish_reason":`...)
	}
	line = append(append(line, `,"logprobs":`...), c.logprobs(from)...)
	return append(line, `,"finish_reason":`...)
}

// say writes tokens, or what is new in a text that was searched for stop strings.
func (c *choice) say(line []byte, from, to, cut int) []byte {
	if len(c.a.b.Stops) > 0 {
		return append(line, c.text[min(cut, c.shown):c.shown]...)
	}
	for i := from; i < to; i++ {
		line = append(line, prompt.Word(c.seed, i)...)
	}
	return line
}

// tail is the finish reason and all behind it.
func (a *answer) tail(line []byte, c *choice) []byte {
	if c.why == "" {
		line = append(line, "null"...)
	} else {
		line = append(append(append(line, '"'), c.reason()...), '"')
		if a.b.Chat {
			line = appendStop(line, c.stop)
		}
	}
	if !a.b.Chat {
		line = appendStop(line, c.stop)
		line = append(line, `,"prompt_token_ids":null`...)
	}
	line = append(line, `,"token_ids":null}]`...)
	if c.why != "" && a.open == 1 && !a.b.Usage { // the very last chunk
		line = append(line, a.s.fingerprint...)
	}
	if a.b.Continuous {
		line = append(line, `,"usage":`...)
		line = a.usage(line, c.sent, c.reasoned())
	}
	return append(line, "}\n\n"...)
}

func appendStop(line []byte, stop string) []byte {
	line = append(line, `,"stop_reason":`...)
	if stop == "" {
		return append(line, "null"...)
	}
	return append(line, prompt.Encode(stop)...)
}

// usage writes the counts of a chunk in the middle of a stream.
func (a *answer) usage(line []byte, generated, reasoned int) []byte {
	line = a.counts(line, generated)
	if a.s.set.reasoning && a.b.Chat {
		line = append(line, `,"completion_tokens_details":{"reasoning_tokens":`...)
		line = append(strconv.AppendInt(line, int64(reasoned), 10), '}')
	}
	return append(line, '}')
}

func (a *answer) counts(line []byte, generated int) []byte {
	prompt := a.b.Tokens.Count
	line = append(line, `{"prompt_tokens":`...)
	line = strconv.AppendInt(line, int64(prompt), 10)
	line = append(line, `,"total_tokens":`...)
	line = strconv.AppendInt(line, int64(prompt+generated), 10)
	line = append(line, `,"completion_tokens":`...)
	return strconv.AppendInt(line, int64(generated), 10)
}

// done writes the usage chunk, where it was asked for, and the end of the stream.
func (a *answer) done() {
	if a.b.Usage {
		line := a.envelope(a.s.line[:0])
		line = append(line, `,"choices":[],"usage":`...)
		line = a.counts(line, a.generated())
		if a.s.set.details {
			line = append(line, `,"prompt_tokens_details":{"cached_tokens":`...)
			line = strconv.AppendInt(line, int64(a.choices[len(a.choices)-1].Cached), 10)
			if a.b.Chat {
				line = append(line, `,"created_cache_tokens":`...)
				line = strconv.AppendInt(line, int64(a.createdTokens()), 10)
			}
			line = append(line, '}')
		}
		if a.s.set.reasoning && a.b.Chat {
			line = append(line, `,"completion_tokens_details":{"reasoning_tokens":`...)
			line = append(strconv.AppendInt(line, int64(a.reasoned()), 10), '}')
		}
		line = append(line, '}')
		line = append(line, a.s.fingerprint...)
		line = a.timings(line)
		line = append(line, "}\n\n"...)
		a.reply.chunk(line)
		a.s.line = line
	}
	a.reply.chunk([]byte("data: [DONE]\n\n"))
	a.reply.end()
}

func (a *answer) reasoned() (n int) {
	for _, c := range a.choices {
		n += c.reasoned()
	}
	return n
}

// timings is what --enable-per-request-metrics adds for a single choice.
func (a *answer) timings(line []byte) []byte {
	if !a.s.set.perRequest || len(a.choices) != 1 {
		return line
	}
	c := a.choices[0]
	ms := func(key string, v float64) {
		line = append(line, key...)
		line = strconv.AppendFloat(line, v, 'f', -1, 64)
	}
	decode := (c.Last - c.First).Seconds()
	ms(`,"metrics":{"time_to_first_token_ms":`, (c.First-c.Admitted).Seconds()*1e3)
	ms(`,"generation_time_ms":`, decode*1e3)
	ms(`,"queue_time_ms":`, (c.Admitted-c.Queued).Seconds()*1e3)
	if c.Generated > 1 {
		ms(`,"mean_itl_ms":`, decode*1e3/float64(c.Generated-1))
	}
	ms(`,"tokens_per_second":`, float64(c.Generated)/(c.Last-c.Admitted).Seconds())
	return append(line, '}')
}
