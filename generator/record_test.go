package generator_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loadgen/generator"
	"loadgen/results"
	"loadgen/scenarios"
)

// one sends one prompt to a server that answers so and returns the record.
func one(t *testing.T, answer func(*asked)) *results.Record {
	t.Helper()
	w := newWorld(t, answer)
	var r *results.Record
	w.run(t, func(ctx context.Context) { r = generator.Once(ctx, w.clk, w.ep, sayTokens(9), scenarios.Request{}) })
	return r
}

func arrivals(r *results.Record) string {
	var b strings.Builder
	for _, a := range r.Arrivals {
		_, _ = fmt.Fprintf(&b, "%v×%d/%d ", a.Gap, a.Events, a.Kind)
	}
	return strings.TrimSpace(b.String())
}

const reasoning = start + `[{"index":0,"delta":{"reasoning":"hm"},"logprobs":null,"finish_reason":null}]}` + "\n\n"

func TestEventsOfOneReadAreOneArrival(t *testing.T) {
	r := one(t, func(a *asked) {
		token := start + `[{"index":0,"delta":{"content":"x"},"finish_reason":null}]}` + "\n\n"
		framed := fmt.Sprintf("%x\r\n%s\r\n", len(token), token)
		a.head()
		a.at(10*time.Millisecond, func() { a.peer.Write([]byte(framed + framed + framed)) }) // three chunks in one read
		a.at(30*time.Millisecond, func() { a.chunk(token + token) })                         // two events in one chunk
		a.at(40*time.Millisecond, func() { a.peer.Write([]byte(framed[:50])) })              // one event in two reads
		a.at(45*time.Millisecond, func() { a.peer.Write([]byte(framed[50:])) })
		a.at(60*time.Millisecond, func() { a.chunk(token[:20]) }) // one event in two chunks
		a.at(61*time.Millisecond, func() { a.chunk(token[20:]); a.finish(7) })
	})
	if got := arrivals(r); got != "0s×3/0 20ms×2/0 15ms×1/0 16ms×1/0" || r.Coalesced != 2 || r.Events != 7 ||
		r.FirstToken != 10*time.Millisecond || r.LastToken != 61*time.Millisecond {
		t.Errorf("%s; %+v", got, r)
	}
}

func TestReasoningIsNoVisibleText(t *testing.T) {
	r := one(t, func(a *asked) {
		a.at(10*time.Millisecond, func() { a.head(); a.chunk(role) })
		a.at(20*time.Millisecond, func() { a.chunk(reasoning) })
		a.at(30*time.Millisecond, func() { a.chunk(reasoning) })
		a.at(50*time.Millisecond, func() { a.token(1) })
		a.at(60*time.Millisecond, func() { a.finish(3) })
	})
	if r.Role != 10*time.Millisecond || r.FirstToken != 20*time.Millisecond || r.FirstSeen != 50*time.Millisecond ||
		r.End != 60*time.Millisecond ||
		r.LastToken != 50*time.Millisecond || arrivals(r) != "0s×1/1 10ms×1/1 20ms×1/0" || !r.OK() {
		t.Errorf("%s; %+v", arrivals(r), r)
	}
}

func TestWithoutUsageTokensAreEstimated(t *testing.T) {
	r := one(t, func(a *asked) { a.some(4); a.done() })
	if !r.OK() || r.OutputTokens != 4 || r.Counted != results.CountedEstimated {
		t.Errorf("%+v", r)
	}
}

// Without usage the server's own tokenizer counts the text, after the answer's end.
func TestWithoutUsageTheServerIsAsked(t *testing.T) {
	r := one(t, func(a *asked) {
		if a.Path == "/tokenize" {
			if a.text() != " t0 t1 t2" {
				t.Errorf("asked to count %q", a.text())
			}
			a.at(time.Second, func() { a.whole(200, "", `{"count":5,"max_model_len":100}`) })
			return
		}
		a.some(3)
		a.done()
	})
	if !r.OK() || r.OutputTokens != 5 || r.Counted != results.CountedTokenize || r.End != 0 {
		t.Errorf("%+v", r)
	}
}

