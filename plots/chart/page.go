// Package chart draws panels of points, lines, intervals, limits and labels with gonum/plot, as PNG and SVG. It knows
// nothing of runs or servers; the same page gives the same bytes.
package chart

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strings"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"loadgen/locale"
)

// Sizes of type in points; a PNG has two pixels to the point.
const (
	titleSize = 15
	lineSize  = 10.5
	panelSize = 11.5
	axisSize  = 10.5
	tickSize  = 10
	labelSize = 9.5
	nameSize  = 10.5
	dpi       = 144
)

// A Page is a whole figure: a title, what was measured and how, panels side by side, and where the data come from.
type Page struct {
	Title    string
	Subtitle []string // parts, joined by dots and broken into lines
	Footer   string
	Keys     []Series // what colours and shapes mean, in a row above the panels
	Panels   []*Panel
	Locale   *locale.Locale // nil: English
	Columns  int
	Width    vg.Length
	Height   vg.Length
}

// Caption is the title and subtitle as plain text.
func (p *Page) Caption() string { return p.Title + ". " + strings.Join(p.Subtitle, "; ") + "." }

func (p *Page) said() *locale.Locale {
	if p.Locale == nil {
		return locale.English
	}
	return p.Locale
}

// Explained says what hollow points and crosses mean, where there are any.
func (p *Page) Explained() *Page {
	if p.any(func(s Series, q Point) bool { return q.Hollow && s.Radius > 0 }) {
		p.Subtitle = append(p.Subtitle, p.said().Say("hollow: few samples"))
	}
	return p.Crosses()
}

// Bottom says what points of 0 at the bottom of an axis are, where there are any.
func (p *Page) Bottom(says string) *Page {
	if p.any(func(s Series, q Point) bool { return q.Y == 0 && s.Radius > 0 }) {
		p.Subtitle = append(p.Subtitle, says)
	}
	return p
}

// Crosses says what crosses mean, where there are any.
func (p *Page) Crosses() *Page {
	if p.any(func(_ Series, q Point) bool { return q.Crossed }) {
		p.Subtitle = append(p.Subtitle, p.said().Say("cross: invalid step"))
	}
	return p
}

// any reports whether a drawn point is such.
func (p *Page) any(such func(Series, Point) bool) bool {
	for _, one := range p.Panels {
		for _, s := range one.series {
			if slices.ContainsFunc(s.Points, func(q Point) bool { return !q.Gap && such(s, q) }) {
				return true
			}
		}
	}
	return false
}

// perTarget is how much higher a page gets for each target that its head names beyond three.
const perTarget = lineSize * 1.45

// Grow makes room for a head that names so many targets.
func (p *Page) Grow(targets int) { p.Height += perTarget * vg.Length(max(0, targets-3)) }

// draw paints the page.
func (p *Page) draw(c draw.Canvas, t *Typeface) {
	const margin = 12
	c = draw.Crop(c, margin, -margin, margin-3, -margin)
	line, wide := t.style(lineSize, Grey), c.Max.X-c.Min.X
	y := c.Max.Y - titleSize
	t.Draw(c, p.Title, t.fit(p.Title, t.strong(titleSize, ink), wide), vg.Point{X: c.Min.X, Y: y})
	for _, l := range wrap(t, line, p.Subtitle, wide) {
		y -= lineSize * 1.45
		t.Draw(c, l, t.fit(l, line, wide), vg.Point{X: c.Min.X, Y: y})
	}
	if len(p.Keys) > 0 {
		y = p.drawKeys(c, t, y-lineSize*1.9)
	}
	t.Draw(c, p.Footer, t.fit(p.Footer, t.style(tickSize-0.5, Grey), wide), vg.Point{X: c.Min.X, Y: c.Min.Y + 2})
	c.Max.Y = y - 10
	c.Min.Y += 2 * tickSize
	p.drawPanels(c, t)
}

// wrap joins parts by dots into lines that fit.
func wrap(t *Typeface, sty text.Style, parts []string, width vg.Length) []string {
	var lines []string
	for _, part := range parts {
		n := len(lines)
		if n > 0 {
			if longer := lines[n-1] + "  ·  " + part; t.walk(longer, sty.Font, nil) <= width {
				lines[n-1] = longer
				continue
			}
		}
		lines = append(lines, part)
	}
	return lines
}

