package scenarios

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sync"
)

// A Mix makes the prompts of one step. Request (slot, turn) owns its prompt: the same step, slot and turn give the same
// prompt whatever else was sent, and no generated text is sent twice within a run. Of sessions, (slot, session) owns
// all turns.
type Mix struct {
	classes  []PromptClass
	requests map[string]*Request // by class, of those that ask something of their own
	seed     uint64
	salt     uint64 // 0: none
	total    float64
	base     Request // what the scenario asks
	places   []int   // of recorded prompts, by the request's place in the schedule; nil: they are drawn
}

// NewMix returns the mix of a scenario's classes for one step. Its texts are the seed's; see Salted.
func NewMix(s *Scenario, step Step) *Mix {
	m := &Mix{classes: s.Prompts, seed: step.Seed, requests: map[string]*Request{}, base: s.Request}
	if t := step.Arrival.Trace; step.Loop == Open && t != nil && t.rows != nil {
		_, order := t.pass(step.Whole().Rate, step.Seed)
		for _, k := range order {
			m.places = append(m.places, t.rows[k])
		}
	}
	for _, c := range s.Prompts {
		m.total += c.Weight
		if c.Request != nil {
			q := c.Request.over(s.Request)
			m.requests[c.Name] = &q
		}
	}
	return m
}

// Salted makes the mix of one run, so that a server which still holds an earlier run's texts finds none of them again:
// words and cache salts are other ones, while lengths, order, classes and what requests have in common stay the seed's.
// An empty salt changes nothing.
func (m *Mix) Salted(salt string) *Mix {
	if salt == "" {
		return m
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(salt))
	out := *m
	out.salt = h.Sum64() | 1
	return &out
}

// bits draws 64 random bits of text from a source, which moves on the same way with every salt.
func (m *Mix) bits(source *rand.PCG) uint64 {
	x := source.Uint64()
	if m.salt == 0 {
		return x
	}
	return rand.NewPCG(x, m.salt).Uint64()
}

// Prompt returns the request of a slot's turn, or its session's first; open loops pass slot −1 and the index in the
// schedule.
func (m *Mix) Prompt(slot, turn int) Prompt {
	source := rand.NewPCG(m.seed, uint64(uint32(slot))<<32|uint64(uint32(turn)))
	r := rand.New(source)
	place := -1
	if slot < 0 && m.places != nil {
		place = m.places[turn%len(m.places)]
	}
	return m.make(m.pick(r), place, source, r)
}

// Each returns every class times times, class by class, in the file's order; recorded prompts from the first on.
func (m *Mix) Each(times int) []Prompt {
	var out []Prompt
	for i, c := range m.classes {
		for k := range times {
			source := rand.NewPCG(m.seed, 1<<63|uint64(i)<<32|uint64(k))
			out = append(out, m.make(c, k, source, rand.New(source)))
		}
	}
	return out
}

func (m *Mix) pick(r *rand.Rand) PromptClass {
	x := r.Float64() * m.total
	for _, c := range m.classes {
		if x -= c.Weight; x < 0 {
			return c
		}
	}
	return m.classes[len(m.classes)-1]
}

// Lengths draws a request's class as Prompt does, but makes no text. Where laws give the lengths of both its prompt and
// its answer (lawful), they are drawn too, in tokens; else they are 0.
func (m *Mix) Lengths(r *rand.Rand) (class string, input, output int, lawful bool) {
	c := m.pick(r)
	if !c.Input.known() || !c.Output.Length.known() || c.SharedPrefix != nil || c.Session != nil {
		return c.Name, 0, 0, false
	}
	return c.Name, c.Input.Draw(r), c.Output.Length.Draw(r), true
}

// make makes a prompt of a class, with the later turns of its session.
func (m *Mix) make(c PromptClass, place int, source *rand.PCG, r *rand.Rand) Prompt {
	p := m.turn(c, place, source, r)
	if c.Session == nil {
		return p
	}
	n, later := c.Session.Turns.Draw(r), c
	later.System, later.SharedPrefix = "", nil // they stand in front of the first
	for range n - 1 {
		next := m.turn(later, place, source, r)
		next.Think = c.Session.Think.Draw(r)
		p.Later = append(p.Later, next)
	}
	return p
}

