package endpoint

import (
	"net"
	"sync/atomic"
	"time"

	"loadgen/clock"
)

// A socket is a connection as the system has it, below TLS. It stamps every read with the instant when its bytes were
// here: where the system tells (Linux), when the kernel took them in, so that a client that comes late to read does not
// lengthen the server's times; else when the read returned.
type socket struct {
	net.Conn
	clk   clock.Clock
	inbox *inbox       // nil: the system does not tell
	at    atomic.Int64 // clock's time of the latest read, or of the request's end; other goroutines look at it
	reads int          // since the connection was made
}

func newSocket(clk clock.Clock, conn net.Conn) *socket {
	return &socket{Conn: conn, clk: clk, inbox: openInbox(conn)}
}

// Read reads once and stamps what came.
func (s *socket) Read(p []byte) (n int, err error) {
	var age time.Duration
	if s.inbox != nil {
		n, age, err = s.inbox.read(p)
	} else {
		n, err = s.Conn.Read(p)
	}
	if n > 0 {
		s.mark(s.clk.Now() - age)
		s.reads++
	}
	return n, err
}

// A pumped is a connection in memory, which hands over what comes without being read (memnet.Conn).
type pumped interface {
	Pump(most int, took func(p []byte) bool) error
}

// pump reads and stamps until took wants no more; the error is why no more came, nil when took had enough.
func (s *socket) pump(p []byte, took func([]byte) bool) error {
	if m, is := s.Conn.(pumped); is {
		return m.Pump(len(p), func(here []byte) bool {
			s.mark(s.clk.Now())
			s.reads++
			return took(here)
		})
	}
	for s.inbox == nil {
		n, err := s.Read(p)
		if n > 0 && !took(p[:n]) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return s.inbox.pump(p, func(n int, age time.Duration) bool {
		s.mark(s.clk.Now() - age)
		s.reads++
		return took(p[:n])
	})
}

// mark moves the stamp on, never back: the age is told by the wall's clock, which may be set, and a request that was
// just written may be answered before its own stamp could be taken.
func (s *socket) mark(t time.Duration) { s.at.Store(max(s.at.Load(), int64(t))) }

// stamp is the clock's time of the latest read.
func (s *socket) stamp() time.Duration { return time.Duration(s.at.Load()) }
