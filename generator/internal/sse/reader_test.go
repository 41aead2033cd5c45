package sse

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

// What the recorded answers hold, counted by hand: content, reasoning, tool, role, failure, done; finish; usage.
var recorded = map[string]string{
	"chat-stream":                    "0 11 0 1 0 1 length {? ? ? ?}",
	"chat-stream-nothink":            "11 0 0 1 0 1 length {32 12 0 0}",
	"chat-stream-usage":              "0 12 0 1 0 1 length {26 12 12 0}",
	"chat-stream-continuous-usage":   "0 12 0 1 0 1 length {26 12 12 0}",
	"chat-stream-think-then-answer":  "21 2 0 1 0 1 length {26 24 2 0}",
	"chat-stream-tool-auto":          "0 0 14 1 0 1 tool_calls {252 66 0 128}",
	"chat-stream-engine-abort":       "0 3 0 1 0 1 abort {26 3 3 0}",
	"chat-stream-engine-death":       "0 2 0 1 1 1  {? ? ? ?}",
	"chat-stream-logprobs":           "4 0 0 1 0 1 length {32 6 0 0}",
	"chat-stream-n2":                 "11 0 0 2 0 1 length {32 12 0 0}",
	"chat-stream-stop-eos":           "0 0 0 1 0 1 stop {32 1 0 0}",
	"chat-stream-prefix-cached":      "0 3 0 1 0 1 length {915 3 3 896}",
	"chat-stream-client-abort":       "0 4 0 1 0 0  {? ? ? ?}",
	"completion-stream":              "10 0 0 0 0 1 length {? ? ? ?}",
	"completion-stream-usage":        "12 0 0 0 0 1 length {8 12 ? 0}",
	"completion-stream-token-ids":    "4 0 0 0 0 1 length {? ? ? ?}",
	"responses-stream":               "0 7 0 1 0 1 length {24 12 11 0}",
	"responses-stream-nothink":       "11 0 0 1 0 1 length {59 12 0 0}",
	"responses-stream-tool-required": "0 0 33 1 0 1 length {237 66 0 128}",
}

func summary(notes []note) string {
	var n [Done + 1]int
	var finish string
	var usage Usage
	for _, e := range notes {
		n[e.Kind]++
		if e.Finish != "" {
			finish = e.Finish
		}
		if e.Usage != (Usage{}) {
			usage = e.Usage
		}
	}
	return fmt.Sprint(n[Content], n[Reasoning], n[Tool], n[Role], n[Failure], n[Done]) + " " + finish + " " +
		fmt.Sprint(usage)
}

func TestRecordedAnswers(t *testing.T) {
	entries, err := os.ReadDir("testdata")
	if err != nil || len(entries) != len(recorded)+1 { // README
		t.Errorf("%d files, %v", len(entries), err)
	}
	for name, want := range recorded {
		body := fixture(t, name)
		notes, err := cut(new(Reader), body)
		if got := summary(notes); got != want || err != nil {
			t.Errorf("%s: %s, want %s; %v", name, got, want, err)
		}
		if ref, ok := reference(string(body)); !ok || !reflect.DeepEqual(notes, ref) {
			t.Errorf("%s: not what encoding/json finds:\n%v\n%v", name, notes, ref)
		}
	}
}

func TestEventsMayBeCutAnywhere(t *testing.T) {
	for _, name := range []string{"chat-stream-think-then-answer", "chat-stream-engine-death", "completion-stream-usage",
		"responses-stream-nothink"} {
		for _, newline := range []string{"\n", "\r\n", "\r"} {
			body := bytes.ReplaceAll(fixture(t, name), []byte("\n"), []byte(newline))
			r := new(Reader)
			want, _ := cut(r, body)
			if summary(want) != recorded[name] {
				t.Errorf("%s with %q: %s", name, newline, summary(want))
			}
			for i := 0; i < len(body); i += len(newline)*3 - 2 { // every place, or every fourth
				if got, err := cut(r, body[:i], body[i:]); err != nil || !reflect.DeepEqual(got, want) {
					t.Fatalf("%s with %q cut at %d: %v", name, newline, i, err)
				}
			}
			var bytewise [][]byte
			for i := range body {
				bytewise = append(bytewise, body[i:i+1])
			}
			if got, err := cut(r, bytewise...); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s with %q, byte by byte: %v", name, newline, err)
			}
		}
	}
}

