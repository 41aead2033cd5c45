package chart

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A painter draws a panel's contents, from the back to the front, as gonum's plotter.
type painter struct {
	*Panel
	text *Typeface
}

// A surface is a canvas with its axes' transforms and what has found its place on it.
type surface struct {
	draw.Canvas
	x, y func(float64) vg.Length
	layout
}

// Plot implements plot.Plotter.
func (p *painter) Plot(c draw.Canvas, g *plot.Plot) {
	x, free := g.Transforms(&c)
	y := func(v float64) vg.Length { return free(math.Min(math.Max(v, g.Y.Min), g.Y.Max)) } // an interval may reach to 0
	s := &surface{Canvas: c, x: x, y: y, layout: layout{within: grown(c.Rectangle, -1)}}
	s.within.Max.Y += 6
	p.grid(s, g)
	p.drawBand(s)
	p.drawLimits(s)
	for _, one := range p.series {
		if p.Across {
			one.drawAcross(s)
		} else {
			one.drawInterval(s)
		}
	}
	for _, one := range p.series {
		one.drawLine(s)
	}
	for _, one := range p.series {
		p.drawPoints(s, one)
	}
	p.drawRings(s)
	p.nameLimits(s)
	p.nameMarks(s)
	p.nameSeries(s)
	p.nameLevels(s)
}

func (p *painter) grid(s *surface, g *plot.Plot) {
	line := draw.LineStyle{Color: gridGrey, Width: 0.7}
	for _, t := range g.Y.Tick.Marker.Ticks(g.Y.Min, g.Y.Max) {
		if !t.IsMinor() {
			s.StrokeLine2(line, s.Min.X, s.y(t.Value), s.Max.X, s.y(t.Value))
		}
	}
	for _, t := range g.X.Tick.Marker.Ticks(g.X.Min, g.X.Max) {
		if x := s.x(t.Value); !t.IsMinor() && s.ContainsX(x) {
			s.StrokeLine2(line, x, s.Min.Y, x, s.Max.Y)
		}
	}
}

// drawBand shades what is as good as 1, and draws the 1.
func (p *painter) drawBand(s *surface) {
	if p.Band == 0 {
		return
	}
	if p.Across {
		lo, hi := s.x(1/(1+p.Band)), s.x(1+p.Band)
		s.FillPolygon(Faded(Grey, 0.14), []vg.Point{{X: lo, Y: s.Min.Y}, {X: hi, Y: s.Min.Y}, {X: hi, Y: s.Max.Y},
			{X: lo, Y: s.Max.Y}})
		s.StrokeLine2(draw.LineStyle{Color: Grey, Width: 1}, s.x(1), s.Min.Y, s.x(1), s.Max.Y)
		return
	}
	lo, hi := s.y(1/(1+p.Band)), s.y(1+p.Band)
	s.FillPolygon(Faded(Grey, 0.14), []vg.Point{{X: s.Min.X, Y: lo}, {X: s.Max.X, Y: lo}, {X: s.Max.X, Y: hi},
		{X: s.Min.X, Y: hi}})
	s.StrokeLine2(draw.LineStyle{Color: Grey, Width: 1}, s.Min.X, s.y(1), s.Max.X, s.y(1))
}

func (p *painter) drawLimits(s *surface) {
	for _, l := range p.limits {
		if l.whole {
			s.SetColor(Faded(forbidden, 0.06))
			s.Fill(s.Rectangle.Path())
			continue
		}
		y, far := s.y(l.At), s.Max.Y
		if l.Below {
			far = s.Min.Y
		}
		if l.Shade {
			s.FillPolygon(Faded(forbidden, 0.06), []vg.Point{{X: s.Min.X, Y: y}, {X: s.Max.X, Y: y}, {X: s.Max.X, Y: far},
				{X: s.Min.X, Y: far}})
		}
		s.StrokeLine2(draw.LineStyle{Color: forbidden, Width: 1.2, Dashes: []vg.Length{5, 3}}, s.Min.X, y, s.Max.X, y)
		s.lines = append(s.lines, [2]vg.Point{{X: s.Min.X, Y: y}, {X: s.Max.X, Y: y}})
	}
}

