package endpoint

import (
	"io"
	"time"
)

// Receive reads the body to its end and hands over every piece as it comes, with the instant at which it was here and
// the number of reads that the connection made for this stream. An error of take ends it and is returned; else nil is a
// whole body, and any other error an *Error. buf is lent. It reads as Read does, at less cost: one call of the system a
// piece, where the system tells what is left.
func (s *Stream) Receive(buf []byte, take func(p []byte, at time.Duration, reads int) error) error {
	if s.body != nil && s.resp.Header.ContentLength() == chunkedLength && s.link.bare() {
		return s.pump(buf, take)
	}
	for {
		n, err := s.Read(buf)
		if n > 0 {
			at, reads := s.arrived()
			if err := take(buf[:n], at, reads); err != nil {
				return err
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// chunkedLength is how fasthttp calls the length of a chunked body.
const chunkedLength = -1

// pump takes a chunked body off the socket itself.
func (s *Stream) pump(buf []byte, take func(p []byte, at time.Duration, reads int) error) error {
	l := s.link
	if len(buf) < l.room() { // what stands there at once is one read
		if l.piece == nil {
			l.piece = make([]byte, l.room())
		}
		buf = l.piece
	}
	var c chunks
	var refused error // by take
	piece := func(p []byte) error {
		at, reads := s.arrived()
		refused = take(p, at, reads)
		return refused
	}
	var rest []byte
	var err error
	feed := func(p []byte) (more bool) {
		rest, err = c.feed(p, piece)
		return err == nil && c.state != chunkDone
	}
	held, _ := l.br.Peek(l.br.Buffered())
	more := feed(held)
	_, _ = l.br.Discard(len(held))
	if more {
		ended := l.socket.pump(buf, feed)
		if err == nil && c.state != chunkDone {
			l.err = ended
			return s.fault(ended)
		}
	}
	switch {
	case refused != nil:
		return refused
	case err != nil:
		return s.fault(&Error{Malformed, err})
	}
	s.done = len(rest) == 0 // what nobody asked for makes a connection useless
	return nil
}