func TestFramesOfOtherServers(t *testing.T) {
	const token = `{"choices":[{"delta":{"content":"x"}}]}`
	for in, want := range map[string]string{
		"data:" + token + "\n\n":                              "1 0 0 0 0 0  {? ? ? ?}", // no space
		": ping\n\ndata: " + token + "\n\n":                   "1 0 0 0 0 0  {? ? ? ?}", // a comment
		"event: message\nid: 1\ndata: " + token + "\n\n":      "1 0 0 0 0 0  {? ? ? ?}",
		"data: {\"choices\":\ndata: [{\"text\":\"x\"}]}\n\n":  "1 0 0 0 0 0  {? ? ? ?}", // one event in two lines
		"data: " + token + "\n\n" + "data: " + token + "\n\n": "2 0 0 0 0 0  {? ? ? ?}",
		"data: " + token:          "1 0 0 0 0 0  {? ? ? ?}", // no end of line
		"data: [DONE]\n":          "0 0 0 0 0 1  {? ? ? ?}",
		"\n\n\ndata\n\ndata:\n\n": "0 0 0 0 0 0  {? ? ? ?}",
		"database: no\n\n":        "0 0 0 0 0 0  {? ? ? ?}",
		"data: {\"choices\":[{\"delta\":{\"content\":null,\"reasoning_content\":\"x\"}}]}\n\n": "0 1 0 0 0 0  {? ? ? ?}",
		"data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"x\"}}]}\n\n":     "1 0 0 0 0 0  {? ? ? ?}",
		"data: {\"choices\":[{\"delta\":{\"reasoning\":\"x\",\"content\":\"y\"}}]}\n\n":        "1 0 0 0 0 0  {? ? ? ?}",
		"data: {\"choices\":[{\"delta\":{\"tool_calls\":[]}}]}\n\n":                            "0 0 0 0 0 0  {? ? ? ?}",
		"data: {\"error\": {\"message\": \"no\", \"code\": " +
			"500}}\n\n": "0 0 0 0 1 0  {? ? ? ?}",
		"data: {\"error\":\"Unauthorized\"}\n\n": "0 0 0 0 1 0  {? ? ? ?}",
		"data: {\"error\":null,\"choices\":[{\"text\":\"x\"}]," +
			"\"usage\":null}\n\n": "1 0 0 0 0 0  {? ? ? ?}",
		"data: {\"object\":\"error\"," +
			"\"message\":\"old\"}\n\n": "0 0 0 0 1 0  {? ? ? ?}",
		"data: {\"usage\":{\"prompt_tokens\":-1,\"completion_tokens\":\"2\"," +
			"\"total_tokens\":3}}\n\n": "0 0 0 0 0 0  {? ? ? ?}",
		"data: {\"choices\":[{\"finish_reason\":\"stop\",\"delta\":{}}]," +
			"\"usage\":{\"prompt_tokens\":3}}\n\n": "0 0 0 0 0 0 stop {3 ? ? ?}",
		"data: {\"delta\":\"x\"," +
			"\"type\":\"response.output_text.delta\"}\n\n": "1 0 0 0 0 0  {? ? ? ?}",
		"data: {\"type\":\"response.output_text.delta\"," +
			"\"delta\":\"\"}\n\n": "0 0 0 0 0 0  {? ? ? ?}",
		"data: {\"type\":\"response.output_text.done\"," +
			"\"text\":\"x\"}\n\n": "0 0 0 0 0 0  {? ? ? ?}",
		"data: {\"type\":\"response.reasoning_summary_text.delta\"," +
			"\"delta\":\"x\"}\n\n": "0 1 0 0 0 0  {? ? ? ?}",
		"data: {\"type\":\"response.incomplete\",\"response\":{\"incomplete_details\":{\"reason\":\"max_output_tokens\"}," +
			"\"status\":\"incomplete\",\"usage\":{\"input_tokens\":7,\"output_tokens\":2}}}\n\n": "0 0 0 0 0 1 length {7 2 ? ?}",
		"data: {\"type\":\"response.failed\"," +
			"\"response\":{\"error\":{\"message\":\"no\"}}}\n\n": "0 0 0 0 1 0  {? ? ? ?}",
		"data: [DONE] \n\n":             "0 0 0 0 0 1  {? ? ? ?}",
		"\ufeffdata: " + token + "\n\n": "1 0 0 0 0 0  {? ? ? ?}",
		// the name is of one event alone
		"event: error\ndata: " + token + "\n\ndata: " + token + "\n\n": "1 0 0 0 1 0  {? ? ? ?}",
		"event: error\n\ndata: " + token + "\n\n":                      "1 0 0 0 0 0  {? ? ? ?}",
		// no code: not said to be an error
		"data: {\"message\":\"queued\"}\n\n": "0 0 0 0 0 0  {? ? ? ?}",
		"data: {\"errors\":[],\"error\":false,\"detail\":null,\"code\":null,\"message\":\"\"," +
			"\"choices\":[{\"text\":\"x\"}]}\n\n": "1 0 0 0 0 0  {? ? ? ?}",
		"data: {\"choices\":[{\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"x\"},{\"type\":\"text\",\"text\":\"y\"}" +
			"]}}]}\n\n": "1 0 0 0 0 0  {? ? ? ?}",
		"data: {\"choices\":[{\"delta\":{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\"," +
			"\"text\":\"x\"}]}]}}]}\n\n": "0 1 0 0 0 0  {? ? ? ?}",
		"data: {\"choices\":[{\"delta\":{\"content\":[]}" +
			"}]}\n\n": "0 0 0 0 0 0  {? ? ? ?}",
		"data: {\"usage\":{\"prompt_tokens\":2147483648," +
			"\"completion_tokens\":3000000000}}\n\n": "0 0 0 0 0 0  {? ? ? ?}",
		"data: {\"usage\":{\"prompt_tokens\":2147483647," +
			"\"completion_tokens\":1.5}}\n\n": "0 0 0 0 0 0  {2147483647 ? ? ?}",
		"data: {\"type\":\"error\",\"code\":\"500\"," +
			"\"message\":\"no\"}\n\n": "0 0 0 0 1 0  {? ? ? ?}",
	} {
		if notes, err := cut(new(Reader), []byte(in)); err != nil || summary(notes) != want {
			t.Errorf("%q: %s %v", in, summary(notes), err)
		}
	}
}

