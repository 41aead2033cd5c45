package chart

import (
	"math"
	"testing"

	"gonum.org/v1/plot/vg"
	"pgregory.net/rapid"
)

// TestNoLabelOnAnother places labels of any size at any anchors, among points and lines, and lets them never touch.
func TestNoLabelOnAnother(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := func(name string, lo, hi float64) vg.Length {
			return vg.Length(rapid.Float64Range(lo, hi).Draw(t, name))
		}
		spot := func() vg.Point { return vg.Point{X: length("x", 0, 200), Y: length("y", 0, 150)} }
		l := &layout{within: vg.Rectangle{Max: vg.Point{X: 200, Y: 150}}}
		for range rapid.IntRange(0, 10).Draw(t, "points") {
			at := spot()
			l.taken = append(l.taken, grown(vg.Rectangle{Min: at, Max: at}, 4))
			l.lines = append(l.lines, [2]vg.Point{at, spot()})
		}
		for range rapid.IntRange(1, 15).Draw(t, "labels") {
			before := len(l.taken)
			r := request{size: vg.Point{X: length("w", 4, 60), Y: length("h", 4, 12)}, anchor: spot(), gap: 5, reach: 60,
				toward: float64(length("toward", 0, 6.3))}
			box, ok := l.place(r)
			if !ok {
				continue
			}
			if box.Min.X < 0 || box.Min.Y < 0 || box.Max.X > 200 || box.Max.Y > 150 {
				t.Fatalf("outside: %v", box)
			}
			for _, other := range l.taken[:before] {
				if overlap(box, other) {
					t.Fatalf("%v lies on %v", box, other)
				}
			}
		}
	})
}

func TestALoneLabelStandsWhereItIsWanted(t *testing.T) {
	l := &layout{within: vg.Rectangle{Max: vg.Point{X: 200, Y: 150}}}
	r := request{size: vg.Point{X: 20, Y: 8}, anchor: vg.Point{X: 100, Y: 75}, gap: 5, reach: 40}
	if box, ok := l.place(r); !ok || math.Abs(float64(box.Min.X)-105) > 1e-9 || math.Abs(float64(box.Min.Y)-71) > 1e-9 {
		t.Error(box, ok)
	}
	if box, ok := l.place(r); !ok || l.leads(r, box) {
		t.Error("the second finds no place beside the first:", box, ok)
	}
}

func TestNoPlace(t *testing.T) {
	l := &layout{within: vg.Rectangle{Max: vg.Point{X: 10, Y: 10}}}
	if box, ok := l.place(request{size: vg.Point{X: 20, Y: 8}, anchor: vg.Point{X: 5, Y: 5}, gap: 5, reach: 40}); ok {
		t.Error(box)
	}
}

func TestCrosses(t *testing.T) {
	box := vg.Rectangle{Min: vg.Point{X: 10, Y: 10}, Max: vg.Point{X: 20, Y: 20}}
	for _, c := range []struct {
		from, to vg.Point
		want     bool
	}{
		{vg.Point{X: 0, Y: 15}, vg.Point{X: 30, Y: 15}, true},
		{vg.Point{X: 15, Y: 12}, vg.Point{X: 15, Y: 18}, true}, // inside
		{vg.Point{X: 0, Y: 0}, vg.Point{X: 9, Y: 30}, false},
		{vg.Point{X: 0, Y: 12}, vg.Point{X: 12, Y: 0}, false}, // past a corner
		{vg.Point{X: 5, Y: 15}, vg.Point{X: 8, Y: 15}, false}, // ends before
		{vg.Point{X: 5, Y: 5}, vg.Point{X: 5, Y: 25}, false},
	} {
		if got := crosses(box, [2]vg.Point{c.from, c.to}); got != c.want {
			t.Errorf("%v–%v: %v", c.from, c.to, got)
		}
	}
}
