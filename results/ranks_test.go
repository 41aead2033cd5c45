package results

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"loadgen/stat"
)

// In two passes come the quantiles, mean and deviation that sorting all finds.
func TestRanksAreThoseOfTheSorted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		near := rapid.Int64Range(0, 1<<40).Draw(t, "near") // many numbers in few coarse ones, and many that are equal
		one := rapid.OneOf(rapid.Int64Range(0, 5000), rapid.Int64Range(near, near+300), rapid.Int64Range(0, 1<<50))
		numbers := rapid.SliceOfN(one, 1, 200).Draw(t, "numbers")
		quantiles := []float64{0.001, 0.25, 0.5, 0.99, 0.999}
		var k ranks
		for _, v := range numbers {
			k.count(v)
		}
		k.want(quantiles)
		for _, v := range numbers {
			k.see(v)
		}
		sorted := make([]float64, len(numbers))
		for i, v := range numbers {
			sorted[i] = float64(v)
		}
		slices.Sort(sorted)
		for _, p := range quantiles {
			if got, want := k.at(p), stat.Quantile(sorted, p); got != want {
				t.Fatalf("p%v is %v, want %v", 100*p, got, want)
			}
		}
		mean, squares := stat.Mean(sorted), 0.0
		for _, v := range sorted {
			squares += (v - mean) * (v - mean)
		}
		if want := math.Sqrt(squares / float64(len(sorted))); math.Abs(k.mean()-mean) > 1e-9*mean ||
			math.Abs(k.deviation()-want) > 1e-9*mean {
			t.Fatal(k.mean(), mean, k.deviation(), want)
		}
	})
}

func TestCoarseRises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		if a < b && coarse(a) > coarse(b) || coarse(a) != coarse(max(a, 0)) {
			t.Fatal(a, b, coarse(a), coarse(b))
		}
	})
}