func TestErrorsSayWhatTheServerSaid(t *testing.T) {
	for in, want := range map[string]string{
		`{"error":{"message":"a \"b\" é","type":"x"}}`:                                           `a "b" é`,
		`{"error":"Unauthorized"}`:                                                               "Unauthorized",
		`{"object":"error","message":"old","code":500}`:                                          "old",
		`{"message":"é","type":"error"}`:                                                         "é",
		`{"response":{"error":{"message":"no","code":"server_error"}},"type":"response.failed"}`: "no",
		`{"code":500,"message":"engine died"}`:                                                   "engine died",
		`{"detail":"engine died"}`:                                                               "engine died",
		`{"detail":[{"loc":["body"],"msg":"no such key"}]}`:                                      "no such key",
		`{"errors":[{"message":"engine died"}]}`:                                                 "engine died",
		`{"errors":["engine died","twice"]}`:                                                     "engine died",
		`{"error":true,"message":"engine died"}`:                                                 "engine died",
		`{"error":500}`:                                                                          `{"error":500}`,
		`{"error":{"code":7}}`:                                                                   `{"error":{"code":7}}`,
	} {
		if notes, err := cut(new(Reader), []byte("data: "+in+"\n\n")); err != nil || len(notes) != 1 ||
			notes[0].Kind != Failure || notes[0].Message != want {
			t.Errorf("%s: %+v %v", in, notes, err)
		}
	}
	for in, want := range map[string]string{
		`{"message":"engine died","code":500}`:                   "engine died",
		`{"detail":"engine died"}`:                               "engine died",
		`engine died`:                                            "engine died",
		`{"type":"InternalServerError","message":"engine died"}`: "engine died",
		`{"error":{"message":"engine died"}}`:                    "engine died",
		`{"type":"InternalServerError"}`:                         `{"type":"InternalServerError"}`,
		`"engine died"`:                                          `"engine died"`,
	} {
		if notes, err := cut(new(Reader), []byte("event: error\ndata: "+in+"\n\n")); err != nil || len(notes) != 1 ||
			notes[0].Kind != Failure || notes[0].Message != want {
			t.Errorf("event: error, %s: %+v %v", in, notes, err)
		}
	}
}

