package advice

import (
	"math"
	"slices"
	"testing"

	"loadgen/analysis"
	"loadgen/scenarios"
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

// Between two levels the held load lies where the model's probit falls to the goal, corrected at both ends for what was
// measured there and between them in proportion.
func TestWhereAHeldLoadLies(t *testing.T) {
	s := chat()
	s.levels, s.objective = []int{2, 24}, scenarios.Objective{TPOT: 9 * ms, Attainment: 0.9}
	study := s.study(t)
	m, err := newModel(study, study.Targets[0], scenarios.Closed)
	if err != nil {
		t.Fatal(err)
	}
	c := &calibration{model: m}
	c.posterior.Spread = 1
	loads := stretch(2, 24)
	var played []outcome
	for _, load := range loads {
		played = append(played, m.fully(load))
	}
	share := func(v float64) analysis.Estimate {
		return analysis.Estimate{Interval: stat.Interval{Value: v, Lo: v - 0.02, Hi: v + 0.02}}
	}
	var found []float64
	for _, x := range [][2]float64{{0.95, 0.3}, {0.95, 0.6}, {0.92, 0.3}} {
		a := begin(study, study.Targets[0])
		below, above := *a.Held.Below, *a.Held.Above
		below.Attainment, above.Attainment = share(x[0]), share(x[1])
		a.Held.Below, a.Held.Above = &below, &above
		a.refine(c, m)
		first, last := c.correction(share(x[0]), played[0].met), c.correction(share(x[1]), played[4].met)
		z := func(k int) float64 { return probit(played[k].met) + first + float64(k)/4*(last-first) - probit(0.9) }
		k := 1
		for z(k) >= 0 {
			k++
		}
		part := z(k-1) / (z(k-1) - z(k))
		want := loads[k-1] * math.Pow(12, part/4)
		rate := played[k-1].requests + part*(played[k].requests-played[k-1].requests)
		if math.Abs(a.Held.Value/want-1) > 1e-6 || math.Abs(a.Held.AtValue.Requests/rate-1) > 1e-6 {
			t.Errorf("%v: %v with %v requests/s, want %v with %v", x, a.Held.Value, a.Held.AtValue, want, rate)
		}
		if a.Held.Lower > a.Held.Value {
			t.Errorf("%v: %v is claimed of %v", x, a.Held.Lower, a.Held.Value)
		}
		found = append(found, a.Held.Value)
	}
	if found[1] <= found[0] || found[2] >= found[0] {
		t.Errorf("more kept above, and less below: %v", found)
	}
	c.posterior.Spread = misfit + 0.01
	a := begin(study, study.Targets[0])
	before := a.Held.Value
	if a.refine(c, m); a.Held.Value != before {
		t.Error("a model that does not follow the run moves the held load")
	}
}
