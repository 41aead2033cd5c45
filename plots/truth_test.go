package plots

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"loadgen/results"
	"loadgen/scenarios"
)

// The same requests stand on both sides: those that are in the cohort, whole, and known to the truth log.
func TestTruth(t *testing.T) {
	w, err := results.Create(filepath.Join(t.TempDir(), "run"), results.Manifest{}, []byte("version: 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	sw, err := w.Begin(scenarios.Step{Name: "mini-n4", Target: "mini", Loop: scenarios.Closed, Concurrency: 4})
	if err != nil {
		t.Fatal(err)
	}
	const ms = time.Millisecond
	told := map[string]TrueRequest{}
	for i := range 8 {
		due := time.Duration(i) * time.Second
		r := &results.Record{ID: int64(i), Class: "chat", Due: due, Sent: due + ms, FirstToken: due + 51*ms, FirstSeen: due +
			51*ms, LastToken: due + 71*ms, End: due + 71*ms,
			OutputTokens: 2, Status: 200, Arrivals: []results.Arrival{{Events: 1}, {Gap: 20 * ms, Events: 1}},
			RequestID: fmt.Sprint("chatcmpl-", i)}
		if i == 7 {
			r.Fault = results.FaultReset
		}
		sw.Add(r)
		if i > 0 { // the truth log does not know the first
			told[fmt.Sprint("chatcmpl-", i)] = TrueRequest{due + 5*ms, []time.Duration{due + 45*ms, due + 62*ms}}
		}
	}
	if _, err := sw.Finish(results.StepMeta{Window: results.Window{End: time.Hour}}); err != nil {
		t.Fatal(err)
	}
	target := plain.sweep("mini", 4)
	target.Points[0].Steps[0].Step.Name = "mini-n4"
	s := study(goal(time.Second, 50*ms), target)
	run, err := results.Open(w.Dir())
	if err != nil {
		t.Fatal(err)
	}
	s.Run.Dir, s.Run.Steps = run.Dir, run.Steps

	b, err := besideTruth(s.Run, target.Points[0], told)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		got  []float64
		want float64
	}{{b.measured.ttft, .05}, {b.true.ttft, .04}, {b.measured.itl, .02}, {b.true.itl, .017}} {
		if len(c.got) != 6 || slices.ContainsFunc(c.got, func(v float64) bool { return math.Abs(v-c.want) > 1e-9 }) {
			t.Errorf("%v, want six times %v", c.got, c.want)
		}
	}
	p, err := Truth(s, target, told)
	if err != nil || p.Name != "truth-mini" || !strings.Contains(p.Caption, "the same 6 requests") ||
		!bytes.HasPrefix(p.PNG, []byte("\x89PNG")) {
		t.Errorf("%v: %s, %s", err, p.Name, p.Caption)
	}
	if p, err := Truth(s, target, nil); err != nil || p.Name != "" {
		t.Errorf("%v: drawn without a request: %s", err, p.Name)
	}
}
