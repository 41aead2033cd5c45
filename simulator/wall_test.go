package simulator

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"loadgen/clock"
)

// TestWall drives the same server over sockets: streams that end, streams whose client leaves, pages beside them.
func TestWall(t *testing.T) {
	o := small()
	o.Speed = 20
	o.Truth = io.Discard
	s, err := New(clock.NewWall(), o)
	if err != nil {
		t.Fatal(err)
	}
	url := serving(t, s)
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			lines, err := stream(ctx, url, i)
			if err != nil {
				t.Error(err)
				return
			}
			n := 0
			for lines.Scan() {
				if strings.HasPrefix(lines.Text(), "data: ") {
					n++
				}
				if i%4 == 0 && n == 5 {
					return
				}
			}
			if lines.Err() != nil || n < 3 {
				t.Errorf("stream %d: %d events, %v", i, n, lines.Err())
			}
		})
		all.Go(func() {
			for _, path := range []string{"/metrics", "/load", "/health"} {
				if resp, err := http.Get(url + path); err != nil || resp.StatusCode != 200 {
					t.Error(path, resp, err)
				} else {
					_, _ = io.Copy(io.Discard, resp.Body)
					_ = resp.Body.Close()
				}
			}
		})
	}
	all.Wait()
	empty := func() (is bool) {
		s.engine.Do(func() { r, w, used := s.engine.Load(); is = r+w+used+s.load == 0 })
		return is
	}
	for range 200 { // the server learns a little later that a client has left
		if empty() {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if !empty() {
		t.Error("the engine is not empty")
	}
	if l := s.Lateness(); l.Tokens < 30 || l.Most <= 0 || l.Sum < l.Most {
		t.Errorf("lateness %+v", l)
	}
	if err := s.Flush(); err != nil {
		t.Error(err)
	}
}

// serving has s serve on loopback until the test ends, and returns its URL.
func serving(t testing.TB, s *Server) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return "http://" + l.Addr().String()
}

func stream(ctx context.Context, url string, i int) (*bufio.Scanner, error) {
	body := chat(mini, fmt.Sprint(words60(50), i), `,"max_tokens":30,"ignore_eos":true,"stream":true`)
	req, err := http.NewRequestWithContext(ctx, "POST", url+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer key")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != 200 {
		return nil, fmt.Errorf("status %d", resp.StatusCode)
	}
	return bufio.NewScanner(resp.Body), nil
}
