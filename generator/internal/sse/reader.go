package sse

import (
	"bytes"
	"errors"
	"fmt"
	"sync/atomic"
)

// maxLine is how long a line, or the joined data lines of one event, may be unless a Reader is told otherwise, bytes:
// tokens with their log probabilities are some kB.
const maxLine = 1 << 20

// spare is how much of a buffer is kept for the next line, bytes.
const spare = 64 << 10

// A tooLong is a line or event beyond its limit.
type tooLong struct{ Limit int }

func (e *tooLong) Error() string {
	return fmt.Sprintf("an event is longer than %d MiB", e.Limit>>20)
}

// errNoRoom says that unfinished events of all streams hold as much as they may.
var errNoRoom = errors.New("unfinished events of all streams together hold too much")

// A Budget is what the unfinished lines of several readers may hold together beyond 64 kB each, bytes. It is safe for
// concurrent use.
type Budget struct{ left atomic.Int64 }

// NewBudget allows so many bytes.
func NewBudget(n int64) *Budget {
	b := &Budget{}
	b.left.Store(n)
	return b
}

// A NotJSON is an event that is neither JSON nor [DONE].
type NotJSON struct{ Payload string }

func (e *NotJSON) Error() string { return "event is not JSON" }

// A Reader turns reads into events. The zero value is ready; it allocates nothing per event.
//
//	r.Feed(p)
//	for r.Next() { … r.Event … }
type Reader struct {
	Event  event
	Limit  int     // of a line or event, bytes; 0: maxLine
	Budget *Budget // shared with other readers; nil: none

	err    error
	rest   []byte // what Next has not consumed
	held   []byte // own copy of a line that has not ended
	seen   int    // no line ends in the first so many bytes of held
	afterR bool   // the line before ended in CR: an LF now belongs to it
	data   []byte // data lines of an event that has not ended
	open   bool   // data holds at least one line
	fails  bool   // the event's name is error
	begun  bool   // a line has come
	taken  int64  // of the budget
	scan   scanner
	known  template
}

// Feed hands over what was read. p must stay as it is until Next has returned false.
func (r *Reader) Feed(p []byte) {
	if len(r.held) == 0 {
		r.rest = p
		return
	}
	r.held = append(r.held, p...)
	r.rest = r.held
}

// Reset begins a new stream; buffers and the shape of the last chunk are kept.
func (r *Reader) Reset() {
	r.Event, r.err, r.rest = event{}, nil, nil
	r.held, r.seen, r.afterR = kept(r.held), 0, false
	r.data, r.open, r.fails, r.begun = kept(r.data), false, false, false
	r.account()
}

// kept is a buffer emptied for the next use, unless it is large.
func kept(b []byte) []byte {
	if cap(b) > spare {
		return nil
	}
	return b[:0]
}

// account takes what the buffers hold from the budget, or gives back what they hold no more.
func (r *Reader) account() {
	holds := int64(max(0, cap(r.held)-spare) + max(0, cap(r.data)-spare))
	if r.Budget == nil || holds == r.taken {
		return
	}
	if r.Budget.left.Add(r.taken-holds) < 0 && holds > r.taken {
		r.err = errNoRoom
	}
	r.taken = holds
}

// check ends the reading of what is too long.
func (r *Reader) check(n int) {
	limit := r.Limit
	if limit == 0 {
		limit = maxLine
	}
	if r.account(); n > limit {
		r.err = &tooLong{limit}
	}
}

// Err is why reading cannot go on; it stays.
func (r *Reader) Err() error { return r.err }

// Next steps to the next event and returns false when more bytes are needed or Err is set.
func (r *Reader) Next() bool {
	for r.err == nil {
		line, ok := r.line()
		if !ok {
			return false
		}
		switch {
		case len(line) == 0 && len(r.data) > 0:
			payload := r.data
			r.data, r.open = r.data[:0], false
			return r.decode(payload)
		case len(line) == 0:
			r.open, r.fails = false, false
		default:
			value, is := valueOf(line, "data")
			if !is {
				r.name(line)
			}
			if is && len(value) > 0 && !r.open && r.blankFollows() {
				return r.decode(value)
			}
			if is {
				r.join(value)
			}
		}
	}
	return false
}

