package endpoint

import (
	"io"

	"github.com/valyala/fasthttp"
)

// streamKey finds the Stream of a fasthttp request.
type streamKey struct{}

// A transport is fasthttp's transport on connections that the Stream owns: so a deadline, a cut and the stamps reach
// the connection before the headers come, and no timer or goroutine of fasthttp's own runs.
type transport struct{}

// RoundTrip writes the request and reads the headers of the answer.
func (transport) RoundTrip(hc *fasthttp.HostClient, req *fasthttp.Request, resp *fasthttp.Response) (retry bool, err error) {
	s := req.UserValue(streamKey{}).(*Stream)
	s.watch(s.e.clk)
	if err := s.open(); err != nil {
		return false, err
	}
	if err := s.write(hc, req); err != nil {
		return false, &Error{SendFailed, err}
	}
	// fasthttp would turn any error before the first byte into io.EOF
	if _, err := s.link.br.Peek(1); err != nil {
		if err == io.EOF {
			err = &Error{Closed, err}
		}
		return false, err
	}
	s.FirstByte, _ = s.Arrived()
	return false, resp.ReadLimitBody(s.link.br, 0)
}

func (s *Stream) write(hc *fasthttp.HostClient, req *fasthttp.Request) error {
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
	s.Written = s.e.clk.Now()
	s.link.socket.mark(s.Written)
	return nil
}
