package simulator

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/simulator/machine"
)

func faulty(t *testing.T, faults ...string) Options {
	t.Helper()
	o := small()
	for _, s := range faults {
		f, err := ParseFault(s)
		if err != nil {
			t.Fatal(err)
		}
		o.Faults = append(o.Faults, f)
	}
	return o
}

const streamed = `,"max_tokens":20,"ignore_eos":true,"stream":true`

// raw reads whatever the server sends until the connection ends.
func (w *world) raw(body string) (text string, at time.Duration, err error) {
	conn, err := w.net.Dial("sim:80")
	if err != nil {
		return "", 0, err
	}
	_, _ = io.WriteString(conn, sprint("POST /v1/chat/completions HTTP/1.1\r\nHost: sim\r\nAuthorization: Bearer "+
		"key\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	b, err := io.ReadAll(conn)
	return string(b), w.clk.Now(), err
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		fault  string
		events int
		has    string
		err    error
	}{
		{"429=1", 0, "HTTP/1.1 429 Too Many Requests", nil},
		{"500=1", 0, `"type":"InternalServerError","param":null,"code":500`, nil},
		{"503=1", 0, "The engine is currently busy", nil},
		{"reset=1@5", 6, "", syscall.ECONNRESET},
		{"truncate=1@5", 6, "", nil},
		{"error=1@5", 8, `data: {"error": {"message": "EngineCore`, nil},
		{"error=1", 2, "HTTP/1.1 200 OK", nil},
		{"reset=0@5", 22, "[DONE]", nil},
		{"stall=1@5/30s", 8, "[DONE]", nil},
		{"buffer=1", 22, "[DONE]", nil},
	} {
		w := newWorld(t, faulty(t, c.fault))
		w.run(func() {
			text, _, err := w.raw(chat(mini, "lorem", streamed))
			if n := strings.Count(text, "data: "); n != c.events || !strings.Contains(text, c.has) || !errors.Is(err, c.err) {
				t.Errorf("%s: %d events, %v: %s", c.fault, n, err, text)
			}
			if whole := strings.HasSuffix(text, "\r\n0\r\n\r\n"); whole != (c.has != "" && c.events > 0) {
				t.Errorf("%s: the stream is whole: %v", c.fault, whole)
			}
			w.s.engine.Do(func() {
				if r, q, used := w.s.engine.Load(); r+q+used+w.s.load != 0 {
					t.Errorf("%s: the server is not empty", c.fault)
				}
			})
		})
	}
}

// A stalled stream has one gap of the stall's length, and then all that was made meanwhile in one chunk.
func TestStall(t *testing.T) {
	w := newWorld(t, faulty(t, "stall=1@5/30s"))
	w.run(func() {
		g := w.do("POST", "/v1/chat/completions", chat(mini, "lorem", streamed), 0)
		longest := time.Duration(0)
		for i := range g.at[1:] {
			longest = max(longest, g.at[i+1]-g.at[i])
		}
		if longest < 30*time.Second || longest > 30*time.Second+50*time.Millisecond {
			t.Errorf("longest gap %v", longest)
		}
	})
}

// The share is met, and the same seed strikes the same requests.
func TestFaultShare(t *testing.T) {
	var first []int
	for range 2 {
		w := newWorld(t, faulty(t, "500=0.2", "429=0.1"))
		var status []int
		w.run(func() {
			for i := range 200 {
				status = append(status, w.do("POST", "/v1/chat/completions", chat(mini, sprint("lorem %d", i), `,"max_tokens":1`),
					0).status)
			}
		})
		count := map[int]int{}
		for _, s := range status {
			count[s]++
		}
		if count[500] < 25 || count[500] > 58 || count[429] < 6 || count[429] > 30 {
			t.Error(count)
		}
		if first == nil {
			first = status
		} else if sprint("%v", first) != sprint("%v", status) {
			t.Error("two runs differ")
		}
	}
}

func TestParseFault(t *testing.T) {
	if f, err := ParseFault("stall=0.01@5/30s"); err != nil || f != (Fault{"stall", .01, 5, 30 * time.Second}) {
		t.Error(f, err)
	}
	for _, bad := range []string{"", "stall", "melt=1", "stall=x", "stall=2", "stall=1@x", "stall=1/x", "stall=1@-1"} {
		if f, err := ParseFault(bad); err == nil {
			t.Errorf("%q: %+v", bad, f)
		}
	}
}

func TestSlowdown(t *testing.T) {
	p, _ := machine.FindProfile("H100")
	p.Jitter = 0
	o := Options{Model: mini, Profile: &p, Slow: []Slowdown{{From: 0, To: time.Minute, Factor: 3}}}
	took := func(o Options) (d time.Duration) {
		w := newWorld(t, o)
		w.run(func() {
			g := w.do("POST", "/v1/chat/completions", chat(mini, "lorem", streamed), 0)
			d = g.at[20] - g.at[1]
		})
		return d
	}
	slow := took(o)
	o.Slow = nil
	if quick := took(o); slow < 3*quick-time.Microsecond*19 || slow > 3*quick+time.Microsecond*19 {
		t.Errorf("%v slowed down, %v not", slow, quick)
	}
}

// Over a socket a reset and a truncated stream look as they do from a real server.
func TestFaultsOnTheWall(t *testing.T) {
	for fault, want := range map[string]error{"reset=1@5": syscall.ECONNRESET, "truncate=1@5": io.ErrUnexpectedEOF} {
		s, err := New(clock.NewWall(), faulty(t, fault))
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequest("POST", serving(t, s)+"/v1/chat/completions",
			strings.NewReader(chat(mini, "lorem", streamed)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer key")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(resp.Body)
		for lines.Scan() {
		}
		if !errors.Is(lines.Err(), want) {
			t.Errorf("%s: %v, want %v", fault, lines.Err(), want)
		}
	}
}
