package simulator

import (
	"net"
	"sync"
	"syscall"
)

// A socket is a peer over TCP. What a client does not take at once waits in line, so that nobody waits for a client.
// Subtle: it writes to the descriptor past Go's poller, a fifth of the cost of a token, so that all closing is done
// here.
type socket struct {
	conn *net.TCPConn
	fd   uintptr

	mu       sync.Mutex
	line     []byte
	draining bool // a goroutine writes line
	shut     bool // to be closed behind it
	gone     bool // closed, or the client has left: what is written is lost
}

func newSocket(conn *net.TCPConn) *socket {
	s := &socket{conn: conn, gone: true}
	if raw, err := conn.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { s.fd, s.gone = fd, false })
	}
	return s
}

// Write sends p, or puts what the kernel has no room for in line. That a client has left is the reader's to see.
func (s *socket) Write(p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone {
		return
	}
	if !s.draining {
		n, err := writeNow(s.fd, p)
		if n == len(p) {
			return
		}
		s.gone = err != nil && err != syscall.EAGAIN
		p = p[max(n, 0):]
	}
	s.line = append(s.line, p...)
	if !s.draining && !s.gone {
		s.draining = true
		go s.drain()
	}
}

// drain writes the line until it is empty.
func (s *socket) drain() {
	for p := s.take(); len(p) > 0; p = s.take() {
		_, _ = s.conn.Write(p)
	}
}

// take empties the line; nil: there is nothing, and the socket is no longer draining.
func (s *socket) take() (p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, s.line = s.line, nil
	if len(p) == 0 {
		s.draining = false
		if s.shut {
			s.close()
		}
	}
	return p
}

func (s *socket) close() {
	s.gone = true
	_ = s.conn.Close()
}

// Close ends the connection behind all that was written.
func (s *socket) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shut = true; !s.draining {
		s.close()
	}
}

// drop closes the connection whatever has been written.
func (s *socket) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.close()
}

// Reset breaks the connection off.
func (s *socket) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.conn.SetLinger(0)
	s.close()
}
