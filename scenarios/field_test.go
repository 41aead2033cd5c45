package scenarios

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// fieldScenario is the file's scenario, or one of this class and load beside the recordings of the field.
func fieldScenario(t *testing.T, class, load string) *Scenario {
	t.Helper()
	s, err := Parse("testdata/field/x.yaml", []byte("version: 1\ntargets: {s: {url: 'http://localhost:5001', model: "+
		"m}}\nprompts: {a: "+class+"}\nload: "+load+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *Scenario) said() string {
	out := ""
	for _, c := range s.Concerns() {
		out += c.ID + ": " + c.Says + "\n"
	}
	return out
}

func TestRecordingsOfTheField(t *testing.T) {
	for _, c := range []struct {
		class string
		first row
		n     int
		left  int
		says  string
	}{
		{"{source: {file: 50-mooncake.jsonl, format: lengths}, output: {from_file: exact}}", row{input: 6000, output: 500}, 3,
			0, "hash_ids are not followed"},
		{"{source: {file: 52-trace-with-failures.csv, format: lengths}, output: {from_file: exact}}",
			row{input: 472, output: 18}, 2, 1, "1 of 3 rows"},
		{"{source: {file: burst.csv, format: lengths}, output: {from_file: max}}", row{input: 592, output: 37}, 38, 1,
			"1 of 39 rows"},
		{"{source: {file: bom.csv, format: lengths}, output: {from_file: max}}", row{input: 505, output: 137}, 39, 0, ""},
		{"{source: {file: floats.csv, format: lengths}, output: {from_file: max}}", row{input: 458, output: 69}, 39, 0, ""},
		{"{source: {file: bom.jsonl, format: custom}, output: {from_file: max}}",
			row{text: "Question 0: what is 0 plus 0?", output: 20}, 40, 0, ""},
		{"{source: {file: floats.jsonl, format: custom}, output: {from_file: max}}",
			row{text: "Question 0: what is 0 plus 0?", output: 20}, 40, 0, ""},
		{"{source: {file: 54-batch.jsonl, format: messages}, output: {from_file: max}}",
			row{text: "hello", messages: `[{"role": "user", "content": "hello"}]`, output: 20}, 1, 0,
			"model of 1 lines is not sent"},
	} {
		s := fieldScenario(t, c.class, "{concurrency: [1]}")
		src := s.Prompts[0].Source
		if !reflect.DeepEqual(src.rows[0], c.first) || src.N != c.n || src.LeftOut != c.left ||
			!strings.Contains(s.said(), c.says) || c.says == "" && s.said() != "" {
			t.Errorf("%s\n%+v, %d rows, %d left out\n%s", c.class, src.rows[0], src.N, src.LeftOut, s.said())
		}
	}
}

// What a recorded request asks is sent; what the scenario asks wins over it, and an answer at its end is left off.
func TestWhatARecordedRequestAsks(t *testing.T) {
	s := fieldScenario(t,
		"{source: {file: 55-messages.jsonl, format: messages}, output: {max: 50}, request: {top_p: 0.5}}",
		"{concurrency: [1]}\nrequest: {timeout: 1m}")
	all := NewMix(s, s.Plan("").Steps[0]).Each(2)
	q := all[0].Request
	if q == nil || *q.Temperature != 0.9 || *q.TopP != 0.5 || q.ToolChoice != "auto" || len(q.Tools) != 1 ||
		q.Timeout != time.Minute {
		t.Errorf("%+v", q)
	}
	if all[1].Text != "question" || strings.Contains(all[1].Messages, "answer") || all[1].Request.Temperature != nil {
		t.Errorf("%+v", all[1])
	}
	if said := s.said(); !strings.Contains(said, "1 conversations end with the assistant's answer") ||
		!strings.Contains(said, "model of 1 lines is not sent") {
		t.Error(said)
	}
}

// Arrivals and lengths of one file: each request has the lengths of its own row, those without an answer are in
// neither, and it stays so on a grid of stamps, at another rate, and for a shard.
func TestRowsOfOneFileStayTogether(t *testing.T) {
	for _, name := range []string{"51-mooncake.yaml", "53-trace-and-lengths.yaml"} {
		data, err := os.ReadFile(filepath.Join("testdata/field", name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(filepath.Join("testdata/field", name), data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, file := range []string{"52-trace-with-failures.csv", "burst.csv", "50-mooncake.jsonl", "mooncake.jsonl"} {
		s := fieldScenario(t, "{source: {file: "+file+", format: lengths}, output: {from_file: exact}}",
			"{rate: [3], arrival: {trace: {file: "+file+"}}}")
		step := s.Plan("").Steps[0]
		tr, rows, m := step.Arrival.Trace, s.Prompts[0].Source.rows, NewMix(s, step)
		if tr.N != len(rows) {
			t.Errorf("%s: %d arrivals, %d rows", file, tr.N, len(rows))
		}
		factor := tr.Rate / 3
		for i, due := range step.Arrival.Schedule(3, step.Seed, time.Duration(2*factor*float64(tr.Period)))[:2*tr.N] {
			p := m.Prompt(-1, i)
			due -= time.Duration(i/tr.N) * time.Duration(factor*float64(tr.Period))
			ok := false
			for k, stamp := range tr.Stamps { // one of the rows with these lengths is due then
				low := time.Duration(factor * float64(stamp))
				high := low + time.Duration(factor*float64(tr.Quantum)) + 2
				ok = ok || due >= low-2 && due <= high && rows[tr.rows[k]].input == p.InputTokens &&
					rows[tr.rows[k]].output == p.MaxTokens
			}
			if !ok {
				t.Fatalf("%s: request %d at %v has %d and %d tokens, which no row near it has", file, i, due, p.InputTokens,
					p.MaxTokens)
			}
		}
	}
	s, err := Parse("testdata/field/x.yaml", []byte(`version: 1
targets: {s: {url: "http://localhost:5001", model: m}}
prompts: {a: {source: {file: burst.csv, format: lengths}, output: {from_file: max}}, b: {text: x, output: {max: 3}}}
load: {arrival: {trace: {file: burst.csv}}}
`))
	if err != nil || !strings.Contains(s.said(), "rows-drawn-apart") {
		t.Errorf("%v %s", err, s.said())
	}
}

func TestUnitsOfStamps(t *testing.T) {
	const class = "{text: x, output: {max: 2}}"
	for load, want := range map[string]struct {
		unit string
		n    int
		says string
	}{
		"{arrival: {trace: {file: epoch-ms.csv}}}":               {"ms", 39, "milliseconds since 1970"},
		"{arrival: {trace: {file: bom-stamps.csv}}}":             {"s", 39, ""},
		"{arrival: {trace: {file: 50-mooncake.jsonl}}}":          {"ms", 3, "Mooncake"},
		"{arrival: {trace: {file: 50-mooncake.jsonl, unit: s}}}": {"s", 3, ""},
		"{arrival: {trace: {file: 52-trace-with-failures.csv}}}": {"s", 3, ""},
	} {
		s := fieldScenario(t, class, load)
		tr := s.Phases[0].Arrival.Trace
		if tr.Unit != want.unit || tr.N != want.n || !strings.Contains(s.said(), want.says) || want.says == "" &&
			strings.Contains(s.said(), "trace-unit") {
			t.Errorf("%s: %+v\n%s", load, tr, s.said())
		}
	}
	for text, unit := range map[string]string{
		`{"chat_id": 1, "timestamp": 61.114, "input_length": 3, "hash_ids": [1]}` + "\n" +
			`{"chat_id": 2, "timestamp": 62, "hash_ids": [1]}`: "s",
		`{"timestamp": 0, "hash_ids": [1]}` + "\n" +
			`{"timestamp": 0.5, "hash_ids": [1]}`: "s",
		`{"timestamp": 0, "hash_ids": [1]}` + "\n" +
			`{"timestamp": 27482.0, "hash_ids": [1]}`: "ms",
		"TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,374,44\n2023-11-16 " +
			"18:17:04.0319600,396,109\n": "s",
		"arrived_at,num_prefill_tokens\n0.5,3\n1787000000.5,4\n": "s",
		"time\n1787000000000000\n1787000001000000\n":             "us",
	} {
		tr := &Trace{File: "f"}
		if _, err := tr.stamps([]byte(text)); err != nil || tr.Unit != unit {
			t.Errorf("%s: %s, want %s: %v", text, tr.Unit, unit, err)
		}
	}
	ms := &Trace{File: "f"}
	stamps, err := ms.stamps([]byte("timestamp\n0\n3000000\n6000000\n"))
	if err != nil || len(stamps) != 3 ||
		!strings.Contains(strings.Join(ms.Says, ""), "milliseconds would be 1h40m0s (unit: ms)") {
		t.Errorf("%v %v %v", stamps, ms.Says, err)
	}
}

// Numbers however they are written, other separators, other names.
func TestTablesLikeThem(t *testing.T) {
	for text, want := range map[string][]row{
		"input;output\n1e2;20.0\n5;0\n": {
			{input: 100, output: 20}},
		"num_prefill_tokens\tnum_decode_tokens\n3\t4\n,\t\n": nil,
		"prompt_tokens,completion_tokens\n3,\n4,NaN\n5,6\n": {{input: 5,
			output: 6}},
		`[{"input_length": 3.0, "Output_Length": "4"}]`: {{input: 3,
			output: 4}},
		`{"prompt_tokens": 3, "completion_tokens": null}` + "\n" +
			`{"prompt_tokens": 7, "completion_tokens": 8}`: {{input: 7, output: 8}},
	} {
		s := &source{}
		if _, err := readLengths(s, []byte(text)); (err != nil) != (want == nil) || err == nil &&
			!reflect.DeepEqual(s.rows, want) {
			t.Errorf("%q: %+v %v", text, s.rows, err)
		}
	}
	for text, says := range map[string]string{
		"input,output\n3.5,4\n": `given "3.5"`, "input,output\n-3,4\n": `given "-3"`, "a,b\n1,2\n": "no column input",
		`{"x": 1}`: "no column input", `["a"]`: "a string stands where an object is expected",
	} {
		if _, err := readLengths(&source{}, []byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: want %s, got %v", text, says, err)
		}
	}
	if _, err := asUTF8([]byte{0xff, 0xfe, 'a', 0}); err == nil {
		t.Error("UTF-16 was taken for UTF-8")
	}
	s, err := Parse("x.yaml", []byte("version: 1\ntargets: {s: {url: 'http://h:1', model: m, settings: "+
		"{kv-cache-memory-bytes: 6442450944}}}\nprompts: {a: {input: {fixed: 1e2}, output: {max: 20}}}\nload: {rate: [1e1, "+
		"\"2\"]}\n"))
	if err == nil || !strings.Contains(err.Error(), `rate[1]: expected a number, got "2"`) ||
		strings.Contains(err.Error(), "1e1") {
		t.Errorf("%+v %v", s, err)
	}
}
