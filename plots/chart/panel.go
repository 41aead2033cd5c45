package chart

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"loadgen/locale"
)

// A Length is a length on the page in points, 1/72 inch.
type Length = vg.Length

// A Panel is one pair of axes and what is drawn on it.
type Panel struct {
	Title  string
	XLabel string
	X, Y   Axis
	series []Series
	limits []Limit
	marks  []Mark
	far    []Limit // objectives that lie far outside, told above the axes
	topped bool    // the axis ends below some points
	locale *locale.Locale
	Band   float64 // above 0: a grey band round 1 of the ratios, so wide on both sides
	Across bool    // ratios, their intervals and the band lie along x
	Tight  bool    // no room is kept at the right for names at the ends of lines
	Zeros  bool    // values of 0 lie at the bottom of a logarithmic axis of y, below all others
}

// An Axis is a scale and the values that it must show.
type Axis struct {
	Scale
	lo, hi float64
}

// NewAxis is an empty axis of a scale.
func NewAxis(s Scale) Axis { return Axis{s, math.Inf(1), math.Inf(-1)} }

// include widens the axis to show a value, where it can.
func (a *Axis) include(v float64) {
	if a.drawable(v) {
		a.lo, a.hi = math.Min(a.lo, v), math.Max(a.hi, v)
	}
}

// drawable reports whether the axis has a place for a value.
func (a *Axis) drawable(v float64) bool {
	return !math.IsNaN(v) && !math.IsInf(v, 0) && (v > 0 || !a.log)
}

// empty reports whether nothing was included.
func (a *Axis) empty() bool { return a.lo > a.hi }

// A Series is points joined in their order.
type Series struct {
	Name   string // written at the line's end; empty: not
	Colour color.Color
	Glyph  Glyph
	Radius vg.Length // of a point; 0: the line alone
	Width  vg.Length
	Dashes []vg.Length
	Band   bool // the interval as a band: only where x rises
	Bars   bool // or as bars
	Hollow bool // in a key
	Points []Point
}

// A Point is one value with its interval and how far it may be believed.
type Point struct {
	X, Y    float64
	Lo, Hi  float64 // NaN: no interval
	Hollow  bool    // soft
	Crossed bool    // of a condemned step: drawn as a cross, joined to nothing
	Grey    bool    // beaten by another point: drawn in grey
	Gap     bool    // not to be shown at all: interrupts the line
	Label   string
}

// A Limit is an objective: a dashed line whose upper side, or lower side, is forbidden.
type Limit struct {
	At    float64
	Label string
	Below bool // the lower side is forbidden
	Shade bool
	whole bool // the line lies outside and all that is drawn is forbidden
}

// A Mark is a ring round a place, with its name.
type Mark struct {
	X, Y float64
	Name string
}

// mostMarked is how many points of a line have marks and labels: more would be a smear.
const mostMarked = 120

// Add takes a series into the panel and widens the axes to show it.
func (p *Panel) Add(s Series) {
	if len(s.Points) > mostMarked && s.Width > 0 {
		s.Radius, s.Bars = 0, false
		s.Points = slices.Clone(s.Points)
		for i := range s.Points {
			s.Points[i].Label = ""
		}
	}
	for i := range s.Points {
		q := &s.Points[i]
		zero := p.Zeros && q.Y == 0
		if q.Gap || !p.X.drawable(q.X) || !p.Y.drawable(q.Y) && !zero {
			q.Gap = true
			continue
		}
		p.X.include(q.X)
		if zero {
			p.Y.include(q.Hi)
			continue
		}
		p.Y.include(q.Y)
		if p.Across {
			p.X.include(math.Max(q.Lo, q.X/reach))
			p.X.include(math.Min(q.Hi, q.X*reach))
		} else if s.Band || s.Bars {
			p.Y.include(math.Max(q.Lo, q.Y/reach))
			p.Y.include(math.Min(q.Hi, q.Y*reach))
		}
	}
	p.series = append(p.series, s)
}

// reach is how many times beyond the data an objective may lie to be drawn, and the end of an interval beyond its
// value; farther objectives are told in words, farther intervals are cut at the axis.
const reach = 3

// Limit draws an objective, where the data come near it; else a note says where it is.
func (p *Panel) Limit(l Limit) {
	switch {
	case p.Y.empty():
	case p.Y.log && l.At > p.Y.hi*reach:
		p.far = append(p.far, l)
	case p.Y.log && l.At < p.Y.lo/reach:
		l.whole = true
		p.far = append(p.far, l)
		p.limits = append(p.limits, l)
	default:
		p.Y.include(l.At)
		p.limits = append(p.limits, l)
	}
}

// remarks are what the axes do not show: objectives far outside.
func (p *Panel) remarks() (out []string) {
	for _, l := range p.far {
		if l.whole {
			out = append(out, p.locale.Say("%s lies far below", l.Label))
		} else {
			out = append(out, p.locale.Say("%s lies far above", l.Label))
		}
	}
	return out
}

// Mark rings and names a place.
func (p *Panel) Mark(m Mark) { p.marks = append(p.marks, m) }

// Empty reports whether there is nothing to draw.
func (p *Panel) Empty() bool { return p.X.empty() || p.Y.empty() }

// plot makes gonum's plot of the panel.
func (p *Panel) plot(t *Typeface) *plot.Plot {
	g := plot.New()
	g.BackgroundColor = nil
	g.TextHandler = t
	g.Legend.TextStyle = t.style(tickSize, ink)
	style(&g.X, p.X, t, p.locale)
	style(&g.Y, p.lowered(), t, p.locale)
	if p.Across {
		g.Y.Tick.LineStyle.Width = 0
	}
	if !p.Tight && !p.X.log {
		g.X.Max *= 1.1 // room for the names at the ends of lines
	}
	g.Add(&painter{p, t})
	return g
}

// lowered is the axis of y, longer at its bottom where points of 0 lie there.
func (p *Panel) lowered() Axis {
	for _, s := range p.series {
		if slices.ContainsFunc(s.Points, func(q Point) bool { return !q.Gap && p.Zeros && q.Y == 0 }) {
			return Axis{p.Y.fromZero(), p.Y.lo / 2, p.Y.hi}
		}
	}
	return p.Y
}

// style gives gonum's axis our scale, type and colours.
func style(a *plot.Axis, ours Axis, t *Typeface, l *locale.Locale) {
	a.Min, a.Max = ours.bounds(ours.lo, ours.hi)
	a.Scale, a.Tick.Marker = ours.normalizer(), spoken{ours.Scale, l}
	a.LineStyle = draw.LineStyle{Color: axisGrey, Width: 1}
	a.Tick.LineStyle = draw.LineStyle{Color: axisGrey, Width: 0.8}
	a.Tick.Length = 5
	a.Padding = 0
	align := a.Tick.Label
	a.Tick.Label = t.style(tickSize, Grey)
	a.Tick.Label.XAlign, a.Tick.Label.YAlign = align.XAlign, align.YAlign
	a.Label.TextStyle = t.style(axisSize, ink)
}
