package endpoint

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/scenarios"
)

// unframed is the data of a chunked body that comes in pieces, and what stands behind it.
func unframed(pieces ...[]byte) (data, rest []byte, done bool, err error) {
	var c chunks
	for _, p := range pieces {
		rest, err = c.feed(p, func(b []byte) error { data = append(data, b...); return nil })
		if err != nil || c.state == chunkDone {
			return data, rest, c.state == chunkDone, err
		}
	}
	return data, nil, false, nil
}

func TestChunksAreUnframed(t *testing.T) {
	for in, want := range map[string]string{
		"5\r\nhello\r\n0\r\n\r\n":                          "hello||true <nil>",
		"5\r\nhello\r\n3;x=y\r\nyou\r\n0\r\n\r\njunk":      "helloyou|junk|true <nil>",
		"005\r\nhello\r\n0 \r\nTrailer: x\r\nB: y\r\n\r\n": "hello||true <nil>",
		"A\r\n0123456789\r\n":                              "0123456789||false <nil>",
		"5\r\nhel":                                         "hel||false <nil>",
		"hello":                                            "||false " + errFraming.Error(),
		"\r\n":                                             "||false " + errFraming.Error(),
		"5\r\nhelloX":                                      "hello||false " + errFraming.Error(),
		"5\nhello":                                         "||false " + errFraming.Error(),
		"-1\r\n":                                           "||false " + errFraming.Error(),
		"fffffffff\r\n":                                    "||false " + errFraming.Error(),
	} {
		var bytewise [][]byte
		for i := range in {
			bytewise = append(bytewise, []byte(in[i:i+1]))
		}
		data, rest, done, err := unframed([]byte(in))
		if got := fmt.Sprintf("%s|%s|%v %v", data, rest, done, err); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
		slow, _, slowDone, slowErr := unframed(bytewise...)
		if !bytes.Equal(slow, data) || slowDone != done || (slowErr == nil) != (err == nil) {
			t.Errorf("%q byte by byte: %q %v %v", in, slow, slowDone, slowErr)
		}
	}
	endless := append([]byte("0\r\n"), bytes.Repeat([]byte("x"), 2*maxHead)...)
	if _, _, _, err := unframed(endless); err != errFraming {
		t.Errorf("an endless trailer: %v", err)
	}
}

// Whatever comes, in whatever pieces: no panic, the same data as in one piece, and what is whole for us is the same for
// Go's reader.
func FuzzChunks(f *testing.F) {
	f.Add([]byte("5\r\nhello\r\n0\r\n\r\n"), uint8(3))
	f.Add([]byte("5;x\r\nhello\r\n00\r\nA: b\r\n\r\nrest"), uint8(1))
	f.Fuzz(func(t *testing.T, in []byte, cut uint8) {
		data, rest, done, err := unframed(in)
		i := min(int(cut), len(in))
		parts, _, partsDone, partsErr := unframed(in[:i], in[i:])
		if !bytes.Equal(parts, data) || done != partsDone || (err == nil) != (partsErr == nil) {
			t.Errorf("%q cut at %d: %q %v %v, whole %q %v %v", in, i, parts, partsDone, partsErr, data, done, err)
		}
		if !done {
			return
		}
		want, wantErr := io.ReadAll(httputil.NewChunkedReader(bytes.NewReader(in[:len(in)-len(rest)])))
		if wantErr == nil && !bytes.Equal(want, data) {
			t.Errorf("%q: %q, Go reads %q", in, data, want)
		}
	})
}

// received is how the reading of one answer over TCP went.
type received struct {
	pieces []string
	kind   Kind
	reused bool // the next request found the same connection
}

