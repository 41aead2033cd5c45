package chart

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"loadgen/locale"
)

// One point at 100 × the median leaves the others 60 % of the axis at least, and stands above it as an arrow with its
// number; 0, 1 and 2 points, and very many, are drawn too.
func TestOutliers(t *testing.T) {
	face, err := NewTypeface()
	if err != nil {
		t.Fatal(err)
	}
	for _, scale := range []Scale{Amount(), Seconds()} {
		for _, n := range []int{0, 1, 2, 3, 8, 100, 10_000} {
			p := &Panel{X: NewAxis(Amount()), Y: NewAxis(scale), locale: locale.English}
			one := Series{Colour: Blue, Radius: 3, Width: 1}
			for i := range n {
				one.Points = append(one.Points, Point{X: float64(i), Y: 1 + 0.5*math.Sin(float64(i)), Lo: math.NaN(),
					Hi: math.NaN(), Label: "x"})
			}
			if n > 2 {
				one.Points[n/2].Y = 100
			}
			p.Add(one)
			page := &Page{Title: "t", Panels: []*Panel{p}, Columns: 1, Width: 600, Height: 400}
			if p.Empty() {
				continue
			}
			svg := string(page.SVG(face))
			if n < 3 {
				continue
			}
			from, to := scale.bounds(p.Y.lo, p.Y.hi)
			share := (1.5 - math.Max(from, 0)) / (to - math.Max(from, 0))
			if scale.log {
				share = math.Log(1.5/0.5) / math.Log(to/from)
			}
			if !p.topped || share < keep {
				t.Errorf("log %v, %d points: the others have %.0f %% of %g–%g", scale.log, n, 100*share, from, to)
			}
			if n <= mostMarked && !strings.Contains(svg, ">"+scale.value(100)+"</text>") {
				t.Errorf("%d points: the outlier's number %s is not written", n, scale.value(100))
			}
		}
	}
}

// A steep curve is no outlier: many of its points are high.
func TestSteepCurvesAreWhole(t *testing.T) {
	p := &Panel{X: NewAxis(Doubling()), Y: NewAxis(Seconds()), locale: locale.English}
	one := Series{Colour: Blue, Radius: 3, Width: 1}
	for i, y := range []float64{0.03, 0.03, 0.04, 0.06, 0.2, 1.4, 6, 18, 40} {
		one.Points = append(one.Points, Point{X: math.Exp2(float64(i)), Y: y, Lo: math.NaN(), Hi: math.NaN(),
			Label: fmt.Sprint(i)})
	}
	p.Add(one)
	if p.cut(); p.topped {
		t.Error("the curve was cut at", p.Y.hi)
	}
}
