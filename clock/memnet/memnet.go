// Package memnet is a network in memory for virtual time: the client's end is a net.Conn with blocking reads and
// deadlines, the server's end is callbacks.
package memnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"loadgen/clock"
)

// ErrWallDeadline refuses a deadline that was computed from the wall clock.
var ErrWallDeadline = errors.New("memnet: deadline is more than ten years ahead: computed from the wall clock?")

// A Network is a set of listening addresses.
type Network struct {
	clk   clock.Clock
	hosts map[string]func(*Peer)
	dials int
}

// New returns an empty network.
func New(clk clock.Clock) *Network { return &Network{clk: clk, hosts: map[string]func(*Peer){}} }

// Listen calls accept for every connection to addr; accept sets the peer's callbacks.
func (n *Network) Listen(addr string, accept func(*Peer)) { n.hosts[addr] = accept }

// Dial connects at once, or fails with ECONNREFUSED. It is a fasthttp.DialFunc.
func (n *Network) Dial(addr string) (net.Conn, error) {
	accept, ok := n.hosts[addr]
	if !ok {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	n.dials++
	c := &Conn{clk: n.clk, addr: address(addr), local: address(fmt.Sprintf("client:%d", n.dials)), deadline: clock.Never}
	c.readable = n.clk.NewSignal("bytes from " + addr)
	c.peer = &Peer{conn: c, OnData: func([]byte) {}, OnClose: func() {}}
	accept(c.peer)
	return c, nil
}

type address string

func (a address) Network() string { return "mem" }
func (a address) String() string  { return string(a) }

// A Peer is the server's end. Its methods never block; its callbacks run on the client's goroutine, at the instant of
// the client's call, and must not block either.
type Peer struct {
	conn    *Conn
	OnData  func(p []byte) // p is valid during the call
	OnClose func()         // the client has closed, or half-closed
}

// Write hands p to the client's reads.
func (p *Peer) Write(b []byte) { p.conn.push(b, nil) }

// Close ends the client's reads with io.EOF after what is buffered.
func (p *Peer) Close() { p.conn.push(nil, io.EOF) }

// Reset ends the client's reads, after what is buffered, and its writes with ECONNRESET.
func (p *Peer) Reset() { p.conn.push(nil, syscall.ECONNRESET) }

// A Conn is the client's end.
type Conn struct {
	clk         clock.Clock
	addr, local address
	readable    clock.Signal
	peer        *Peer

	mu       sync.Mutex
	buf      []byte
	off      int
	end      error // what follows the buffer
	closed   bool
	gone     bool // OnClose was called
	deadline time.Duration
	alarm    clock.Timer
}

func (c *Conn) push(b []byte, end error) {
	c.mu.Lock()
	if c.end != nil || c.closed {
		c.mu.Unlock()
		return
	}
	if c.off == len(c.buf) {
		c.buf, c.off = c.buf[:0], 0
	}
	c.buf = append(c.buf, b...)
	c.end = end
	c.mu.Unlock()
	c.readable.Set()
}

// Read waits for bytes, the end, the deadline or Close.
func (c *Conn) Read(p []byte) (int, error) {
	for {
		n, err := c.take(p)
		if n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
		if err := c.readable.Wait(context.Background(), clock.Never); err != nil {
			return 0, c.opError("read", err)
		}
	}
}

func (c *Conn) take(p []byte) (int, error) {
	here, err := c.here(len(p))
	return copy(p, here), err
}

// here are the next bytes that have come, most at once; neither bytes nor an error: none has.
func (c *Conn) here(most int) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return nil, c.opError("read", net.ErrClosed)
	case c.off < len(c.buf):
		from := c.off
		c.off = min(from+most, len(c.buf))
		return c.buf[from:c.off], nil
	case c.end == io.EOF:
		return nil, io.EOF
	case c.end != nil:
		return nil, c.opError("read", c.end)
	case c.clk.Now() >= c.deadline:
		return nil, c.opError("read", os.ErrDeadlineExceeded)
	}
	return nil, nil
}

// Pump hands over what comes, as reads of at most so many bytes would, until took wants no more. The error is why no
// more came, nil when took had enough. took has its bytes during the call, and must neither wait nor write.
func (c *Conn) Pump(most int, took func(p []byte) bool) (ended error) {
	more := func() bool {
		for {
			var p []byte
			if p, ended = c.here(most); len(p) == 0 {
				return ended == nil
			}
			if !took(p) {
				return false
			}
		}
	}
	if !more() {
		return ended
	}
	if err := c.readable.Each(more); err != nil {
		return c.opError("read", err)
	}
	return ended
}

// Write never blocks: the peer has taken p when it returns.
func (c *Conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	closed, end := c.closed, c.end
	c.mu.Unlock()
	switch {
	case closed:
		return 0, c.opError("write", net.ErrClosed)
	case end == syscall.ECONNRESET:
		return 0, c.opError("write", end)
	case end == nil:
		c.peer.OnData(p)
	}
	return len(p), nil
}

// Close ends reads with net.ErrClosed and tells the peer at this instant.
func (c *Conn) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	_ = c.SetReadDeadline(time.Time{})
	c.readable.Set()
	return c.CloseWrite()
}

// CloseWrite tells the peer that no more will come; reads go on.
func (c *Conn) CloseWrite() error {
	c.mu.Lock()
	first := !c.gone
	c.gone = true
	c.mu.Unlock()
	if first {
		c.peer.OnClose()
	}
	return nil
}

// SetReadDeadline takes clock.Time(t); reads that wait at t fail with os.ErrDeadlineExceeded exactly then.
func (c *Conn) SetReadDeadline(at time.Time) error {
	t := clock.Never
	if !at.IsZero() {
		if t = at.Sub(c.clk.Time(0)); t-c.clk.Now() > 10*365*24*time.Hour {
			return ErrWallDeadline
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.alarm != nil {
		c.alarm.Stop()
		c.alarm = nil
	}
	if c.deadline = t; t != clock.Never {
		c.alarm = c.clk.AfterFunc(t, c.readable.Set)
	}
	return nil
}

// SetDeadline is SetReadDeadline: writes do not wait.
func (c *Conn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetWriteDeadline refuses wall times and does nothing else.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	if !t.IsZero() && t.Sub(c.clk.Time(c.clk.Now())) > 10*365*24*time.Hour {
		return ErrWallDeadline
	}
	return nil
}

// LocalAddr is "client:N".
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr is the dialled address.
func (c *Conn) RemoteAddr() net.Addr { return c.addr }

func (c *Conn) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: "mem", Addr: c.addr, Err: err}
}
