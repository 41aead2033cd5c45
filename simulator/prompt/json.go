// Package prompt reads what a request asks for: the body with its messages, in tokens of a toy vocabulary, or the
// problem that vLLM would have with it; and it knows the words of answers.
package prompt

import (
	"bytes"
	"encoding/json"
	"errors"
)

// errJSON says that a body is not JSON.
var errJSON = errors.New("JSON decode error")

// object calls f with each key and raw value of the object b. It is a quick reader for long prompts: strings are
// passed over with one search for their end, and values are looked into only where f does.
func object(b []byte, f func(key string, val []byte) error) error {
	return list(b, '{', '}', func(i int) (int, error) {
		key := value(b, i)
		colon := skip(b, max(key, 0))
		if key < 0 || b[i] != '"' || colon >= len(b) || b[colon] != ':' {
			return i, errJSON
		}
		from := skip(b, colon+1)
		to := value(b, from)
		if to < 0 {
			return from, errJSON
		}
		return to, f(unquote(b[i:key]), b[from:to])
	})
}

// array calls f with each raw element of the array b.
func array(b []byte, f func(val []byte) error) error {
	return list(b, '[', ']', func(i int) (int, error) {
		to := value(b, i)
		if to < 0 {
			return i, errJSON
		}
		return to, f(b[i:to])
	})
}

// list walks the items between open and shut; item returns the end of the one that begins at i.
func list(b []byte, open, shut byte, item func(i int) (int, error)) error {
	i := skip(b, 0)
	if i >= len(b) || b[i] != open {
		return errJSON
	}
	i = skip(b, i+1)
	if i < len(b) && b[i] == shut {
		return end(b, i+1)
	}
	for {
		to, err := item(i)
		if err != nil {
			return err
		}
		i = skip(b, to)
		switch {
		case i < len(b) && b[i] == ',':
			i = skip(b, i+1)
		case i < len(b) && b[i] == shut:
			return end(b, i+1)
		default:
			return errJSON
		}
	}
}

func end(b []byte, i int) error {
	if i = skip(b, i); i < len(b) {
		return errJSON
	}
	return nil
}

func skip(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// value is the end of the value that begins at i, or -1 when none ends.
func value(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		return quoted(b, i)
	case '{', '[':
		return nested(b, i)
	}
	j := i
	for j < len(b) && b[j] != ',' && b[j] != '}' && b[j] != ']' && skip(b, j) == j {
		j++
	}
	if j == i || !json.Valid(b[i:j]) {
		return -1
	}
	return j
}

func quoted(b []byte, i int) int {
	for i++; ; {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return -1
		}
		i += n + 1
		slashes := 0
		for b[i-2-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
	}
}

func nested(b []byte, i int) int {
	depth := 0
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			if i = quoted(b, i) - 1; i < 0 {
				return -1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

var errNotString = errors.New("not a string")

// content is the bytes of a raw JSON string, without a copy where nothing is escaped.
func content(raw []byte) ([]byte, error) {
	if len(raw) < 2 || raw[0] != '"' {
		return nil, errNotString
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1], nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, err
	}
	return []byte(s), nil
}

func unquote(raw []byte) string {
	s, err := content(raw)
	if err != nil {
		return ""
	}
	return string(s)
}
