package results

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// exportedRun is a run of two steps, the first condemned, with texts that CSV and JSON must quote.
func exportedRun(t *testing.T) *Run {
	t.Helper()
	w := create(t)
	records := made(200, 4)
	records[16].Detail = "reset \"by\" peer,\nthen nothing"
	write(t, w, step(1, "001"), records)
	write(t, w, step(2, "002"), made(50, 3))
	run := open(t, w.Dir())
	if err := run.Steps[0].Judge(Verdict{State: Invalid}); err != nil {
		t.Fatal(err)
	}
	return run
}

func TestCSVHoldsEveryRecord(t *testing.T) {
	run := exportedRun(t)
	var out bytes.Buffer
	if err := writeCSV(&out, run.Steps); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(lines) != 251 {
		t.Fatal(len(lines), err)
	}
	at := func(line []string, name string) string { return line[slices.Index(lines[0], name)] }
	want, err := run.Steps[0].Records()
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range want {
		l := lines[i+1]
		ttft := ""
		if d, ok := r.TTFT(); ok {
			ttft = strconv.FormatFloat(d.Seconds(), 'g', -1, 64)
		}
		if at(l, "id") != strconv.FormatInt(r.ID, 10) || at(l, "ttft_s") != ttft || at(l, "detail") != r.Detail ||
			at(l, "fault") != string(r.Fault) ||
			at(l, "step") != "001" || at(l, "loadgen_verdict") != "invalid" ||
			at(l, "loadgen_n") != strconv.Itoa(run.Steps[0].Meta.Counts.Cohort) {
			t.Fatalf("%+v became %v", r, l)
		}
		if (at(l, "e2e_s") == "") == r.OK() || at(l, "server_queue_ns") != "" || at(l, "level") != "n16" {
			t.Fatalf("%+v became %v", r, l)
		}
	}
	if l := lines[201]; at(l, "step") != "002" || at(l, "loadgen_verdict") != "" {
		t.Error(l)
	}
}

func TestJSONLHoldsEveryRecord(t *testing.T) {
	run := exportedRun(t)
	var out bytes.Buffer
	if err := writeJSONL(&out, run.Steps); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 250 {
		t.Fatal(len(lines))
	}
	want, err := run.Steps[0].Records()
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range want {
		var got struct {
			ID      int64
			Detail  string
			Hash    string   `json:"prompt_hash"`
			End     *int64   `json:"end_ns"`
			ITL     *float64 `json:"itl_max_s"`
			Reused  bool
			Gaps    []int64 `json:"arrival_gap_ns"`
			Verdict string  `json:"loadgen_verdict"`
		}
		if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
			t.Fatal(err)
		}
		hash, _ := strconv.ParseUint(got.Hash, 16, 64)
		if got.ID != r.ID || got.Detail != r.Detail || hash != r.PromptHash || got.End == nil || *got.End != int64(r.End) ||
			got.Reused != r.Reused || len(got.Gaps) != len(r.Arrivals) || got.Verdict != "invalid" {
			t.Fatalf("%+v became %s", r, lines[i])
		}
		for k, a := range r.Arrivals {
			if got.Gaps[k] != int64(a.Gap) {
				t.Fatalf("%+v became %s", r, lines[i])
			}
		}
		if largest, ok := itl.Of(&r); (got.ITL != nil) != ok || ok && *got.ITL != largest {
			t.Fatalf("largest gap %v of %+v", got.ITL, r)
		}
	}
}

// TestExportsHaveTheColumnsOfTheFile: none is forgotten, none is named twice.
func TestExportsHaveTheColumnsOfTheFile(t *testing.T) {
	var names []string
	for _, c := range exported(true) {
		if slices.Contains(names, c.name) {
			t.Errorf("%s stands twice", c.name)
		}
		names = append(names, c.name)
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[recordRow]()) {
		name, _, _ := strings.Cut(field.Tag.Get("parquet"), ",")
		if !field.Anonymous && !slices.Contains(names, name) {
			t.Errorf("%s of records.parquet is not exported", name)
		}
	}
}