func TestALateTerminatorIsNoLatency(t *testing.T) {
	r := one(t, func(a *asked) {
		a.some(2)
		a.chunk("data: [DONE]\n\n")
		a.at(time.Second, func() { a.peer.Write([]byte("0\r\n\r\n")) })
	})
	if !r.OK() || r.End != 0 {
		t.Errorf("%+v", r)
	}
}

// What the server did not count stays unknown, and what it counts as nothing is no count.
func TestUsageThatTellsNothing(t *testing.T) {
	const zero = `{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}`
	for _, c := range []struct {
		usages []string
		want   string // prompt, output, how counted; reasoning, cached
	}{
		{[]string{zero}, "? 3 estimated ? ?"},
		{[]string{`{"prompt_tokens":12,"completion_tokens":null}`}, "12 3 estimated ? ?"},
		{[]string{`{"prompt_tokens":12,"completion_tokens":3}`, zero}, "12 3 usage ? ?"},
		{[]string{`{"prompt_tokens":12,"completion_tokens":3000000000}`}, "12 3 estimated ? ?"},
		{[]string{`{"prompt_tokens":-1,"completion_tokens":3}`}, "? 3 usage ? ?"},
		{[]string{`{"prompt_tokens":12,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":0},` +
			`"completion_tokens_details":{"reasoning_tokens":0}}`}, "12 3 usage 0 0"},
		{[]string{`{"prompt_tokens":12,"completion_tokens":3,"prompt_tokens_details":null,"completion_tokens_details":{}}`},
			"12 3 usage ? ?"},
	} {
		r := one(t, func(a *asked) {
			if a.Path == "/tokenize" {
				a.whole(404, "", "")
				return
			}
			a.some(3)
			a.chunk(stopped)
			for _, u := range c.usages {
				a.chunk(start + `[],"usage":` + u + "}\n\n")
			}
			a.done()
		})
		told := func(n int32, is bool) string {
			if !is {
				return "?"
			}
			return fmt.Sprint(n)
		}
		got := fmt.Sprint(told(r.PromptTokens, r.PromptTokens > 0), " ", r.OutputTokens, " ", r.Counted, " ",
			told(r.ReasoningTokens, r.ReasoningTold), " ", told(r.CachedTokens, r.CachedTold))
		if got != c.want || !r.OK() {
			t.Errorf("%v: %s, want %s", c.usages, got, c.want)
		}
	}
}

// Tokens that were counted and had no text of their own do not bend TPOT: the true time of one is 20 ms.
func TestTokensWithoutTextDoNotBendTPOT(t *testing.T) {
	const ms, gap = time.Millisecond, 20 * time.Millisecond
	blank := start + `[{"index":0,"delta":{"content":""},"finish_reason":null}]}` + "\n\n"
	usage := func(reasoning int) string {
		return start + fmt.Sprintf(`[],"usage":{"prompt_tokens":7,"completion_tokens":20,`+
			`"completion_tokens_details":{"reasoning_tokens":%d}}}`, reasoning) + "\n\n"
	}
	end := func(a *asked, text string) {
		a.chunk(text)
		a.done()
	}
	for name, answer := range map[string]func(*asked){
		"plain": func(a *asked) { a.each(20, gap, func(i int) { a.token(i) }, func() { end(a, stopped+usage(0)) }) },
		"the last quarter has no text": func(a *asked) {
			a.each(20, gap, func(i int) {
				if i < 15 {
					a.token(i)
				} else {
					a.chunk(blank)
				}
			}, func() { end(a, stopped+usage(0)) })
		},
		"a late finish_reason": func(a *asked) {
			a.each(20, gap, func(i int) { a.token(i) }, func() { a.at(500*ms, func() { end(a, stopped+usage(0)) }) })
		},
		"the last token has finish_reason and no text": func(a *asked) {
			a.each(20, gap, func(i int) {
				if i < 19 {
					a.token(i)
				} else {
					a.chunk(stopped)
				}
			}, func() { end(a, usage(0)) })
		},
		"thought in silence": func(a *asked) {
			a.at(4*gap, func() { a.each(16, gap, func(i int) { a.token(i) }, func() { end(a, stopped+usage(4)) }) })
		},
		"thought much in silence": func(a *asked) {
			a.at(16*gap, func() { a.each(4, gap, func(i int) { a.token(i) }, func() { end(a, stopped+usage(16)) }) })
		},
		"thought aloud": func(a *asked) {
			a.each(20, gap, func(i int) {
				if i < 5 {
					a.chunk(reasoning)
				} else {
					a.token(i)
				}
			}, func() { end(a, stopped+usage(5)) })
		},
	} {
		r := one(t, func(a *asked) {
			a.head()
			a.chunk(role)
			a.at(50*ms, func() { answer(a) })
		})
		if d, ok := r.TPOT(); !ok || d != gap || r.OutputTokens != 20 {
			t.Errorf("%s: %v, %v; %+v", name, d, ok, r)
		}
	}
}

