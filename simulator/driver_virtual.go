package simulator

import (
	"bufio"
	"bytes"
	"slices"

	"github.com/valyala/fasthttp"

	"loadgen/clock/memnet"
)

// Accept serves one in-memory connection in virtual time: HTTP/1.1 with keep-alive, as callbacks. It is for
// memnet.Network.Listen.
func (s *Server) Accept(p *memnet.Peer) {
	d := &virtualConn{writer: s.newWriter(p)}
	d.writer.done = d.done
	p.OnData, p.OnClose = d.data, d.close
}

type virtualConn struct {
	writer
	in    []byte
	src   bytes.Reader
	br    *bufio.Reader
	head  fasthttp.RequestHeader
	body  int // where it begins in in; 0: the head has not been read
	size  int // of the request that in begins with
	abort func()
	busy  bool
}

func (d *virtualConn) data(p []byte) {
	if d.in == nil {
		d.in, d.server.room = d.server.room, nil
	}
	d.in = append(d.in, p...)
	d.next()
}

// next handles what has come in whole, one request after the other.
func (d *virtualConn) next() {
	for !d.busy && d.ready() {
		q := d.ask(&d.head, d.in[d.body:d.size])
		d.busy = true
		abort := d.server.handle(q, d)
		if d.busy {
			d.abort = abort
		}
		rest := slices.Clone(d.in[d.size:]) // few clients send the next one already
		d.server.room, d.in = d.in[:0], rest
		d.body, d.size = 0, 0
	}
}

// ready reports that in begins with a whole request.
func (d *virtualConn) ready() bool {
	if d.body == 0 && !d.readHead() {
		return false
	}
	return len(d.in) >= d.size
}

func (d *virtualConn) readHead() bool {
	at := bytes.Index(d.in, []byte("\r\n\r\n"))
	if at < 0 {
		return false
	}
	d.src.Reset(d.in[:at+4])
	if d.br == nil {
		d.br = bufio.NewReaderSize(&d.src, 4096)
	}
	d.br.Reset(&d.src)
	if err := d.head.Read(d.br); err != nil {
		d.peer.Close()
		return false
	}
	d.body = at + 4
	d.size = d.body + max(d.head.ContentLength(), 0)
	d.in = slices.Grow(d.in, min(max(d.size-len(d.in), 0), 1<<20))
	return true
}

func (d *virtualConn) close() {
	if d.abort != nil {
		d.abort()
	}
}

// done is the end of a response. Subtle: it may run under the engine's lock, so a request that has come in already
// waits for an event of its own.
func (d *virtualConn) done() {
	d.busy, d.abort = false, nil
	if d.shut {
		d.peer.Close()
	} else if len(d.in) > d.size {
		clk := d.server.clk
		clk.At(clk.Now(), d.next)
	}
}

func (d *virtualConn) cut(reset bool) {
	d.abort = nil
	d.writer.cut(reset)
}
