package chart

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"pgregory.net/rapid"
)

func labels(ticks []plot.Tick) string {
	var out []string
	for _, t := range ticks {
		if t.Label != "" {
			out = append(out, t.Label)
		}
	}
	return strings.Join(out, " ")
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		scale  Scale
		lo, hi float64
		want   string
	}{
		{Seconds(), 0.02, 0.05, "20 ms 30 ms 40 ms 50 ms"},
		{Seconds(), 0.01, 0.1, "10 ms 20 ms 30 ms 50 ms 100 ms"},
		{Seconds(), 0.005, 0.5, "5 ms 10 ms 20 ms 50 ms 100 ms 200 ms 500 ms"},
		{Seconds(), 0.01, 100, "10 ms 100 ms 1 s 10 s 100 s"},
		{Seconds(), 5e-5, 2e-3, "50 µs 100 µs 200 µs 300 µs 500 µs 1 ms 2 ms"},
		{Doubling(), 0.9, 300, "1 2 4 8 16 32 64 128 256"},
		{Amount(), 0, 1750, "0 500 1k 1.5k"},
		{Amount(), 0, 36000, "0 10k 20k 30k"},
		{Amount(), 0, 2.5, "0 0.5 1 1.5 2 2.5"},
		{Share(), 0, 1.04, "0 % 20 % 40 % 60 % 80 % 100 %"},
	} {
		if got := labels(c.scale.Ticks(c.lo, c.hi)); got != c.want {
			t.Errorf("%g–%g: %q, want %q", c.lo, c.hi, got, c.want)
		}
	}
}

// TestEveryAxisHoldsItsData draws ranges from a nanosecond to a day: the axis holds them, and carries from 2 to 12
// labels, rising, none twice.
func TestEveryAxisHoldsItsData(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := math.Pow(10, rapid.Float64Range(-9, 5).Draw(t, "lo"))
		hi := lo * math.Pow(10, rapid.Float64Range(0, 8).Draw(t, "decades"))
		for name, s := range map[string]Scale{"seconds": Seconds(), "perSecond": PerSecond(), "amount": Amount()} {
			from, to := s.bounds(lo, hi)
			if from > lo || to < hi || !(from < to) {
				t.Fatalf("%s: %g–%g for %g–%g", name, from, to, lo, hi)
			}
			ticks := slices.DeleteFunc(s.Ticks(from, to), func(k plot.Tick) bool { return k.Label == "" })
			if len(ticks) < 2 || len(ticks) > 12 {
				t.Fatalf("%s: %d labels for %g–%g: %s", name, len(ticks), from, to, labels(ticks))
			}
			for i, k := range ticks {
				if !inside(k.Value, from, to) && k.Value != 0 || i > 0 &&
					(k.Value <= ticks[i-1].Value || k.Label == ticks[i-1].Label) {
					t.Fatalf("%s: %g–%g: %s", name, from, to, labels(ticks))
				}
			}
		}
	})
}

func TestNines(t *testing.T) {
	if nine(0.9) != 1 || math.Abs(nine(0.999)-3) > 1e-12 {
		t.Error(nine(0.9), nine(0.999))
	}
}
