package results

import (
	"bytes"
	"strconv"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

func TestVegetaReadsItsExport(t *testing.T) {
	w := create(t)
	write(t, w, step(1, "001"), made(34, 3)) // every 17th was reset
	run := open(t, w.Dir())
	started := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	run.Manifest.Started, run.Steps[0].Meta.Began = started.Add(-time.Minute), time.Minute
	records, err := run.Steps[0].Records()
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := writeVegeta(&file, Selection{Run: run, Steps: run.Steps}); err != nil {
		t.Fatal(err)
	}
	var m vegeta.Metrics
	decode := vegeta.DecoderFor(&file)
	for range records {
		var got vegeta.Result
		if err := decode.Decode(&got); err != nil {
			t.Fatal(err)
		}
		r := records[got.Seq]
		if ttft, _ := r.TTFT(); got.Latency != r.End-r.Due ||
			got.Headers.Get("X-Loadgen-Ttft-Ns") != strconv.FormatInt(int64(ttft), 10) ||
			got.Attack != "001" || got.Headers.Get("X-Loadgen-N") != strconv.Itoa(run.Steps[0].Meta.Counts.Cohort) {
			t.Errorf("record %d: %+v", got.Seq, got)
		}
		m.Add(&got)
	}
	m.Close()
	if m.Requests != 34 || len(m.Errors) != 1 || !m.Earliest.Equal(started) {
		t.Errorf("vegeta sees %d requests, errors %v, from %v", m.Requests, m.Errors, m.Earliest)
	}
}
