package advice

import (
	"math"
	"slices"
	"testing"

	"loadgen/analysis"
	"loadgen/stat"
)

// A model's share is moved towards the measured one by the certainty of both: half of the way where they are equal.
func TestAMeasuredShareCorrectsAModels(t *testing.T) {
	share := func(z, deviation float64) analysis.Estimate {
		p := func(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }
		return analysis.Estimate{Interval: stat.Interval{Value: p(z), Lo: p(z - 1.96*deviation), Hi: p(z + 1.96*deviation)}}
	}
	for _, c := range []struct{ spread, measured, deviation, modelled float64 }{
		{1, 1, 0.2, 0.5}, {1, 1, 0.2, 0.3}, {1, 1, 0.1, 0.5}, {2, 1, 0.2, 0.5}, {0.1, 1, 0.2, 0.5}, {1, -1, 0.2, 0.5},
		{1, 1, 0.001, 0.5},
	} {
		own, off := 0.2*math.Max(0.5, c.spread), math.Max(0.05, c.deviation)
		want := (c.measured - probit(c.modelled)) * own * own / (own*own + off*off)
		got := measured(c.spread).correction(share(c.measured, c.deviation), c.modelled)
		if !(math.Abs(got-want) < 1e-6) {
			t.Errorf("%+v: %v, want %v", c, got, want)
		}
	}
	if probit(0) != probit(0.002) || probit(1) != probit(0.998) || probit(0.5) != 0 {
		t.Error("shares of none and all have a probit of their own")
	}
}

// Between two loads lie three, in equal ratios.
func TestLoadsBetween(t *testing.T) {
	got := stretch(2, 32)
	for i := range got {
		got[i] = math.Round(1e9*got[i]) / 1e9
	}
	if !slices.Equal(got, []float64{2, 4, 8, 16, 32}) {
		t.Error(got)
	}
}
