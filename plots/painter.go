package plots

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
	*panel
	text *typeface
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
		one.drawInterval(s)
	}
	for _, one := range p.series {
		one.drawLine(s)
	}
	for _, one := range p.series {
		one.drawPoints(s)
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
	if p.band == 0 {
		return
	}
	lo, hi := s.y(1/(1+p.band)), s.y(1+p.band)
	s.FillPolygon(faded(grey, 0.14), []vg.Point{{X: s.Min.X, Y: lo}, {X: s.Max.X, Y: lo}, {X: s.Max.X, Y: hi}, {X: s.Min.X, Y: hi}})
	s.StrokeLine2(draw.LineStyle{Color: grey, Width: 1}, s.Min.X, s.y(1), s.Max.X, s.y(1))
}

func (p *painter) drawLimits(s *surface) {
	for _, l := range p.limits {
		if l.whole {
			s.SetColor(faded(forbidden, 0.06))
			s.Fill(s.Rectangle.Path())
			continue
		}
		y, far := s.y(l.at), s.Max.Y
		if l.below {
			far = s.Min.Y
		}
		if l.shade {
			s.FillPolygon(faded(forbidden, 0.06), []vg.Point{{X: s.Min.X, Y: y}, {X: s.Max.X, Y: y}, {X: s.Max.X, Y: far}, {X: s.Min.X, Y: far}})
		}
		s.StrokeLine2(draw.LineStyle{Color: forbidden, Width: 1.2, Dashes: []vg.Length{5, 3}}, s.Min.X, y, s.Max.X, y)
		s.lines = append(s.lines, [2]vg.Point{{X: s.Min.X, Y: y}, {X: s.Max.X, Y: y}})
	}
}

func (q point) at(s *surface) vg.Point { return vg.Point{X: s.x(q.x), Y: s.y(q.y)} }

// joined tells that a line may be drawn between two neighbours.
func joined(a, b point) bool { return !a.gap && !b.gap && !a.crossed && !b.crossed }

func (one series) drawInterval(s *surface) {
	for i, q := range one.points {
		if q.gap || math.IsNaN(q.lo) || math.IsNaN(q.hi) {
			continue
		}
		if one.bars {
			drawBar(s, q, faded(one.colour, 0.55))
		}
		if one.band && i > 0 && joined(one.points[i-1], q) {
			b := one.points[i-1]
			s.FillPolygon(faded(one.colour, 0.14), []vg.Point{{X: s.x(b.x), Y: s.y(b.lo)}, {X: s.x(q.x), Y: s.y(q.lo)}, {X: s.x(q.x), Y: s.y(q.hi)}, {X: s.x(b.x), Y: s.y(b.hi)}})
		}
	}
}

// drawBar draws an interval as a line with two feet; an end that the axis cuts has none.
func drawBar(s *surface, q point, c color.Color) {
	x, lo, hi := s.x(q.x), s.y(q.lo), s.y(q.hi)
	line := draw.LineStyle{Color: c, Width: 1}
	s.StrokeLine2(line, x, lo, x, hi)
	for _, end := range []vg.Length{lo, hi} {
		if end > s.Min.Y && end < s.Max.Y {
			s.StrokeLine2(line, x-3, end, x+3, end)
		}
	}
	s.lines = append(s.lines, [2]vg.Point{{X: x, Y: lo}, {X: x, Y: hi}})
}

func (one series) drawLine(s *surface) {
	if one.width == 0 {
		return
	}
	sty := draw.LineStyle{Color: one.colour, Width: one.width, Dashes: one.dashes}
	var run []vg.Point
	for i, q := range one.points {
		if i > 0 && !joined(one.points[i-1], q) {
			s.StrokeLines(sty, run)
			run = nil
		}
		if q.gap || q.crossed {
			continue
		}
		run = append(run, q.at(s))
		if n := len(run); n > 1 {
			s.lines = append(s.lines, [2]vg.Point{run[n-2], run[n-1]})
		}
	}
	s.StrokeLines(sty, run)
}

func (one series) drawPoints(s *surface) {
	for _, q := range one.points {
		if q.gap || one.radius == 0 {
			continue
		}
		at := q.at(s)
		if q.crossed {
			drawCross(s.Canvas, at, one.radius)
		} else {
			drawGlyph(s.Canvas, one.glyph, at, one.radius, one.colour, q.hollow)
		}
		s.taken = append(s.taken, grown(vg.Rectangle{Min: at, Max: at}, one.radius))
	}
}

