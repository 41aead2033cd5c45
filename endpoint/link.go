package endpoint

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"time"

	"loadgen/clock"
)

// keepIdle is how long an unused connection is trusted to be open still: servers of this kind close theirs after 5 s,
// and a request on a closed one fails for no fault of the server. It is looked at before its use, too: some close
// theirs sooner.
const keepIdle = 3 * time.Second

// A link is one connection with its buffers.
type link struct {
	clk     clock.Clock
	socket  *socket
	conn    net.Conn // the socket, or TLS on it
	br      *bufio.Reader
	ahead   []byte        // read and given back, when br was exchanged
	piece   []byte        // of an answer, where the system does not tell what is left
	err     error         // of the latest read, as the connection told it
	dialled time.Duration // what connecting took: one round trip
	used    bool          // it has served a request
	idle    time.Duration
	timed   bool // a deadline is set
}

// bareBuffer is the buffer of a connection whose streams go past it: heads of answers are some hundred bytes.
const bareBuffer = 1024

func newLink(clk clock.Clock, s *socket, conn net.Conn) *link {
	l := &link{clk: clk, socket: s, conn: conn}
	l.br = bufio.NewReaderSize(l, l.room())
	return l
}

// room is how much is read at once.
func (l *link) room() int {
	if l.bare() && l.socket.inbox != nil {
		return bareBuffer
	}
	return 4096
}

// Read is the buffered reader's source.
func (l *link) Read(p []byte) (int, error) {
	if len(l.ahead) > 0 {
		n := copy(p, l.ahead)
		l.ahead = l.ahead[n:]
		return n, nil
	}
	n, err := l.conn.Read(p)
	if err != nil {
		l.err = err
	}
	return n, err
}

// clean reports whether nothing is left to read: neither an end nor bytes that nobody asked for.
func (l *link) clean() bool { return l.err == nil && l.br.Buffered() == 0 && len(l.ahead) == 0 }

// bare reports whether the socket's bytes are the answer's, and that nothing of them lies elsewhere than in the reader.
func (l *link) bare() bool { return l.conn == net.Conn(l.socket) && len(l.ahead) == 0 }

// grow gives the reader a larger buffer; what it holds stays to be read.
func (l *link) grow(size int) {
	held, _ := l.br.Peek(l.br.Buffered())
	l.ahead = append(bytes.Clone(held), l.ahead...)
	l.br = bufio.NewReaderSize(l, size)
}

// until sets or clears the deadline of all that follows; 0 is none.
func (l *link) until(deadline time.Duration) error {
	if deadline == 0 {
		if !l.timed {
			return nil
		}
		l.timed = false
		return l.conn.SetDeadline(time.Time{})
	}
	l.timed = true
	return l.conn.SetDeadline(l.clk.Time(deadline))
}

// fetch takes the idle connection that was used last, or makes one.
func (e *Endpoint) fetch(ctx context.Context, deadline time.Duration) (*link, error) {
	if l := e.takeIdle(); l != nil {
		return l, nil
	}
	return e.connect(ctx, deadline)
}

// connect makes a connection.
func (e *Endpoint) connect(ctx context.Context, deadline time.Duration) (*link, error) {
	var by time.Time
	if deadline != 0 {
		by = e.clk.Time(deadline)
	}
	begun := e.clk.Now()
	raw, err := e.dial(ctx, e.place.addr, by)
	if err != nil {
		return nil, err
	}
	dialled := e.clk.Now() - begun
	s := newSocket(e.clk, raw)
	conn := net.Conn(s)
	if e.place.tls {
		if conn, err = e.handshake(ctx, s, by); err != nil {
			return nil, err
		}
	}
	l := newLink(e.clk, s, conn)
	l.dialled = dialled
	return l, nil
}

func (e *Endpoint) handshake(ctx context.Context, conn net.Conn, by time.Time) (net.Conn, error) {
	config := &tls.Config{}
	if e.tls != nil {
		config = e.tls.Clone()
	}
	config.ServerName, _, _ = net.SplitHostPort(e.place.addr)
	config.NextProtos = []string{"http/1.1"}
	secure := tls.Client(conn, config)
	err := conn.SetDeadline(by)
	if err == nil {
		err = secure.HandshakeContext(ctx)
	}
	if err == nil {
		err = conn.SetDeadline(time.Time{})
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secure, nil
}

func (e *Endpoint) takeIdle() *link {
	e.mu.Lock()
	defer e.mu.Unlock()
	for n := len(e.idle); n > 0; n = len(e.idle) {
		l := e.idle[n-1]
		e.idle = e.idle[:n-1]
		if e.clk.Now()-l.idle <= keepIdle && l.socket.inbox.quiet() {
			return l
		}
		_ = l.conn.Close()
	}
	return nil
}

func (e *Endpoint) putIdle(l *link) {
	if l.until(0) != nil {
		_ = l.conn.Close()
		return
	}
	l.used, l.idle = true, e.clk.Now()
	e.mu.Lock()
	e.idle = append(e.idle, l)
	e.mu.Unlock()
}

// A dialFunc connects by an instant of the wall, or without a limit when that is zero.
type dialFunc func(ctx context.Context, addr string, by time.Time) (net.Conn, error)

// dialler is d, or TCP. Go sets TCP_NODELAY by itself.
func dialler(d Dial) dialFunc {
	if d != nil {
		return func(_ context.Context, addr string, _ time.Time) (net.Conn, error) { return d(addr) }
	}
	return func(ctx context.Context, addr string, by time.Time) (net.Conn, error) {
		return (&net.Dialer{Deadline: by}).DialContext(ctx, "tcp", addr)
	}
}
