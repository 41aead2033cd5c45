package scenarios

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestSourceFormats(t *testing.T) {
	for _, c := range []struct {
		source
		want []row
	}{
		{source{File: "messages.jsonl", Format: "messages"}, []row{
			{text: "Be brief.\n\nHello?", messages: `[{"role":"system","content":"Be ` +
				`brief."},{"role":"user","content":"Hello?"}]`, output: 12},
			{text: `[{"type":"text","text":"What is on it?"}]`,
				messages: `[{"role":"user","content":[{"type":"text","text":"What is on it?"}]}]`, output: 7},
			{text: "One\n\nTwo\n\nThree", messages: `[{"role":"user","content":"One"},{"role":"assistant","content":"Two"},` +
				`{"role":"user","content":"Three"}]`, output: 3}}},
		{source{File: "custom.jsonl", Format: "custom"}, []row{{text: "What is the capital of France?", output: 9},
			{text: "Count to three."}}},
		// 22 and 10 bytes of answer, at 4 bytes a token
		{source{File: "sharegpt.json", Format: "sharegpt"},
			[]row{{text: "Hello there", output: 6}, {text: "Second question", output: 3}}},
		{source{File: "lengths.csv", Format: "lengths"}, []row{{input: 374, output: 44}, {input: 396, output: 109},
			{input: 879, output: 55}}},
		{source{File: "lengths.csv", Format: "lengths", Input: "GeneratedTokens", Output: "contexttokens"},
			[]row{{input: 44, output: 374}, {input: 109, output: 396}, {input: 55, output: 879}}},
	} {
		s := c.source
		if err := s.load("testdata/prompts/x.yaml"); err != nil || !reflect.DeepEqual(s.rows, c.want) || s.N != len(c.want) ||
			len(s.SHA) != 64 {
			t.Errorf("%s: %v\ngot  %+v\nwant %+v", s.Format, err, s.rows, c.want)
		}
	}
}

