package results

import (
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"loadgen/stat"
)

// Bounds of every recorder, ns.
const (
	lowest  = int64(time.Microsecond)
	highest = int64(time.Hour)
)

// digits of a recorder, which takes some 200 KB.
const digits = 3

// A Recorder is an HDR histogram of times from 1 µs to 1 h. It is not safe for use by two goroutines: have one each and
// Merge.
type Recorder struct {
	hist    *hdr.Histogram
	dropped int
}

// NewRecorder returns an empty recorder; its tag names it in a log.
func NewRecorder(tag string) *Recorder {
	h := hdr.New(lowest, highest, digits)
	h.SetTag(tag)
	return &Recorder{hist: h}
}

// clear makes it a new one.
func (r *Recorder) clear(tag string) {
	r.hist.Reset()
	r.hist.SetTag(tag)
	r.dropped = 0
}

// Add records one time. One that is negative or above an hour is counted as dropped.
func (r *Recorder) Add(d time.Duration) {
	if r.hist.RecordValue(int64(d)) != nil {
		r.dropped++
	}
}

// Merge adds what other holds; it is exact.
func (r *Recorder) Merge(other *Recorder) {
	r.dropped += other.dropped + int(r.hist.Merge(other.hist))
}

// Tag is the recorder's name in a log: a metric's, or metric/class.
func (r *Recorder) Tag() string { return r.hist.Tag() }

// N is the number of times held.
func (r *Recorder) N() int { return int(r.hist.TotalCount()) }

// Quantile is x_(⌈np⌉) for p in (0, 1], to the recorder's digits (R3.1); ok is false when nothing is held.
func (r *Recorder) Quantile(p float64) (value time.Duration, ok bool) {
	n := r.N()
	if n == 0 {
		return 0, false
	}
	return r.At(stat.Rank(n, p)), true
}

// At is the time of a rank from 1 to N, 1 being the shortest, to the recorder's digits.
// Subtle: hdr itself rounds n·p to the nearest rank, so it is asked for the percentile of the very rank wanted.
func (r *Recorder) At(rank int) time.Duration {
	return time.Duration(r.hist.ValueAtPercentile(100 * float64(rank) / float64(r.hist.TotalCount())))
}