// Finish ends the stream: Next returns an event whose blank line is missing.
func (r *Reader) Finish() {
	r.afterR = false
	r.Feed([]byte("\n\n"))
}

// name notes whether an event's name says that it is an error.
func (r *Reader) name(line []byte) {
	if value, is := valueOf(line, "event"); is {
		r.fails = bytes.EqualFold(value, []byte("error"))
	}
}

// line takes one whole line off rest, or keeps what there is of it.
func (r *Reader) line() (line []byte, ok bool) {
	if r.afterR && len(r.rest) > 0 {
		r.afterR = false
		if r.rest[0] == '\n' {
			r.rest = r.rest[1:]
		}
	}
	end := lineEnd(r.rest, r.seen)
	if end < 0 {
		r.hold()
		return nil, false
	}
	line = r.rest[:end]
	r.afterR = r.rest[end] == '\r'
	r.rest, r.seen = r.rest[end+1:], 0
	r.held = r.held[:0] // its bytes stay valid behind line and rest
	if !r.begun {
		r.begun, line = true, bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	if len(r.rest) == 0 {
		r.rest = nil
	}
	return line, true
}

// lineEnd is the index of the first CR or LF at or behind from, or -1.
func lineEnd(b []byte, from int) int {
	lf := bytes.IndexByte(b[from:], '\n')
	before := b[from:]
	if lf >= 0 {
		before = before[:lf]
	}
	if cr := bytes.IndexByte(before, '\r'); cr >= 0 {
		return from + cr
	}
	if lf < 0 {
		return -1
	}
	return from + lf
}

func (r *Reader) hold() {
	if len(r.rest) != len(r.held) { // else rest is held: no line was taken off it
		r.held = append(kept(r.held), r.rest...)
	}
	r.rest, r.seen = nil, len(r.held)
	r.check(len(r.held))
}

// blankFollows consumes the blank line that ends an event, if it is here already.
func (r *Reader) blankFollows() bool {
	b := r.rest
	if r.afterR && len(b) > 0 && b[0] == '\n' {
		b = b[1:]
	}
	if len(b) == 0 || b[0] != '\n' {
		return false
	}
	r.rest, r.afterR = b[1:], false
	return true
}

func (r *Reader) join(value []byte) {
	if r.open {
		r.data = append(r.data, '\n')
	} else {
		r.data = kept(r.data)
	}
	r.data, r.open = append(r.data, value...), true
	r.check(len(r.data))
}

// valueOf is the value of a line of that field; comments and other fields are none.
func valueOf(line []byte, name string) (value []byte, is bool) {
	if len(line) < len(name) || string(line[:len(name)]) != name {
		return nil, false
	}
	value = line[len(name):]
	if len(value) == 0 {
		return nil, true
	}
	if value[0] != ':' {
		return nil, false
	}
	value = value[1:]
	if len(value) > 0 && value[0] == ' ' {
		value = value[1:]
	}
	return value, true
}

// decode fills Event from one event's data.
func (r *Reader) decode(payload []byte) bool {
	fails := r.fails
	r.fails = false
	if text, ok := r.known.match(payload, &r.scan); ok && !fails {
		r.Event = event{Kind: r.known.kind, ID: r.known.id}
		if r.known.kind == Content {
			r.Event.Text = text
		}
		return true
	}
	r.Event = event{}
	if bytes.Equal(bytes.TrimRight(payload, " \t"), []byte("[DONE]")) {
		r.Event.Kind = Done
		return true
	}
	is := r.scan.event(payload, &r.Event)
	switch {
	case fails:
		r.fail(payload, is)
	case !is:
		r.err = &NotJSON{string(payload)}
		return false
	default:
		r.known.learn(payload, &r.scan, &r.Event)
	}
	return true
}

// fail makes an error of an event that is named so, JSON or not.
func (r *Reader) fail(payload []byte, isJSON bool) {
	said := r.Event.Message
	switch {
	case said != "":
	case isJSON:
		said = r.scan.words()
	default:
		said = string(payload)
	}
	r.Event = event{Kind: Failure, Message: said}
}
