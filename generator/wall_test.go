package generator_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"loadgen/clock"
	"loadgen/endpoint"
	"loadgen/generator"
	"loadgen/results"
	"loadgen/scenarios"
)

// A pace is a server on the wall clock that answers as steady does.
type pace struct{ first, gap time.Duration }

func (p pace) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		MaxTokens int `json:"max_tokens"`
	}
	if json.NewDecoder(r.Body).Decode(&body) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	say := func(format string, args ...any) {
		_, _ = fmt.Fprintf(w, format, args...)
		_ = http.NewResponseController(w).Flush()
	}
	time.Sleep(p.first)
	for i := range body.MaxTokens {
		if i > 0 {
			time.Sleep(p.gap)
		}
		if r.Context().Err() != nil {
			return
		}
		say(`data: {"choices":[{"delta":{"content":" t%d"}}]}`+"\n\n", i)
	}
	say(`data: {"choices":[{"delta":{},"finish_reason":"length"}],"usage":{"prompt_tokens":7,"completion_tokens":%d}}`+
		"\n\ndata: [DONE]\n\n", body.MaxTokens)
}

// pipes is a net.Listener whose Dial makes net.Pipes, which a synctest bubble can watch.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipes) Dial(string) (net.Conn, error) {
	a, b := net.Pipe()
	p.conns <- b
	return a, nil
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// The wall path in a bubble: hours of load on the wall clock, exact to the nanosecond.
func TestTheWallPathIsExactInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clk := clock.NewWall()
		l := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		srv := &http.Server{Handler: pace{300 * time.Millisecond, 10 * time.Millisecond}}
		go func() { _ = srv.Serve(l) }()
		ep, err := endpoint.New(clk, scenarios.Target{URL: "http://sim"}, endpoint.Options{Dial: l.Dial})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		check := func(r *results.Record) {
			n++
			ttft, _ := r.TTFT()
			e2e, ok := r.E2E()
			if want := 290*time.Millisecond + time.Duration(r.PlannedOutput)*10*time.Millisecond; !ok ||
				ttft != 300*time.Millisecond || e2e != want {
				t.Errorf("off: %+v", r)
			}
		}
		_ = clk.Run("main", func() {
			run := generator.Start(t.Context(), clk, ep, generator.Load{Loop: scenarios.Closed, Concurrency: 3, Prompt: prompts,
				StallAfter: time.Minute}, check)
			_ = clk.SleepUntil(t.Context(), 2*time.Minute)
			run.StopSending()
			_ = run.Wait(t.Context())
			_ = generator.Start(t.Context(), clk, ep, generator.Load{Loop: scenarios.Open, Due: poisson(20, 500),
				Prompt: prompts}, check).Wait(t.Context())
			r := generator.Once(t.Context(), clk, ep, sayTokens(500), scenarios.Request{Timeout: 1234567890})
			if r.Fault != results.FaultTimeout || r.End != 1234567890 || r.Events != 94 {
				t.Errorf("timeout: %+v", r)
			}
		})
		if n < 1500 {
			t.Error("only", n)
		}
		ep.Close()
		_ = srv.Close()
		time.Sleep(time.Second) // the last handler notices that its client has left
	})
}

// Over TCP all ends well too: whole answers, timeouts, cuts, and nothing is left behind. No time is asserted.
func TestOverTCP(t *testing.T) {
	defer goleak.VerifyNone(t)
	srv := httptest.NewServer(pace{2 * time.Millisecond, time.Millisecond})
	defer srv.Close()
	clk := clock.NewWall()
	ep, err := endpoint.New(clk, scenarios.Target{URL: srv.URL, API: "completions"}, endpoint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer ep.Close()
	n, tokens := map[results.Fault]int{}, int32(0)
	note := func(r *results.Record) {
		n[r.Fault]++
		if r.OK() {
			tokens += r.OutputTokens - r.Events
		}
	}
	var snap generator.Snapshot
	_ = clk.Run("main", func() {
		run := generator.Start(t.Context(), clk, ep, generator.Load{Loop: scenarios.Closed, Concurrency: 8, Prompt: prompts,
			StallAfter: time.Minute}, note)
		_ = clk.SleepUntil(t.Context(), clk.Now()+200*time.Millisecond)
		_ = run.Snapshot()
		run.StopSending()
		_ = run.Wait(t.Context())
		snap = run.Snapshot()
		long := func(int, int) scenarios.Prompt { return sayTokens(100000) }
		_ = generator.Start(t.Context(), clk, ep, generator.Load{Loop: scenarios.Open, Due: make([]time.Duration, 5),
			Prompt:  long,
			Request: scenarios.Request{Timeout: 20 * time.Millisecond}}, note).Wait(t.Context())
		ctx, cancel := context.WithCancelCause(t.Context())
		run = generator.Start(ctx, clk, ep, generator.Load{Loop: scenarios.Closed, Concurrency: 5, Prompt: long}, note)
		clk.AfterFunc(clk.Now()+20*time.Millisecond, func() { cancel(errors.New("enough")) })
		_ = run.Wait(t.Context())
	})
	if n[results.FaultNone] < 8 || tokens != 0 || n[results.FaultTimeout] != 5 || n[results.FaultCancelled] != 5 ||
		len(n) != 3 || snap.Failed != 0 {
		t.Errorf("%v %+v", n, snap)
	}
}