// A list of parts is one text.
func TestPartsAreOneText(t *testing.T) {
	notes, err := cut(new(Reader),
		[]byte(`data: {"choices":[{"delta":{"content":[{"type":"text","text":"a\"b"},{"type":"text","text":"c"}]}}]}`+"\n\n"))
	if err != nil || len(notes) != 1 || notes[0].Text != `a"bc` {
		t.Errorf("%+v %v", notes, err)
	}
}

func TestAUsageThatCountsNothingTellsNothing(t *testing.T) {
	told := func(n int32) count { return count{n, true} }
	right := Usage{Prompt: told(7), Output: told(3), Cached: told(0)}
	for _, c := range []struct {
		usages []Usage
		want   string
	}{
		{[]Usage{right, {Prompt: told(0), Output: told(0)}}, "{7 3 ? 0}"},
		{[]Usage{{Prompt: told(7), Output: told(1)}, {Prompt: told(7), Output: told(2), Reasoning: told(1)}}, "{7 2 1 ?}"},
		{[]Usage{{Prompt: told(0), Output: told(0), Cached: told(0)}}, "{? ? ? ?}"},
		{[]Usage{{Prompt: told(12)}, {}}, "{12 ? ? ?}"},
	} {
		var u Usage
		for _, later := range c.usages {
			u.Add(later)
		}
		if fmt.Sprint(u) != c.want {
			t.Errorf("%v: %v, want %s", c.usages, u, c.want)
		}
	}
}

func TestWhatIsNoJSONStopsTheReader(t *testing.T) {
	for _, payload := range []string{"{", `{"a":}`, `{"a":1,}`, "[1,]", "nul", "01", "1.", `"\x"`, "\"\x01\"", `{"a":1} x`,
		"-", `{"choices":[{"delta":{"content":"x}`} {
		r := new(Reader)
		if _, err := cut(r, []byte("data: "+payload+"\n\n")); err == nil {
			t.Errorf("%q was taken", payload)
		}
		r.Feed([]byte("data: {}\n\n"))
		if r.Next() {
			t.Error("went on after an error")
		}
	}
}

func TestLongLines(t *testing.T) {
	long := []byte(`data: {"choices":[{"text":"` + strings.Repeat("x", maxLine-100) + `"}]}` + "\n\n")
	var pieces [][]byte
	for b := range bytes.SplitSeq(long, []byte("never")) {
		for len(b) > 0 {
			n := min(4096, len(b))
			pieces, b = append(pieces, b[:n]), b[n:]
		}
	}
	if notes, err := cut(new(Reader), pieces...); err != nil || summary(notes) != "1 0 0 0 0 0  {? ? ? ?}" {
		t.Error(err)
	}
	if _, err := cut(new(Reader), append(pieces, pieces...)...); err != nil {
		t.Error(err)
	}
	endless := append([][]byte{[]byte("data: ")}, pieces[:len(pieces)-1]...)
	if _, err := cut(new(Reader), append(endless, bytes.Repeat([]byte("x"), 4096))...); err == nil ||
		err.Error() != "an event is longer than 1 MiB" {
		t.Error(err)
	}
	if notes, err := cut(&Reader{Limit: 4 * maxLine}, append(endless, []byte("\n\n"))...); err == nil || len(notes) != 0 ||
		err.Error() != "event is not JSON" {
		t.Error(notes, err) // long enough, were it whole
	}
}

