package simulator

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"loadgen/clock"
	"loadgen/simulator/engine"
	"loadgen/simulator/machine"
	"loadgen/simulator/prompt"
)

// An answer is one generation request on its way: its choices run in the engine and write to one reply. All of it
// happens under the engine's lock.
type answer struct {
	s       *Server
	b       *prompt.Body
	reply   reply
	front   *machine.Front[*choice]
	id      string
	created int64
	choices []*choice
	limit   int           // of each choice's tokens
	came    time.Duration // when the driver had the whole request
	wait    clock.Timer   // until a stall ends; nil: there is none
	open    int           // choices that have not ended
	begun   bool
	gone    bool   // the client has left
	fault   *Fault // what is to go wrong; nil: nothing
}

// A choice is one of the n sequences of an answer.
type choice struct {
	engine.Request
	a       *answer
	index   int
	seed    uint64
	thought int           // tokens of reasoning that come first
	sent    int           // tokens that the API server has handed out
	waits   bool          // in its line
	last    time.Duration // of the engine's tokens
	before  []byte        // of a chunk, up to its text
	text    []byte        // so far; kept for stop strings
	told    int           // tokens that a chunk has told of
	output  int           // tokens up to the last output to the stream: with a stream interval not each is one
	shown   int           // how much of text may be streamed: its end may be the beginning of a stop string
	cut     int           // how much of it a chunk has had
	free    int           // how much of it came within min_tokens, where no stop string is looked for
	stop    string        // the stop string that ended it
	why     string        // finish reason
	tails   []uint64      // hashes of the blocks behind the prompt's
	counted int           // preemptions that /metrics has
	record  *record       // truth; nil: off
}

// start puts the choices into the engine.
func (a *answer) start(seed uint64) error {
	for i := range a.b.N {
		c := a.choice(i, prompt.Mix(seed+uint64(i)))
		if err := a.s.engine.Submit(&c.Request); err != nil {
			a.drop()
			return err
		}
		a.choices = append(a.choices, c)
		a.open++
		a.s.fresh += c.Prompt
	}
	return nil
}

func (a *answer) choice(i int, seed uint64) *choice {
	c := &choice{a: a, index: i, seed: seed}
	c.Prompt, c.MaxTokens, c.Hashes = a.b.Tokens.Count, a.limit, a.b.Tokens.Hashes
	c.Emit = c.token
	if !a.b.IgnoreEOS {
		c.EOS = max(prompt.NaturalLength(seed), a.b.MinTokens+1)
	}
	if a.s.set.reasoning && a.b.Think && a.b.Chat {
		c.thought = prompt.ThoughtLength(seed)
		if c.EOS > 0 {
			c.EOS += c.thought
		}
	}
	if c.calls() && c.EOS > 0 {
		c.EOS = max(c.callLength(c.EOS-c.thought), a.b.MinTokens+1)
	}
	c.Priority = a.b.Priority
	c.NoLookup = a.b.OfPrompt >= 0
	c.Tail = c.tail
	if a.s.truth != nil {
		c.record = &record{}
	}
	return c
}

// tail is the prefix hash of block i, which reaches into the answer: the one that a later turn with this answer in its
// prompt will have.
func (c *choice) tail(i int) uint64 {
	size := c.a.s.block
	first := c.Prompt / size
	for n := first + len(c.tails); n <= i; n++ {
		h, from := c.a.b.Tokens.Hash, 0
		if n > first {
			h, from = c.tails[n-first-1], n*size-c.Prompt
		}
		for j := from; j < (n+1)*size-c.Prompt; j++ {
			h = prompt.Extend(h, c.seed, j)
		}
		c.tails = append(c.tails, h)
	}
	return c.tails[i-first]
}

// abort is the driver's: the client has left.
func (a *answer) abort() {
	if a.gone || a.begun && a.open == 0 {
		return
	}
	a.gone = true
	if a.wait != nil {
		a.wait.Stop()
	}
	a.drop()
	a.s.load--
}

// drop takes out what is still in the engine.
func (a *answer) drop() {
	for _, c := range a.choices {
		if c.why == "" {
			if c.sent == 0 {
				a.s.fresh -= c.Prompt
			}
			a.s.engine.Abort(&c.Request)
			a.s.truth.request(c, a.s.clk.Now())
		}
	}
}

