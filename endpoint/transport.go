package endpoint

import (
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/valyala/fasthttp"
)

// streamKey finds the Stream of a fasthttp request.
type streamKey struct{}

// A transport is fasthttp's transport on connections that the Stream owns: so a deadline, a cut and the stamps reach
// the connection before the headers come, and no timer or goroutine of fasthttp's own runs.
type transport struct{}

// RoundTrip writes the request and reads the headers of the answer. A connection that had served before and turns out
// to be closed, without that the server can have seen the request, is left for a new one.
func (transport) RoundTrip(hc *fasthttp.HostClient, req *fasthttp.Request, resp *fasthttp.Response) (retry bool,
	err error) {
	s := req.UserValue(streamKey{}).(*Stream)
	s.watch(s.e.clk)
	if err := s.open(s.e.fetch); err != nil {
		return false, err
	}
	err = s.ask(hc, req)
	if err != nil && s.unseen(err) {
		_ = s.link.conn.Close()
		if err := s.open(s.e.connect); err != nil {
			return false, err
		}
		err = s.ask(hc, req)
	}
	if err != nil {
		return false, err
	}
	s.FirstByte, _ = s.arrived()
	return false, s.readHead(resp)
}

// ask writes the request and waits for the first byte of its answer.
func (s *Stream) ask(hc *fasthttp.HostClient, req *fasthttp.Request) error {
	if err := s.write(hc, req); err != nil {
		return &Error{SendFailed, err}
	}
	// fasthttp would turn any error before the first byte into io.EOF
	_, err := s.link.br.Peek(1)
	if err == io.EOF {
		err = &Error{Closed, err}
	}
	return err
}

// unseen reports whether a reused connection was closed before the server can have had the request: it could not be
// written, or the end came before an answer could travel. What dialling took is one round trip, and once more it may
// take to be noticed.
func (s *Stream) unseen(err error) bool {
	s.mu.Lock()
	cut := s.cause != nil
	s.mu.Unlock()
	ended := errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
	return ended && !cut && s.Reused && (!s.wrote || s.e.clk.Now()-s.Written <= 2*s.link.dialled)
}

// maxHead bounds the head of an answer, bytes; most fit into a link's usual buffer.
const maxHead = 64 << 10

// readHead reads the head of the answer and makes its body ready.
func (s *Stream) readHead(resp *fasthttp.Response) error {
	err := resp.ReadLimitBody(s.link.br, 0)
	if small := (*fasthttp.ErrSmallBuffer)(nil); errors.As(err, &small) {
		s.link.grow(maxHead)
		err = resp.ReadLimitBody(s.link.br, 0)
		if errors.As(err, &small) {
			return &Error{Malformed, errors.New("the head of the answer is longer than 64 kB")}
		}
	}
	if err != nil && s.link.err == nil {
		begins, _ := s.link.br.Peek(min(80, s.link.br.Buffered()))
		return &Error{Malformed, fmt.Errorf("the answer is not HTTP/1: %q is no head of one", begins)}
	}
	return err
}

func (s *Stream) write(hc *fasthttp.HostClient, req *fasthttp.Request) error {
	s.wrote = false
	if err := s.link.until(s.deadline); err != nil {
		return err
	}
	bw := hc.AcquireWriter(s.link.conn) // lent for the writing: thousands of streams read, few write
	defer hc.ReleaseWriter(bw)
	if err := req.Write(bw); err != nil {
		return err
	}
	if err := bw.Flush(); err != nil {
		return err
	}
	s.Written, s.wrote = s.e.clk.Now(), true
	s.link.socket.mark(s.Written)
	return nil
}
