package results

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"time"
)

func TestLogsAgreeWithTheRawCohort(t *testing.T) {
	w := create(t)
	write(t, w, step(1, "001"), made(2000, 20))
	s := open(t, w.Dir()).Steps[0]
	cohort, err := s.Cohort()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range Metrics {
		if !m.Log {
			continue
		}
		log, err := s.Log(m.Name)
		if err != nil {
			t.Fatal(err)
		}
		classes := map[string][]Record{m.Name: cohort}
		for _, r := range cohort {
			name := m.Name + "/" + tag(r.Class)
			classes[name] = append(classes[name], r)
		}
		if len(log) != len(classes) {
			t.Errorf("%s: %d recorders, want %d", m.Name, len(log), len(classes))
		}
		for _, r := range log {
			compare(t, r, values(m, classes[r.Tag()]))
		}
	}
}

// compare wants each percentile, x_(⌈np⌉), within the resolution of 3 digits, or of 1 µs for the smallest.
func compare(t *testing.T, r *Recorder, raw []float64) {
	t.Helper()
	if r.N() != len(raw) || r.N() == 0 {
		t.Fatalf("%s: %d values, want %d", r.Tag(), r.N(), len(raw))
	}
	slices.Sort(raw)
	for _, p := range []float64{0.001, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1} {
		want := raw[int(math.Ceil(float64(len(raw))*p-1e-9))-1] * 1e9
		got, ok := r.Quantile(p)
		if !ok || math.Abs(float64(got)-want) > max(want/1000, 2000) {
			t.Errorf("%s p%v: %v, raw %v ns", r.Tag(), p*100, got, want)
		}
	}
}

func TestQuantileIsTheCeilingRank(t *testing.T) {
	// Times of 1…n ms: x_(⌈np⌉) is ⌈np⌉ ms, whatever n
	for n := 1; n <= 300; n++ {
		r := NewRecorder("x")
		for i := 1; i <= n; i++ {
			r.Add(time.Duration(i) * time.Millisecond)
		}
		for _, percent := range []int{1, 50, 90, 95, 99, 100} {
			want := max(1, (n*percent+99)/100)
			got, _ := r.Quantile(float64(percent) / 100)
			if math.Abs(got.Seconds()*1000-float64(want)) > float64(want)/1000 {
				t.Fatalf("p%d of %d: %v, want %d ms", percent, n, got, want)
			}
		}
	}
	if _, ok := NewRecorder("x").Quantile(0.5); ok {
		t.Error("nothing has a median")
	}
}

func FuzzReadLog(f *testing.F) {
	var file bytes.Buffer
	r := NewRecorder("ttft")
	r.Add(time.Second)
	if err := writeLog(&file, []*Recorder{r}); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = readLog(data) // an error or recorders, never a panic
	})
}

func TestWhatFitsNoHistogramIsCounted(t *testing.T) {
	w := create(t)
	late := &Record{Class: "x", FirstToken: 2 * time.Hour, Fault: FaultTruncated} // ttft, ttft_sent, ttfo: 0 seen
	early := &Record{Class: "x", Due: 5, Sent: 1}                                 // lag and others negative
	sw, err := w.Begin(step(1, "001"))
	if err != nil {
		t.Fatal(err)
	}
	sw.Add(late)
	sw.Add(early)
	if _, err := sw.Finish(StepMeta{Window: Window{End: time.Second}}); err != nil {
		t.Fatal(err)
	}
	// late: ttft and ttft_sent beyond 1 h. early: e2e = −5, e2e_sent = −1, lag = −4
	if got := open(t, w.Dir()).Steps[0].Meta.Evidence.Dropped; got != 5 {
		t.Errorf("dropped %d, want 5", got)
	}
}
