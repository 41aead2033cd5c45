package results

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"
)

// What is exported in detail is imported with the same TTFT, gaps, E2E and tokens, to the nanosecond.
func TestVLLMThereAndBack(t *testing.T) {
	run := exportedRun(t)
	run.Steps = run.Steps[:1] // the other one's cohort is empty
	var file bytes.Buffer
	if err := writeVLLM(&file, Selection{Run: run, Steps: run.Steps, Detailed: true}); err != nil {
		t.Fatal(err)
	}
	benches, err := ReadBench(bytes.Replace(file.Bytes(), []byte(`"model_id":""`), []byte(`"model_id":"m"`), 1))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "back")
	if err := Import(dir, Manifest{}, benches, func(string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	back := open(t, dir)
	want, err := run.Steps[0].Cohort()
	if err != nil {
		t.Fatal(err)
	}
	got, err := back.Steps[0].Cohort()
	if err != nil || len(got) != len(want) || back.Manifest.Notes[0] != Imported ||
		back.Steps[0].Meta.Step.Concurrency != 16 {
		t.Fatal(len(got), len(want), err)
	}
	for _, m := range []Metric{ttft, itl, e2e, tpot, outputTokens, promptTokens} {
		a, b := values(m, want), values(m, got)
		slices.Sort(a)
		slices.Sort(b)
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s: %v became %v", m.Name, a, b)
		}
	}
}

// A real result: cut lists, whose six requests are all there.
func TestARealBenchIsRead(t *testing.T) {
	data, err := os.ReadFile("testdata/vllm-bench/detailed.json")
	if err != nil {
		t.Fatal(err)
	}
	benches, err := ReadBench(slices.Concat(data, []byte("\n"), data))
	if err != nil || len(benches) != 2 || len(benches[0].Records) != 6 || benches[0].Step.Concurrency != 8 ||
		benches[0].Model != "tiny-qwen3" ||
		!benches[1].Started.Equal(time.Date(2026, 11, 24, 7, 43, 41, 0, time.UTC)) {
		t.Fatalf("%+v %v", benches, err)
	}
	var theirs benchFile
	if err := json.Unmarshal(data, &theirs); err != nil {
		t.Fatal(err)
	}
	for _, r := range benches[0].Records {
		if d, _ := r.TTFT(); d.Seconds() != time.Duration(theirs.TTFTs[r.ID]*1e9+0.5).Seconds() || len(r.Arrivals) != 1+
			len(theirs.ITLs[r.ID]) {
			t.Errorf("request %d: %v, %d arrivals", r.ID, d, len(r.Arrivals))
		}
	}
	summary, err := os.ReadFile("testdata/vllm-bench/summary.json")
	if err != nil {
		t.Fatal(err)
	}
	told, err := ReadBench(summary)
	if err != nil || told[0].Records != nil || told[0].Summary == nil {
		t.Fatal(told, err)
	}
	if s := told[0].Summary; s.Completed != 32 || s.OutputTokens != 2048 || s.Times["ttft"]["mean"] != 0.24293881959386 ||
		s.Times["ttft"]["p50"] != 0.19043513449832972 {
		t.Errorf("%+v", s)
	}
	if _, err := ReadBench([]byte(`{"model_id": "m", "num_prompts": 3}`)); err == nil {
		t.Error("a result that tells nothing was read")
	}
}

func FuzzReadBench(f *testing.F) {
	f.Add([]byte(`{"model_id":"m","request_rate":2.5,"burstiness":0.5,"input_lens":[3],"output_lens":[2],"ttfts":[0.1],` +
		`"itls":[[0.01]],"start_times":[7],"errors":[""]}`))
	f.Add([]byte(`{"ttfts":[]}`))
	f.Add([]byte(`[{"model_id":"m","duration":2,"completed":1,"mean_ttft_ms":NaN,"median_ttft_ms":3,"max_concurrency":4,` +
		`"request_rate":"inf"}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		benches, err := ReadBench(data)
		if err != nil {
			return
		}
		for _, b := range benches {
			for _, r := range b.Records {
				if r.Due < 0 || r.End < r.Due || r.LastToken < r.FirstToken || r.Due >= b.Window.End {
					t.Errorf("%+v", r)
				}
			}
		}
	})
}
