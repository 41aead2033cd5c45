package vllm

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

// starts are servers that were started, or were not: ours of 2026-11-28 and a published study's (testdata/starts.csv
// has the source of each).
func starts(t *testing.T) []map[string]string { return table(t, "testdata/starts.csv") }

// table reads a CSV file with a head.
func table(t *testing.T, file string) (out []map[string]string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, name := range rows[0] {
			m[name] = row[i]
		}
		out = append(out, m)
	}
	return out
}

func startOf(row map[string]string) (s Start, known bool) {
	whole := func(name string) int { n, _ := strconv.Atoi(row[name]); return n }
	s = Start{TP: whole("tp"), Dtype: row["dtype"], KVDtype: row["kv_cache_dtype"], Quant: Quant(row["quantisation"]),
		Budget:  whole("max_num_batched_tokens"),
		MaxSeqs: whole("max_num_seqs"), MaxLen: whole("max_model_len"), BlockSize: 16, Chunked: true}
	s.Utilization, _ = strconv.ParseFloat(row["gpu_memory_utilization"], 64)
	var card, model bool
	s.Card, card = FindCard(row["card"])
	s.Model, _, model = FindModel(row["model"])
	return s, card && model && s.Budget > 0
}

// Every refusal that was seen is foretold, no start that succeeded is doubted, and pools come within 1 %.
func TestStartsThatWereSeen(t *testing.T) {
	judged := 0
	for _, row := range starts(t) {
		s, known := startOf(row)
		if !known {
			continue // models and cards that are not known here
		}
		judged++
		refusal := s.Invalid()
		blocks := 0
		if refusal == nil {
			blocks, _, refusal = s.Fit(0)
		}
		if refusal == nil {
			refusal = s.Doubts(0)
		}
		if started := row["started"] == "yes"; started != (refusal == nil) {
			t.Errorf("%v: %+v", row, refusal)
			continue
		}
		if want, err := strconv.Atoi(row["kv_tokens"]); err == nil {
			if off := float64(16*blocks)/float64(want) - 1; math.Abs(off) > .01 {
				t.Errorf("%v: %d tokens, %+.1f %%", row, 16*blocks, 100*off)
			}
		}
	}
	if judged < 13 {
		t.Errorf("only %d starts are judged", judged)
	}
}

// float16 with an fp8 cache is a matter of Hopper's attention; elsewhere nothing is said.
func TestHalfPrecisionWithFP8KV(t *testing.T) {
	s := Start{Quant: AWQ, TP: 1, Dtype: "float16", KVDtype: "fp8", Budget: 8192, MaxSeqs: 256, MaxLen: 8192,
		BlockSize: 16, Utilization: .9, Chunked: true}
	s.Model, _, _ = FindModel("Qwen/Qwen3-8B-AWQ")
	for _, c := range Cards {
		s.Card = c
		if r := s.Invalid(); (r != nil) != c.Hopper() {
			t.Errorf("%s: %+v", c.Name, r)
		}
	}
	s.Card, s.Dtype = Cards[0], "bfloat16"
	if r := s.Invalid(); r != nil {
		t.Error(r)
	}
}

// What lies outside the grant is doubted only where the card has no room for it.
func TestMemoryOutsideTheGrant(t *testing.T) {
	s := Start{TP: 1, KVDtype: "auto", Quant: AWQ, Budget: 8192, MaxSeqs: 1024, MaxLen: 8192, BlockSize: 16, Chunked: true,
		Utilization: .9}
	s.Model, _, _ = FindModel("Qwen/Qwen3-8B-AWQ")
	s.Card, _ = FindCard("RTX 4090")
	if r := s.Doubts(0); r != nil {
		t.Error(r)
	}
	s.Utilization = .97
	if r := s.Doubts(0); r == nil || !strings.Contains(r.Says, "max-num-seqs 1024") {
		t.Error(r)
	}
}
