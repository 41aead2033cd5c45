package results

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loadgen/scenarios"
)

// What the field brings is read rightly, or refused by the name of the tool.
func TestResultsOfTheField(t *testing.T) {
	for name, refusal := range map[string]string{
		"40-sglang.jsonl": "SGLang", "43-none-completed.json": "none of its 8 requests was answered",
		"vb-nan.json": "none of its 100 requests was answered",
	} {
		if b, err := ReadBench(field(t, name)); err == nil || !strings.Contains(err.Error(), refusal) {
			t.Errorf("%s: want %q, got %v %+v", name, refusal, err, b)
		}
	}
	old := read(t, string(field(t, "41-old-detailed.json")))[0]
	if s := old.Summary; s == nil || s.Completed != 2 || s.Failed != 0 || s.Times["tpot"]["p99"] != 0.026 ||
		!strings.Contains(strings.Join(old.Notes, " "), "vLLM before 0.12") {
		t.Errorf("%+v %v", s, old.Notes)
	}
	if s := read(t, string(field(t, "44-sweep-summary.json"))); len(s) != 1 || s[0].Step.Concurrency != 2 ||
		s[0].Step.Loop != scenarios.Closed {
		t.Errorf("%+v", s)
	}
	capped := read(t, string(field(t, "45-rate-with-cap.json")))[0]
	if st := capped.Step; st.Loop != scenarios.Open || st.Rate != 4 || st.Cap != 16 ||
		!strings.Contains(strings.Join(capped.Notes, " "), "--max-concurrency 16") {
		t.Errorf("%+v %v", st, capped.Notes)
	}
	one := read(t, string(field(t, "vb-one-token.json")))[0].Summary
	if len(one.Times["tpot"])+len(one.Times["itl"]) != 0 || one.Times["ttft"]["p50"] != 0.088 {
		t.Errorf("answers of one token have no TPOT: %v", one.Times)
	}
	if list := read(t, string(field(t, "vb-summary-list.json"))); len(list) != 2 || list[1].Step.Concurrency != 16 {
		t.Errorf("%+v", list)
	}
}

func field(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/field", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func read(t *testing.T, text string) []Bench {
	t.Helper()
	out, err := ReadBench([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Siblings: what is unknown stays unknown, and what contradicts itself is refused in words.
func TestResultsLikeThem(t *testing.T) {
	const summary = `"model_id":"m","date":"20260901-101112","duration":2,"completed":3,"mean_ttft_ms":5,` +
		`"median_ttft_ms":4`
	b := read(t, "\ufeff{"+summary+`,"mean_tpot_ms":NaN,"p99_tpot_ms":-Infinity,"label":"NaN \" `+
		`Infinity","request_rate":Infinity,"num_prompts":5}`)[0]
	if len(b.Summary.Times["tpot"]) != 0 || b.Summary.Failed != 2 || b.Step.Loop != scenarios.Closed {
		t.Errorf("%+v %+v", b.Summary, b.Step)
	}
	if b := read(t, `{`+summary+`,"backend":"tgi"}`)[0]; b.Engine != "TGI" {
		t.Errorf("%+v", b)
	}
	if b := read(t, `{`+summary+
		`,"backend":"openai-chat","request_rate":"2.5","ramp_up_strategy":"linear"}`)[0]; b.Engine != "" ||
		b.Step.Rate != 2.5 || !strings.Contains(strings.Join(b.Notes, " "), "rose") {
		t.Errorf("%+v", b)
	}
	for text, says := range map[string]string{
		`{"benchmarks":[],"metadata":{}}`: "GuideLLM", `{"input_config":{}}`: "AIPerf",
		`{"load_summary":{}}`:                                       "inference-perf",
		`{"avg_latency":1,"latencies":[1],"percentiles":{}}`:        "vllm bench latency",
		`{"elapsed_time":1,"num_requests":1,"tokens_per_second":2}`: "vllm bench throughput",
		`[{"benchmark":{},"model":{},"metric":{}}]`:                 "PyTorch",
		`{"latencies":{},"bytes_in":{},"status_codes":{}}`:          "vegeta",
		`[]`: "empty list", `"x"`: "expected an object", `{`: "ends in the middle",
		`{"model_id":3}`: "model_id: a number stands where", `nonsense`: "not JSON at byte",
		`{"duration":1}`: "names no model", `{"model_id":"/"}`: "no name of a model",
		`{"model_id":"a\u0000"}`:         "no name of a model",
		`{"model_id":"m","duration":-5}`: "duration is -5", `{"model_id":"m","request_rate":-1}`: "request_rate is -1",
		`{"model_id":"m","max_concurrency":1e12}`: "max_concurrency",
		`{"model_id":"m","num_prompts":1,"duration":100,"input_lens":[3],"output_lens":[2],"ttfts":[0.1],"itls":[[0.01]],` +
			`"start_times":[7],"errors":[""]}`: "one of them is wrong",
		`{"model_id":"m","num_prompts":1,"duration":1,"input_lens":[3],"output_lens":[2],"ttfts":[0.1,0.2],"itls":[[0.01]],` +
			`"start_times":[7],"errors":[""]}`: "lists differ in length",
	} {
		_, err := ReadBench([]byte(text))
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "Go ") ||
			strings.Contains(err.Error(), "struct") {
			t.Errorf("%s: want %q, got %v", text, says, err)
		}
	}
}