// drawKeys writes what each colour means, in as many lines as it takes, and returns the last one's height.
func (p *Page) drawKeys(c draw.Canvas, t *Typeface, y vg.Length) vg.Length {
	x, sty := c.Min.X, t.style(lineSize, ink)
	for _, k := range p.Keys {
		wide := 27 + t.walk(k.Name, sty.Font, nil)
		if x > c.Min.X && x+wide > c.Max.X {
			x, y = c.Min.X, y-lineSize*1.45
		}
		middle := vg.Point{X: x + 11, Y: y + 0.35*lineSize}
		if k.Width > 0 {
			c.StrokeLines(draw.LineStyle{Color: k.Colour, Width: k.Width, Dashes: k.Dashes},
				[]vg.Point{{X: x, Y: middle.Y}, {X: x + 22, Y: middle.Y}})
		}
		if k.Radius > 0 {
			drawGlyph(c, k.Glyph, middle, k.Radius, k.Colour, k.Hollow)
		}
		t.Draw(c, k.Name, sty, vg.Point{X: x + 27, Y: y})
		x += wide + 20
	}
	return y
}

// drawPanels lays the panels out in rows, their left axes under one another.
func (p *Page) drawPanels(c draw.Canvas, t *Typeface) {
	rows := (len(p.Panels) + p.Columns - 1) / p.Columns
	const between = 20
	above := vg.Length(panelSize * 1.7)
	for _, one := range p.Panels {
		one.locale = p.said()
		one.cut()
		above = max(above, panelSize*1.7+vg.Length(len(one.remarks()))*labelSize*1.3)
	}
	w := (c.Max.X - c.Min.X - between*vg.Length(p.Columns-1)) / vg.Length(p.Columns)
	h := (c.Max.Y - c.Min.Y - between*vg.Length(rows-1)) / vg.Length(rows)
	for i, one := range p.Panels {
		x := c.Min.X + vg.Length(i%p.Columns)*(w+between)
		top := c.Max.Y - vg.Length(i/p.Columns)*(h+between)
		cell := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{Min: vg.Point{X: x, Y: top - h},
			Max: vg.Point{X: x + w, Y: top}}}
		t.Draw(c, one.Title, t.fit(one.Title, t.strong(panelSize, ink), w), vg.Point{X: x, Y: top - panelSize})
		for k, n := range one.remarks() {
			t.Draw(c, n, t.style(labelSize, forbidden), vg.Point{X: x, Y: top - panelSize - vg.Length(k+1)*labelSize*1.35})
		}
		cell.Max.Y -= above
		cell.Min.Y += axisSize * 1.5
		g := one.plot(t)
		if v := asVector(c); v != nil {
			v.axes(one.Title, one.XLabel, func() { g.Draw(cell) })
		} else {
			g.Draw(cell)
		}
		sty := t.style(axisSize, ink)
		sty.XAlign = text.XCenter // gonum centres an axis's own label by value, which is off the middle of a logarithmic axis
		data := g.DataCanvas(cell)
		t.Draw(c, one.XLabel, sty, vg.Point{X: data.Center().X, Y: cell.Min.Y - axisSize*1.15})
	}
}

// PNG renders the page with two pixels to the point.
func (p *Page) PNG(t *Typeface) ([]byte, error) {
	c := vgimg.NewWith(vgimg.UseWH(p.Width, p.Height), vgimg.UseDPI(dpi), vgimg.UseBackgroundColor(color.White))
	p.draw(draw.New(c), t)
	var b bytes.Buffer
	err := png.Encode(&b, quantise(c.Image().(*image.RGBA)))
	return b.Bytes(), err
}

// SVG renders the page so that it can stand by itself or inside an HTML page.
func (p *Page) SVG(t *Typeface) []byte {
	c := newVector(p.Height)
	dc := draw.NewCanvas(c, p.Width, p.Height)
	dc.SetColor(color.White)
	dc.Fill(dc.Rectangle.Path())
	p.draw(dc, t)
	return c.document(p.Width, p.Caption())
}