// mixOf parses a scenario beside the test's prompts and returns the mix of its first step.
func mixOf(t *testing.T, class string) (*Scenario, *Mix) {
	t.Helper()
	text := strings.Replace(small, "chat: {input: {fixed: 400}, output: {fixed: 200}}", "chat: "+class, 1)
	s, err := Parse("testdata/prompts/x.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s, NewMix(s, s.Plan("").Steps[0])
}

func TestPromptsFromFiles(t *testing.T) {
	_, m := mixOf(t, "{source: {file: messages.jsonl, format: messages}, output: {from_file: exact}}")
	seen := map[string]int{}
	for turn := range 300 {
		p := m.Prompt(1, turn)
		seen[p.Messages]++
		if !p.Exact || p.InputTokens != 0 || p.Salt == "" || p.MaxTokens != map[string]int{"Be brief.\n\nHello?": 12,
			"One\n\nTwo\n\nThree": 3}[p.Text] && p.MaxTokens != 7 {
			t.Fatalf("%+v", p)
		}
	}
	if len(seen) != 3 {
		t.Errorf("of 3 conversations %d were asked", len(seen))
	}
	for _, n := range seen {
		if n < 60 || n > 140 { // 100 expected, σ = 8.2: ± 4.9 σ
			t.Errorf("drawn unevenly: %v", seen)
		}
	}
	for i, p := range m.Each(4) { // in order, and again from the first
		if want := []int{12, 7, 3, 12}[i]; p.MaxTokens != want {
			t.Errorf("prompt %d of each: %d tokens, want %d", i, p.MaxTokens, want)
		}
	}
	_, m = mixOf(t, "{source: {file: lengths.csv, format: lengths}, output: {from_file: max}}")
	joint := map[int]int{374: 44, 396: 109, 879: 55}
	for turn := range 50 {
		p := m.Prompt(0, turn)
		if joint[p.InputTokens] != p.MaxTokens || p.Exact || len(strings.Fields(p.Text)) != p.InputTokens || p.Salt != "" {
			t.Fatalf("lengths are not drawn together: %d and %d", p.InputTokens, p.MaxTokens)
		}
	}
	if in, out := m.MeanTokens(); int(in) != (374+396+879)/3 || int(out) != (44+109+55)/3 {
		t.Errorf("means %v %v", in, out)
	}
}

func TestEmpiricalLengths(t *testing.T) {
	s, m := mixOf(t, "{input: {empirical: [10, 10, 40]}, output: {empirical: {file: lengths.csv, column: "+
		"GeneratedTokens}}}")
	if in, out := m.MeanTokens(); in != 20 || out < 69.3 || out > 69.4 {
		t.Errorf("means %v %v", in, out)
	}
	if l := s.Prompts[0].Output.Length; l.Min != 44 || l.Max != 109 || l.SHA == "" {
		t.Errorf("%+v", l)
	}
	counts := map[int]int{}
	for turn := range 600 {
		p := m.Prompt(2, turn)
		counts[p.InputTokens]++
		if p.MaxTokens != 44 && p.MaxTokens != 109 && p.MaxTokens != 55 {
			t.Fatalf("%d tokens are in no row", p.MaxTokens)
		}
	}
	if n := counts[40]; counts[10]+n != 600 || n < 150 || n > 250 { // 200 expected, σ = 11.5
		t.Errorf("%v", counts)
	}
}

func TestClassAsksOnTopOfTheScenario(t *testing.T) {
	s, err := Parse("x.yaml",
		[]byte(strings.Replace(small, "output: {fixed: 200}", "output: {fixed: 200}, system: Be brief, request: {top_p: "+
			"0.5, extra_body: {b: 2}, tools: [{name: f}]}", 1)+
			"request: {temperature: 1, top_p: 0.9, extra_body: {a: 1, b: 1}, timeout: 1m}\n"))
	if err != nil {
		t.Fatal(err)
	}
	p := NewMix(s, s.Plan("").Steps[0]).Prompt(0, 0)
	q := p.Request
	if q == nil || *q.Temperature != 1 || *q.TopP != 0.5 || q.Timeout != time.Minute ||
		!reflect.DeepEqual(q.ExtraBody, map[string]any{"a": 1.0, "b": 2.0}) {
		t.Errorf("%+v", q)
	}
	if !reflect.DeepEqual(q.Tools, []any{map[string]any{"type": "function", "function": map[string]any{"name": "f"}}}) {
		t.Errorf("%v", q.Tools)
	}
	if s.Request.ExtraBody["b"] != 1.0 ||
		!strings.HasPrefix(p.Messages, `[{"role":"system","content":"Be brief"},{"role":"user","content":"`) {
		t.Errorf("%v %s", s.Request.ExtraBody, p.Messages[:60])
	}
}

func TestVariantsShareWhatStandsAbove(t *testing.T) {
	s, err := Parse("testdata/everything.yaml", everything(t))
	if err != nil {
		t.Fatal(err)
	}
	a, _ := s.Target("large-tp1")
	b, _ := s.Target("large-tp2")
	if a.Model != b.Model ||
		!reflect.DeepEqual(a.Settings, Settings{"gpu-memory-utilization": 0.9, "tensor-parallel-size": 1}) ||
		b.Settings["tensor-parallel-size"] != 2 || len(b.GPUs) != 2 || a.URL == b.URL {
		t.Errorf("%+v\n%+v", a, b)
	}
}

func TestPresets(t *testing.T) {
	s, err := Parse("x.yaml", []byte(strings.Replace(small, "stop: saturated}", "stop: saturated}, preset: report", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if s.Phases[0].Repeat != 5 {
		t.Errorf("repeat %d", s.Phases[0].Repeat)
	}
	step := s.Plan("").Steps[0]
	if e := step.Evidence(); e.Floor != 10*time.Minute || e.Cohort != 3000 {
		t.Errorf("%+v", e)
	}
	step.Concurrency = 64
	if e := step.Evidence(); e.Floor != 20*time.Minute {
		t.Errorf("%+v", e)
	}
	if e := (Step{}).Evidence(); e.Floor != time.Minute || e.Cohort != 1050 || e.Relaxations != 20 {
		t.Errorf("without a preset: %+v", e)
	}
}

// A block has every target once, and the order is the seed's.
func TestRepetitionsAreBlocks(t *testing.T) {
	text := "version: 1\ntargets:\n"
	for i := range 5 {
		text += fmt.Sprintf("  t%d: {url: 'http://h%d:1', model: m}\n", i, i)
	}
	text += "prompts: {a: {text: x, output: {max: 2}}}\nload: {concurrency: [1], repeat: 6}\n"
	s, err := Parse("x.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	orders := map[string]bool{}
	steps := s.Plan("").Steps
	for rep := range 6 {
		order, seen := "", map[string]bool{}
		for _, st := range steps[5*rep : 5*rep+5] {
			if st.Rep != rep+1 {
				t.Errorf("step %s stands in block %d", st.Name, rep+1)
			}
			order, seen[st.Target] = order+st.Target, true
		}
		if len(seen) != 5 {
			t.Errorf("block %d: %s", rep+1, order)
		}
		orders[order] = true
	}
	if len(orders) < 4 {
		t.Errorf("six blocks have %d orders", len(orders))
	}
	if !reflect.DeepEqual(s.Plan("").Steps, steps) {
		t.Error("the plan differs the second time")
	}
}

func FuzzSources(f *testing.F) {
	for _, name := range []string{"messages.jsonl", "custom.jsonl", "sharegpt.json", "lengths.csv"} {
		data, _ := os.ReadFile(filepath.Join("testdata/prompts", name))
		f.Add(data)
	}
	for _, name := range []string{"50-mooncake.jsonl", "54-batch.jsonl", "55-messages.jsonl", "burst.csv", "bom.csv"} {
		data, _ := os.ReadFile(filepath.Join("testdata/field", name))
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, format := range sourceFormats {
			s := &source{File: "f"}
			place, err := format.read(s, data)
			if err != nil && place < 1 {
				t.Errorf("%s: a fault without a place: %v", format.Name, err)
			}
			for _, r := range s.rows {
				if r.text == "" && r.input == 0 && r.messages == "" || r.output < 0 {
					t.Errorf("%s: %+v", format.Name, r)
				}
			}
		}
	})
}

// 100,000 prompts of 300 bytes.
func BenchmarkJSONLines(b *testing.B) {
	line := `{"prompt":"` + strings.Repeat("Lorem ipsum ", 24) + `","output_tokens":120}` + "\n"
	data := bytes.Repeat([]byte(line), 100000)
	for b.Loop() {
		s := &source{Format: "custom"}
		if _, err := readCustom(s, data); err != nil || len(s.rows) != 100000 {
			b.Fatal(err)
		}
	}
}

// Prompts of 1000 tokens, made ahead of their sends.
func BenchmarkPrompt(b *testing.B) {
	s, err := Parse("x.yaml", []byte(strings.Replace(small, "fixed: 400", "fixed: 1000", 1)))
	if err != nil {
		b.Fatal(err)
	}
	m := NewMix(s, s.Plan("").Steps[0])
	for turn := 0; b.Loop(); turn++ {
		m.Prompt(0, turn)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "prompts/s")
}

// No generated prompt is sent twice to a target, in whatever step.
func TestNoPromptTwiceAcrossSteps(t *testing.T) {
	s, err := Parse("x.yaml", []byte(strings.Replace(small, "stop: saturated}", "stop: saturated}, repeat: 3", 1)))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[uint64]string{}
	for _, st := range s.Plan("").Steps {
		m := NewMix(s, st)
		for slot := range st.Concurrency {
			for turn := range 5 {
				h := m.Prompt(slot, turn).Hash
				if before, twice := seen[h]; twice {
					t.Fatalf("a prompt of %s is sent again in %s", before, st.Name)
				}
				seen[h] = st.Name
			}
		}
	}
	if len(seen) != 3*5*(1+2+4+8+16+24) {
		t.Errorf("%d prompts", len(seen))
	}
}
