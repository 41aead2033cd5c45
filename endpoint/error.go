package endpoint

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
)

// A Kind is what went wrong with a call.
type Kind string

// Kinds lists them.
var Kinds = []Kind{DialFailed, SendFailed, Reset, Closed, Truncated, Timeout, Cancelled, Malformed}

const (
	DialFailed Kind = "dial"      // no connection
	SendFailed Kind = "send"      // the request could not be written
	Reset      Kind = "reset"     // the server reset the connection
	Closed     Kind = "closed"    // the server closed the connection before the first byte of its answer
	Truncated  Kind = "truncated" // the answer ended before its end
	Timeout    Kind = "timeout"   // the deadline passed
	Cancelled  Kind = "cancelled" // Cut, or a cancelled context
	Malformed  Kind = "malformed" // not HTTP
)

// An Error is why a call did not end well. It never holds a key.
type Error struct {
	Kind Kind
	Err  error
}

func (e *Error) Error() string {
	if said := e.Err.Error(); strings.HasPrefix(said, string(e.Kind)+" ") {
		return said // "dial tcp 127.0.0.1:80: …" says it already
	}
	return string(e.Kind) + ": " + e.Err.Error()
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// fault says what err was: a cut wins, then what the connection itself told, then what fasthttp made of it.
func (s *Stream) fault(err error) *Error {
	s.mu.Lock()
	cause, link := s.cause, s.link
	s.mu.Unlock()
	known := &Error{}
	switch {
	case cause != nil:
		return &Error{Cancelled, cause}
	case errors.As(err, &known) && known.Kind == Malformed:
		return known
	case errors.As(err, &known):
		return classify(known.Kind, known.Err)
	case link != nil && link.err != nil && link.err != io.EOF:
		return classify(Malformed, link.err)
	case link != nil && link.err == io.EOF:
		return &Error{Truncated, io.ErrUnexpectedEOF}
	}
	return &Error{Malformed, errFraming}
}

// classify sorts an error of the connection; stage is what it is otherwise.
func classify(stage Kind, err error) *Error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return &Error{Timeout, errors.New("time limit reached")}
	case errors.Is(err, context.Canceled):
		return &Error{Cancelled, err}
	case stage == Malformed && errors.Is(err, syscall.ECONNRESET):
		return &Error{Reset, err}
	case stage == Malformed:
		return &Error{Truncated, err}
	}
	return &Error{stage, err}
}
