package simulator

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"time"
)

// A Truth is a truth log as read back. Times count from the start of the server's clock.
type Truth struct {
	Steps    []trueStep
	Requests map[string]trueRequest // by the server's request id
}

// A trueStep is one iteration of the engine.
type trueStep struct {
	Index     int
	End       time.Duration
	Generated int // output tokens
}

// A trueRequest is one answer: when the request came, and when each of its tokens was handed out.
type trueRequest struct {
	Request string
	Arrived time.Duration
	Tokens  []time.Duration
}

// ReadTruth reads what Options.Truth was written; a line that is none of its kinds is an error.
func ReadTruth(r io.Reader) (Truth, error) {
	out := Truth{Requests: map[string]trueRequest{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		if err := out.add(lines.Bytes()); err != nil {
			return out, cmp.Or(lines.Err(), err) // of a log that was cut off the last line is broken
		}
	}
	return out, lines.Err()
}

// add takes a line. A log has a million of them, and they are our own: fields are looked for by their names.
func (t *Truth) add(line []byte) error {
	switch {
	case bytes.HasPrefix(line, []byte(`{"request":"`)):
		return t.request(line)
	case bytes.HasPrefix(line, []byte(`{"step":`)):
		s, err := stepOf(line)
		t.Steps = append(t.Steps, s)
		return err
	}
	return fmt.Errorf("neither a step nor a request: %.80q", line)
}

func stepOf(line []byte) (s trueStep, err error) {
	var at [3]int64
	for i, name := range []string{"step", "end", "generated"} {
		if at[i], err = told(line, name); err != nil {
			return s, err
		}
	}
	return trueStep{Index: int(at[0]), End: time.Duration(at[1]), Generated: int(at[2])}, nil
}

func (t *Truth) request(line []byte) error {
	id, _, whole := bytes.Cut(line[len(`{"request":"`):], []byte(`"`))
	arrived, err := told(line, "arrived")
	_, list, some := bytes.Cut(line, []byte(`"tokens":[`))
	if err != nil || !whole || !some || !bytes.HasSuffix(list, []byte("]}")) {
		return fmt.Errorf("not a request: %.80q", line)
	}
	q := trueRequest{Request: string(id), Arrived: time.Duration(arrived)}
	q.Tokens = make([]time.Duration, 0, 1+bytes.Count(list, []byte(",")))
	for list = list[:len(list)-2]; len(list) > 0; list = bytes.TrimPrefix(list, []byte(",")) {
		n, rest, err := digits(list)
		if err != nil {
			return err
		}
		q.Tokens, list = append(q.Tokens, time.Duration(n)), rest
	}
	t.Requests[q.Request] = q
	return nil
}

// told is the number of a field of a line.
func told(line []byte, name string) (n int64, err error) {
	_, rest, known := bytes.Cut(line, []byte(`"`+name+`":`))
	if !known {
		return 0, fmt.Errorf("no %s: %.80q", name, line)
	}
	n, _, err = digits(rest)
	return n, err
}

// digits reads the number that text begins with.
func digits(text []byte) (n int64, rest []byte, err error) {
	i := 0
	for ; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
		n = 10*n + int64(text[i]-'0')
	}
	if i == 0 {
		return 0, nil, fmt.Errorf("not a number: %.80q", text)
	}
	return n, text[i:], nil
}
