package chart

import (
	"math"

	"gonum.org/v1/plot/vg"
)

// A layout finds free places for labels, one after the other: no label ever lies on another one, on a point or outside.
type layout struct {
	within vg.Rectangle
	taken  []vg.Rectangle // points, rings and labels already placed: never covered
	lines  [][2]vg.Point  // curves, and lines that lead to labels: covered only when nothing else is near
}

// A request is a label that wants a place.
type request struct {
	size   vg.Point  // of the text
	anchor vg.Point  // what it names
	gap    vg.Length // from the anchor to the text, at least
	reach  vg.Length // and at most
	toward float64   // the preferred direction, radians
}

// directions is how many directions round the anchor are tried.
const directions = 16

// place reserves the best free place; ok is false when there is none within reach.
func (l *layout) place(r request) (box vg.Rectangle, ok bool) {
	least := math.Inf(1)
	for d := r.gap; d <= r.reach; d += 2.5 {
		if float64(d-r.gap) > least {
			break
		}
		for k := range directions {
			angle := r.toward + float64(k)*2*math.Pi/directions
			candidate := r.at(d, angle)
			if cost := l.cost(r, candidate, d, angle); cost < least {
				least, box, ok = cost, candidate, true
			}
		}
	}
	if ok {
		l.taken = append(l.taken, box)
	}
	return box, ok
}

// at is the text's box at a distance and direction from the anchor.
func (r request) at(d vg.Length, angle float64) vg.Rectangle {
	sin, cos := math.Sincos(angle)
	middle := r.anchor.Add(vg.Point{X: vg.Length(cos) * (d + r.size.X/2), Y: vg.Length(sin) * (d + r.size.Y/2)})
	return vg.Rectangle{Min: middle.Sub(r.size.Scale(0.5)), Max: middle.Add(r.size.Scale(0.5))}
}

// cost is how bad a place is: its distance, its turn from the preferred direction, the curves under it. A taken one
// costs infinity.
func (l *layout) cost(r request, box vg.Rectangle, d vg.Length, angle float64) float64 {
	if box.Min.X < l.within.Min.X || box.Max.X > l.within.Max.X || box.Min.Y < l.within.Min.Y ||
		box.Max.Y > l.within.Max.Y {
		return math.Inf(1)
	}
	roomy := grown(box, 1.5)
	lead := [2]vg.Point{r.anchor, nearest(box, r.anchor)}
	far := l.leads(r, box)
	cost := float64(d-r.gap) + 4*(1-math.Cos(angle-r.toward))
	for _, t := range l.taken {
		if overlap(roomy, t) || far && !contains(t, r.anchor) && crosses(t, lead) {
			return math.Inf(1)
		}
	}
	for _, s := range l.lines {
		if crosses(box, s) {
			cost += 14
		}
	}
	return cost
}

// leads reports whether a label is so far from what it names that a line must lead to it.
func (l *layout) leads(r request, box vg.Rectangle) bool {
	n := nearest(box, r.anchor)
	return math.Hypot(float64(n.X-r.anchor.X), float64(n.Y-r.anchor.Y)) > float64(r.gap)+5
}

func grown(b vg.Rectangle, by vg.Length) vg.Rectangle {
	d := vg.Point{X: by, Y: by}
	return vg.Rectangle{Min: b.Min.Sub(d), Max: b.Max.Add(d)}
}

func overlap(a, b vg.Rectangle) bool {
	return a.Min.X < b.Max.X && b.Min.X < a.Max.X && a.Min.Y < b.Max.Y && b.Min.Y < a.Max.Y
}

func contains(b vg.Rectangle, p vg.Point) bool {
	return p.X >= b.Min.X && p.X <= b.Max.X && p.Y >= b.Min.Y && p.Y <= b.Max.Y
}

// nearest is the point of a box that is closest to p.
func nearest(b vg.Rectangle, p vg.Point) vg.Point {
	return vg.Point{X: min(max(p.X, b.Min.X), b.Max.X), Y: min(max(p.Y, b.Min.Y), b.Max.Y)}
}

// crosses reports whether a segment touches a box: it is cut down to what lies inside, side by side (Liang and Barsky).
func crosses(b vg.Rectangle, s [2]vg.Point) bool {
	from, to := 0.0, 1.0
	d := s[1].Sub(s[0])
	for _, side := range [][2]vg.Length{{-d.X, s[0].X - b.Min.X}, {d.X, b.Max.X - s[0].X}, {-d.Y, s[0].Y - b.Min.Y},
		{d.Y, b.Max.Y - s[0].Y}} {
		p, q := float64(side[0]), float64(side[1])
		switch {
		case p == 0 && q < 0:
			return false
		case p < 0:
			from = math.Max(from, q/p)
		case p > 0:
			to = math.Min(to, q/p)
		}
	}
	return from <= to
}
