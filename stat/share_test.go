package stat

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Wilson's bounds at published values: 0 of 10 and 8 of 10 (95 %).
func TestShareOfFew(t *testing.T) {
	none := Share(make([]bool, 10), nil)
	if none.Value != 0 || none.Lo != 0 || math.Abs(none.Hi-0.2775) > 1e-3 {
		t.Errorf("0 of 10: %+v", none)
	}
	some := Share([]bool{true, true, true, true, false, true, true, true, true, false}, nil)
	if math.Abs(some.Lo-0.4902) > 1e-3 || math.Abs(some.Hi-0.9433) > 1e-3 {
		t.Errorf("8 of 10: %+v", some)
	}
}

// A share of a series that sticks to its value: intervals cover the truth in at least 90 % of series, and stay within 0
// and 1.
func TestShareCoversDependentSeries(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct{ p, stick float64 }{{0.9, 0}, {0.9, 0.7}, {0.97, 0.5}, {0.5, 0.8}} {
		covered := 0
		const series = 300
		for range series {
			x := make([]bool, 400)
			for i := range x {
				if i > 0 && rng.Float64() < c.stick {
					x[i] = x[i-1]
				} else {
					x[i] = rng.Float64() < c.p
				}
			}
			s := Share(x, nil)
			if s.Lo < 0 || s.Hi > 1 || s.Hi <= s.Lo {
				t.Fatalf("%+v", s)
			}
			if s.Lo <= c.p && c.p <= s.Hi {
				covered++
			}
		}
		if covered < series*9/10 {
			t.Errorf("%+v: covered in %d of %d", c, covered, series)
		}
	}
}

// Where all say yes the margin still tells that answers come in runs, and fewer count.
func TestShareOfAllLooksAtTheMargin(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	met, runs, alone := make([]bool, 1000), make([]float64, 1000), make([]float64, 1000)
	for i := range met {
		met[i] = true
		alone[i] = rng.Float64()
		if runs[i] = rng.Float64(); i%50 != 0 {
			runs[i] = runs[i-1]
		}
	}
	if a, b := Share(met, alone), Share(met, runs); a.Lo < 0.99 || b.Lo > 0.95 {
		t.Errorf("independent: at least %v; in runs of 50: at least %v", a.Lo, b.Lo)
	}
}
