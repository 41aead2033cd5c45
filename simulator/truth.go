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
type truth struct {
	w    *bufio.Writer
	line []byte // of the latest request
}

// A record is what only the truth log keeps of a choice.
type record struct{ times []time.Duration }

func newTruth(w io.Writer) *truth {
	if w == nil {
		return nil
	}
	return &truth{w: bufio.NewWriterSize(w, 1<<16)}
}

func (t *truth) step(s *engine.Step) {
	if t == nil || s.Tokens == 0 {
		return
	}
	line := t.w.AvailableBuffer()
	for _, f := range []struct {
		name string
		v    int64
	}{{`{"step":`, int64(s.Index)}, {`,"scheduled":`, int64(s.Scheduled)}, {`,"start":`, int64(s.Start)},
		{`,"end":`, int64(s.End)}, {`,"tokens":`, int64(s.Tokens)}, {`,"prefills":`, int64(s.Prefills)},
		{`,"prefill_tokens":`, int64(s.PrefillTokens)}, {`,"decodes":`, int64(s.Decodes)}, {`,"context":`, int64(s.Context)},
		{`,"preempted":`, int64(s.Preempted)}, {`,"generated":`, int64(s.Generated)}, {`,"running":`, int64(s.Running)},
		{`,"waiting":`, int64(s.Waiting)}, {`,"used":`, int64(s.Used)}} {
		line = strconv.AppendInt(append(line, f.name...), f.v, 10)
	}
	_, _ = t.w.Write(append(line, "}\n"...)) // the error stays in the Writer for Flush
}

func (t *truth) request(c *choice, now time.Duration) {
	if t == nil {
		return
	}
	why := c.why
	if why == "" {
		why = "abort"
	}
	line := fmt.Appendf(t.line[:0], `{"request":"%s","index":%d,"arrived":%d,"admitted":%d,"queued":%d,"prompt":%d,`+
		`"cached":%d,"preemptions":%d,"finish":"%s","end":%d,"tokens":[`,
		c.a.id, c.index, c.a.came, c.Admitted, c.Queued, c.Prompt, c.Cached, c.Preemptions, why, now)
	for i, at := range c.record.times {
		if i > 0 {
			line = append(line, ',')
		}
		line = strconv.AppendInt(line, int64(at), 10)
	}
	line = append(line, "]}\n"...)
	_, _ = t.w.Write(line) // the error stays in the Writer for Flush
	t.line = line
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
