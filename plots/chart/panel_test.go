package chart

import (
	"math"
	"strings"
	"testing"

	"loadgen/locale"
)

// TestFarLimits tells an objective far outside the data in words, and shades all when all is beyond it.
func TestFarLimits(t *testing.T) {
	for at, want := range map[float64]string{10: "far above", 0.001: "far below", 0.15: "", 0.05: ""} {
		p := &Panel{X: NewAxis(Amount()), Y: NewAxis(Seconds()), locale: locale.English}
		p.Add(Series{Points: []Point{{X: 1, Y: 0.1}, {X: 2, Y: 0.2}}})
		p.Limit(Limit{At: at, Label: "TTFT"})
		notes := strings.Join(p.remarks(), "")
		if (want == "") != (notes == "") || !strings.Contains(notes, want) {
			t.Errorf("%g: %q", at, notes)
		}
		if whole := len(p.limits) == 1 && p.limits[0].whole; whole != (want == "far below") {
			t.Errorf("%g: %+v", at, p.limits)
		}
	}
}

// TestWideIntervals: an interval that ends at 0 or beyond measure does not stretch the axis; one without bounds does
// nothing.
func TestWideIntervals(t *testing.T) {
	p := &Panel{X: NewAxis(Amount()), Y: NewAxis(Seconds())}
	p.Add(Series{Bars: true, Points: []Point{{X: 1, Y: 0.1, Lo: 0, Hi: math.Inf(1)}, {X: 2, Y: 0.2, Lo: 1e-9, Hi: 1e9},
		{X: 3, Y: 0.15, Lo: math.NaN(), Hi: math.NaN()}}})
	if p.Y.lo < 0.03 || p.Y.hi > 0.61 {
		t.Errorf("%g–%g", p.Y.lo, p.Y.hi)
	}
}

// TestWhatHasNoPlaceIsLeftOut: a logarithmic axis has none for 0, no axis for NaN.
func TestWhatHasNoPlaceIsLeftOut(t *testing.T) {
	p := &Panel{X: NewAxis(Amount()), Y: NewAxis(Seconds())}
	p.Add(Series{Points: []Point{{X: 1, Y: 0}, {X: 2, Y: -1}, {X: 3, Y: math.NaN()}, {X: math.Inf(1), Y: 1}}})
	if !p.Empty() || p.series[0].Last() >= 0 {
		t.Errorf("%+v", p.series)
	}
	p.Add(Series{Points: []Point{{X: 1, Y: 1}, {X: 2, Y: 2, Crossed: true}}})
	if p.Empty() || p.series[1].Last() != 0 {
		t.Errorf("%+v", p.series)
	}
}

// TestZeros: where a panel has a place for 0, it is the bottom of the axis, which says so, below all other values; an
// interval from there widens the axis to its end and moves no point.
func TestZeros(t *testing.T) {
	p := &Panel{X: NewAxis(Amount()), Y: NewAxis(Shares()), Zeros: true}
	p.Add(Series{Radius: 3, Points: []Point{{X: 1, Y: 0, Lo: 0, Hi: 0.12}, {X: 2, Y: 0.01, Lo: 0.005, Hi: 0.02}}})
	y := p.lowered()
	lo, hi := y.bounds(y.lo, y.hi)
	if lo >= 0.01 || hi < 0.12 || p.series[0].Points[0].Gap {
		t.Errorf("%g–%g, %+v", lo, hi, p.series[0].Points)
	}
	if ticks := y.Ticks(lo, hi); ticks[0].Value != lo || ticks[0].Label != "0 %" {
		t.Errorf("%+v", ticks)
	}
	page := (&Page{Panels: []*Panel{p}}).Bottom("none").Explained()
	if got := strings.Join(page.Subtitle, "; "); got != "none" {
		t.Errorf("%q", got)
	}
	other := &Panel{X: NewAxis(Amount()), Y: NewAxis(Shares()), Zeros: true}
	other.Add(Series{Radius: 3, Points: []Point{{X: 2, Y: 0.01, Hollow: true}}})
	page = (&Page{Panels: []*Panel{other}}).Bottom("none").Explained()
	if got := strings.Join(page.Subtitle, "; "); got != "hollow: few samples" || other.lowered().lo != 0.01 {
		t.Errorf("%q, from %g", got, other.lowered().lo)
	}
}
