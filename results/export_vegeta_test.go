package results

import (
	"bytes"
	"strconv"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

func TestVegetaReadsItsExport(t *testing.T) {
	var records []Record
	for _, r := range made(34, 3) { // every 17th was reset
		records = append(records, *r)
	}
	var file bytes.Buffer
	started := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	if err := Vegeta(&file, records, started); err != nil {
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
		if ttft, _ := r.TTFT(); got.Latency != r.End-r.Due || got.Headers.Get("X-Loadgen-Ttft-Ns") != strconv.FormatInt(int64(ttft), 10) {
			t.Errorf("record %d: %+v", got.Seq, got)
		}
		m.Add(&got)
	}
	m.Close()
	if m.Requests != 34 || len(m.Errors) != 1 || !m.Earliest.Equal(started) {
		t.Errorf("vegeta sees %d requests, errors %v, from %v", m.Requests, m.Errors, m.Earliest)
	}
}