func (q Point) at(s *surface) vg.Point { return vg.Point{X: s.x(q.X), Y: s.y(q.Y)} }

// Joined reports whether a line may be drawn between two neighbours.
func Joined(a, b Point) bool { return !a.Gap && !b.Gap && !a.Crossed && !b.Crossed }

// bounded reports whether a point has an interval. Subtle: a bound that is no number makes the rasteriser run for ever.
func (q Point) bounded() bool {
	return !math.IsNaN(q.Lo) && !math.IsNaN(q.Hi) && !math.IsInf(q.Lo, 0) && !math.IsInf(q.Hi, 0)
}

func (one Series) drawInterval(s *surface) {
	for i, q := range one.Points {
		if q.Gap || !q.bounded() {
			continue
		}
		if one.Bars {
			drawBar(s, q, Faded(one.Colour, 0.55))
		}
		if one.Band && i > 0 && Joined(one.Points[i-1], q) && one.Points[i-1].bounded() {
			b := one.Points[i-1]
			s.FillPolygon(Faded(one.Colour, 0.14), []vg.Point{{X: s.x(b.X), Y: s.y(b.Lo)}, {X: s.x(q.X), Y: s.y(q.Lo)},
				{X: s.x(q.X), Y: s.y(q.Hi)}, {X: s.x(b.X), Y: s.y(b.Hi)}})
		}
	}
}

// drawAcross draws intervals that lie along x.
func (one Series) drawAcross(s *surface) {
	for _, q := range one.Points {
		if q.Gap || !q.bounded() {
			continue
		}
		y, lo, hi := s.y(q.Y), max(s.x(q.Lo), s.Min.X), min(s.x(q.Hi), s.Max.X)
		line := draw.LineStyle{Color: one.Colour, Width: 1.6}
		s.StrokeLine2(line, lo, y, hi, y)
		for _, end := range []vg.Length{lo, hi} {
			if end > s.Min.X && end < s.Max.X {
				s.StrokeLine2(line, end, y-3, end, y+3)
			}
		}
	}
}

// drawBar draws an interval as a line with two feet; an end that the axis cuts has none.
func drawBar(s *surface, q Point, c color.Color) {
	x, lo, hi := s.x(q.X), s.y(q.Lo), s.y(q.Hi)
	line := draw.LineStyle{Color: c, Width: 1}
	s.StrokeLine2(line, x, lo, x, hi)
	for _, end := range []vg.Length{lo, hi} {
		if end > s.Min.Y && end < s.Max.Y {
			s.StrokeLine2(line, x-3, end, x+3, end)
		}
	}
	s.lines = append(s.lines, [2]vg.Point{{X: x, Y: lo}, {X: x, Y: hi}})
}

func (one Series) drawLine(s *surface) {
	if one.Width == 0 {
		return
	}
	sty := draw.LineStyle{Color: one.Colour, Width: one.Width, Dashes: one.Dashes}
	var run []vg.Point
	for i, q := range one.Points {
		if i > 0 && !Joined(one.Points[i-1], q) {
			s.StrokeLines(sty, run)
			run = nil
		}
		if q.Gap || q.Crossed {
			continue
		}
		run = append(run, q.at(s))
		if n := len(run); n > 1 {
			s.lines = append(s.lines, [2]vg.Point{run[n-2], run[n-1]})
		}
	}
	s.StrokeLines(sty, run)
}

func (p *painter) drawPoints(s *surface, one Series) {
	for _, q := range one.Points {
		if q.Gap || one.Radius == 0 {
			continue
		}
		at := q.at(s)
		glyph := func() {
			switch {
			case p.outside(q):
				p.drawArrow(s, one, q)
			case q.Crossed:
				drawCross(s.Canvas, at, one.Radius)
			case q.Grey:
				drawGlyph(s.Canvas, one.Glyph, at, one.Radius, broken, q.Hollow)
			default:
				drawGlyph(s.Canvas, one.Glyph, at, one.Radius, one.Colour, q.Hollow)
			}
		}
		if v := asVector(s.Canvas); v != nil {
			v.value(p.words(one, q), at, glyph)
		} else {
			glyph()
		}
		s.taken = append(s.taken, grown(vg.Rectangle{Min: at, Max: at}, one.Radius))
	}
}

