package sse

import (
	"encoding/json"
	"strconv"
)

// event reads one chunk of a chat or text completion, or one event of the Responses API.
func (s *scanner) event(payload []byte, ev *Event) bool {
	*s = scanner{b: payload, ev: ev}
	if s.space() != '{' {
		return s.skip() && s.end()
	}
	if !s.object(topField) || !s.end() {
		return false
	}
	if s.named != nil {
		s.response()
	}
	if s.isError && ev.Kind != Failure {
		ev.Kind, ev.Message = Failure, unquote(s.message)
	}
	if s.role && ev.Kind == Nothing {
		ev.Kind = Role
	}
	return true
}

func (s *scanner) end() bool {
	s.space()
	return s.i == len(s.b)
}

func topField(s *scanner, key []byte) bool {
	var ok bool
	switch string(key) {
	case "id":
		s.ev.ID, ok = s.text()
		return ok
	case "choices":
		return s.list(choice)
	case "usage":
		return s.sub(usageField)
	case "metrics":
		return s.sub(metricsField)
	case "error":
		return s.failure()
	case "object":
		name, ok := s.text()
		s.isError = string(name) == "error"
		return ok
	case "message":
		s.message, ok = s.text()
		return ok
	case "type":
		s.named, ok = s.text()
		return ok
	case "delta":
		s.delta, ok = s.text()
		return ok
	case "response":
		return s.sub(responseField)
	}
	return s.skip()
}

func choice(s *scanner) bool { return s.sub(choiceField) }

func choiceField(s *scanner, key []byte) bool {
	switch string(key) {
	case "delta":
		return s.sub(deltaField)
	case "text":
		return s.token(Content)
	case "finish_reason":
		reason, ok := s.text()
		if reason != nil {
			s.ev.Finish = reason
		}
		return ok
	}
	return s.skip()
}

func deltaField(s *scanner, key []byte) bool {
	switch string(key) {
	case "content":
		return s.token(Content)
	case "reasoning", "reasoning_content":
		return s.token(Reasoning)
	case "tool_calls":
		return s.tools()
	case "role":
		s.role = true
	}
	return s.skip()
}

// token reads a text that counts when it is not empty. Visible text wins over other kinds in the same event.
func (s *scanner) token(k Kind) bool {
	text, ok := s.text()
	if len(text) == 0 {
		return ok
	}
	s.texts++
	s.from, s.to = s.i-1-len(text), s.i-1
	if k == Content {
		s.ev.Text = text
	}
	if s.ev.Kind == Nothing || k == Content && s.ev.Kind != Failure {
		s.ev.Kind = k
	}
	return ok
}

func (s *scanner) tools() bool {
	if s.space() != '[' {
		return s.skip()
	}
	n, ok := s.array((*scanner).skip)
	if n > 0 && s.ev.Kind == Nothing {
		s.ev.Kind = Tool
	}
	return ok
}

func usageField(s *scanner, key []byte) bool {
	s.ev.HasUsage = true
	u := &s.ev.Usage
	switch string(key) {
	case "prompt_tokens", "input_tokens":
		return s.count(&u.Prompt)
	case "completion_tokens", "output_tokens":
		return s.count(&u.Output)
	case "prompt_tokens_details", "input_tokens_details":
		return s.sub(func(s *scanner, key []byte) bool {
			if string(key) == "cached_tokens" {
				return s.count(&s.ev.Usage.Cached)
			}
			return s.skip()
		})
	case "completion_tokens_details", "output_tokens_details":
		return s.sub(func(s *scanner, key []byte) bool {
			if string(key) == "reasoning_tokens" {
				return s.count(&s.ev.Usage.Reasoning)
			}
			return s.skip()
		})
	}
	return s.skip()
}

func metricsField(s *scanner, key []byte) bool {
	s.ev.HasMetrics = true
	m := &s.ev.Metrics
	switch string(key) {
	case "queue_time_ms":
		return s.float(&m.Queue)
	case "time_to_first_token_ms":
		return s.float(&m.FirstToken)
	case "generation_time_ms":
		return s.float(&m.Generation)
	}
	return s.skip()
}

// failure reads {"message": …} or a bare string; null is no error.
func (s *scanner) failure() bool {
	switch s.space() {
	case '{':
		s.ev.Kind = Failure
		return s.object(func(s *scanner, key []byte) bool {
			if string(key) != "message" {
				return s.skip()
			}
			raw, ok := s.text()
			s.ev.Message = unquote(raw)
			return ok
		})
	case '"':
		raw, ok := s.text()
		s.ev.Kind, s.ev.Message = Failure, unquote(raw)
		return ok
	}
	return s.skip()
}

// sub reads an object with f; anything else is skipped.
func (s *scanner) sub(f field) bool {
	if s.space() != '{' {
		return s.skip()
	}
	return s.object(f)
}

// list reads an array with f; anything else is skipped.
func (s *scanner) list(f func(*scanner) bool) bool {
	if s.space() != '[' {
		return s.skip()
	}
	_, ok := s.array(f)
	return ok
}

// text reads a string; any other value is skipped and nil.
func (s *scanner) text() ([]byte, bool) {
	if s.space() != '"' {
		return nil, s.skip()
	}
	return s.str()
}

// count reads a whole number from 0; any other value is skipped.
func (s *scanner) count(to *int) bool {
	s.space()
	from := s.i
	if !s.skip() {
		return false
	}
	n := 0
	for _, c := range s.b[from:s.i] {
		if c < '0' || c > '9' || n > 1<<40 {
			return true
		}
		n = 10*n + int(c-'0')
	}
	*to = n
	return true
}

func (s *scanner) float(to *float64) bool {
	s.space()
	from := s.i
	if !s.skip() {
		return false
	}
	if x, err := strconv.ParseFloat(string(s.b[from:s.i]), 64); err == nil {
		*to = x
	}
	return true
}

// unquote resolves the escapes of a checked string.
func unquote(raw []byte) string {
	var text string
	if err := json.Unmarshal([]byte(`"`+string(raw)+`"`), &text); err != nil {
		return string(raw)
	}
	return text
}
