package sse

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
)

// event reads one chunk of a chat or text completion, or one event of the Responses API.
func (s *scanner) event(payload []byte, ev *event) bool {
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
	if s.fails() && ev.Kind != Failure {
		ev.Kind = Failure
	}
	if ev.Kind == Failure && ev.Message == "" {
		ev.Message = s.words()
	}
	if s.role && ev.Kind == Nothing {
		ev.Kind = Role
	}
	ev.Blank = s.choices && (ev.Kind == Nothing || ev.Kind == Role)
	return true
}

// fails reports whether an event that names no error is one: {"object":"error"}, {"errors":[…]}, and without a choice
// {"message":…,"code":…} and {"detail":…}.
func (s *scanner) fails() bool {
	return s.isError || !s.choices && (len(s.detail) > 0 || s.coded && len(s.message) > 0)
}

// words are what an error says for itself, else all of it.
func (s *scanner) words() string {
	switch {
	case len(s.message) > 0:
		return unquote(s.message)
	case len(s.detail) > 0:
		return unquote(s.detail)
	}
	return string(s.b)
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
	case "errors":
		return s.errors()
	case "detail":
		s.detail, ok = s.first()
		return ok
	case "code":
		s.space()
		from := s.i
		ok = s.skip()
		s.coded = string(s.b[from:s.i]) != "null"
		return ok
	case "object":
		name, ok := s.text()
		s.isError = s.isError || string(name) == "error"
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

func choice(s *scanner) bool {
	s.choices = true
	return s.sub(choiceField)
}

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

// token reads a text that counts when it is not empty, or a list of parts with texts. Visible text wins over other
// kinds in the same event.
func (s *scanner) token(k Kind) bool {
	if s.space() == '[' {
		return s.list(func(s *scanner) bool { return s.sub(partField) })
	}
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

// partField reads {"type":"text","text":…} and {"type":"thinking","thinking":[…]}.
func partField(s *scanner, key []byte) bool {
	switch string(key) {
	case "text":
		before := s.ev.Text
		ok := s.token(Content)
		if ok && before != nil {
			s.ev.Text = append(bytes.Clone(before), s.ev.Text...)
		}
		return ok
	case "thinking":
		text, ok := s.first()
		if len(text) > 0 && s.ev.Kind == Nothing {
			s.ev.Kind = Reasoning
		}
		return ok
	}
	return s.skip()
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

// failure reads {"message": …}, a text, or anything else that says there is an error; null and false are none.
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
	case 'n', 'f':
		return s.skip()
	}
	s.isError = true
	return s.skip()
}

// errors reads a list of errors; an empty one is none.
func (s *scanner) errors() bool {
	if s.space() != '[' {
		return s.skip()
	}
	from := s.i
	n, ok := s.array((*scanner).skip)
	if !ok || n == 0 {
		return ok
	}
	s.isError = true
	inner := scanner{b: s.b[:s.i], i: from, ev: s.ev}
	s.detail, ok = inner.first()
	return ok
}

// first reads any value and returns the first text in it that is a message: the value itself, or what stands under
// message, msg, detail or text at any depth.
func (s *scanner) first() (text []byte, ok bool) {
	keep := func(found []byte, ok bool) bool {
		if text == nil {
			text = found
		}
		return ok
	}
	switch s.space() {
	case '"':
		return s.text()
	case '[':
		_, ok = s.array(func(s *scanner) bool { return keep(s.first()) })
		return text, ok
	case '{':
		ok = s.object(func(s *scanner, key []byte) bool {
			switch string(key) {
			case "message", "msg", "detail", "text":
				return keep(s.first())
			}
			return s.skip()
		})
		return text, ok
	}
	return nil, s.skip()
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

// count reads a whole number from 0 to 2³¹ − 1; any other value is not told.
func (s *scanner) count(to *count) bool {
	s.space()
	from := s.i
	if !s.skip() {
		return false
	}
	n := 0
	for _, c := range s.b[from:s.i] {
		if n = 10*n + int(c-'0'); c < '0' || c > '9' || n > math.MaxInt32 {
			return true
		}
	}
	*to = count{int32(n), true}
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
