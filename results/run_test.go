package results

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"loadgen/scenarios"
)

func step(index int, name string) scenarios.Step {
	return scenarios.Step{Index: index, Name: name, Target: "mini", Loop: scenarios.Closed, Concurrency: 16, Rep: 1}
}

func create(t *testing.T) *Writer {
	t.Helper()
	w, err := Create(filepath.Join(t.TempDir(), "run"), Manifest{Tool: "loadgen test", Scenario: "x"},
		[]byte("version: 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func write(t *testing.T, w *Writer, s scenarios.Step, records []*Record, samples ...Sample) {
	t.Helper()
	sw, err := w.Begin(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		sw.Add(r)
	}
	for _, x := range samples {
		sw.Sample(x)
	}
	finished, err := sw.Finish(StepMeta{Window: window})
	if err != nil {
		t.Fatal(err)
	}
	if read, err := OpenStep(StepDir(w.Dir(), s.Name)); err != nil || !reflect.DeepEqual(finished, read) {
		t.Fatalf("finished:\n%+v\nread, %v:\n%+v", finished, err, read)
	}
}

func open(t testing.TB, dir string) *Run {
	t.Helper()
	run, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	w := create(t)
	want := made(2000, 20)
	samples := []Sample{
		{At: time.Second, Source: Server, Name: "vllm:num_requests_running", Value: 16},
		{At: 2 * time.Second, Source: GPU, Name: "memory.used", Label: "1", Value: 20000.5, Missing: true},
	}
	write(t, w, step(10, "010-b"), want, samples...)
	write(t, w, step(2, "002-a"), nil)
	run := open(t, w.Dir())
	if run.Manifest.Scenario != "x" || len(run.Steps) != 2 || run.Steps[0].Meta.Step.Name != "002-a" {
		t.Fatalf("got %+v with %d steps", run.Manifest, len(run.Steps))
	}
	got, err := run.Steps[1].Records()
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%d records, want %d", len(got), len(want))
	}
	for i := range got {
		want[i].Phase = window.Phase(want[i].Due)
		if !reflect.DeepEqual(got[i], *want[i]) {
			t.Fatalf("record %d:\n got %+v\nwant %+v", i, got[i], *want[i])
		}
	}
	if read, err := run.Steps[1].Samples(); err != nil || !reflect.DeepEqual(read, samples) {
		t.Errorf("samples %v, %v", read, err)
	}
	// due every 3 ms: window [180 ms, 3 s) holds records 60…999
	cohort, err := run.Steps[1].Cohort()
	if err != nil || len(cohort) != 940 || cohort[0].Turn != 60/16 || run.Steps[1].Meta.Counts.Cohort != 940 {
		t.Errorf("cohort of %d, %v; counted %d", len(cohort), err, run.Steps[1].Meta.Counts.Cohort)
	}
	if empty, err := run.Steps[0].Records(); err != nil || len(empty) != 0 {
		t.Errorf("empty step: %v, %v", empty, err)
	}
}

func TestEveryRequestIsCountedOnce(t *testing.T) {
	w := create(t)
	sw, err := w.Begin(step(1, "001"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range made(170, 3) {
		sw.Add(r)
	}
	// the sender says 172: two records were lost on the way
	if _, err := sw.Finish(StepMeta{Counts: Counts{Sent: 172}, Window: window}); err != nil {
		t.Fatal(err)
	}
	meta := open(t, w.Dir()).Steps[0].Meta
	want := Counts{Sent: 172, OK: 160, Faults: map[Fault]int{FaultReset: 10}, Cohort: 110}
	if !reflect.DeepEqual(meta.Counts, want) || meta.Evidence.Dropped != 2 {
		t.Errorf("got %+v, dropped %d; want %+v, 2", meta.Counts, meta.Evidence.Dropped, want)
	}
}

func TestPhasesFollowTheWindow(t *testing.T) {
	w := Window{RampEnd: 10, Start: 20, End: 30}
	for due, want := range map[time.Duration]Phase{0: Ramp, 9: Ramp, 10: Settle, 19: Settle, 20: Measure, 29: Measure,
		30: Chase, 99: Chase} {
		if got := w.Phase(due); got != want {
			t.Errorf("due %d: %v, want %v", due, got, want)
		}
	}
	if got := (Window{RampEnd: 10, Start: 10, End: 10}).Phase(10); got == Measure {
		t.Error("a window never opened has a cohort")
	}
}

func TestSameRecordsSameBytes(t *testing.T) {
	var dirs []string
	for range 2 {
		w := create(t)
		write(t, w, step(1, "001"), made(500, 10), Sample{At: 5, Source: Host, Name: "steal", Value: 0.1})
		dirs = append(dirs, filepath.Join(w.Dir(), "steps", "001"))
	}
	names, err := fs.Glob(os.DirFS(dirs[0]), "*")
	if err != nil || len(names) < 5 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		a, err1 := os.ReadFile(filepath.Join(dirs[0], name))
		b, err2 := os.ReadFile(filepath.Join(dirs[1], name))
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs (%v, %v)", name, err1, err2)
		}
	}
}

func TestAStepIsThereWholeOrNotAtAll(t *testing.T) {
	w := create(t)
	sw, err := w.Begin(step(1, "001"))
	if err != nil {
		t.Fatal(err)
	}
	sw.Add(made(1, 1)[0])
	if n := len(open(t, w.Dir()).Steps); n != 0 {
		t.Errorf("%d steps before Finish", n)
	}
	if err := sw.Abandon(); err != nil {
		t.Fatal(err)
	}
	write(t, w, step(1, "001"), made(1, 1))
	if n := len(open(t, w.Dir()).Steps); n != 1 {
		t.Errorf("%d steps after Finish", n)
	}
	if _, err := w.Begin(step(1, "001")); err == nil {
		t.Error("a step was begun twice")
	}
	if _, err := w.Begin(step(2, "../x")); err == nil {
		t.Error("a step outside the run was begun")
	}
	os.Remove(filepath.Join(w.Dir(), "steps", "001", "step.json"))
	if n := len(open(t, w.Dir()).Steps); n != 0 {
		t.Errorf("%d steps without step.json", n)
	}
}

func TestJudgeChangesTheVerdictAlone(t *testing.T) {
	w := create(t)
	write(t, w, step(1, "001"), made(10, 2))
	s := open(t, w.Dir()).Steps[0]
	want := s.Meta
	want.Verdict = Verdict{State: Invalid, Reasons: []Reason{{"V12", Condemn, "2 records dropped, bound 0"}}}
	if err := s.Judge(want.Verdict); err != nil {
		t.Fatal(err)
	}
	if got := open(t, w.Dir()).Steps[0]; !reflect.DeepEqual(got.Meta, want) {
		t.Errorf("got %+v, want %+v", got.Meta, want)
	}
}

func TestRefusals(t *testing.T) {
	w := create(t)
	write(t, w, step(1, "001"), made(10, 2))
	if _, err := Create(w.Dir(), Manifest{}, nil); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("second Create: %v", err)
	}
	if _, err := Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "not a run directory") {
		t.Errorf("empty directory: %v", err)
	}
	records := filepath.Join(w.Dir(), "steps", "001", "records.parquet")
	data, err := os.ReadFile(records)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	os.WriteFile(records, data, 0o666)
	if _, err := open(t, w.Dir()).Steps[0].Records(); err == nil || !strings.Contains(err.Error(), "SHA-256") {
		t.Errorf("changed records: %v", err)
	}
	os.WriteFile(filepath.Join(w.Dir(), "manifest.json"), []byte(`{"version": 99}`), 0o666)
	if _, err := Open(w.Dir()); err == nil || !strings.Contains(err.Error(), "use a newer one") {
		t.Errorf("newer run: %v", err)
	}
}

func TestNoHalfFileStaysBehind(t *testing.T) {
	w := create(t)
	for range 3 {
		if err := w.SetManifest(Manifest{Notes: []string{"again"}}); err != nil {
			t.Fatal(err)
		}
	}
	names, err := fs.Glob(os.DirFS(w.Dir()), "*")
	if err != nil || !reflect.DeepEqual(names, []string{"manifest.json", "scenario.yaml", "steps"}) {
		t.Errorf("the run holds %v, %v", names, err)
	}
}

// A damaged manifest is told as one: which file, what is wrong with it, what to do.
func TestADamagedManifest(t *testing.T) {
	for text, want := range map[string]string{"": "it is empty", "{": "not JSON at byte 1", "null": "it names no version",
		"[]": "given JSON of kind array, expected an object", `{"version":"x"}`: "version: a string stands"} {
		w := create(t)
		path := filepath.Join(w.Dir(), manifestFile)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Open(w.Dir())
		if err == nil || !strings.HasPrefix(err.Error(), path+" is damaged: "+want) ||
			!strings.HasSuffix(err.Error(), "take it from a copy, or measure again") || errors.Is(err, ErrNoRun) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