// nameLimits writes every objective at its line: on the forbidden side where that is free, else on the other or farther off.
func (p *painter) nameLimits(s *surface) {
	sty := p.text.strong(labelSize, forbidden)
	for _, l := range p.limits {
		if l.whole {
			continue
		}
		w, h := p.size(sty, l.label)
		side := math.Pi / 2
		if l.below {
			side = -side
		}
		if box, ok := s.along(s.y(l.at), vg.Point{X: w, Y: h}, side); ok {
			p.write(s, sty, l.label, box)
			s.taken = append(s.taken, box)
			continue
		}
		p.label(s, sty, l.label, request{anchor: vg.Point{X: s.Max.X - w/2, Y: s.y(l.at)}, gap: 2, reach: 90, toward: side})
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

// free tells that nothing lies in a box, not even a curve.
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

func (m mark) at(s *surface) vg.Point { return vg.Point{X: s.x(m.x), Y: s.y(m.y)} }

func (p *painter) drawRings(s *surface) {
	for _, m := range p.marks {
		s.SetLineStyle(draw.LineStyle{Color: ink, Width: 1})
		s.Stroke(disc.outline(m.at(s), ringSize))
		s.taken = append(s.taken, grown(vg.Rectangle{Min: m.at(s), Max: m.at(s)}, ringSize))
	}
}

// nameMarks writes the marks' names, each with a line to its ring.
func (p *painter) nameMarks(s *surface) {
	sty := p.text.strong(labelSize, ink)
	for _, m := range p.marks {
		at := m.at(s)
		w, h := p.size(sty, m.name)
		box, ok := s.place(request{size: vg.Point{X: w, Y: h}, anchor: at, gap: ringSize + 10, reach: 120, toward: -math.Pi / 4})
		if !ok {
			continue
		}
		to := nearest(box, at)
		d := to.Sub(at)
		from := at.Add(d.Scale(ringSize / vg.Length(math.Hypot(float64(d.X), float64(d.Y)))))
		s.StrokeLines(draw.LineStyle{Color: ink, Width: 0.8}, []vg.Point{from, to})
		s.lines = append(s.lines, [2]vg.Point{from, to})
		p.write(s, sty, m.name, box)
	}
}

// nameSeries writes each name beside its line's last point.
func (p *painter) nameSeries(s *surface) {
	for _, one := range p.series {
		last := one.last()
		if one.name == "" || last < 0 {
			continue
		}
		sty := p.text.strong(nameSize, one.colour)
		p.label(s, sty, one.name, request{anchor: one.points[last].at(s), gap: one.radius + 4, reach: 60})
	}
}

// last is the index of the last point that the line reaches.
func (one series) last() int {
	for i := len(one.points) - 1; i >= 0; i-- {
		if q := one.points[i]; !q.gap && !q.crossed {
			return i
		}
	}
	return -1
}

// nameLevels writes the points' labels: the last and the first of each series before those between, which may find no place.
// Points that lie on one another share one label, from the first to the last.
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
func (one series) heaps(s *surface) [][]point {
	var out [][]point
	for _, q := range one.points {
		if q.gap || q.label == "" {
			continue
		}
		if n := len(out); n > 0 {
			d := out[n-1][0].at(s).Sub(q.at(s))
			if math.Hypot(float64(d.X), float64(d.Y)) < heap && out[n-1][0].crossed == q.crossed {
				out[n-1] = append(out[n-1], q)
				continue
			}
		}
		out = append(out, []point{q})
	}
	return out
}

func (p *painter) nameHeap(s *surface, one series, heap []point) {
	first, last := heap[0], heap[len(heap)-1]
	name := first.label
	if len(heap) > 1 {
		name += "–" + last.label
	}
	sty := p.text.style(labelSize, one.colour)
	if first.crossed {
		sty.Color = broken
	}
	p.label(s, sty, name, request{anchor: first.at(s), gap: one.radius + 2.5, reach: 46, toward: -math.Pi / 3})
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
		s.StrokeLines(draw.LineStyle{Color: faded(sty.Color, 0.5), Width: 0.6}, lead)
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