// words are a value as a viewer of an SVG reads it: "p99: 1.24 s (1.1 s to 1.4 s), at 32".
func (p *painter) words(one Series, q Point) string {
	say := func(v string) string { return p.locale.Decimal(v) }
	along, value := p.X, p.Y
	if p.Across {
		along, value = p.Y, p.X
		q.X, q.Y = q.Y, q.X
	}
	words := say(value.value(q.Y))
	if q.bounded() {
		words += " (" + say(value.value(q.Lo)) + "…" + say(value.value(q.Hi)) + ")"
	}
	if one.Name != "" {
		words = one.Name + ": " + words
	}
	words += " · " + say(along.value(q.X))
	if q.Label != "" {
		words += " · " + q.Label
	}
	return words
}

// nameLimits writes every objective at its line: on the forbidden side where that is free, else on the other or farther
// off.
func (p *painter) nameLimits(s *surface) {
	sty := p.text.strong(labelSize, forbidden)
	for _, l := range p.limits {
		if l.whole {
			continue
		}
		w, h := p.size(sty, l.Label)
		side := math.Pi / 2
		if l.Below {
			side = -side
		}
		if box, ok := s.along(s.y(l.At), vg.Point{X: w, Y: h}, side); ok {
			p.write(s, sty, l.Label, box)
			s.taken = append(s.taken, box)
			continue
		}
		p.label(s, sty, l.Label, request{anchor: vg.Point{X: s.Max.X - w/2, Y: s.y(l.At)}, gap: 2, reach: 90, toward: side})
	}
}

// along looks for a free box beside a level line, from near to far and from the right to the left.
func (s *surface) along(y vg.Length, size vg.Point, side float64) (box vg.Rectangle, ok bool) {
	for try := range 8 {
		away, side := vg.Length(2+4*(try/2)), side
		if try%2 == 1 {
			side = -side
		}
		for part := vg.Length(0); part <= 1; part += 0.05 {
			x := s.Max.X - size.X/2 - 3 - part*(s.Max.X-s.Min.X-size.X-6)
			r := request{size: size, anchor: vg.Point{X: x, Y: y}}
			if box = r.at(away, side); s.free(box) {
				return box, true
			}
		}
	}
	return box, false
}

// free reports whether nothing lies in a box, not even a curve.
func (s *surface) free(box vg.Rectangle) bool {
	for _, t := range s.taken {
		if overlap(box, t) {
			return false
		}
	}
	for _, l := range s.lines {
		if crosses(box, l) {
			return false
		}
	}
	return box.Min.X >= s.Min.X && box.Max.X <= s.Max.X && box.Min.Y >= s.Min.Y && box.Max.Y <= s.within.Max.Y
}

// ringSize is a mark's radius.
const ringSize = 8

func (m Mark) at(s *surface) vg.Point { return vg.Point{X: s.x(m.X), Y: s.y(m.Y)} }

func (p *painter) drawRings(s *surface) {
	for _, m := range p.marks {
		s.SetLineStyle(draw.LineStyle{Color: ink, Width: 1})
		s.Stroke(Disc.outline(m.at(s), ringSize))
		s.taken = append(s.taken, grown(vg.Rectangle{Min: m.at(s), Max: m.at(s)}, ringSize))
	}
}

