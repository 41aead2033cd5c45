package sse

// A scanner checks one JSON text and calls fields for what it knows, without building anything. Its methods return
// false when the text is not JSON.
type scanner struct {
	b     []byte
	i     int
	depth int

	ev       *event
	texts    int // non-empty texts seen
	from, to int // the last one, between its quotes
	role     bool
	choices  bool // at least one

	isError bool   // "object":"error", "error":true, or a list of errors
	coded   bool   // "code" is there
	message []byte // "message"
	detail  []byte // "detail", or the first text in it

	named  []byte // "type", the name of an event of the Responses API
	delta  []byte // its text
	status []byte // of its response
	reason []byte // why that is incomplete
}

// maxDepth is as encoding/json has it.
const maxDepth = 10000

// A field reads the value of one key, or skips it.
type field func(s *scanner, key []byte) bool

func (s *scanner) space() byte {
	for s.i < len(s.b) {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) accept(c byte) bool {
	if s.space() != c || s.i == len(s.b) {
		return false
	}
	s.i++
	return true
}

// object reads {…} with f for every key.
func (s *scanner) object(f field) bool {
	if s.depth++; s.depth > maxDepth || !s.accept('{') {
		return false
	}
	if s.accept('}') {
		s.depth--
		return true
	}
	for {
		s.space()
		key, ok := s.str()
		if !ok || !s.accept(':') || !f(s, key) {
			return false
		}
		if s.accept(',') {
			continue
		}
		s.depth--
		return s.accept('}')
	}
}

// array reads […] with f for every element; n counts them.
func (s *scanner) array(f func(*scanner) bool) (n int, ok bool) {
	if s.depth++; s.depth > maxDepth || !s.accept('[') {
		return 0, false
	}
	if s.accept(']') {
		s.depth--
		return 0, true
	}
	for {
		if !f(s) {
			return n, false
		}
		n++
		if s.accept(',') {
			continue
		}
		s.depth--
		return n, s.accept(']')
	}
}

// skip reads any value.
func (s *scanner) skip() bool {
	switch s.space() {
	case '{':
		return s.object(skipField)
	case '[':
		_, ok := s.array((*scanner).skip)
		return ok
	case '"':
		_, ok := s.str()
		return ok
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	_, ok := s.number()
	return ok
}

func skipField(s *scanner, _ []byte) bool { return s.skip() }

func (s *scanner) word(w string) bool {
	if len(s.b)-s.i < len(w) || string(s.b[s.i:s.i+len(w)]) != w {
		return false
	}
	s.i += len(w)
	return true
}

// str reads a string at the present place and returns what is between its quotes, escapes as they are.
func (s *scanner) str() ([]byte, bool) {
	if s.i >= len(s.b) || s.b[s.i] != '"' {
		return nil, false
	}
	from := s.i + 1
	for i := from; i < len(s.b); i++ {
		switch c := s.b[i]; {
		case c == '"':
			s.i = i + 1
			return s.b[from:i], true
		case c == '\\':
			n := escape(s.b[i:])
			if n == 0 {
				return nil, false
			}
			i += n - 1
		case c < ' ':
			return nil, false
		}
	}
	return nil, false
}

// escape is the length of the escape that b begins with, 0 when it is none.
func escape(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(b) < 6 {
			return 0
		}
		for _, c := range b[2:6] {
			if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
				return 0
			}
		}
		return 6
	}
	return 0
}

// number reads -?int frac? exp?.
func (s *scanner) number() ([]byte, bool) {
	from := s.i
	if s.at('-') {
		s.i++
	}
	if s.at('0') {
		s.i++
	} else if s.digits() == 0 {
		return nil, false
	}
	if s.at('.') {
		s.i++
		if s.digits() == 0 {
			return nil, false
		}
	}
	if s.at('e') || s.at('E') {
		s.i++
		if s.at('+') || s.at('-') {
			s.i++
		}
		if s.digits() == 0 {
			return nil, false
		}
	}
	return s.b[from:s.i], true
}

func (s *scanner) at(c byte) bool { return s.i < len(s.b) && s.b[s.i] == c }

func (s *scanner) digits() (n int) {
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		s.i++
		n++
	}
	return n
}
