package simulator

import (
	"encoding/json"

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
	return c.textLogprobs(from)
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

func (c *choice) textLogprobs(from int) json.RawMessage {
	offsets, own, tokens, top := []int{}, []float64{}, []string{}, []json.RawMessage{}
	at := len(c.say(nil, 0, from, 0))
	for i := from; i < c.sent; i++ {
		guesses := c.guesses(i)
		offsets, own, tokens = append(offsets, at), append(own, guesses[0].Logprob), append(tokens, guesses[0].Text)
		var fields []field
		for _, g := range guesses {
			fields = append(fields, field{g.Text, g.Logprob})
		}
		top = append(top, encodeFields(fields))
		at += len(guesses[0].Text)
	}
	return encodeFields([]field{{"text_offset", offsets}, {"token_logprobs", own}, {"tokens", tokens}, {"top_logprobs", top}})
}
