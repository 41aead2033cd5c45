package endpoint_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/clock/memnet"
	"loadgen/endpoint"
	"loadgen/scenarios"
)

const key = "sk-a-secret"

// serve is a server over TCP that tells what it was asked.
func serve(t *testing.T) *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, r.ContentLength)
		_, _ = r.Body.Read(body)
		w.Header().Set("X-Test", "yes")
		_, _ = fmt.Fprint(w, r.Method, " ", r.Header.Get("Authorization"), " ", r.Header.Get("Content-Type"), " ",
			string(body))
	})
	mux.HandleFunc("/tokenize", func(w http.ResponseWriter, _ *http.Request) {
		_,
			_ = fmt.Fprint(w, `{"count":8,"tokens":[1]}`)
	})
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/away",
		func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/echo", http.StatusFound) })
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv
}

func open(t *testing.T, clk clock.Clock, url string, o endpoint.Options) *endpoint.Endpoint {
	t.Helper()
	e, err := endpoint.New(clk, scenarios.Target{URL: url}, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

func TestCallsOverTCP(t *testing.T) {
	e := open(t, clock.NewWall(), serve(t).URL+"/v1/", endpoint.Options{Key: key})
	a, err := e.Post(t.Context(), "/echo", []byte(`{"a":1}`), time.Minute)
	if want := `POST Bearer ` + key + ` application/json {"a":1}`; err != nil || string(a.Body) != want ||
		a.Header("x-test") != "yes" {
		t.Errorf("%s %v", a.Body, err)
	}
	if a, err := e.Get(t.Context(), "/echo", time.Minute); err != nil || string(a.Body) != "GET Bearer "+key+"  " {
		t.Errorf("%s %v", a.Body, err)
	}
	if a, err := e.Get(t.Context(), "/away", time.Minute); err != nil || a.Status != 302 {
		t.Errorf("a redirect was followed: %v %v", a.Status, err)
	}
	if n, err := e.Tokenizer("m").Count("x"); n != 8 || err != nil {
		t.Error(n, err)
	}
}

func TestCallsOverTLS(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_,
			_ = fmt.Fprint(w, "safe")
	}))
	defer srv.Close()
	trust := srv.Client().Transport.(*http.Transport).TLSClientConfig
	e := open(t, clock.NewWall(), srv.URL, endpoint.Options{TLS: &tls.Config{RootCAs: trust.RootCAs}})
	if a, err := e.Get(t.Context(), "/", time.Minute); err != nil || string(a.Body) != "safe" {
		t.Errorf("%s %v", a.Body, err)
	}
	if _, err := open(t, clock.NewWall(), srv.URL, endpoint.Options{}).Get(t.Context(), "/",
		time.Minute); kind(err) != endpoint.DialFailed {
		t.Errorf("an unknown authority: %v", err)
	}
}

func kind(err error) endpoint.Kind {
	if e := (&endpoint.Error{}); errors.As(err, &e) {
		return e.Kind
	}
	return "none"
}

