package simulator

import (
	"bufio"
	"encoding/json"
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
	Index     int           `json:"step"`
	End       time.Duration `json:"end"`
	Generated int           `json:"generated"` // output tokens
}

// A trueRequest is one answer: when the request came, and when each of its tokens was handed out.
type trueRequest struct {
	Request string          `json:"request"`
	Arrived time.Duration   `json:"arrived"`
	Tokens  []time.Duration `json:"tokens"`
}

// ReadTruth reads what Options.Truth was written; a line that is none of its kinds is an error.
func ReadTruth(r io.Reader) (Truth, error) {
	out := Truth{Requests: map[string]trueRequest{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		if err := out.add(lines.Bytes()); err != nil {
			return out, err
		}
	}
	return out, lines.Err()
}

func (t *Truth) add(line []byte) error {
	var kind struct {
		Step    *int
		Request string
	}
	if err := json.Unmarshal(line, &kind); err != nil {
		return err
	}
	switch {
	case kind.Request != "":
		var q trueRequest
		err := json.Unmarshal(line, &q)
		t.Requests[q.Request] = q
		return err
	case kind.Step != nil:
		var s trueStep
		err := json.Unmarshal(line, &s)
		t.Steps = append(t.Steps, s)
		return err
	}
	return fmt.Errorf("neither a step nor a request: %.80q", line)
}
