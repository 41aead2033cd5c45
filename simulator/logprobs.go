package simulator

import (
	"encoding/json"
	"strconv"

	"loadgen/simulator/prompt"
)

// logprobs tells how likely the tokens after from were, in the shape of a chat or of a completion, or null.
func (c *choice) logprobs(from int) json.RawMessage {
	if c.a.b.Logprobs < 0 {
		return json.RawMessage("null")
	}
	if c.a.b.Chat {
		return c.chatLogprobs(from)
	}
	return c.textLikelihood(from)
}

// guesses are those of token i, itself first.
func (c *choice) guesses(i int) []prompt.Guess {
	text := prompt.EOS
	if i < c.spoken() {
		text = prompt.Word(c.seed, i)
	}
	return prompt.Guesses(c.seed, i, c.a.b.Logprobs, text)
}

func (c *choice) chatLogprobs(from int) json.RawMessage {
	content := []json.RawMessage{}
	for i := from; i < c.sent; i++ {
		guesses := c.guesses(i)
		top := []json.RawMessage{}
		for _, g := range guesses[:min(len(guesses), c.a.b.Logprobs)] {
			top = append(top, encodeFields(likely(g)))
		}
		content = append(content, encodeFields(append(likely(guesses[0]), field{"top_logprobs", top})))
	}
	return encodeFields([]field{{"content", content}})
}

func likely(g prompt.Guess) []field {
	bytes := []int{}
	for _, b := range []byte(g.Text) {
		bytes = append(bytes, int(b))
	}
	return []field{{"token", g.Text}, {"logprob", g.Logprob}, {"bytes", bytes}}
}

func (c *choice) textLikelihood(from int) json.RawMessage {
	b := c.a.b
	l := &textLogprobs{at: len(b.Prompt) + len(c.say(nil, 0, from, 0)), offsets: []int{}, own: []any{}, tokens: []string{},
		top: []any{}}
	if b.Echo && from == 0 {
		l.at = 0
		for i := range b.Tokens.Count {
			_, text := b.Tokens.At(i)
			l.add(prompt.Guesses(b.Tokens.Hash, i, b.Logprobs, text), i > 0)
		}
	}
	for i := from; i < c.sent && !b.EchoOnly(); i++ {
		l.add(c.guesses(i), true)
	}
	return encodeFields([]field{{"text_offset", l.offsets}, {"token_logprobs", l.own}, {"tokens", l.tokens},
		{"top_logprobs", l.top}})
}

// textLogprobs are the four lists of a completion's logprobs; at is where in the text the next token begins.
type textLogprobs struct {
	at      int
	offsets []int
	own     []any
	tokens  []string
	top     []any
}

// add takes one token; of a prompt's first nothing is known.
func (l *textLogprobs) add(guesses []prompt.Guess, known bool) {
	var fields []field
	for _, g := range guesses {
		fields = append(fields, field{g.Text, g.Logprob})
	}
	own, top := any(guesses[0].Logprob), any(encodeFields(fields))
	if !known {
		own, top = nil, nil
	}
	l.offsets, l.own, l.tokens, l.top = append(l.offsets, l.at), append(l.own, own), append(l.tokens, guesses[0].Text),
		append(l.top, top)
	l.at += len(guesses[0].Text)
}

// promptLogprobs tells how likely the prompt's tokens were, or nil: of each a map by id, and of the first nothing.
func (a *answer) promptLogprobs() any {
	if a.b.OfPrompt < 0 {
		return nil
	}
	out := []any{nil}
	for i := 1; i < a.b.Tokens.Count; i++ {
		id, text := a.b.Tokens.At(i)
		var fields []field
		for rank, g := range prompt.Guesses(a.b.Tokens.Hash, i, a.b.OfPrompt, text) {
			fields = append(fields,
				field{strconv.Itoa(id + rank),
					encodeFields([]field{{"logprob", g.Logprob}, {"rank", rank + 1}, {"decoded_token", g.Text}})})
		}
		out = append(out, encodeFields(fields))
	}
	return out
}
