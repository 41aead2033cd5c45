package simulator

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"sync"

	"github.com/valyala/fasthttp"
)

// The longest head and body of a request, in bytes.
const (
	longestHead = 1 << 14
	longestBody = 1 << 28
)

// Serve answers on the TCP listener l, on the wall clock, until ctx ends. A goroutine per connection reads; tokens are
// written by the one that runs the engine's step. It returns when the last connection is closed, nil after ctx's end,
// and closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	var all sync.WaitGroup
	defer all.Wait()
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	for {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil && errors.Is(err, net.ErrClosed) {
				return nil
			}
			return errors.Join(err, l.Close())
		}
		all.Go(func() {
			to := newSocket(conn.(*net.TCPConn))
			defer to.drop()
			defer context.AfterFunc(ctx, to.drop)()
			s.converse(conn, to)
		})
	}
}

// converse answers the requests of one connection, one after the other, until one side has enough.
func (s *Server) converse(from io.Reader, to *socket) {
	ended := make(chan struct{}, 1)
	r := s.newWriter(to)
	r.done = func() {
		if r.shut {
			r.peer.Close()
		}
		ended <- struct{}{}
	}
	br := bufio.NewReaderSize(from, longestHead)
	var q fasthttp.Request
	for readRequest(br, &q, &r) == nil {
		abort := s.handle(r.ask(&q.Header, q.Body()), &r)
		q.Reset()
		_, err := br.Peek(1) // the next request, or the client's leaving
		if err != nil && abort != nil {
			abort()
		}
		if err != nil {
			return
		}
		<-ended
	}
}

// readRequest reads a whole request.
func readRequest(br *bufio.Reader, q *fasthttp.Request, r *writer) error {
	if err := q.Header.Read(br); err != nil {
		if err != io.EOF {
			r.shut = true
			r.whole(400, "text/plain; charset=utf-8", []byte("Invalid HTTP request received."))
		}
		return err
	}
	if q.MayContinue() {
		r.peer.Write([]byte("HTTP/1.1 100 Continue\r\n\r\n"))
	}
	return q.ContinueReadBody(br, longestBody)
}