// each calls token n times, and end at once behind the last.
func (a *asked) each(n int, gap time.Duration, token func(int), end func()) {
	for i := range n {
		a.at(time.Duration(i)*gap, func() {
			if token(i); i == n-1 {
				end()
			}
		})
	}
}

// Answers recorded from vLLM become the records that one would write by hand.
func TestRecordedAnswersBecomeRecords(t *testing.T) {
	for name, want := range map[string]string{
		"chat-stream-nothink": "fault  status 200 finish length tokens 12/32 reasoning 0 cached 0 counted 1 " +
			"events 11 metrics true",
		"chat-stream-usage": "fault  status 200 finish length tokens 12/26 reasoning 12 cached 0 counted 1 " +
			"events 12 metrics true",
		"chat-stream": "fault  status 200 finish length tokens 11/0 reasoning 0 cached 0 counted 3 " +
			"events 11 metrics false",
		"chat-stream-think-then-answer": "fault  status 200 finish length tokens 24/26 reasoning 2 cached 0 counted 1 " +
			"events 23 metrics true",
		"chat-stream-tool-auto": "fault  status 200 finish tool_calls tokens 66/252 reasoning 0 cached 128 counted " +
			"1 events 14 metrics true",
		"chat-stream-prefix-cached": "fault  status 200 finish length tokens 3/915 reasoning 3 cached 896 counted 1 " +
			"events 3 metrics true",
		"chat-stream-engine-abort": "fault in-stream status 200 finish abort tokens 3/26 reasoning 3 cached 0 counted " +
			"1 events 3 metrics true",
		"chat-stream-engine-death": "fault in-stream status 200 finish  tokens 2/0 reasoning 0 cached 0 counted 3 " +
			"events 2 metrics false",
		"chat-stream-client-abort": "fault truncated status 200 finish  tokens 4/0 reasoning 0 cached 0 counted 3 " +
			"events 4 metrics false",
		"chat-stream-stop-eos": "fault empty status 200 finish stop tokens 1/32 reasoning 0 cached 0 counted 1 " +
			"events 0 metrics true",
		"completion-stream-usage": "fault  status 200 finish length tokens 12/8 reasoning 0 cached 0 counted 1 " +
			"events 12 metrics true",
	} {
		raw, err := os.ReadFile(filepath.Join("internal", "sse", "testdata", name+".response.http"))
		if err != nil {
			t.Fatal(err)
		}
		r := one(t, func(a *asked) { a.peer.Write(raw); a.peer.Close() })
		got := fmt.Sprintf("fault %s status %d finish %s tokens %d/%d reasoning %d cached %d counted %d events %d metrics %v",
			r.Fault, r.Status, r.Finish,
			r.OutputTokens, r.PromptTokens, r.ReasoningTokens, r.CachedTokens, r.Counted, r.Events, r.ServerFirstToken > 0)
		if got != want || r.RequestID == "" {
			t.Errorf("%s: %s, want %s (%q)", name, got, want, r.Detail)
		}
	}
}
