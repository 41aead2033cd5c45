package simulator

import (
	"bufio"
	"bytes"
	"net/http"
	"strconv"

	"github.com/valyala/fasthttp"

	"loadgen/clock/memnet"
)

// Accept serves one in-memory connection in virtual time: HTTP/1.1 with keep-alive, as callbacks. It is for
// memnet.Network.Listen.
func (s *Server) Accept(p *memnet.Peer) {
	d := &virtualConn{server: s, peer: p}
	p.OnData, p.OnClose = d.data, d.close
}

type virtualConn struct {
	server *Server
	peer   *memnet.Peer
	in     []byte
	src    bytes.Reader
	br     *bufio.Reader
	head   fasthttp.RequestHeader
	body   int // where it begins in in; 0: the head has not been read
	size   int // of the request that in begins with
	out    []byte
	abort  func()
	busy   bool
	shut   bool // after this response
}

func (d *virtualConn) data(p []byte) {
	d.in = append(d.in, p...)
	d.next()
}

// next handles what has come in whole, one request after the other.
func (d *virtualConn) next() {
	for !d.busy && d.ready() {
		q := request{
			method: string(d.head.Method()), authorization: string(d.head.Peek("Authorization")), id: string(d.head.Peek("X-Request-Id")),
			body: d.in[d.body:d.size],
		}
		uri := d.head.RequestURI()
		path, query, _ := bytes.Cut(uri, []byte("?"))
		q.path, q.query = string(path), string(query)
		d.busy, d.shut = true, d.head.ConnectionClose()
		abort := d.server.handle(&q, d)
		if d.busy {
			d.abort = abort
		}
		d.in = append(d.in[:0], d.in[d.size:]...)
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
	return true
}

func (d *virtualConn) close() {
	if d.abort != nil {
		d.abort()
	}
}

// done is the end of a response. Subtle: it may run under the engine's lock, so a request that has come in already waits
// for an event of its own.
func (d *virtualConn) done() {
	d.busy, d.abort = false, nil
	if d.shut {
		d.peer.Close()
	} else if len(d.in) > d.size {
		clk := d.server.clk
		clk.AfterFunc(clk.Now(), d.next)
	}
}

func (d *virtualConn) status(code int, kind string) {
	d.out = append(d.out, "HTTP/1.1 "...)
	d.out = strconv.AppendInt(d.out, int64(code), 10)
	d.out = append(append(d.out, ' '), http.StatusText(code)...)
	d.out = append(d.out, "\r\ndate: "...)
	d.out = d.server.now().UTC().AppendFormat(d.out, http.TimeFormat)
	d.out = append(d.out, "\r\nserver: uvicorn\r\n"...)
	if kind != "" {
		d.out = append(append(append(d.out, "content-type: "...), kind...), "\r\n"...)
	}
	if d.shut {
		d.out = append(d.out, "connection: close\r\n"...)
	}
}

func (d *virtualConn) whole(code int, kind string, body []byte, headers ...string) {
	d.out = d.out[:0]
	d.status(code, kind)
	for _, h := range headers {
		d.out = append(append(d.out, h...), "\r\n"...)
	}
	d.out = append(d.out, "content-length: "...)
	d.out = strconv.AppendInt(d.out, int64(len(body)), 10)
	d.out = append(append(d.out, "\r\n\r\n"...), body...)
	d.flush()
	d.done()
}

func (d *virtualConn) begin(id string) {
	d.status(200, "text/event-stream; charset=utf-8")
	if id != "" {
		d.out = append(append(append(d.out, "x-request-id: "...), id...), "\r\n"...)
	}
	d.out = append(d.out, "transfer-encoding: chunked\r\n\r\n"...)
}

func (d *virtualConn) chunk(p []byte) {
	d.out = strconv.AppendInt(d.out, int64(len(p)), 16)
	d.out = append(append(append(d.out, "\r\n"...), p...), "\r\n"...)
}

func (d *virtualConn) flush() {
	if len(d.out) > 0 {
		d.peer.Write(d.out)
		d.out = d.out[:0]
	}
}

func (d *virtualConn) end() {
	d.out = append(d.out, "0\r\n\r\n"...)
	d.flush()
	d.done()
}

func (d *virtualConn) cut(reset bool) {
	d.flush()
	d.abort = nil
	if reset {
		d.peer.Reset()
	} else {
		d.peer.Close()
	}
}
