package endpoint

import (
	"context"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/valyala/fasthttp"

	"loadgen/clock"
)

// A Stream is one request and its answer as it comes. Stamps are the clock's time; zero means that it did not happen.
// One goroutine owns it; Cut and LastRead may be called from any.
type Stream struct {
	Written   time.Duration // the request's last byte was handed to the kernel
	FirstByte time.Duration // the first byte of the answer was here
	Reused    bool          // the connection had served before
	Status    int           // of the answer; 0 before the headers have come

	e        *Endpoint
	ctx      context.Context
	deadline time.Duration
	req      *fasthttp.Request
	resp     *fasthttp.Response
	body     io.Reader
	wrote    bool // the request
	done     bool // the body was read to its end
	sent     time.Duration
	before   int // reads of the link before this request
	uncancel func()

	mu    sync.Mutex
	link  *link
	abort context.CancelFunc // of a dial under way
	cause error              // why it was cut
}

// NewStream prepares a stream; Close must follow.
func (e *Endpoint) NewStream() *Stream {
	return &Stream{e: e, sent: e.clk.Now(), uncancel: func() {}}
}

// Post sends a body and returns when the headers of the answer have come. deadline is an instant of the clock that
// bounds all of it, the reading too; 0 is none. The error is an *Error. A cancelled ctx cuts the stream.
func (s *Stream) Post(ctx context.Context, path string, body []byte, deadline time.Duration) error {
	return s.do(ctx, fasthttp.MethodPost, path, body, deadline)
}

func (s *Stream) do(ctx context.Context, method, path string, body []byte, deadline time.Duration) error {
	s.begin(ctx, deadline)
	if ctx.Err() != nil {
		return &Error{Cancelled, context.Cause(ctx)}
	}
	s.req, s.resp = fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	s.req.SetRequestURI(s.e.place.url(path))
	s.req.Header.SetMethod(method)
	if body != nil {
		s.req.Header.SetContentType("application/json")
		s.req.SetBodyRaw(body)
	}
	if s.e.key != "" {
		s.req.Header.Set(fasthttp.HeaderAuthorization, "Bearer "+s.e.key)
	}
	for _, h := range s.e.headers {
		s.req.Header.Set(h.Name, h.Value)
	}
	s.req.SetUserValue(streamKey{}, s)
	if err := s.e.http.Do(s.req, s.resp); err != nil {
		return s.fault(err)
	}
	s.Status, s.body = s.resp.StatusCode(), s.resp.BodyStream()
	return nil
}

func (s *Stream) begin(ctx context.Context, deadline time.Duration) {
	s.mu.Lock()
	s.ctx, s.deadline, s.sent = ctx, deadline, s.e.clk.Now()
	s.mu.Unlock()
}

// Read takes what has come of the body, or waits for it. io.EOF is a whole body; any other error is an *Error.
func (s *Stream) Read(p []byte) (int, error) {
	if s.body == nil { // such as 204
		s.done = true
		return 0, io.EOF
	}
	n, err := s.body.Read(p)
	switch {
	case err == nil:
	case err == io.EOF:
		s.done = true
	default:
		err = s.fault(err)
	}
	return n, err
}

// arrived is the instant at which the bytes that Read returned last were here, and the number of reads so far that the
// connection made for this stream.
func (s *Stream) arrived() (at time.Duration, reads int) {
	return s.link.socket.stamp(), s.link.socket.reads - s.before
}

// LastRead is the instant of the latest read, or of the sending when nothing has come.
func (s *Stream) LastRead() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link == nil {
		return s.sent
	}
	return max(s.sent, s.link.socket.stamp())
}

// Header is a header of the answer, "" when there is none.
func (s *Stream) Header(name string) string {
	if s.resp == nil {
		return ""
	}
	return string(s.resp.Header.Peek(name))
}

// EventStream reports whether the answer says it is text/event-stream.
func (s *Stream) EventStream() bool {
	return strings.HasPrefix(string(s.resp.Header.ContentType()), "text/event-stream")
}

// Cut ends the stream from outside: its owner's call returns an *Error of kind Cancelled that wraps cause. After the
// end it does nothing.
func (s *Stream) Cut(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause != nil {
		return
	}
	s.cause = cause
	if s.abort != nil {
		s.abort()
	}
	if s.link != nil {
		_ = s.link.conn.Close()
	}
}

// Close gives the connection back if the body was read to its end, and closes it otherwise.
func (s *Stream) Close() {
	s.uncancel()
	keep := s.done && s.resp != nil && !s.resp.ConnectionClose()
	if s.resp != nil {
		if s.resp.CloseBodyStream() != nil {
			keep = false
		}
		fasthttp.ReleaseRequest(s.req)
		fasthttp.ReleaseResponse(s.resp)
		s.req, s.resp, s.body = nil, nil, nil
	}
	s.mu.Lock()
	l, cut := s.link, s.cause != nil
	s.link = nil
	s.mu.Unlock()
	switch {
	case l == nil:
	case keep && !cut && l.clean():
		s.e.putIdle(l)
	default:
		_ = l.conn.Close()
	}
}

// open gets a connection that Cut can reach, while it is dialled too.
func (s *Stream) open(from func(context.Context, time.Duration) (*link, error)) error {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	s.mu.Lock()
	s.abort = cancel
	s.mu.Unlock()
	l, err := from(ctx, s.deadline)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.abort = nil
	if err != nil {
		return &Error{DialFailed, err}
	}
	s.link, s.before, s.Reused = l, l.socket.reads, l.used
	if s.cause != nil {
		_ = l.conn.Close()
	}
	return nil
}

func (s *Stream) watch(clk clock.Clock) {
	if s.ctx.Done() != nil {
		s.uncancel = clk.OnCancel(s.ctx, func() { s.Cut(context.Cause(s.ctx)) })
	}
}
