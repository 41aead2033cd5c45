package results

import (
	"bytes"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
	"pgregory.net/rapid"
)

// A line of a log is what the library writes.
func TestLinesAreTheLibrarys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := NewRecorder("ttft/chat")
		r.hist.SetStartTimeMs(rapid.Int64Range(0, 1e12).Draw(t, "start"))
		r.hist.SetEndTimeMs(r.hist.StartTimeMs() + rapid.Int64Range(0, 1e9).Draw(t, "length"))
		for range rapid.IntRange(0, 40).Draw(t, "n") {
			v := rapid.OneOf(rapid.Int64Range(0, 4e6), rapid.Int64Range(lowest, highest)).Draw(t, "value")
			_ = r.hist.RecordValues(v, rapid.OneOf(rapid.Int64Range(1, 3), rapid.Int64Range(1, 1<<58)).Draw(t, "times"))
		}
		var got, want bytes.Buffer
		if err := r.writeLine(&got); err != nil {
			t.Fatal(err)
		}
		if err := hdr.NewHistogramLogWriter(&want).OutputIntervalHistogram(r.hist); err != nil {
			t.Fatal(err)
		}
		if got.String() != want.String() {
			t.Fatalf("got %s\nwant %s", &got, &want)
		}
	})
}

func BenchmarkWriteLine(b *testing.B) {
	r := NewRecorder("itl")
	for i := range 10_000 {
		r.Add(10*time.Millisecond + time.Duration(i*i)*time.Nanosecond)
	}
	var out bytes.Buffer
	for b.Loop() {
		out.Reset()
		if err := r.writeLine(&out); err != nil {
			b.Fatal(err)
		}
	}
}