// Unfinished lines of many readers hold no more than their budget, and a reader gives back what it held.
func TestABudgetIsSharedAndGivenBack(t *testing.T) {
	const most = 200 << 10
	budget := NewBudget(most)
	long := bytes.Repeat([]byte("x"), 200<<10)
	readers := []*Reader{{Budget: budget}, {Budget: budget}, {Budget: budget}}
	feed := func(r *Reader, p []byte) error {
		r.Feed(p)
		for r.Next() {
		}
		return r.Err()
	}
	if err := errors.Join(feed(readers[0], append([]byte("data: "), long...)),
		feed(readers[1], []byte("data: {}\n\n"))); err != nil {
		t.Fatal(err)
	}
	if err := feed(readers[2], append([]byte("data: "), long...)); !errors.Is(err, errNoRoom) {
		t.Errorf("a second long line: %v", err)
	}
	for _, r := range readers {
		r.Reset()
	}
	if left := budget.left.Load(); left != most {
		t.Errorf("%d of %d bytes are left", left, most)
	}
	if err := feed(readers[2], append([]byte("data: "), long...)); err != nil {
		t.Error(err)
	}
	if err := feed(readers[2], []byte(`"`)); err != nil { // still unfinished
		t.Error(err)
	}
	readers[2].Feed([]byte("\n\n"))
	for readers[2].Next() {
	}
	if err := readers[2].Err(); err == nil || err.Error() != "event is not JSON" {
		t.Error(err)
	}
}

func TestNothingIsAllocatedPerEvent(t *testing.T) {
	body := fixture(t, "chat-stream-nothink")
	r := new(Reader)
	for _, piece := range []int{len(body), 100} {
		allocs := testing.AllocsPerRun(100, func() {
			r.Reset()
			for b := body; len(b) > 0; b = b[min(piece, len(b)):] {
				r.Feed(b[:min(piece, len(b))])
				for r.Next() {
				}
			}
		})
		if allocs > 3 { // of the one usage event: three floats
			t.Errorf("pieces of %d: %v allocations", piece, allocs)
		}
	}
}

// The scanner takes exactly what encoding/json calls valid, and finds in it what encoding/json finds.
func FuzzEvent(f *testing.F) {
	for name := range recorded {
		for line := range bytes.SplitSeq(fixture(f, name), []byte("\n")) {
			f.Add(bytes.TrimPrefix(line, []byte("data: ")))
		}
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		var s scanner
		var ev event
		if got, want := s.event(payload, &ev), json.Valid(payload); got != want {
			t.Errorf("%q: taken %v, valid %v", payload, got, want)
		}
	})
}

// However a stream is cut, the events are the same; a shape that was learnt before changes nothing.
func FuzzReader(f *testing.F) {
	for name := range recorded {
		f.Add(fixture(f, name), uint16(100), uint16(7))
	}
	f.Fuzz(func(t *testing.T, body []byte, i, j uint16) {
		want, wantErr := cut(new(Reader), body)
		a := min(int(i), len(body))
		b := min(a+int(j), len(body))
		r := new(Reader)
		_, _ = cut(r, []byte(`data: {"choices":[{"delta":{"content":"x"}}]}`+"\n\n"))
		got, err := cut(r, body[:a], body[a:b], body[b:])
		if !reflect.DeepEqual(got, want) || (err == nil) != (wantErr == nil) {
			t.Errorf("%q: %v %v, want %v %v", body, got, err, want, wantErr)
		}
	})
}

func BenchmarkReader(b *testing.B) {
	body := fixture(b, "chat-stream-nothink")
	r, events := new(Reader), 0
	b.ReportAllocs()
	for b.Loop() {
		r.Reset()
		r.Feed(body)
		for r.Next() {
			events++
		}
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds()/1e6, "Mchunks/s")
}
