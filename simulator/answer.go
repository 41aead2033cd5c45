package simulator

import (
	"strconv"
	"strings"
	"time"

	"loadgen/simulator/engine"
)

// An answer is one generation request on its way: its choices run in the engine and write to one reply. All of it happens
// under the engine's lock.
type answer struct {
	s       *Server
	b       *body
	reply   reply
	id      string
	created int64
	choices []*choice
	open    int // choices that have not ended
	begun   bool
}

// A choice is one of the n sequences of an answer.
type choice struct {
	engine.Request
	a       *answer
	index   int
	seed    uint64
	thought int           // tokens of reasoning that come first
	last    time.Duration // of its tokens
	before  []byte        // of a chunk, up to its text
	text    []byte        // so far; kept for whole answers and stop strings
	cut     int           // bytes of text handed out
	stop    string        // the stop string that ended it
	why     string        // finish reason
	tails   []uint64      // hashes of the blocks behind the prompt's
	counted int           // preemptions that /metrics has
	record  *record       // truth; nil: off
}

// start puts the choices into the engine.
func (a *answer) start(limit int, seed uint64) error {
	for i := range a.b.n {
		c := a.choice(i, limit, mix(seed+uint64(i)))
		if err := a.s.engine.Submit(&c.Request); err != nil {
			a.abort()
			return err
		}
		a.choices = append(a.choices, c)
		a.open++
	}
	return nil
}

func (a *answer) choice(i, limit int, seed uint64) *choice {
	c := &choice{a: a, index: i, seed: seed}
	c.Prompt, c.MaxTokens, c.Hashes = a.b.tokens.count, limit, a.b.tokens.hashes
	c.Emit = c.token
	if !a.b.ignoreEOS {
		c.EOS = max(naturalLength(seed), a.b.minTokens+1)
	}
	if a.s.set.reasoning && a.b.think && a.b.chat {
		c.thought = thoughtLength(seed)
		if c.EOS > 0 {
			c.EOS += c.thought
		}
	}
	c.Tail = c.tail
	if a.s.truth != nil {
		c.record = &record{}
	}
	return c
}

// tail is the prefix hash of block i, which reaches into the answer: the one that a later turn with this answer in its
// prompt will have.
func (c *choice) tail(i int) uint64 {
	size := c.a.s.set.blockSize
	first := c.Prompt / size
	for n := first + len(c.tails); n <= i; n++ {
		h, from := c.a.b.tokens.hash, 0
		if n > first {
			h, from = c.tails[n-first-1], n*size-c.Prompt
		}
		for j := from; j < (n+1)*size-c.Prompt; j++ {
			h = mix(h ^ pack([]byte(word(c.seed, j))))
		}
		c.tails = append(c.tails, h)
	}
	return c.tails[i-first]
}

func (a *answer) abort() {
	if a.open > 0 && len(a.choices) == a.b.n {
		a.s.load--
	}
	for _, c := range a.choices {
		if c.Finish == engine.Unfinished {
			a.s.engine.Abort(&c.Request)
			a.s.truth.request(c, a.s.clk.Now())
		}
	}
}

// token hands out the next token.
func (c *choice) token(r *engine.Request) {
	a := c.a
	now := r.Last
	text := word(c.seed, r.Generated-1)
	if r.Finish == engine.Stop {
		text = ""
	}
	c.note(now)
	c.why = r.Finish.String()
	if len(a.b.stops) > 0 {
		text = c.stopped(text)
	}
	if !a.b.stream {
		if len(a.b.stops) == 0 {
			c.text = append(c.text, text...)
		}
	} else {
		a.chunk(c, text)
	}
	if c.why != "" {
		a.s.metrics.finished(c, now)
		a.s.truth.request(c, now)
		if a.open--; a.open == 0 {
			a.end()
		}
	}
	if a.b.stream {
		a.reply.flush()
	}
}

// stopped looks for a stop string and returns what of text is before it.
func (c *choice) stopped(text string) string {
	from := len(c.text)
	c.text = append(c.text, text...)
	for _, s := range c.a.b.stops {
		at := strings.Index(string(c.text[max(0, from-len(s)):]), s)
		if at < 0 || s == "" {
			continue
		}
		at += max(0, from-len(s))
		c.stop, c.why, c.text = s, "stop", c.text[:at]
		c.a.s.engine.Abort(&c.Request)
		return text[:max(0, at-from)]
	}
	return text
}

// note counts a token.
func (c *choice) note(now time.Duration) {
	m := &c.a.s.metrics
	if c.Generated == 1 {
		m.first(c, now)
	} else {
		m.itl.observe((now - c.last).Seconds())
	}
	if c.Preemptions > c.counted {
		m.preemptions += c.Preemptions - c.counted
		c.counted = c.Preemptions
	}
	c.last = now
	if c.record != nil {
		c.record.times = append(c.record.times, now)
	}
}

// end closes the reply after the last choice.
func (a *answer) end() {
	if !a.b.stream {
		a.reply.whole(200, jsonType, a.whole())
	} else {
		a.done()
	}
	a.s.metrics.answered(a)
	a.s.load--
}

func (a *answer) generated() (n int) {
	for _, c := range a.choices {
		n += c.Generated
	}
	return n
}

func (c *choice) reasoned() int { return min(c.thought, c.Generated) }

// newID is 16 hexadecimal digits, the same in every run with the same seed.
func (s *Server) newID() string {
	s.ids++
	id := strconv.FormatUint(mix(mix(s.opts.Seed)^s.ids), 16)
	return strings.Repeat("0", 16-len(id)) + id
}
