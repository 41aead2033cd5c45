package simulator

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
)

// ServeHTTP serves on the wall clock: one goroutine per request writes what the engine's callbacks queue.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has left
	}
	w.Header()["Server"] = []string{"uvicorn"}
	d := &wallReply{more: make(chan struct{}, 1)}
	abort := s.handle(&request{
		method: r.Method, path: r.URL.Path, query: r.URL.RawQuery, authorization: r.Header.Get("Authorization"),
		id: r.Header.Get("X-Request-Id"), body: raw,
	}, d)
	d.serve(w, r, abort)
}

// A wallReply holds what has not been written yet.
type wallReply struct {
	mu     sync.Mutex
	status int
	header map[string]string
	out    []byte
	ended  bool
	linger int // seconds for SO_LINGER when the connection is cut: 0 resets it
	torn   bool
	more   chan struct{}
}

// serve writes until the response ends or the client leaves.
func (d *wallReply) serve(w http.ResponseWriter, r *http.Request, abort func()) {
	out := http.NewResponseController(w)
	var buf []byte
	begun := false
	for {
		select {
		case <-d.more:
		case <-r.Context().Done():
			if abort != nil {
				abort()
			}
			return
		}
		var ended, torn bool
		if buf, ended, torn = d.take(buf, w, &begun); len(buf) > 0 {
			if _, err := w.Write(buf); err != nil && !ended {
				abort()
				return
			}
		}
		if torn {
			_ = out.Flush() // what came before the cut
			d.tear(out)
		}
		if ended {
			return
		}
		if out.Flush() != nil {
			abort()
			return
		}
	}
}

// take moves what is queued into buf, and writes the head when there is one that was not.
func (d *wallReply) take(buf []byte, w http.ResponseWriter, begun *bool) (out []byte, ended, torn bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	buf = append(buf[:0], d.out...)
	d.out = d.out[:0]
	if !*begun && d.status > 0 {
		*begun = true
		for k, v := range d.header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(d.status)
	}
	return buf, d.ended, d.torn
}

func (d *wallReply) put(f func()) {
	d.mu.Lock()
	f()
	d.mu.Unlock()
}

func (d *wallReply) flush() {
	select {
	case d.more <- struct{}{}:
	default:
	}
}

func (d *wallReply) whole(status int, kind string, body []byte, headers ...string) {
	d.put(func() {
		d.status, d.header, d.ended = status, map[string]string{}, true
		if kind != "" {
			d.header["Content-Type"] = kind
		}
		for _, h := range headers {
			k, v, _ := strings.Cut(h, ": ")
			d.header[k] = v
		}
		d.out = append(d.out, body...)
	})
	d.flush()
}

func (d *wallReply) begin(id string) {
	d.put(func() {
		d.status, d.header = 200, map[string]string{"Content-Type": "text/event-stream; charset=utf-8"}
		if id != "" {
			d.header["X-Request-Id"] = id
		}
	})
}

func (d *wallReply) chunk(p []byte) { d.put(func() { d.out = append(d.out, p...) }) }

func (d *wallReply) end() {
	d.put(func() { d.ended = true })
	d.flush()
}

func (d *wallReply) cut(reset bool) {
	d.put(func() {
		d.ended, d.torn, d.linger = true, true, -1
		if reset {
			d.linger = 0
		}
	})
	d.flush()
}

// tear takes the connection from net/http and closes it.
func (d *wallReply) tear(out *http.ResponseController) {
	conn, _, err := out.Hijack()
	if err != nil {
		return // not a connection of its own: HTTP/2 or a test's recorder
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(d.linger)
	}
	_ = conn.Close()
}
