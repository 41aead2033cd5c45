package chart

import (
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A panel whose few highest points would press the others together is cut above these: the cut points become arrows
// with their numbers at the upper edge.
const (
	keep     = 0.6 // of the axis, at least, that the others have
	farOff   = 10  // times the median that a point must be to be cut
	cutShare = 20  // one in so many points may be cut, and one in any case
	beyond   = 1.15
)

// cut lowers the axis below outliers, of which those of condemned steps come first.
func (p *Panel) cut() {
	if p.Across {
		return
	}
	var sound, all []float64
	for _, s := range p.series {
		for _, q := range s.Points {
			if q.Gap {
				continue
			}
			all = append(all, q.Y)
			if !q.Crossed {
				sound = append(sound, q.Y)
			}
		}
	}
	slices.Sort(all)
	slices.Sort(sound)
	if len(sound) >= 2 && p.crowded(all, sound[len(sound)-1], farOff) {
		p.lower(sound[len(sound)-1])
		all = sound
	}
	most := max(1, len(all)/cutShare)
	for k := 1; k <= most && len(all)-k >= 2; k++ {
		if top := all[len(all)-1-k]; p.crowded(all, top, farOff*farOff/2) {
			p.lower(top)
			return
		}
	}
}

// crowded reports whether the values up to top have too little of an axis that also shows the highest one, so many
// times the median.
func (p *Panel) crowded(sorted []float64, top, times float64) bool {
	if len(sorted) < 3 {
		return false
	}
	highest, least := sorted[len(sorted)-1], sorted[0]
	if !(highest > times*sorted[len(sorted)/2]) {
		return false
	}
	if p.Y.log {
		return math.Log(math.Max(top/least, 2)) < keep*math.Log(highest/least)
	}
	return top < keep*highest
}

// lower ends the axis above top.
func (p *Panel) lower(top float64) {
	for _, l := range p.limits {
		if !l.whole {
			top = math.Max(top, l.At)
		}
	}
	if top < p.Y.hi {
		p.Y.hi, p.topped = top*beyond, true
	}
}

// outside reports whether a point lies above a cut axis.
func (p *painter) outside(q Point) bool { return p.topped && q.Y > p.Y.hi }

// drawArrow is a cut point: an arrow at the upper edge with its number.
func (p *painter) drawArrow(s *surface, one Series, q Point) {
	tip := vg.Point{X: s.x(q.X), Y: s.Max.Y - 2}
	colour := one.Colour
	if q.Crossed {
		colour = broken
	}
	s.StrokeLines(draw.LineStyle{Color: colour, Width: 1.6}, []vg.Point{tip.Sub(vg.Point{Y: 14}), tip},
		[]vg.Point{tip.Add(vg.Point{X: -4, Y: -6}), tip, tip.Add(vg.Point{X: 4, Y: -6})})
	s.taken = append(s.taken, vg.Rectangle{Min: tip.Sub(vg.Point{X: 5, Y: 15}), Max: tip.Add(vg.Point{X: 5})})
	p.label(s, p.text.strong(labelSize, colour), p.locale.Decimal(p.Y.value(q.Y)),
		request{anchor: tip.Sub(vg.Point{Y: 8}), gap: 6, reach: 46, toward: math.Pi})
}
