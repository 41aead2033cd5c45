package plots

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A panel is one pair of axes and what is drawn on it.
type panel struct {
	title  string
	xLabel string
	x, y   axis
	series []series
	limits []limit
	marks  []mark
	notes  []string // objectives that lie far outside, told above the axes
	band   float64  // above 0: a grey band round 1, so wide on both sides
	tight  bool     // no room is kept at the right for names at the ends of lines
}

// An axis is a scale and the values that it must show.
type axis struct {
	scale
	lo, hi float64
}

func newAxis(s scale) axis { return axis{s, math.Inf(1), math.Inf(-1)} }

// include widens the axis to show a value, where it can.
func (a *axis) include(v float64) {
	if a.drawable(v) {
		a.lo, a.hi = math.Min(a.lo, v), math.Max(a.hi, v)
	}
}

// drawable tells that the axis has a place for a value.
func (a *axis) drawable(v float64) bool {
	return !math.IsNaN(v) && !math.IsInf(v, 0) && (v > 0 || !a.log)
}

// empty tells that nothing was included.
func (a *axis) empty() bool { return a.lo > a.hi }

// A series is points joined in their order.
type series struct {
	name   string // written at the line's end; empty: not
	colour color.Color
	glyph  glyph
	radius vg.Length // of a point; 0: the line alone
	width  vg.Length
	dashes []vg.Length
	band   bool // the interval as a band: only where x rises
	bars   bool // or as bars
	hollow bool // in a key
	points []point
}

// A point is one value with its interval and how far it may be believed.
type point struct {
	x, y    float64
	lo, hi  float64 // NaN: no interval
	hollow  bool    // soft
	crossed bool    // of a condemned step: drawn as a cross, joined to nothing
	gap     bool    // not to be shown at all: interrupts the line
	label   string
}

// A limit is an objective: a dashed line whose upper side, or lower side, is forbidden.
type limit struct {
	at    float64
	label string
	below bool // the lower side is forbidden
	shade bool
	whole bool // the line lies outside and all that is drawn is forbidden
}

// A mark is a ring round a place, with its name.
type mark struct {
	x, y float64
	name string
}

// add takes a series into the panel and widens the axes to show it.
func (p *panel) add(s series) {
	for i := range s.points {
		q := &s.points[i]
		if q.gap || !p.x.drawable(q.x) || !p.y.drawable(q.y) {
			q.gap = true
			continue
		}
		p.x.include(q.x)
		p.y.include(q.y)
		if s.band || s.bars {
			p.y.include(math.Max(q.lo, q.y/reach))
			p.y.include(math.Min(q.hi, q.y*reach))
		}
	}
	p.series = append(p.series, s)
}

// reach is how many times beyond the data an objective may lie to be drawn, and the end of an interval beyond its value;
// farther objectives are told in words, farther intervals are cut at the axis.
const reach = 3

// limit draws an objective, where the data come near it; else a note says where it is.
func (p *panel) limit(l limit) {
	switch {
	case p.y.empty():
	case p.y.log && l.at > p.y.hi*reach:
		p.notes = append(p.notes, l.label+" lies far above")
	case p.y.log && l.at < p.y.lo/reach:
		p.notes = append(p.notes, l.label+" lies far below")
		l.whole = true
		p.limits = append(p.limits, l)
	default:
		p.y.include(l.at)
		p.limits = append(p.limits, l)
	}
}

// empty tells that there is nothing to draw.
func (p *panel) empty() bool { return p.x.empty() || p.y.empty() }

// plot makes gonum's plot of the panel.
func (p *panel) plot(t *typeface) *plot.Plot {
	g := plot.New()
	g.BackgroundColor = nil
	g.TextHandler = t
	g.Legend.TextStyle = t.style(tickSize, ink)
	style(&g.X, p.x, t)
	style(&g.Y, p.y, t)
	if !p.tight && !p.x.log {
		g.X.Max *= 1.1 // room for the names at the ends of lines
	}
	g.Add(&painter{p, t})
	return g
}

// style gives gonum's axis our scale, type and colours.
func style(a *plot.Axis, ours axis, t *typeface) {
	a.Min, a.Max = ours.bounds(ours.lo, ours.hi)
	a.Scale, a.Tick.Marker = ours.normalizer(), ours.scale
	a.LineStyle = draw.LineStyle{Color: axisGrey, Width: 1}
	a.Tick.LineStyle = draw.LineStyle{Color: axisGrey, Width: 0.8}
	a.Tick.Length = 5
	a.Padding = 0
	align := a.Tick.Label
	a.Tick.Label = t.style(tickSize, grey)
	a.Tick.Label.XAlign, a.Tick.Label.YAlign = align.XAlign, align.YAlign
	a.Label.TextStyle = t.style(axisSize, ink)
}
