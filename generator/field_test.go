package generator_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"loadgen/generator"
	"loadgen/results"
	"loadgen/scenarios"
)

// How servers and gateways frame an answer of 20 tokens, one each 20 ms, as they were met in the field: none of it may
// bend what is measured. docs/field.md lists the kinds.
func TestFramesOfTheField(t *testing.T) {
	const gap = 20 * time.Millisecond
	text := start + `[{"index":0,"delta":{"content":" t"},"finish_reason":null}]`
	end := stopped + start + `[],"usage":{"prompt_tokens":7,"completion_tokens":20}}` + "\n\n" + "data: [DONE]\n\n"
	tokens := func(a *asked, say func(string), token string, last func()) {
		a.each(20, gap, func(int) { say(token) }, last)
	}
	chunked := func(token, end string) func(*asked) {
		return func(a *asked) {
			a.head()
			tokens(a, a.chunk, token, func() { a.chunk(end); a.peer.Write([]byte("0\r\n\r\n")) })
		}
	}
	bare := func(head string) func(*asked) { // neither length nor chunks: the answer ends with the connection
		return func(a *asked) {
			write := func(s string) { a.peer.Write([]byte(s)) }
			write(head + "\r\n" + sse + "\r\n")
			tokens(a, write, text+"}\n\n", func() { write(end); a.peer.Close() })
		}
	}
	for name, answer := range map[string]func(*asked){
		"ok":           chunked(text+"}\n\n", end),
		"donespace":    chunked(text+"}\n\n", strings.Replace(end, "[DONE]", "[DONE] ", 1)),
		"listcontent":  chunked(start+`[{"index":0,"delta":{"content":[{"type":"text","text":" t"}]}}]}`+"\n\n", end),
		"u2028":        chunked(strings.Replace(text, " t", " a\u2028b\u2029c\u0085d", 1)+"}\n\n", end),
		"usageinterim": chunked(text+`,"usage":{"prompt_tokens":0,"completion_tokens":0}}`+"\n\n", end),
		"pings":        chunked(": ping\n\n"+text+"}\n\n: ping\n\n", end),
		"carriage":     chunked(strings.ReplaceAll(text+"}\n\n", "\n", "\r\n"), end),
		"http10":       bare("HTTP/1.0 200 OK"),
		"close11":      bare("HTTP/1.1 200 OK\r\nConnection: close"),
		"earlyhints": func(a *asked) {
			a.peer.Write([]byte("HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n"))
			chunked(text+"}\n\n", end)(a)
		},
		"bomsse": func(a *asked) {
			a.head()
			a.chunk("\ufeff" + role)
			tokens(a, a.chunk, text+"}\n\n", func() { a.chunk(end); a.peer.Write([]byte("0\r\n\r\n")) })
		},
		"bighead": func(a *asked) {
			a.peer.Write([]byte("HTTP/1.1 200 OK\r\n" + sse + "X-Meta: " + strings.Repeat("a", 60000) +
				"\r\nTransfer-Encoding: chunked\r\n\r\n"))
			tokens(a, a.chunk, text+"}\n\n", func() { a.chunk(end); a.peer.Write([]byte("0\r\n\r\n")) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(a *asked) { a.at(50*time.Millisecond, func() { answer(a) }) })
			w.run(t, func(ctx context.Context) {
				p := scenarios.Prompt{Text: "x", MaxTokens: 20, Exact: true}
				_ = w.start(ctx, generator.Load{Loop: scenarios.Each, List: []scenarios.Prompt{p, p}}).Wait(ctx)
			})
			for _, r := range w.records {
				tpot, known := r.TPOT()
				ttft, _ := r.TTFT()
				got := fmt.Sprint(r.Fault, r.Detail, " ", ttft, " ", tpot, " ", known, " ", r.OutputTokens, " ", r.Events, " ",
					r.Counted)
				if got != " 50ms 20ms true 20 20 usage" {
					t.Error(got)
				}
			}
			if len(w.records) != 2 {
				t.Error(len(w.records), "records")
			}
		})
	}
}

// A tool call that comes whole is one event of many tokens: its TPOT is of the answer's whole time, and it says that
// tokens came together.
func TestAToolCallInOnePiece(t *testing.T) {
	const gap = 20 * time.Millisecond
	r := one(t, func(a *asked) {
		a.head()
		call := func() {
			a.chunk(start + `[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"f",` +
				`"arguments":"{}"}}]}}]}` + "\n\n")
			a.chunk(start + `[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}` + "\n\n" + start +
				`[],"usage":{"prompt_tokens":7,"completion_tokens":20}}` + "\n\n")
			a.done()
		}
		a.at(gap, func() { a.each(5, gap, a.token, func() { a.at(15*gap, call) }) })
	})
	if tpot, ok := r.TPOT(); !r.OK() || !ok || tpot != gap || r.Events != 6 || r.OutputTokens != 20 ||
		r.Counted != results.CountedUsage {
		t.Errorf("%v; %+v", tpot, r)
	}
}
