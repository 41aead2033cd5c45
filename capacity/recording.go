package capacity

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"loadgen/scenarios"
)

// A recording is recorded arrivals, hour by hour.
type recording struct {
	File   string
	Says   []string        // what was taken for granted of its stamps
	Stamps []time.Duration // from the first, rising, growth included
	Hours  []hour
}

// An hour is one of a recording's, or less at its end.
type hour struct {
	Index    int     `json:"hour"` // from 0, counted from the first arrival
	Seconds  float64 `json:"seconds"`
	Requests int     `json:"requests"`
	Rate     float64 `json:"requests_per_s"`
	Minute   float64 `json:"busiest_minute_per_s"`
	// by 1, 10 and 60 s: variance ÷ mean of the counts; 1: Poisson's. Absent where there are too few counts
	Dispersion map[int]float64 `json:"dispersion"`
}

// newRecording parts a trace. Growth lays copies of it over it, each shifted by some minutes as another crowd of the
// same habits: so bursts stay as long and as dense as they are, and the day keeps its shape. Of the last copy as many
// arrivals are taken, by chance, as growth asks for.
func newRecording(t *scenarios.Trace, growth float64) *recording {
	r := &recording{File: t.File, Says: t.Says}
	rng := rand.New(rand.NewPCG(17, 19))
	period := t.Stamps[len(t.Stamps)-1] + 1
	for c := 0; float64(c) < growth; c++ {
		share := math.Min(1, growth-float64(c))
		shift := time.Duration((c+1)/2) * apart
		if c%2 == 0 {
			shift = period - shift%period
		}
		for _, at := range t.Stamps {
			if share == 1 || rng.Float64() < share {
				r.Stamps = append(r.Stamps, (at+shift)%period+time.Duration(rng.Float64()*float64(t.Quantum)))
			}
		}
	}
	slices.Sort(r.Stamps)
	r.part()
	return r
}

// apart is how far two copies of a recording are shifted.
const apart = 311 * time.Second

func (r *recording) part() {
	if len(r.Stamps) == 0 {
		return
	}
	last := r.Stamps[len(r.Stamps)-1]
	for from := time.Duration(0); from <= last; from += time.Hour {
		span := min(time.Hour, last+time.Millisecond-from)
		lo, _ := slices.BinarySearch(r.Stamps, from)
		hi, _ := slices.BinarySearch(r.Stamps, from+time.Hour)
		own := r.Stamps[lo:hi]
		h := hour{Index: len(r.Hours), Seconds: span.Seconds(), Requests: len(own),
			Rate: float64(len(own)) / max(span.Seconds(), 1), Dispersion: map[int]float64{}}
		for _, width := range []int{1, 10, 60} {
			if d := dispersion(own, from, span, width); !math.IsNaN(d) {
				h.Dispersion[width] = d
			}
		}
		for _, n := range counts(own, from, span, 60) {
			h.Minute = max(h.Minute, n/60)
		}
		h.Minute = max(h.Minute, h.Rate)
		r.Hours = append(r.Hours, h)
	}
}

// scrap reports whether an hour is a last part of one that is too short to have a rate.
func (h hour) scrap() bool { return h.Index > 0 && h.Seconds < 60 }

// counts are the arrivals in windows of so many seconds; a last part of one is left out.
func counts(stamps []time.Duration, from, span time.Duration, width int) []float64 {
	out := make([]float64, int(span.Seconds())/width)
	for _, at := range stamps {
		if k := int((at - from).Seconds()) / width; k < len(out) {
			out[k]++
		}
	}
	return out
}

// dispersion is the index of dispersion of counts in windows of so many seconds; NaN below ten windows.
func dispersion(stamps []time.Duration, from, span time.Duration, width int) float64 {
	n := counts(stamps, from, span, width)
	if len(n) < 10 {
		return math.NaN()
	}
	mean, squares := 0.0, 0.0
	for _, v := range n {
		mean += v / float64(len(n))
	}
	for _, v := range n {
		squares += (v - mean) * (v - mean) / float64(len(n)-1)
	}
	return squares / mean
}

// deciding is the hour with the most requests a second in its busiest minute, and among those alike the most requests.
func (r *recording) deciding() hour {
	best := r.Hours[0]
	for _, h := range r.Hours {
		if h.scrap() || h.Requests < len(r.Stamps)/200 {
			continue
		}
		if h.Minute > best.Minute*1.001 || h.Minute > best.Minute*0.999 && h.Requests > best.Requests {
			best = h
		}
	}
	return best
}

// around are at most so many arrivals of an hour about its busiest minute, with those before it, from zero; the first
// fifth only load the servers and end at begins.
func (r *recording) around(h hour, most int) (stamps []time.Duration, begins time.Duration) {
	from := time.Duration(h.Index) * time.Hour
	lo, _ := slices.BinarySearch(r.Stamps, max(0, from-5*time.Minute))
	hi, _ := slices.BinarySearch(r.Stamps, from+time.Hour)
	if hi-lo > most {
		peak := r.busiest(from)
		at, _ := slices.BinarySearch(r.Stamps, peak)
		lo = max(lo, min(at-most*3/5, hi-most))
		hi = min(hi, lo+most)
	}
	for _, at := range r.Stamps[lo:hi] {
		stamps = append(stamps, at-r.Stamps[lo])
	}
	return stamps, stamps[len(stamps)/5]
}

// busiest is the begin of an hour's busiest minute.
func (r *recording) busiest(from time.Duration) time.Duration {
	best, most := from, 0
	for at := from; at < from+time.Hour; at += time.Minute {
		lo, _ := slices.BinarySearch(r.Stamps, at)
		hi, _ := slices.BinarySearch(r.Stamps, at+time.Minute)
		if hi-lo > most {
			best, most = at, hi-lo
		}
	}
	return best
}
