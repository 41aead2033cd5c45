package generator_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"loadgen/generator"
	"loadgen/results"
	"loadgen/scenarios"
)

const sse = "Content-Type: text/event-stream\r\n"

// misbehaviours are what a server may do, by the prompt that asks for it, with what must be recorded of it.
var misbehaviours = map[string]struct {
	answer func(*asked)
	fault  results.Fault
	says   string // part of the record's Detail
	events int32
	after  time.Duration // End − Sent
}{
	"well": {func(a *asked) { a.stream(10*time.Millisecond, time.Millisecond, 6) }, results.FaultNone, "", 6,
		15 * time.Millisecond},
	"slow headers": {func(a *asked) { a.stream(900*time.Millisecond, time.Millisecond, 6) }, results.FaultNone, "", 6,
		905 * time.Millisecond},
	"reset": {func(a *asked) { a.at(time.Millisecond, a.peer.Reset) }, results.FaultReset, "reset", 0,
		time.Millisecond},
	"closed": {func(a *asked) { a.at(time.Millisecond, a.peer.Close) }, results.FaultClosed, "EOF", 0,
		time.Millisecond},
	"torn": {func(a *asked) { a.some(3); a.at(5*time.Millisecond, a.peer.Reset) }, results.FaultReset, "reset", 3,
		5 * time.Millisecond},
	"truncated": {func(a *asked) { a.some(3); a.at(5*time.Millisecond, a.peer.Close) }, results.FaultTruncated, "EOF",
		3, 5 * time.Millisecond},
	"half a chunk": {func(a *asked) { a.some(3); a.peer.Write([]byte("ff\r\ndata: {")); a.peer.Close() },
		results.FaultTruncated, "EOF", 3, 0},
	"mute":     {func(*asked) {}, results.FaultTimeout, "time limit", 0, time.Second},
	"dries up": {func(a *asked) { a.some(3) }, results.FaultStalled, "no token for 400ms", 3, 400 * time.Millisecond},
	"only pings": {func(a *asked) { a.some(3); a.repeat(": ping\n\n", 30*time.Millisecond) }, results.FaultStalled,
		"no token for 400ms", 3, 400 * time.Millisecond},
	"only nothing": {func(a *asked) { a.some(3); a.repeat(start+`[{"index":0,"delta":{}}]}`+"\n\n", 30*time.Millisecond) },
		results.FaultStalled, "no token", 3,
		400 * time.Millisecond},
	"only headers": {func(a *asked) { a.head(); a.repeat(": queued\n\n", 30*time.Millisecond) }, results.FaultTimeout,
		"time limit", 0, time.Second},
	"a huge event": {func(a *asked) { a.head(); a.chunk("data: " + strings.Repeat("x", 1<<20+4096)) },
		results.FaultMalformed, "longer than 1 MiB", 0, 0},
	"endless": {func(a *asked) { a.head(); a.repeat(start+`[{"delta":{"content":"x"}}]}`+"\n\n", time.Millisecond/2) },
		results.FaultEndless,
		"1041 tokens came and 5 were asked for", 1041, 1041 * time.Millisecond / 2},
	"no terminator": {func(a *asked) { a.some(1); a.chunk(stopped + "data: [DONE]\n\n") }, results.FaultNone, "", 1,
		0},
	"429": {func(a *asked) { a.whole(429, "Retry-After: 1\r\n", `{"error":{"message":"slow down"}}`) },
		results.FaultRateLimited, "status 429: slow down", 0, 0},
	"503": {func(a *asked) { a.whole(503, "", `{"error":{"message":"The engine is currently busy"}}`) },
		results.FaultRejected, "status 503: The engine is", 0, 0},
	"500": {func(a *asked) { a.whole(500, "", "Internal Server Error") }, results.FaultServer,
		`status 500: "Internal`, 0, 0},
	"401": {func(a *asked) { a.whole(401, "", `{"error":"Unauthorized"}`) }, results.FaultClient,
		"status 401: Unauthorized", 0, 0},
	"leaks the key": {func(a *asked) { a.whole(401, "", `{"error":"bad key sk-a-secret"}`) }, results.FaultClient,
		"bad key [key]", 0, 0},
	"leaks it at the edge": {func(a *asked) { a.whole(500, "", strings.Repeat("x", 192)+"sk-a-secret") },
		results.FaultServer, "[key]", 0, 0},
	"leaks it in an event": {func(a *asked) {
		a.head()
		a.chunk("data: no JSON " + strings.Repeat("x", 64) +
			"sk-a-secret\n\n")
	}, results.FaultMalformed, "[key]", 0, 0},
	"leaks it in an error": {func(a *asked) {
		a.head()
		a.chunk("data: {\"code\":" + `5,"x":"` + strings.Repeat("x", 270) + `","message":"sk-a-secret"}` + "\n\n")
		a.done()
	},
		results.FaultInStream, "[key]", 0, 0},
	"writes on the terminal": {func(a *asked) { a.whole(500, "", `{"detail":"\u001b[2Jred\u0000"}`) }, results.FaultServer,
		"status 500: [2Jred", 0, 0},
	"404 path": {func(a *asked) { a.whole(404, "", `{"detail":"Not Found"}`) }, results.FaultClient,
		"status 404: Not Found", 0, 0},
	"400 old": {func(a *asked) { a.whole(400, "", `{"object":"error","message":"too long"}`) },
		results.FaultClient, "too long", 0, 0},
	"redirect": {func(a *asked) { a.whole(302, "Location: http://else\r\n", "") }, results.FaultMalformed,
		"not followed", 0, 0},
	"not a stream": {func(a *asked) { a.whole(200, "Content-Type: application/json\r\n", `{"id":"x"}`) },
		results.FaultMalformed, `"{\"id\":\"x\"}"`, 0, 0},
	"bad JSON": {func(a *asked) { a.head(); a.token(0); a.chunk("data: {\"choices\":[\n\n") },
		results.FaultMalformed, "not JSON", 1, 0},
	"huge header": {func(a *asked) { a.whole(200, "X: "+strings.Repeat("x", 5000)+"\r\n", "") },
		results.FaultMalformed, "", 0, 0},
	"not HTTP": {func(a *asked) { a.peer.Write([]byte("SSH-2.0\r\n\r\n")) }, results.FaultMalformed, "", 0,
		0},
	"error in the stream": {func(a *asked) {
		a.some(2)
		a.chunk(`data: {"error": {"message": "EngineCore encountered an issue", "code": 500}}` + "\n\n")
		a.done()
	}, results.FaultInStream, "EngineCore", 2, 0},
	"aborted": {func(a *asked) {
		a.some(2)
		a.chunk(start + `[{"index":0,"delta":{"content":"x"},"finish_reason":"abort"}]}` + "\n\n")
		a.done()
	}, results.FaultInStream, "abort", 3, 0},
	"empty": {func(a *asked) { a.head(); a.chunk(role); a.finish(1) }, results.FaultEmpty, "1 tokens", 0, 0},
	"no end": {func(a *asked) { a.some(3); a.peer.Write([]byte("0\r\n\r\n")) }, results.FaultTruncated, "finish_reason", 3,
		0},
	"no DONE": {func(a *asked) {
		a.some(2)
		a.chunk(start + `[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]}` + "\n\n")
		a.peer.Write([]byte("0\r\n\r\n"))
	}, results.FaultNone, "", 3, 0},
	"reset behind DONE": {func(a *asked) { a.some(2); a.chunk(stopped + "data: [DONE]\n\n"); a.peer.Reset() },
		results.FaultNone, "", 2, 0},
	"until it closes": {func(a *asked) {
		a.peer.Write([]byte("HTTP/1.1 200 OK\r\n" + sse + "\r\n" + start +
			`[{"delta":{"content":"x"},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"))
		a.peer.Close()
	}, results.FaultNone, "", 1, 0},
	"junk behind": {func(a *asked) { a.some(1); a.finish(1); a.peer.Write([]byte("junk")) },
		results.FaultNone, "", 1, 0},
	"length instead of chunks": {
		func(a *asked) { a.whole(200, sse, start+`[{"delta":{"content":"x"},"finish_reason":"stop"}]}`+"\n\n") },
		results.FaultNone, "", 1, 0},
}

// stopped is the chunk with finish_reason and no text.
const stopped = start + `[{"index":0,"delta":{"content":""},"finish_reason":"stop"}]}` + "\n\n"

// some sends n tokens at once, each in a write of its own.
func (a *asked) some(n int) {
	a.head()
	for i := range n {
		a.token(i)
	}
}

func (a *asked) done() {
	a.chunk("data: [DONE]\n\n")
	a.peer.Write([]byte("0\r\n\r\n"))
}

// repeat sends the same again and again, for ever.
func (a *asked) repeat(text string, every time.Duration) {
	a.at(every, func() {
		a.chunk(text)
		a.repeat(text, every)
	})
}

// asking is the prompt of a misbehaviour.
func asking(name string) scenarios.Prompt {
	p := scenarios.Prompt{Class: name, Text: name}
	if name == "endless" {
		p.MaxTokens = 5
	}
	return p
}

func misbehave(a *asked) {
	if a.Path == "/tokenize" {
		a.whole(404, "", `{"detail":"Not Found"}`)
		return
	}
	b, ok := misbehaviours[a.text()]
	if !ok {
		panic("unknown: " + a.text())
	}
	b.answer(a)
}

// Closed loops of every misbehaviour at once: each request is recorded exactly once, with its own fault.
func TestEveryRequestIsAccountedForOnce(t *testing.T) {
	names := slices.Sorted(maps.Keys(misbehaviours))
	w := newWorld(t, misbehave)
	var snap generator.Snapshot
	w.run(t, func(ctx context.Context) {
		run := w.start(ctx, generator.Load{
			Loop: scenarios.Closed, Concurrency: len(names), StallAfter: 400 * time.Millisecond,
			Prompt: func(slot, turn int) scenarios.Prompt {
				return asking(names[(slot+turn)%len(names)])
			},
			Request: scenarios.Request{Timeout: time.Second},
		})
		_ = w.clk.SleepUntil(ctx, 20*time.Second)
		run.StopSending()
		_ = run.Wait(ctx)
		snap = run.Snapshot()
	})
	seen, failed := map[int64]int{}, int64(0)
	for _, r := range w.records {
		seen[r.ID]++
		if !r.OK() {
			failed++
		}
		b := misbehaviours[r.Class]
		late := r.End - r.Sent
		switch {
		case r.Fault != b.fault || !strings.Contains(r.Detail, b.says) || r.Events != b.events:
			t.Fatalf("%s: %q %q, %d events", r.Class, r.Fault, r.Detail, r.Events)
		case r.Fault == results.FaultStalled && (late < b.after || late > b.after*17/16):
			t.Errorf("%s: cut after %v", r.Class, late)
		case r.Fault != results.FaultStalled && late != b.after:
			t.Errorf("%s: ended after %v", r.Class, late)
		}
	}
	for slot := range names {
		turn := int64(0)
		for seen[int64(slot)<<32+turn] == 1 {
			turn++
			delete(seen, int64(slot)<<32+turn-1)
		}
		if turn < 20 {
			t.Errorf("slot %d: only %d turns", slot, turn)
		}
	}
	if len(seen) != 0 || snap.Started != int64(len(w.records)) || snap.Finished != snap.Started || snap.Failed != failed ||
		snap.InFlight != 0 {
		t.Errorf("left over: %v; %+v", seen, snap)
	}
}

// One request of each kind, alone.
func TestFaults(t *testing.T) {
	for name, b := range misbehaviours {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, misbehave)
			stall := time.Duration(0)
			if b.fault == results.FaultStalled {
				stall = 400 * time.Millisecond
			}
			var next *results.Record
			w.run(t, func(ctx context.Context) {
				_ = w.start(ctx, generator.Load{Loop: scenarios.Each, List: []scenarios.Prompt{asking(name)}, StallAfter: stall,
					Request: scenarios.Request{Timeout: time.Second}}).Wait(ctx)
				next = generator.Once(ctx, w.clk, w.ep, scenarios.Prompt{Text: "well"}, scenarios.Request{})
			})
			if len(w.records) != 1 {
				t.Fatal(len(w.records), "records")
			}
			r := w.records[0]
			if r.Fault != b.fault || !strings.Contains(r.Detail, b.says) || r.Events != b.events || r.End-r.Sent != b.after {
				t.Errorf("%q %q, %d events, after %v", r.Fault, r.Detail, r.Events, r.End-r.Sent)
			}
			if !next.OK() {
				t.Errorf("the next request: %q %q", next.Fault, next.Detail)
			}
		})
	}
}

func TestARefusedDialIsNoBusyLoop(t *testing.T) {
	w := newWorld(t, steady)
	w.ep = w.endpoint(t, "http://nobody")
	w.run(t, func(ctx context.Context) {
		run := w.start(ctx, generator.Load{Loop: scenarios.Closed, Concurrency: 2})
		_ = w.clk.SleepUntil(ctx, time.Second-1)
		run.StopSending()
		_ = run.Wait(ctx)
	})
	for _, r := range w.records {
		if r.Fault != results.FaultDial || !strings.Contains(r.Detail, "refused") || r.Sent%(100*time.Millisecond) != 0 {
			t.Errorf("%+v", r)
		}
	}
	if len(w.records) != 20 {
		t.Error(len(w.records))
	}
}

func TestTimeoutsCountFromDue(t *testing.T) {
	w := newWorld(t, steady)
	due := []time.Duration{0, 0, 10 * time.Millisecond}
	w.run(t, func(ctx context.Context) {
		_ = w.start(ctx, generator.Load{Loop: scenarios.Open, Due: due, Cap: 1,
			Request: scenarios.Request{Timeout: 390 * time.Millisecond},
			Prompt:  func(_, k int) scenarios.Prompt { return sayTokens(6) }}).Wait(ctx)
	})
	for i, want := range []string{"0s 0s  350ms", "0s 350ms timeout 390ms", "10ms 390ms timeout 400ms"} {
		r := w.records[i]
		if got := fmt.Sprint(r.Due, " ", r.Sent, " ", r.Fault, " ", r.End); got != want {
			t.Errorf("%d: %s, want %s", i, got, want)
		}
	}
}

func TestACapDelaysSendingAndMovesNoDue(t *testing.T) {
	w := newWorld(t, steady)
	var due []time.Duration
	for k := range 10 {
		due = append(due, time.Duration(k)*time.Millisecond)
	}
	var snap generator.Snapshot
	w.run(t, func(ctx context.Context) {
		run := w.start(ctx, generator.Load{Loop: scenarios.Open, Due: due, Cap: 2, Prompt: func(_, k int) scenarios.Prompt {
			return sayTokens(1)
		}})
		_ = w.clk.SleepUntil(ctx, 650*time.Millisecond)
		run.StopSending()
		_ = run.Wait(ctx)
		snap = run.Snapshot()
	})
	if snap.CapHits != 8 || len(w.records) != 10 || snap.Failed != 4 || snap.Started != 10 || snap.Finished != 10 {
		t.Errorf("%+v", snap)
	}
	for _, r := range w.records {
		switch {
		case r.Due != due[r.ID]:
			t.Errorf("%d: due moved to %v", r.ID, r.Due)
		case r.ID < 6 && (!r.OK() || r.Sent != due[r.ID%2]+300*time.Millisecond*time.Duration(r.ID/2)):
			t.Errorf("%d: sent at %v, %q", r.ID, r.Sent, r.Fault)
		case r.ID >= 6 && (r.Fault != results.FaultCancelled || r.Sent != 650*time.Millisecond):
			t.Errorf("%d: sent at %v, %q", r.ID, r.Sent, r.Fault)
		}
	}
}

func TestCutClosesWhatIsInFlightAtItsInstant(t *testing.T) {
	w := newWorld(t, steady)
	w.run(t, func(ctx context.Context) {
		run := w.start(ctx, generator.Load{Loop: scenarios.Closed, Concurrency: 16, Prompt: func(int, int) scenarios.Prompt {
			return sayTokens(1000)
		}})
		_ = w.clk.SleepUntil(ctx, 345678901)
		run.Cut(errors.New("enough"))
		_ = run.Wait(ctx)
	})
	for _, r := range w.records {
		if r.Fault != results.FaultCancelled || r.Detail != "enough" || r.End != 345678901 || r.Events != 5 {
			t.Errorf("%+v", r)
		}
	}
	if len(w.records) != 16 || len(w.left) != 16 || w.left[0] != 345678901 {
		t.Error(len(w.records), w.left)
	}
}

func TestACancelledContextKeepsAllRecords(t *testing.T) {
	for _, loop := range []scenarios.Loop{scenarios.Closed, scenarios.Open, scenarios.Each} {
		w := newWorld(t, steady)
		w.run(t, func(ctx context.Context) {
			ctx, cancel := context.WithCancelCause(ctx)
			run := w.start(ctx, generator.Load{Loop: loop, Concurrency: 16, Due: poisson(100, 1000),
				List: slices.Repeat([]scenarios.Prompt{sayTokens(9)}, 99), Cap: 20})
			w.clk.AfterFunc(time.Second+1, func() { cancel(errors.New("interrupted")) })
			_ = run.Wait(context.WithoutCancel(ctx))
			s := run.Snapshot()
			if s.Started != int64(len(w.records)) || s.Finished != s.Started || s.InFlight != 0 || w.clk.Now() != time.Second+1 {
				t.Errorf("%s: %+v at %v", loop, s, w.clk.Now())
			}
		})
		n := map[results.Fault]int{}
		for _, r := range w.records {
			n[r.Fault]++
			if r.Fault == results.FaultCancelled && (r.End != time.Second+1 || r.Detail == "") {
				t.Errorf("%s: %+v", loop, r)
			}
		}
		if len(n) != 2 || n[results.FaultNone] == 0 || n[results.FaultCancelled] == 0 {
			t.Error(loop, n)
		}
	}
}

func TestOnce(t *testing.T) {
	w := newWorld(t, steady)
	w.run(t, func(ctx context.Context) {
		if r := generator.Once(ctx, w.clk, w.ep, sayTokens(3), scenarios.Request{}); !r.OK() || r.OutputTokens != 3 {
			t.Errorf("%+v", r)
		}
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		if r := generator.Once(ctx, w.clk, w.ep, sayTokens(3), scenarios.Request{}); r.Fault != results.FaultCancelled {
			t.Errorf("%+v", r)
		}
	})
}

// Whatever a server does, a load ends: without a timeout an hour after the request was due, and when sending has
// stopped within the drain's bound.
func TestALoadEnds(t *testing.T) {
	for _, c := range []struct {
		load generator.Load
		want string
	}{
		{generator.Load{}, "1h0m0s timeout no end after 1h0m0s, the limit where the scenario has no timeout"},
		{generator.Load{DrainMost: time.Minute}, "1m10s cancelled still in flight 1m0s after the last request was sent"},
	} {
		w := newWorld(t, func(a *asked) {
			a.head()
			a.repeat(start+`[{"index":0,"delta":{"content":"x"}}]}`+"\n\n", time.Second)
		})
		w.run(t, func(ctx context.Context) {
			c.load.Loop, c.load.Concurrency = scenarios.Closed, 1
			c.load.Prompt = func(int, int) scenarios.Prompt { return sayTokens(10000) }
			run := w.start(ctx, c.load)
			_ = w.clk.SleepUntil(ctx, 10*time.Second)
			run.StopSending()
			_ = run.Wait(ctx)
		})
		if r := w.records[0]; len(w.records) != 1 || fmt.Sprint(r.End, " ", r.Fault, " ", r.Detail) != c.want {
			t.Error(r.End, r.Fault, r.Detail)
		}
	}
}

// Who asks for many tokens waits longer for the next: some servers hold an answer back until it is whole.
func TestPatienceGrowsWithTheTokensAsked(t *testing.T) {
	w := newWorld(t, func(a *asked) { a.some(1) })
	w.run(t, func(ctx context.Context) {
		_ = w.start(ctx, generator.Load{Loop: scenarios.Each, List: []scenarios.Prompt{sayTokens(10), sayTokens(100)},
			StallAfter: time.Second}).Wait(ctx)
	})
	for i, want := range []time.Duration{2 * time.Second, 11 * time.Second} {
		if r := w.records[i]; r.Fault != results.FaultStalled || r.End-r.Sent != want {
			t.Error(r.Fault, r.Detail, r.End-r.Sent)
		}
	}
}

// [DONE] alone is no end: where the answer's length was to be exact, and where the server has told finish_reason
// before, an answer without it is half of one. A server that never tells it is believed.
func TestDoneWithoutAReasonIsHalfAnAnswer(t *testing.T) {
	half := func(a *asked) { a.some(2); a.done() }
	for name, c := range map[string]struct {
		list []scenarios.Prompt
		want []results.Fault
	}{
		"exact": {[]scenarios.Prompt{{Text: "half", MaxTokens: 4, Exact: true}},
			[]results.Fault{results.FaultTruncated}},
		"never told": {[]scenarios.Prompt{{Text: "half", MaxTokens: 4}, {Text: "half"}}, []results.Fault{"", ""}},
		"told before": {[]scenarios.Prompt{{Text: "whole", MaxTokens: 2}, {Text: "half"}},
			[]results.Fault{"", results.FaultTruncated}},
		"exact and told": {[]scenarios.Prompt{{Text: "whole", MaxTokens: 2, Exact: true}}, []results.Fault{""}},
	} {
		w := newWorld(t, func(a *asked) {
			switch {
			case a.Path == "/tokenize":
				a.whole(404, "", "")
			case a.text() == "half":
				half(a)
			default:
				a.some(a.Body.MaxTokens)
				a.finish(a.Body.MaxTokens)
			}
		})
		w.run(t, func(ctx context.Context) {
			_ = w.start(ctx, generator.Load{Loop: scenarios.Each, List: c.list}).Wait(ctx)
		})
		for i, r := range w.records {
			if r.Fault != c.want[i] || r.Fault != "" && !strings.Contains(r.Detail, "[DONE] and without finish_reason") {
				t.Errorf("%s: %q %q", name, r.Fault, r.Detail)
			}
		}
	}
}

// Half an answer that a gateway ends with an error of its own shape and [DONE] is never ok.
func TestErrorsInAStreamAreNeverOK(t *testing.T) {
	for _, shape := range []string{
		`data: {"error": {"message": "engine died", "code": 500}}`, `data: {"error": "engine died"}`,
		"event: error\ndata: " + `{"message": "engine died", "code": 500}`, "event: error\ndata: " +
			`{"detail": "engine died"}`,
		`data: {"code": 500, "message": "engine died"}`, "event: error\ndata: engine died",
		`data: {"errors": [{"message": "engine died"}]}`,
		`data: {"object":"error","message":"engine died","code":500}`, "event: error\ndata: " +
			`{"type":"InternalServerError","message":"engine died"}`,
		`data: {"detail": [{"msg": "engine died"}]}`,
	} {
		r := one(t, func(a *asked) {
			a.some(3)
			a.chunk(shape + "\n\n")
			a.done()
		})
		if r.Fault != results.FaultInStream || r.Detail != "error in the stream: engine died" || r.Events != 3 {
			t.Errorf("%s: %q %q", shape, r.Fault, r.Detail)
		}
	}
}
