package machine

import (
	"math"
	"slices"
	"time"
)

// A Served is one request as a server served it: when it came, and when its first and last token left, on one clock.
type Served struct {
	Arrival        time.Duration
	Prompt, Output int // tokens
	First, Last    time.Duration
	Gap            time.Duration // the longest between two of its tokens
	// leading tokens of the prompt that all requests of its Group share, and that a prefix cache finds
	Shared  int
	Group   int
	Follows int // 1 + the index of the request after whose end it was sent (a closed loop); 0: it came when it came
}

// TTFT is the time to the first token.
func (s Served) TTFT() float64 { return (s.First - s.Arrival).Seconds() }

// TPOT is the mean time of a token after the first, and 0 when there is none.
func (s Served) TPOT() float64 {
	return (s.Last - s.First).Seconds() / float64(max(s.Output-1, 1))
}

// E2E is the time to the last token.
func (s Served) E2E() float64 { return (s.Last - s.Arrival).Seconds() }

// statistics are mean, p50, p90 and p99 of TTFT, TPOT and E2E, in seconds.
type statistics [12]float64

// StatisticNames names them in order.
var StatisticNames = [12]string{"TTFT mean", "TTFT p50", "TTFT p90", "TTFT p99", "TPOT mean", "TPOT p50", "TPOT p90",
	"TPOT p99", "E2E mean", "E2E p50", "E2E p90", "E2E p99"}

// Summarise computes the statistics of what was served.
func Summarise(served []Served) (s statistics) {
	for i, of := range []func(Served) float64{Served.TTFT, Served.TPOT, Served.E2E} {
		v := make([]float64, len(served))
		for j := range served {
			v[j] = of(served[j])
			s[4*i] += v[j] / float64(len(v))
		}
		slices.Sort(v)
		for k, q := range []float64{.5, .9, .99} {
			s[4*i+1+k] = quantile(v, q)
		}
	}
	return s
}

// quantile interpolates between order statistics, as numpy does.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// Error is the mean over the statistics of |s/truth − 1|.
func (s statistics) Error(truth statistics) float64 {
	sum := 0.0
	for i := range s {
		sum += math.Abs(s[i]/truth[i] - 1)
	}
	return sum / float64(len(s))
}