func TestErrorsHaveTheirKind(t *testing.T) {
	clk := clock.NewVirtual()
	network := memnet.New(clk)
	answer := func(addr string, react func(p *memnet.Peer)) {
		network.Listen(addr+":80", func(p *memnet.Peer) { p.OnData = func([]byte) { react(p) } })
	}
	say := func(text string) func(*memnet.Peer) { return func(p *memnet.Peer) { p.Write([]byte(text)) } }
	head := "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
	answer("mute", func(*memnet.Peer) {})
	answer("half", say(head+"ab"))
	answer("reset", (*memnet.Peer).Reset)
	answer("closed", (*memnet.Peer).Close)
	answer("garbage", say("SSH-2.0 hello\r\n\r\n"))
	answer("unframed", say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n"))
	answer("short", func(p *memnet.Peer) { say(head + "ab")(p); p.Close() })
	answer("torn", func(p *memnet.Peer) { say(head + "ab")(p); p.Reset() })
	answer("nochunk", func(p *memnet.Peer) {
		say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n")(p)
		p.Close()
	})
	want := map[string]endpoint.Kind{
		"nobody": endpoint.DialFailed, "mute": endpoint.Timeout, "half": endpoint.Timeout, "reset": endpoint.Reset,
		"closed":  endpoint.Closed,
		"garbage": endpoint.Malformed, "unframed": endpoint.Malformed, "short": endpoint.Truncated, "torn": endpoint.Reset,
		"nochunk": endpoint.Truncated,
	}
	err := clk.Run("main", func() {
		for host, k := range want {
			e := open(t, clk, "http://"+host, endpoint.Options{Dial: network.Dial, Key: key})
			begin := clk.Now()
			_, err := e.Get(context.Background(), "/", time.Second)
			if kind(err) != k || strings.Contains(err.Error(), key) {
				t.Errorf("%s: %v, want %s", host, err, k)
			}
			if k == endpoint.Timeout && clk.Now() != begin+time.Second {
				t.Errorf("%s: timed out at %v", host, clk.Now()-begin)
			}
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestCancelInVirtualTimeActsAtItsInstant(t *testing.T) {
	clk := clock.NewVirtual()
	network := memnet.New(clk)
	var left time.Duration
	network.Listen("mute:80", func(p *memnet.Peer) { p.OnClose = func() { left = clk.Now() } })
	why := errors.New("enough")
	err := clk.Run("main", func() {
		ctx, cancel := context.WithCancelCause(context.Background())
		clk.AfterFunc(7777, func() { cancel(why) })
		_, err := open(t, clk, "http://mute", endpoint.Options{Dial: network.Dial}).Get(ctx, "/", 0)
		if kind(err) != endpoint.Cancelled || !errors.Is(err, why) || left != 7777 {
			t.Error(err, left)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestCancelOverTCP(t *testing.T) {
	e := open(t, clock.NewWall(), serve(t).URL, endpoint.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := e.Get(ctx, "/slow", 0); kind(err) != endpoint.Cancelled {
		t.Error(err)
	}
	if _, err := e.Get(t.Context(), "/slow", time.Millisecond); kind(err) != endpoint.Timeout {
		t.Error(err)
	}
}

func TestIdleConnectionsAreReusedWhileTheyCanBeTrusted(t *testing.T) {
	clk := clock.NewVirtual()
	network := memnet.New(clk)
	conns := 0
	network.Listen("a:80", func(p *memnet.Peer) {
		conns++
		p.OnData = func([]byte) { p.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) }
	})
	err := clk.Run("main", func() {
		e := open(t, clk, "http://a", endpoint.Options{Dial: network.Dial})
		for i, want := range []int{1, 1, 1, 2, 2} {
			_ = clk.SleepUntil(context.Background(), []time.Duration{0, 3, 6, 10, 11}[i]*time.Second)
			if _, err := e.Get(context.Background(), "/", time.Second); err != nil || conns != want {
				t.Errorf("call %d: %d connections, want %d; %v", i, conns, want, err)
			}
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// heads answers on every connection with the next of some heads.
func heads(l net.Listener, heads ...string) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			for _, head := range heads {
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
					return
				}
				_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\n" + head + "Content-Length: 2\r\n\r\nok"))
			}
		}()
	}
}

// Gateways put much into a head: one long line, or many.
func TestHeadsUpTo64kB(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	many := strings.Repeat("X-Route: "+strings.Repeat("b", 200)+"\r\n", 60)
	go heads(l, "X-Payload: "+strings.Repeat("a", 6000)+"\r\n", many, "", many+"X-Payload: "+strings.Repeat("a", 50000)+
		"\r\n", "X: "+strings.Repeat("a", 70000)+"\r\n")
	e := open(t, clock.NewWall(), "http://"+l.Addr().String(), endpoint.Options{})
	for i := range 4 {
		if a, err := e.Get(t.Context(), "/", time.Minute); err != nil || string(a.Body) != "ok" {
			t.Errorf("%d: %s %v", i, a.Body, err)
		}
	}
	if _, err := e.Get(t.Context(), "/", time.Minute); err == nil ||
		err.Error() != "malformed: the head of the answer is longer than 64 kB" {
		t.Error(err)
	}
}

// A connection that the server closed while nobody used it costs no request: it is looked at before its use.
func TestAConnectionClosedMeanwhileIsNotUsed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go heads(l, "") // closes behind every answer, and does not say so
	e := open(t, clock.NewWall(), "http://"+l.Addr().String(), endpoint.Options{})
	for range 5 {
		if a, err := e.Get(t.Context(), "/", time.Minute); err != nil || string(a.Body) != "ok" {
			t.Errorf("%s %v", a.Body, err)
		}
		time.Sleep(10 * time.Millisecond) // so that the end is here
	}
}

// A reused connection that ends at once is left for a new one; an end that could be the server's own answer is not, nor
// is one of a new connection.
func TestAnEndThatIsNoAnswerIsDialledAnew(t *testing.T) {
	for _, c := range []struct {
		name  string
		first bool          // the first request of a connection is answered
		after time.Duration // the end, from the request
		end   func(*memnet.Peer)
		conns int
		kind  endpoint.Kind
	}{
		{"closed meanwhile", true, 0, (*memnet.Peer).Close, 2, "none"},
		{"reset meanwhile", true, 0, (*memnet.Peer).Reset, 2, "none"},
		{"closed after a while", true, 10 * time.Millisecond, (*memnet.Peer).Close, 1, endpoint.Closed},
		{"a new connection", false, 0, (*memnet.Peer).Close, 2, endpoint.Closed},
	} {
		clk := clock.NewVirtual()
		network := memnet.New(clk)
		conns := 0
		network.Listen("a:80", func(p *memnet.Peer) {
			conns++
			asked := 0
			p.OnData = func([]byte) {
				if asked++; asked == 1 && c.first {
					p.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
					return
				}
				clk.AfterFunc(clk.Now()+c.after, func() { c.end(p) })
			}
		})
		err := clk.Run("main", func() {
			e := open(t, clk, "http://a", endpoint.Options{Dial: network.Dial})
			_, _ = e.Get(context.Background(), "/", time.Second)
			if _, err := e.Get(context.Background(), "/", time.Second); kind(err) != c.kind || conns != c.conns {
				t.Errorf("%s: %v, %d connections", c.name, err, conns)
			}
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestUnusableURLs(t *testing.T) {
	for _, url := range []string{"", "localhost:5000", "ftp://a", "http://", "http://u:" + key + "@a", "http://a?b=c",
		"http://a\x7f/" + key} {
		if _, err := endpoint.New(clock.NewWall(), scenarios.Target{URL: url}, endpoint.Options{}); err == nil ||
			strings.Contains(err.Error(), key) {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestKeyIsReadFromTheNamedVariable(t *testing.T) {
	t.Setenv("LOADGEN_TEST_KEY", key)
	t.Setenv("LOADGEN_TEST_EMPTY", "")
	for name, want := range map[string]string{"": " true", "LOADGEN_TEST_KEY": key + " true",
		"LOADGEN_TEST_EMPTY": " false"} {
		k, ok := endpoint.Key(scenarios.Target{APIKeyEnv: name})
		if got := fmt.Sprint(k, " ", ok); got != want {
			t.Errorf("%q: %s", name, got)
		}
	}
}

// A server that accepts and never shakes hands holds a dial open: time limit and cancel reach it.
func TestAMuteHandshakeEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	e := open(t, clock.NewWall(), "https://"+l.Addr().String(), endpoint.Options{})
	if _, err := e.Get(t.Context(), "/", 20*time.Millisecond); kind(err) != endpoint.Timeout {
		t.Errorf("time limit: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := e.Get(ctx, "/", 0); kind(err) != endpoint.Cancelled {
		t.Errorf("cancel: %v", err)
	}
}

// An error that says its kind itself does not say it twice.
func TestAKindIsSaidOnce(t *testing.T) {
	for want, e := range map[string]*endpoint.Error{
		"dial tcp: connection refused": {Kind: endpoint.DialFailed, Err: &net.OpError{Op: "dial", Net: "tcp",
			Err: errors.New("connection refused")}},
		"reset: by peer": {Kind: endpoint.Reset, Err: errors.New("by peer")},
	} {
		if e.Error() != want {
			t.Errorf("%q, want %q", e.Error(), want)
		}
	}
}
