package simulator

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// A quantile is never below the true one, and at most a tenth above it.
func TestLatenessQuantile(t *testing.T) {
	var l Lateness
	var all []time.Duration
	for range 5000 {
		d := time.Duration(rand.ExpFloat64() * 2e6)
		l.add(d)
		all = append(all, d)
	}
	slices.Sort(all)
	for _, p := range []float64{.5, .9, .99, .999, 1} {
		want := all[int(p*5000)-1]
		if got := l.Quantile(p); got < want || float64(got) > 1.1*float64(want)+10e3 {
			t.Errorf("p%v is %v, truly %v", 100*p, got, want)
		}
	}
	if (Lateness{}).Quantile(.99) != 0 {
		t.Error("no steps, no lateness")
	}
}
