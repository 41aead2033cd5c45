package simulator

import (
	"net/http"
	"strconv"

	"github.com/valyala/fasthttp"

	"loadgen/simulator/machine"
)

// A peer is the client's end of a connection. Its methods never block.
type peer interface {
	Write(p []byte)
	Close() // FIN, behind all that was written
	Reset() // RST
}

// A writer writes HTTP/1.1 to a peer: both clocks send the same bytes.
type writer struct {
	server *Server
	peer   peer
	front  *machine.Front[*choice] // the API server that has this connection
	out    []byte
	shut   bool   // the connection ends after this response
	bare   bool   // to HEAD: no body
	done   func() // the response has ended
}

// newWriter gives a connection to the next API server.
func (s *Server) newWriter(p peer) writer {
	return writer{server: s, peer: p, front: s.fronts.Of(int(s.conns.Add(1) - 1))}
}

// ask turns a request's head into what handle takes, and readies the response to it.
func (r *writer) ask(head *fasthttp.RequestHeader, body []byte) *request {
	uri, query := head.RequestURI(), ""
	for i, c := range uri {
		if c == '?' {
			uri, query = uri[:i], string(uri[i+1:])
			break
		}
	}
	r.shut, r.bare = head.ConnectionClose(), head.IsHead()
	return &request{method: string(head.Method()), path: string(uri), query: query, body: body, front: r.front,
		authorization: string(head.Peek("Authorization")), id: string(head.Peek("X-Request-Id"))}
}

func (r *writer) status(code int, kind string) {
	r.out = append(r.out, "HTTP/1.1 "...)
	r.out = strconv.AppendInt(r.out, int64(code), 10)
	r.out = append(append(r.out, ' '), http.StatusText(code)...)
	r.out = append(r.out, "\r\ndate: "...)
	r.out = r.server.now().UTC().AppendFormat(r.out, http.TimeFormat)
	r.out = append(r.out, "\r\nserver: uvicorn\r\n"...)
	if kind != "" {
		r.out = append(append(append(r.out, "content-type: "...), kind...), "\r\n"...)
	}
	if r.shut {
		r.out = append(r.out, "connection: close\r\n"...)
	}
}

func (r *writer) whole(code int, kind string, body []byte, headers ...string) {
	r.out = r.out[:0]
	r.status(code, kind)
	for _, h := range headers {
		r.out = append(append(r.out, h...), "\r\n"...)
	}
	r.out = append(r.out, "content-length: "...)
	r.out = strconv.AppendInt(r.out, int64(len(body)), 10)
	r.out = append(r.out, "\r\n\r\n"...)
	if !r.bare {
		r.out = append(r.out, body...)
	}
	r.flush()
	r.done()
}

func (r *writer) begin(id string) {
	r.status(200, "text/event-stream; charset=utf-8")
	if id != "" {
		r.out = append(append(append(r.out, "x-request-id: "...), id...), "\r\n"...)
	}
	r.out = append(r.out, "transfer-encoding: chunked\r\n\r\n"...)
}

func (r *writer) chunk(p []byte) {
	r.out = strconv.AppendInt(r.out, int64(len(p)), 16)
	r.out = append(append(append(r.out, "\r\n"...), p...), "\r\n"...)
}

func (r *writer) flush() {
	if len(r.out) > 0 {
		r.peer.Write(r.out)
		r.out = r.out[:0]
	}
}

func (r *writer) end() {
	r.out = append(r.out, "0\r\n\r\n"...)
	r.flush()
	r.done()
}

func (r *writer) cut(reset bool) {
	r.flush()
	if reset {
		r.peer.Reset()
	} else {
		r.peer.Close()
	}
}
