package generator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loadgen/clock"
	"loadgen/clock/memnet"
	"loadgen/endpoint"
	"loadgen/generator"
	"loadgen/results"
	"loadgen/scenarios"
)

// A world is virtual time with one scripted server in it, and what was recorded.
type world struct {
	clk     *clock.Virtual
	net     *memnet.Network
	ep      *endpoint.Endpoint
	records []*results.Record
	left    []time.Duration // when clients closed their connection before the end
}

// An asked is one request as the server sees it.
type asked struct {
	w    *world
	peer *memnet.Peer
	Path string
	Body struct {
		MaxTokens int `json:"max_tokens"`
		Messages  []struct{ Content string }
		Prompt    string
	}
	raw []byte
}

// text is the prompt.
func (a *asked) text() string {
	if len(a.Body.Messages) > 0 {
		return a.Body.Messages[0].Content
	}
	return a.Body.Prompt
}

func newWorld(t rapid.TB, answer func(*asked)) *world {
	w := &world{clk: clock.NewVirtual()}
	w.net = memnet.New(w.clk)
	w.net.Listen("sim:80", func(p *memnet.Peer) {
		var in []byte
		p.OnData = func(b []byte) {
			in = append(in, b...)
			head, body, ok := bytes.Cut(in, []byte("\r\n\r\n"))
			if !ok || len(body) < contentLength(head) {
				return
			}
			a := &asked{w: w, peer: p, raw: bytes.Clone(body), Path: string(bytes.Fields(head)[1])}
			if err := json.Unmarshal(body, &a.Body); err != nil {
				t.Errorf("request is not JSON: %v\n%s", err, body)
			}
			in = in[:0]
			answer(a)
		}
		p.OnClose = func() { w.left = append(w.left, w.clk.Now()) }
	})
	w.ep = w.endpoint(t, "http://sim")
	return w
}

func (w *world) endpoint(t rapid.TB, url string) *endpoint.Endpoint {
	ep, err := endpoint.New(w.clk, scenarios.Target{URL: url, Model: "m"},
		endpoint.Options{Dial: w.net.Dial, Key: "sk-a-secret"})
	if err != nil {
		t.Fatal(err)
	}
	return ep
}

func contentLength(head []byte) int {
	_, after, _ := bytes.Cut(head, []byte("Content-Length: "))
	value, _, _ := bytes.Cut(after, []byte("\r"))
	n, _ := strconv.Atoi(string(value))
	return n
}

// run plays f as the main goroutine of the world's clock.
func (w *world) run(t testing.TB, f func(ctx context.Context)) {
	t.Helper()
	if err := w.clk.Run("main", func() { f(context.Background()) }); err != nil {
		t.Fatal(err)
	}
}

func (w *world) start(ctx context.Context, l generator.Load) *generator.Run {
	if l.Prompt == nil {
		l.Prompt = prompts
	}
	return generator.Start(ctx, w.clk, w.ep, l, func(r *results.Record) { w.records = append(w.records, r) })
}

// prompts have lengths that belong to (slot, turn): 1 to 8 tokens of output.
func prompts(slot, turn int) scenarios.Prompt {
	return scenarios.Prompt{Class: "c", Text: "hello", MaxTokens: 1 + (slot*7+turn*3+16)%8}
}

func sayTokens(n int) scenarios.Prompt {
	return scenarios.Prompt{Class: "c", Text: "hello", MaxTokens: n}
}

// steady answers with the first token after 300 ms and the others 10 ms apart.
func steady(a *asked) { a.stream(300*time.Millisecond, 10*time.Millisecond, a.Body.MaxTokens) }

func (a *asked) stream(first, gap time.Duration, n int) {
	for i := range n {
		a.at(first+time.Duration(i)*gap, func() {
			if i == 0 {
				a.head()
				a.chunk(role)
			}
			a.token(i)
			if i == n-1 {
				a.finish(n)
			}
		})
	}
}

func (a *asked) at(after time.Duration, f func()) { a.w.clk.AfterFunc(a.w.clk.Now()+after, f) }

const (
	start = `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":`
	role  = start + `[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],` +
		`"prompt_text":null}` + "\n\n"
)

func (a *asked) head() {
	a.peer.Write([]byte("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: " +
		"chunked\r\n\r\n"))
}

func (a *asked) chunk(s string) { a.peer.Write(fmt.Appendf(nil, "%x\r\n%s\r\n", len(s), s)) }

func (a *asked) token(i int) {
	a.chunk(start + `[{"index":0,"delta":{"content":" t` + strconv.Itoa(i) +
		`"},"logprobs":null,"finish_reason":null,"token_ids":null}]}` + "\n\n")
}

func (a *asked) finish(n int) {
	a.chunk(start + `[{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":"length","stop_reason":null}]}` +
		"\n\n")
	a.chunk(start + fmt.Sprintf(`[],"usage":{"prompt_tokens":7,"total_tokens":%d,"completion_tokens":%d}}`, 7+n, n) +
		"\n\n")
	a.chunk("data: [DONE]\n\n")
	a.peer.Write([]byte("0\r\n\r\n"))
}

// whole answers with a status and a body.
func (a *asked) whole(status int, headers, body string) {
	a.peer.Write(fmt.Appendf(nil, "HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n\r\n%s", status, headers, len(body), body))
}
