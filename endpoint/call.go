package endpoint

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

// maxAnswer is the longest answer that Get and Post take, bytes; a busy /metrics page is a few hundred thousand.
const maxAnswer = 64 << 20

// An Answer is a whole response.
type Answer struct {
	Status int
	Body   []byte
	header *fasthttp.ResponseHeader
}

// Header is a header of the answer, "" when there is none.
func (a *Answer) Header(name string) string {
	if a.header == nil {
		return ""
	}
	return string(a.header.Peek(name))
}

// Get asks for a path such as /v1/models. timeout counts from now and bounds all of it; 0 is none. The error is an
// *Error; an answer of any status is none.
func (e *Endpoint) Get(ctx context.Context, path string, timeout time.Duration) (Answer, error) {
	return e.call(ctx, fasthttp.MethodGet, path, nil, timeout)
}

// Post sends a JSON body and reads the answer; see Get.
func (e *Endpoint) Post(ctx context.Context, path string, body []byte, timeout time.Duration) (Answer, error) {
	return e.call(ctx, fasthttp.MethodPost, path, body, timeout)
}

func (e *Endpoint) call(ctx context.Context, method, path string, body []byte, timeout time.Duration) (Answer, error) {
	var deadline time.Duration
	if timeout > 0 {
		deadline = e.clk.Now() + timeout
	}
	s := e.NewStream()
	defer s.Close()
	if err := s.do(ctx, method, path, body, deadline); err != nil {
		return Answer{}, err
	}
	a := Answer{Status: s.Status, header: &fasthttp.ResponseHeader{}}
	s.resp.Header.CopyTo(a.header)
	told := max(0, min(s.resp.Header.ContentLength(), 1<<20)) // below 0: it does not tell
	whole := bytes.NewBuffer(make([]byte, 0, told+bytes.MinRead))
	if _, err := whole.ReadFrom(io.LimitReader(s, maxAnswer)); err != nil {
		return Answer{}, err
	}
	if a.Body = whole.Bytes(); len(a.Body) == maxAnswer {
		return Answer{}, &Error{Malformed, errors.New("answer is longer than 64 MiB")}
	}
	return a, nil
}

// leastSecret is the shortest value of a header that is taken for a secret: a shorter one is part of many words.
const leastSecret = 4

// Redact takes the key and the headers' values out of a text that a server gave.
func (e *Endpoint) Redact(text string) string {
	if e.key != "" {
		text = strings.ReplaceAll(text, e.key, "[key]")
	}
	for _, h := range e.headers {
		if len(h.Value) >= leastSecret {
			text = strings.ReplaceAll(text, h.Value, "["+h.Name+"]")
		}
	}
	return text
}

// RedactPage is Redact of a page, which is itself where there is nothing to take out.
func (e *Endpoint) RedactPage(page []byte) []byte {
	if e.key == "" && len(e.headers) == 0 {
		return page
	}
	return []byte(e.Redact(string(page)))
}
