package simulator

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/clock/memnet"
)

// A world is a server in virtual time and a plain client of it.
type world struct {
	t   *testing.T
	clk *clock.Virtual
	net *memnet.Network
	s   *Server
}

func newWorld(t *testing.T, o Options) *world {
	t.Helper()
	clk := clock.NewVirtual()
	s, err := New(clk, o)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, clk: clk, net: memnet.New(clk), s: s}
	w.net.Listen("sim:80", s.Accept)
	return w
}

// run plays f in virtual time.
func (w *world) run(f func()) {
	w.t.Helper()
	if err := w.clk.Run("test", f); err != nil {
		w.t.Error(err)
	}
}

// A got is one response, with the instant at which each event of a stream was read.
type got struct {
	status int
	header http.Header
	body   string
	events []string
	at     []time.Duration
}

// do sends one request on a new connection. leave > 0 closes it after so many events.
func (w *world) do(method, path, body string, leave int) got {
	conn, err := w.net.Dial("sim:80")
	if err != nil {
		w.t.Error(err)
		return got{}
	}
	defer conn.Close()
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: sim\r\nAuthorization: Bearer key\r\nContent-Length: %d\r\n\r\n%s", method,
		path, len(body), body)
	return w.read(conn, leave)
}

func (w *world) read(conn net.Conn, leave int) (g got) {
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		w.t.Error(err)
		return g
	}
	g.status, g.header = resp.StatusCode, resp.Header
	if len(resp.TransferEncoding) == 0 {
		b, _ := io.ReadAll(resp.Body)
		g.body = string(b)
		return g
	}
	br := bufio.NewReader(resp.Body)
	for leave == 0 || len(g.events) < leave {
		line, err := br.ReadBytes('\n')
		if data, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("data: ")); ok {
			g.events = append(g.events, string(data))
			g.at = append(g.at, w.clk.Now())
		}
		if err != nil {
			break
		}
	}
	return g
}

func chat(model, text, more string) string {
	return fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":%q}]%s}`, model, text, more)
}

func words60(n int) string { return strings.TrimSpace(strings.Repeat("lorem ", n)) }
