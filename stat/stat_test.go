package stat

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestQuantileIsTheRankedValue(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for _, c := range []struct{ p, want float64 }{{0.5, 5}, {0.9, 9}, {0.91, 10}, {0.99, 10}, {0.1, 1}, {0.001, 1}} {
		if got := Quantile(x, c.p); got != c.want {
			t.Errorf("p%v = %v, want %v", c.p, got, c.want)
		}
	}
	if !math.IsNaN(Quantile(nil, 0.5)) {
		t.Error("a quantile of nothing")
	}
}

func TestQuantileIsOneOfTheValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(0, 1e6), 1, 300).Draw(t, "x")
		i := NewSample(x).Quantile(rapid.Float64Range(0.01, 0.999).Draw(t, "p"))
		if !slices.Contains(x, i.Value) || i.Lo > i.Value || i.Hi < i.Value {
			t.Fatalf("%+v of %v", i, x)
		}
	})
}

// A sample's ranks, whole and in tenths, are those of its sorted values.
func TestASampleIsSorted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(0, 50), 0, 100).Draw(t, "x")
		want := slices.Sorted(slices.Values(x))
		for i, v := range want {
			if got := NewSample(x).whole.At(i + 1); got != v {
				t.Fatalf("rank %d of %v is %v, want %v", i+1, x, got, v)
			}
		}
	})
}

// Nominal 95 % intervals of an AR(1) series with ρ = 0.8 must cover the true quantile in at least 88 % of 400 series;
// the naive binomial interval covers about half.
func TestIntervalCoversDependentSeries(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const rho, n, series = 0.8, 2000, 400
	for _, c := range []struct{ p, z float64 }{{0.5, 0}, {0.9, 1.2816}} {
		truth := c.z / math.Sqrt(1-rho*rho)
		covered := 0
		for range series {
			x, v := make([]float64, n), 0.0
			for i := range x {
				v = rho*v + rng.NormFloat64()
				x[i] = v
			}
			if i := NewSample(x).Quantile(c.p); i.Lo <= truth && truth <= i.Hi {
				covered++
			}
		}
		if covered < series*88/100 {
			t.Errorf("p%v: covered in %d of %d series", c.p, covered, series)
		}
	}
}

func TestLineIsRecovered(t *testing.T) {
	x := []float64{1, 2, 4, 8, 16, 32}
	y := make([]float64, len(x))
	for i := range x {
		y[i] = 17.69 + 0.841*x[i]
	}
	l, ok := FitLine(x, y, nil)
	if !ok || math.Abs(l.Slope-0.841) > 1e-12 || math.Abs(l.Intercept-17.69) > 1e-12 || l.MaxResidual > 1e-12 {
		t.Errorf("%+v", l)
	}
	if _, ok := FitLine([]float64{3, 3}, []float64{1, 2}, nil); ok {
		t.Error("a line through one x")
	}
}

// What is counted in bits is the sum by definition, however long the series.
func TestExceedanceTimeIsByDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(0, 1), 3, 400).Draw(t, "x")
		width := rapid.IntRange(1, 9).Draw(t, "width") // neighbours are alike
		for i := width; i < len(x); i++ {
			x[i] = (x[i] + 3*x[i-width]) / 4
		}
		q := rapid.SampledFrom(x).Draw(t, "q")
		if got, want := exceedanceTime(x, q), summedTime(x, q); math.Abs(got-want) > 1e-9*want {
			t.Errorf("%v, by definition %v", got, want)
		}
	})
}

// Ten values alike tell as much as one, in a series of millions too.
func TestExceedanceTimeOfMillions(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	x := make([]float64, 4_000_000)
	for i := range x {
		if x[i] = rng.Float64(); i%10 > 0 {
			x[i] = x[i-1]
		}
	}
	if tau := exceedanceTime(x, 0.9); math.Abs(tau-10) > 0.5 {
		t.Errorf("%v observations, in truth 10", tau)
	}
}

func summedTime(x []float64, q float64) float64 {
	n := len(x)
	d := make([]float64, n)
	for i, v := range x {
		if v > q {
			d[i] = 1
		}
	}
	mean := Mean(d)
	at := func(lag int) (sum float64) {
		for i := lag; i < n; i++ {
			sum += (d[i] - mean) * (d[i-lag] - mean) / float64(n)
		}
		return sum
	}
	tau := -1.0
	for lag := 0; lag+1 < n/3 && mean > 0; lag += 2 {
		pair := (at(lag) + at(lag+1)) / at(0)
		if pair < 1e-9 { // rounding: a third power of 400 is less
			break
		}
		tau += 2 * pair
	}
	return max(1, tau)
}