// receiveFrom asks a server twice that answers with the head of a chunked answer and then as it likes.
func receiveFrom(t *testing.T, timeout time.Duration, answer func(net.Conn)) (out received) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				in := bufio.NewReader(conn)
				for {
					if _, err := http.ReadRequest(in); err != nil {
						return
					}
					_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"))
					answer(conn)
				}
			}()
		}
	}()
	clk := clock.NewWall()
	e, err := New(clk, scenarios.Target{URL: "http://" + l.Addr().String()}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	ask := func() (s *Stream, err error) {
		s = e.NewStream()
		out.pieces = nil
		if err = s.Post(context.Background(), "/", nil, clk.Now()+timeout); err == nil {
			last := time.Duration(0)
			err = s.Receive(make([]byte, 64), func(p []byte, at time.Duration, reads int) error {
				if at < last || at > clk.Now() || reads < 1 {
					t.Errorf("stamp %v behind %v, read %d", at, last, reads)
				}
				last = at
				out.pieces = append(out.pieces, string(p))
				return nil
			})
		}
		s.Close()
		return s, err
	}
	if _, err = ask(); err != nil {
		var e *Error
		if errors.As(err, &e) {
			out.kind = e.Kind
		}
		return out
	}
	s, err := ask()
	out.reused = err == nil && s.Reused
	return out
}

// Over TCP a body is read to its end, and no further; what ends it early is told at once, even where the last bytes and
// the end of the connection come together.
func TestReceiveOverTCP(t *testing.T) {
	say := func(texts ...string) func(net.Conn) {
		return func(c net.Conn) {
			for _, text := range texts {
				_, _ = fmt.Fprintf(c, "%x\r\n%s\r\n", len(text), text)
				time.Sleep(2 * time.Millisecond)
			}
		}
	}
	then := func(first func(net.Conn), then func(net.Conn)) func(net.Conn) {
		return func(c net.Conn) { first(c); then(c) }
	}
	end := func(c net.Conn) { _, _ = c.Write([]byte("0\r\n\r\n")) }
	shut := func(c net.Conn) { _ = c.Close() }
	long := string(bytes.Repeat([]byte("x"), 1000))
	for name, c := range map[string]struct {
		answer func(net.Conn)
		want   string
	}{
		"whole":                {then(say("a", "b"), end), "ab  true"},
		"longer than a buffer": {then(say(long, long), end), long + long + "  true"},
		"at once":              {func(c net.Conn) { _, _ = c.Write([]byte("1\r\na\r\n1\r\nb\r\n0\r\n\r\n")) }, "ab  true"},
		"junk behind":          {func(c net.Conn) { _, _ = c.Write([]byte("1\r\na\r\n0\r\n\r\njunk")) }, "a  false"},
		"cut short":            {then(say("a", "b"), shut), "ab truncated false"},
		"cut with the last": {func(c net.Conn) {
			time.Sleep(2 * time.Millisecond)
			_, _ = c.Write([]byte("1\r\na\r\n"))
			_ = c.Close()
		}, "a truncated false"},
		"reset": {then(say("a"), func(c net.Conn) {
			_ = c.(*net.TCPConn).SetLinger(0)
			_ = c.Close()
		}), "a reset false"},
		"unframed":   {func(c net.Conn) { _, _ = c.Write([]byte("1\r\na\r\nnonsense")) }, "a malformed false"},
		"goes quiet": {then(say("a"), func(net.Conn) { time.Sleep(time.Second) }), "a timeout false"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			timeout := time.Minute
			if name == "goes quiet" {
				timeout = 50 * time.Millisecond
			}
			r := receiveFrom(t, timeout, c.answer)
			got := ""
			for _, p := range r.pieces {
				got += p
			}
			if got = fmt.Sprint(got, " ", r.kind, " ", r.reused); got != c.want {
				t.Errorf("%.80s, want %.80s", got, c.want)
			}
		})
	}
}

// What take refuses ends the reading, and a cut from outside reaches it.
func TestReceiveIsEnded(t *testing.T) {
	enough := errors.New("enough")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"))
			}
		}
	}()
	e, err := New(clock.NewWall(), scenarios.Target{URL: "http://" + l.Addr().String()}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for _, refuse := range []bool{true, false} {
		s := e.NewStream()
		if err := s.Post(t.Context(), "/", nil, 0); err != nil {
			t.Fatal(err)
		}
		err := s.Receive(make([]byte, 64), func([]byte, time.Duration, int) error {
			if refuse {
				return enough
			}
			time.AfterFunc(5*time.Millisecond, func() { s.Cut(enough) })
			return nil
		})
		if !errors.Is(err, enough) {
			t.Errorf("refused %v: %v", refuse, err)
		}
		s.Close()
	}
}