// nameMarks writes the marks' names, each with a line to its ring.
func (p *painter) nameMarks(s *surface) {
	sty := p.text.strong(labelSize, ink)
	for _, m := range p.marks {
		at := m.at(s)
		w, h := p.size(sty, m.Name)
		box, ok := s.place(request{size: vg.Point{X: w, Y: h}, anchor: at, gap: ringSize + 10, reach: 120,
			toward: -math.Pi / 4})
		if !ok {
			continue
		}
		to := nearest(box, at)
		d := to.Sub(at)
		from := at.Add(d.Scale(ringSize / vg.Length(math.Hypot(float64(d.X), float64(d.Y)))))
		s.StrokeLines(draw.LineStyle{Color: ink, Width: 0.8}, []vg.Point{from, to})
		s.lines = append(s.lines, [2]vg.Point{from, to})
		p.write(s, sty, m.Name, box)
	}
}

// nameSeries writes each name beside its line's last point.
func (p *painter) nameSeries(s *surface) {
	for _, one := range p.series {
		last := one.Last()
		if one.Name == "" || last < 0 {
			continue
		}
		sty := p.text.strong(nameSize, one.Colour)
		p.label(s, sty, one.Name, request{anchor: one.Points[last].at(s), gap: one.Radius + 4, reach: 60})
	}
}

// Last is the index of the Last point that the line reaches.
func (one Series) Last() int {
	for i := len(one.Points) - 1; i >= 0; i-- {
		if q := one.Points[i]; !q.Gap && !q.Crossed {
			return i
		}
	}
	return -1
}

// nameLevels writes the points' labels: the last and the first of each series before those between, which may find no
// place. Points that lie on one another share one label, from the first to the last.
func (p *painter) nameLevels(s *surface) {
	for _, one := range p.series {
		groups := one.heaps(s)
		for i := range groups {
			k := len(groups) - 1
			if i > 0 {
				k = i - 1
			}
			p.nameHeap(s, one, groups[k])
		}
	}
}

// heap is how near in points neighbours lie on one another.
const heap = 3.5

// heaps groups a series' labelled points, neighbours on one another together.
func (one Series) heaps(s *surface) [][]Point {
	var out [][]Point
	for _, q := range one.Points {
		if q.Gap || q.Label == "" {
			continue
		}
		if n := len(out); n > 0 {
			d := out[n-1][0].at(s).Sub(q.at(s))
			if math.Hypot(float64(d.X), float64(d.Y)) < heap && out[n-1][0].Crossed == q.Crossed {
				out[n-1] = append(out[n-1], q)
				continue
			}
		}
		out = append(out, []Point{q})
	}
	return out
}

func (p *painter) nameHeap(s *surface, one Series, heap []Point) {
	first, last := heap[0], heap[len(heap)-1]
	name := first.Label
	if len(heap) > 1 {
		name += "–" + last.Label
	}
	sty := p.text.style(labelSize, one.Colour)
	if first.Crossed {
		sty.Color = broken
	}
	p.label(s, sty, name, request{anchor: first.at(s), gap: one.Radius + 2.5, reach: 46, toward: -math.Pi / 3})
}

// label writes text where there is room, with a thin line to its anchor when that is far.
func (p *painter) label(s *surface, sty text.Style, txt string, r request) {
	w, h := p.size(sty, txt)
	r.size = vg.Point{X: w, Y: h}
	box, ok := s.place(r)
	if !ok {
		return
	}
	if s.leads(r, box) {
		lead := []vg.Point{r.anchor, nearest(box, r.anchor)}
		s.StrokeLines(draw.LineStyle{Color: Faded(sty.Color, 0.5), Width: 0.6}, lead)
		s.lines = append(s.lines, [2]vg.Point{lead[0], lead[1]})
	}
	p.write(s, sty, txt, box)
}

// size is the box of text without the room below its baseline that figures and most words leave empty.
func (p *painter) size(sty text.Style, txt string) (w, h vg.Length) {
	return p.text.walk(txt, sty.Font, nil), 0.78 * sty.Font.Size
}

func (p *painter) write(s *surface, sty text.Style, txt string, box vg.Rectangle) {
	p.text.draw(s.Canvas, txt, sty, box.Min.Add(vg.Point{Y: 0.04 * sty.Font.Size}), 1.6)
}
