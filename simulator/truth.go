package simulator

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"time"

	"loadgen/simulator/engine"
)

// A truth writes what happened, one JSON line per step and per request, in nanoseconds of the clock. nil writes
// nothing.
type truth struct{ w *bufio.Writer }

// A record is what only the truth log keeps of a choice.
type record struct{ times []time.Duration }

func newTruth(w io.Writer) *truth {
	if w == nil {
		return nil
	}
	return &truth{bufio.NewWriterSize(w, 1<<16)}
}

func (t *truth) step(s *engine.Step) {
	if t == nil || s.Tokens == 0 {
		return
	}
	fmt.Fprintf(t.w, `{"step":%d,"scheduled":%d,"start":%d,"end":%d,"tokens":%d,"prefills":%d,"prefill_tokens":%d,`+
		`"decodes":%d,"context":%d,"preempted":%d,"generated":%d,"running":%d,"waiting":%d,"used":%d}`+"\n",
		s.Index, s.Scheduled, s.Start, s.End, s.Tokens, s.Prefills, s.PrefillTokens, s.Decodes, s.Context, s.Preempted,
		s.Generated, s.Running, s.Waiting, s.Used)
}

func (t *truth) request(c *choice, now time.Duration) {
	if t == nil {
		return
	}
	why := c.why
	if why == "" {
		why = "abort"
	}
	line := fmt.Appendf(nil, `{"request":"%s","index":%d,"arrived":%d,"admitted":%d,"queued":%d,"prompt":%d,"cached":%d,`+
		`"preemptions":%d,"finish":"%s","end":%d,"tokens":[`,
		c.a.id, c.index, c.a.came, c.Admitted, c.Queued, c.Prompt, c.Cached, c.Preemptions, why, now)
	for i, at := range c.record.times {
		if i > 0 {
			line = append(line, ',')
		}
		line = strconv.AppendInt(line, int64(at), 10)
	}
	_, _ = t.w.Write(append(line, "]}\n"...)) // the error stays in the Writer for Flush
}

// Flush writes what the truth log holds back. Call it when the server has no more requests.
func (s *Server) Flush() error {
	if s.truth == nil {
		return nil
	}
	var err error
	s.engine.Do(func() { err = s.truth.w.Flush() })
	return err
}
