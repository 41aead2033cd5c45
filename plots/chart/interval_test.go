package chart

import (
	"math"
	"testing"
)

// A point with too few samples has no bounds: its band is left out. Drawn, it kept the rasteriser busy for ever (seen
// on a real run whose first level had twelve requests).
func TestAnIntervalWithoutBoundsIsNotDrawn(t *testing.T) {
	nan := math.NaN()
	for _, q := range []Point{{Lo: nan, Hi: 1}, {Lo: 0, Hi: nan}, {Lo: math.Inf(-1), Hi: 1}, {Lo: 0, Hi: math.Inf(1)}} {
		if q.bounded() {
			t.Errorf("%v … %v is drawn", q.Lo, q.Hi)
		}
	}
	if !(Point{Lo: 1, Hi: 2}).bounded() {
		t.Error("1 … 2 is not drawn")
	}
}