// token is the engine's: one more has been made.
func (c *choice) token(r *engine.Request) {
	m := &c.a.s.metrics
	if r.Generated > 1 {
		m.itl.observe((r.Last - c.last).Seconds())
	}
	if r.Preemptions > c.counted {
		m.preemptions += r.Preemptions - c.counted
		c.counted = r.Preemptions
	}
	c.last = r.Last
	waits := c.waits
	c.waits = true
	c.a.front.Add(c, waits, r.Last)
}

// release hands out what there is.
func (c *choice) release(now time.Duration) {
	a := c.a
	c.waits = false
	if a.gone || c.why != "" || a.strike(c, now) {
		return
	}
	if c.sent == 0 {
		a.s.metrics.first(c, now)
		a.s.fresh -= c.Prompt
	}
	from := c.sent
	c.sent = c.Generated
	c.why = c.Finish.String()
	if c.record != nil {
		c.record.times = slices.Grow(c.record.times, max(0, c.most()-len(c.record.times)))
		for range c.sent - from {
			c.record.times = append(c.record.times, now)
		}
	}
	if len(a.b.Stops) > 0 {
		c.stopped(from)
		c.show()
	}
	if a.b.Stream && c.due() && (len(a.b.Stops) == 0 || c.shown > c.cut || c.why != "") {
		a.chunk(c, c.told, c.cut)
		c.told, c.cut = c.sent, c.shown
	}
	if c.why != "" {
		a.s.metrics.finished(c, now)
		a.s.truth.request(c, now)
		if a.open--; a.open == 0 {
			a.end()
		}
	}
	if a.b.Stream && (a.fault == nil || a.fault.Kind != "buffer") {
		a.reply.flush()
		a.s.late.add(a.s.clk.Now() - now)
	}
}

// most is how many tokens c has when nothing ends it early.
func (c *choice) most() int {
	if c.EOS > 0 {
		return min(c.EOS, c.MaxTokens)
	}
	return c.MaxTokens
}

// due reports whether the stream gets an output now: with the first token, the last, and after each interval of tokens.
func (c *choice) due() bool {
	interval := max(c.a.b.Interval, c.a.s.set.interval)
	if c.output > 0 && c.why == "" && c.sent-c.output < interval {
		return false
	}
	c.output = c.sent
	return true
}

// spoken is the number of tokens handed out that have a text: all but EOS.
func (c *choice) spoken() int {
	if c.why == "stop" && c.stop == "" {
		return c.sent - 1
	}
	return c.sent
}

// stopped looks for a stop string in the text, which grows by the tokens after from, and cuts the text before it.
func (c *choice) stopped(from int) {
	old := len(c.text)
	for i := from; i < c.spoken(); i++ {
		c.text = append(c.text, prompt.Word(c.seed, i)...)
		if i < c.a.b.MinTokens {
			c.free = len(c.text)
		}
	}
	if c.sent <= c.a.b.MinTokens {
		return
	}
	for _, stop := range c.a.b.Stops {
		begin := max(c.free, old-len(stop))
		at := strings.Index(string(c.text[begin:]), stop)
		if at < 0 || stop == "" {
			continue
		}
		c.stop, c.why, c.text = stop, "stop", c.text[:begin+at]
		c.a.s.engine.Abort(&c.Request)
		return
	}
}

// show lets out what no stop string can begin in any more: all but as many characters as the longest has, less one.
func (c *choice) show() {
	held := 0
	for _, stop := range c.a.b.Stops {
		held = max(held, len(stop)-1)
	}
	if c.why != "" {
		held = 0
	}
	c.shown = max(min(c.shown, len(c.text)), len(c.text)-held)
}

// end closes the reply after the last choice.
func (a *answer) end() {
	if a.b.Stream {
		a.done()
	} else {
		a.begun = true
		a.reply.whole(200, jsonType, a.whole())
	}
	a.s.metrics.answered(a)
	a.s.load--
}

func (a *answer) generated() (n int) {
	for _, c := range a.choices {
		n += c.sent
	}
	return n
}

func (c *choice) reasoned() int { return min(c.thought, c.sent) }

// newID is 16 hexadecimal digits, the same in every run with the same seed.
func (s *Server) newID() string {
	s.ids++
	id := strconv.FormatUint(prompt.Mix(prompt.Mix(s.opts.Seed)^s.ids), 16)
	return strings.Repeat("0", 16-len(id)) + id
}
