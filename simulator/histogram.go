package simulator

import "math"

// A histogram counts observations at or below each bound, as Prometheus does.
type histogram struct {
	bounds []float64
	les    []string // as they are printed
	counts []uint64 // one more than bounds: the last is +Inf alone
	sum    float64
	n      uint64
}

func newHistogram(bounds ...float64) histogram {
	h := histogram{bounds: bounds, counts: make([]uint64, len(bounds)+1)}
	for _, le := range bounds {
		h.les = append(h.les, string(appendNumber(nil, le)))
	}
	h.les = append(h.les, "+Inf")
	return h
}

func (h *histogram) observe(v float64) {
	i := 0
	for i < len(h.bounds) && v > h.bounds[i] {
		i++
	}
	h.counts[i]++
	h.sum += v
	h.n++
}

// series125 is 1, 2, 5, 10, … up to a limit (vLLM's build_1_2_5_buckets).
func series125(limit int) (bounds []float64) {
	for e := 1.0; ; e *= 10 {
		for _, m := range []float64{1, 2, 5} {
			if m*e > float64(limit) {
				return bounds
			}
			bounds = append(bounds, math.Round(m*e))
		}
	}
}

// Bounds of vLLM 0.32's histograms, in seconds or tokens.
var (
	ttftBounds = []float64{.001, .005, .01, .02, .04, .06, .08, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160,
		640, 2560}
	itlBounds       = []float64{.01, .025, .05, .075, .1, .15, .2, .3, .4, .5, .75, 1, 2.5, 5, 7.5, 10, 20, 40, 80}
	requestBounds   = []float64{.3, .5, .8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680}
	iterationBounds = []float64{1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384}
	paramsBounds    = []float64{1, 2, 5, 10, 20}
	preemptBounds   = []float64{1, 2, 3, 4, 5, 10, 20}
)