// turn makes one prompt of a class; place is that of a recorded one, below 0: any.
func (m *Mix) turn(c PromptClass, place int, source *rand.PCG, r *rand.Rand) Prompt {
	p := Prompt{Class: c.Name, Text: c.Text, MaxTokens: c.Output.Max, Request: m.requests[c.Name]}
	if c.Output.Length != nil {
		p.MaxTokens, p.Exact = c.Output.Length.Draw(r), true
	}
	switch {
	case c.Input != nil:
		p.InputTokens = c.Input.Draw(r)
	case c.Source != nil:
		if place < 0 {
			place = r.IntN(len(c.Source.rows))
		}
		from := c.Source.rows[place%len(c.Source.rows)]
		recorded(&p, c, from)
		if from.request != nil {
			p.Request = m.over(p.Request, *from.request)
		}
	}
	if p.InputTokens > 0 {
		if c.SharedPrefix != nil {
			p.Shared = min(c.SharedPrefix.Tokens, p.InputTokens-1)
		}
		p.Text = m.text(c, p.InputTokens, p.Shared, source, r)
	} else {
		p.Salt = fmt.Sprintf("%016x", m.bits(source))
	}
	if c.System != "" || c.Session != nil {
		p.Messages = messages(c.System, p.Text)
	}
	h := fnv.New64a()
	for _, part := range []string{p.Text, p.Messages, p.Salt} {
		_, _ = h.Write([]byte(part))
	}
	p.Hash = h.Sum64()
	return p
}

// over is a recorded request under what the scenario and the class ask, whose keys win.
func (m *Mix) over(asked *Request, recorded Request) *Request {
	if asked == nil {
		asked = &m.base
	}
	q := asked.over(recorded)
	q.Timeout = asked.Timeout
	return &q
}

// recorded takes a file's prompt, and its answer's length where the class wants that.
func recorded(p *Prompt, c PromptClass, r row) {
	p.Text, p.Messages, p.InputTokens = r.text, r.messages, r.input
	if c.Output.FromFile != "" {
		p.MaxTokens, p.Exact = r.output, c.Output.FromFile == "exact"
	}
}

// text is n words, of which the first are one of the class's shared prefixes.
func (m *Mix) text(c PromptClass, n, common int, source *rand.PCG, r *rand.Rand) string {
	room := scratch.Get().(*[]byte)
	defer scratch.Put(room)
	out := (*room)[:0]
	if p := c.SharedPrefix; p != nil {
		h := fnv.New64a()
		_, _ = h.Write([]byte(c.Name))
		shared := rand.NewPCG(m.seed^h.Sum64(), uint64(r.IntN(p.Groups)))
		out = m.writeText(out, shared, common)
		n -= common
	}
	*room = m.writeText(out, source, n)
	return string((*room)[1:]) // without the first word's space
}

// scratch is where texts are made.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

// MeanTokens is the expected prompt and output tokens of one request; literal texts count a token per 4 bytes. A
// session's turn k has k − 1 questions and answers in front of its own.
func (m *Mix) MeanTokens() (prompt, output float64) {
	requests := m.Turns() * m.total
	for _, c := range m.classes {
		share := c.Weight * c.turns() / requests
		in, out := c.means()
		prompt, output = prompt+share*in, output+share*out
	}
	return prompt, output
}

func (c PromptClass) means() (prompt, output float64) {
	prompt = float64(len(c.Text)) / 4
	switch {
	case c.Input != nil:
		prompt = c.Input.Mean
	case c.Source != nil:
		prompt, output = c.Source.means()
	}
	switch {
	case c.Output.Length != nil:
		output = c.Output.Length.Mean
	case c.Output.Max > 0:
		output = float64(c.Output.Max)
	}
	before := (c.turns() - 1) / 2
	return prompt + float64(len(c.System))/4 + before*(prompt+output), output
}
