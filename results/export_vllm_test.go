package results

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"os"
	"slices"
	"testing"

	"loadgen/scenarios"
)

// notExported are keys of a real bench result that only its own sender knows.
var notExported = []string{"queue_times", "max_output_tokens_per_s", "max_concurrent_requests", "rtfx", "latencies"}

func TestVLLMHasEveryKeyOfARealBench(t *testing.T) {
	for _, c := range []struct {
		file     string
		detailed bool
	}{{"testdata/vllm-bench/summary.json", false}, {"testdata/vllm-bench/detailed.json", true}} {
		var theirs map[string]any
		data, err := os.ReadFile(c.file)
		if err != nil || json.Unmarshal(data, &theirs) != nil {
			t.Fatal(err)
		}
		run := exportedRun(t)
		for _, ours := range vllmLines(t, Selection{Run: run, Steps: run.Steps, Detailed: c.detailed}) {
			for _, key := range slices.Sorted(maps.Keys(theirs)) {
				if _, have := ours[key]; !have && !slices.Contains(notExported, key) {
					t.Errorf("%s: no %s", c.file, key)
				}
			}
		}
	}
}

func vllmLines(t *testing.T, sel Selection) []map[string]any {
	t.Helper()
	var file bytes.Buffer
	if err := writeVLLM(&file, sel); err != nil {
		t.Fatal(err)
	}
	var out []map[string]any
	for line := range bytes.Lines(file.Bytes()) {
		var object map[string]any
		if err := json.Unmarshal(line, &object); err != nil {
			t.Fatal(err)
		}
		out = append(out, object)
	}
	return out
}

// The numbers are those of the records: counted here once more, by hand.
func TestVLLMComputesFromTheCohort(t *testing.T) {
	run := exportedRun(t)
	got := vllmLines(t, Selection{Run: run, Steps: run.Steps})[0]
	cohort, err := run.Steps[0].Cohort()
	if err != nil {
		t.Fatal(err)
	}
	var ttfts []float64
	ok, output := 0, 0
	for _, r := range cohort {
		ttfts = append(ttfts, (r.FirstToken-r.Due).Seconds()*1000)
		if r.OK() {
			ok, output = ok+1, output+int(r.OutputTokens)
		}
	}
	slices.Sort(ttfts)
	rank := func(p float64) float64 { return ttfts[int(math.Ceil(p*float64(len(ttfts))))-1] }
	want := map[string]float64{"num_prompts": float64(len(cohort)), "completed": float64(ok),
		"total_output_tokens": float64(output),
		"request_throughput":  float64(ok) / 2.82, "median_ttft_ms": rank(0.5), "p99_ttft_ms": rank(0.99),
		"p99.9_ttft_ms": rank(0.999),
		"loadgen_n":     float64(len(cohort)), "max_concurrency": 16}
	for key, v := range want {
		if have, _ := got[key].(float64); math.Abs(have-v) > 1e-9*v {
			t.Errorf("%s is %v, want %v", key, got[key], v)
		}
	}
	if got["loadgen_verdict"] != "invalid" || got["loadgen_step"] != "001" {
		t.Error(got["loadgen_verdict"], got["loadgen_step"])
	}
}

// A step without a single answer has nulls, not zeros.
func TestVLLMOfNothing(t *testing.T) {
	w := create(t)
	write(t, w, scenarios.Step{Index: 1, Name: "001", Loop: scenarios.Open, Rate: 4,
		Arrival: scenarios.Law{Name: "gamma", CV: 2}}, nil)
	run := open(t, w.Dir())
	got := vllmLines(t, Selection{Run: run, Steps: run.Steps})[0]
	if v, have := got["p99_ttft_ms"]; !have || v != nil || got["loadgen_n"] != 0.0 || got["request_rate"] != 4.0 ||
		got["burstiness"] != 0.25 {
		t.Error(got)
	}
}
