package generator

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/endpoint"
	"loadgen/results"
	"loadgen/scenarios"
)

const chunk = `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m",` +
	`"choices":[{"index":0,"delta":{"content":" t"},"logprobs":null,"finish_reason":null,"token_ids":null}]}` + "\n\n"

// The hot path, from the bytes of one read to the record: no allocation per token, whether a chunk comes whole, several
// come at once, or one is cut in two.
func TestNothingIsAllocatedPerToken(t *testing.T) {
	for name, reads := range map[string][]string{"whole": {chunk}, "many": {chunk + chunk + chunk},
		"cut": {chunk[:100], chunk[100:]}} {
		w := &sender{}
		w.begin(&flight{record: &results.Record{}})
		w.arrivals = make([]results.Arrival, 0, 1000)
		bytes := make([][]byte, len(reads))
		for i := range reads {
			bytes[i] = []byte(reads[i])
		}
		read, at := 0, time.Duration(0)
		allocs := testing.AllocsPerRun(100, func() {
			for _, b := range bytes {
				read++
				at += time.Millisecond
				w.take(b, at, read)
			}
		})
		if allocs != 0 || w.record.Events == 0 {
			t.Errorf("%s: %v allocations, %d events", name, allocs, w.record.Events)
		}
	}
}

// BenchmarkTake is all that is done with a chunk behind the read: parse, stamp, record.
func BenchmarkTake(b *testing.B) {
	for _, each := range []int{1, 16} {
		b.Run(fmt.Sprint("chunks in a read=", each), func(b *testing.B) {
			w := &sender{}
			w.begin(&flight{record: &results.Record{}})
			p := bytes.Repeat([]byte(chunk), each)
			b.ReportAllocs()
			n := 0
			for i := 0; b.Loop(); i++ {
				if i%1000 == 0 {
					w.arrivals = w.arrivals[:0]
				}
				w.take(p, time.Duration(i), i)
				n += each
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mchunks/s")
		})
	}
}

func TestBodies(t *testing.T) {
	half, three := 0.5, 3
	p := scenarios.Prompt{Text: `say "é"`, MaxTokens: 20, Exact: true, Salt: "s"}
	r := scenarios.Request{Temperature: &half, ChatTemplateKwargs: map[string]any{"enable_thinking": false},
		ExtraBody: map[string]any{"top_k": 3, "max_tokens": 5}}
	common := `"stream":true,"stream_options":{"include_usage":true},`
	for _, c := range []struct {
		api  api
		p    scenarios.Prompt
		r    scenarios.Request
		want string
	}{
		{chat, p, scenarios.Request{}, `{"model":"m","messages":[{"role":"user","content":"say \"é\""}],` + common +
			`"max_tokens":20,"min_tokens":20,"ignore_eos":true,"cache_salt":"s"}`},
		{completions, scenarios.Prompt{Text: "x", MaxTokens: 9}, r, `{"model":"m","prompt":"x",` + common +
			`"temperature":0.5,"max_tokens":5,"top_k":3}`},
		{chat, scenarios.Prompt{Text: "x", Messages: `[{"role":"user","content":"y"}]`},
			scenarios.Request{TopP: &half, TopK: &three, ToolChoice: "auto",
				Tools: []any{map[string]any{"type": "function"}}, JSONSchema: map[string]any{"type": "object"}},
			`{"model":"m","messages":[{"role":"user","content":"y"}],` + common + `"top_p":0.5,"top_k":3,` +
				`"response_format":{"json_schema":{"name":"answer","schema":{"type":"object"}},"type":"json_schema"},` +
				`"tools":[{"type":"function"}],"tool_choice":"auto"}`},
		{completions, scenarios.Prompt{Text: "x", MaxTokens: 9, Exact: true},
			scenarios.Request{ExtraBody: map[string]any{"min_tokens": nil, "ignore_eos": nil, "stream_options": nil,
				"none": nil}},
			`{"model":"m","prompt":"x","stream":true,"max_tokens":9}`},
		{completions, scenarios.Prompt{Text: "x", MaxTokens: 9},
			scenarios.Request{ExtraBody: map[string]any{"max_tokens": nil}},
			`{"model":"m","prompt":"x",` + common + `"max_completion_tokens":9}`},
		{chat, scenarios.Prompt{Text: "x"}, scenarios.Request{ChatTemplateKwargs: r.ChatTemplateKwargs},
			`{"model":"m","messages":[{"role":"user","content":"x"}],` + common[:len(common)-1] +
				`,"chat_template_kwargs":{"enable_thinking":false}}`},
		{Responses, p, scenarios.Request{Temperature: &half}, `{"model":"m","input":"say ` +
			`\"é\"","stream":true,"store":false,"max_output_tokens":20,"ignore_eos":true,"temperature":0.5,"cache_salt":"s"}`},
		{Responses, scenarios.Prompt{Messages: `[{"role":"user","content":"y"}]`},
			scenarios.Request{ToolChoice: "auto", JSONSchema: map[string]any{"type": "object"},
				ChatTemplateKwargs: r.ChatTemplateKwargs,
				Tools: []any{map[string]any{"type": "function", "function": map[string]any{"name": "f"}},
					map[string]any{"type": "web"}}},
			`{"model":"m","input":[{"role":"user","content":"y"}],"stream":true,"store":false,` +
				`"text":{"format":{"name":"answer","schema":{"type":"object"},"type":"json_schema"}},` +
				`"tools":[{"name":"f","type":"function"},{"type":"web"}],"tool_choice":"auto",` +
				`"chat_template_kwargs":{"enable_thinking":false}}`},
	} {
		if got := string(c.api.Body(nil, "m", c.p, c.r)); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.api.Name, got, c.want)
		}
	}
}

func TestEveryKindOfErrorIsAFault(t *testing.T) {
	for _, k := range endpoint.Kinds {
		if !slices.Contains(results.Faults, results.Fault(k)) {
			t.Errorf("%q is no fault of a record", k)
		}
	}
}

func TestAPIs(t *testing.T) {
	for _, a := range apis {
		if found, ok := findAPI(a.Name); !ok || found.Path != a.Path || a.Doc == "" || a.Body == nil {
			t.Errorf("%+v", a)
		}
	}
	if a, ok := findAPI(""); !ok || a.Name != "chat" {
		t.Error(a.Name)
	}
	if _, ok := findAPI("smoke signals"); ok {
		t.Error("found")
	}
}

// What a class asks wins over what the load asks.
func TestClassAsksForItself(t *testing.T) {
	ep, err := endpoint.New(clock.NewWall(), scenarios.Target{URL: "http://localhost:1", Model: "m"}, endpoint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer ep.Close()
	half, one := 0.5, 1.0
	r := &Run{api: completions, ep: ep, load: Load{Request: scenarios.Request{Temperature: &one}}}
	var w sender
	for _, c := range []struct {
		asks *scenarios.Request
		want string
	}{{nil, `"temperature":1`}, {&scenarios.Request{Temperature: &half}, `"temperature":0.5`}} {
		r.load.NoSalt = c.asks != nil
		if w.ready(r, scenarios.Prompt{Text: "x", Request: c.asks, Salt: "s"}); strings.Contains(string(*w.body),
			"cache_salt") == r.load.NoSalt || !strings.Contains(string(*w.body), c.want) {
			t.Errorf("%s not in %s", c.want, *w.body)
		}
	}
}
