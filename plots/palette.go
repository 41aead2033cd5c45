package plots

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

func rgb(hex uint32) color.Color {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 255}
}

// faded is a colour at an opacity of 0 to 1.
func faded(c color.Color, opacity float64) color.Color {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A = uint8(255*opacity + 0.5)
	return n
}

// The colours of text, axes and what is forbidden.
var (
	ink       = rgb(0x22252B)
	grey      = rgb(0x6B7080)
	axisGrey  = rgb(0x9DA2B0)
	gridGrey  = rgb(0xE6E7EB)
	forbidden = rgb(0xB3261E)
	broken    = rgb(0x8A8F9C)
)

// targetColours tell targets apart, also for the colour-blind (Okabe and Ito).
var targetColours = []color.Color{rgb(0x0072B2), rgb(0xD55E00), rgb(0x009E73), rgb(0xB0578D), rgb(0xB8860B), rgb(0x2E9BD6), rgb(0x333333)}

// quantileColours are one family, the tail strongest: p50, p90, p99.
var quantileColours = []color.Color{rgb(0x7DB8DE), rgb(0x2E8BC6), rgb(0x004C80)}

// rampColours run from a light to a heavy load.
var rampColours = []color.Color{rgb(0x56B4E9), rgb(0x0072B2), rgb(0x009E73), rgb(0xE69F00), rgb(0xD55E00), rgb(0x8B1A4A)}

// ramp is the colour of the i-th of n levels of load.
func ramp(i, n int) color.Color {
	if n < 2 {
		return rampColours[1]
	}
	return rampColours[i*(len(rampColours)-1)/(n-1)]
}

// dashes are those of a second line beside a first one.
var dashes = []vg.Length{4, 3}

// A glyph is a point's shape.
type glyph int

const (
	disc glyph = iota
	square
	triangle
	diamond
	delta
)

// targetGlyph tells targets apart without colour.
func targetGlyph(i int) glyph { return glyph(i % 5) }

func targetColour(i int) color.Color { return targetColours[i%len(targetColours)] }

// outline is the glyph's path round at, of radius r.
func (g glyph) outline(at vg.Point, r vg.Length) vg.Path {
	if g == disc {
		var p vg.Path
		p.Move(vg.Point{X: at.X + r, Y: at.Y})
		p.Arc(at, r, 0, 2*math.Pi)
		p.Close()
		return p
	}
	corners := map[glyph][]vg.Point{
		square:   {{X: -0.88, Y: -0.88}, {X: 0.88, Y: -0.88}, {X: 0.88, Y: 0.88}, {X: -0.88, Y: 0.88}},
		triangle: {{X: -1.1, Y: -0.8}, {X: 1.1, Y: -0.8}, {X: 0, Y: 1.15}},
		diamond:  {{X: -1.2, Y: 0}, {X: 0, Y: -1.2}, {X: 1.2, Y: 0}, {X: 0, Y: 1.2}},
		delta:    {{X: -1.1, Y: 0.8}, {X: 1.1, Y: 0.8}, {X: 0, Y: -1.15}},
	}[g]
	return polygon(at, r, corners)
}

func polygon(at vg.Point, r vg.Length, corners []vg.Point) vg.Path {
	var p vg.Path
	for i, c := range corners {
		q := at.Add(c.Scale(r))
		if i == 0 {
			p.Move(q)
		} else {
			p.Line(q)
		}
	}
	p.Close()
	return p
}

// drawGlyph draws a point; a hollow one is white inside.
func drawGlyph(c draw.Canvas, g glyph, at vg.Point, r vg.Length, colour color.Color, hollow bool) {
	path := g.outline(at, r)
	c.SetColor(colour)
	if hollow {
		c.SetColor(color.White)
	}
	c.Fill(path)
	if hollow {
		c.SetLineStyle(draw.LineStyle{Color: colour, Width: r / 2.4})
		c.Stroke(path)
	}
}

// drawCross draws the point of a condemned step.
func drawCross(c draw.Canvas, at vg.Point, r vg.Length) {
	for _, d := range []vg.Point{{X: r, Y: r}, {X: r, Y: -r}} {
		c.StrokeLines(draw.LineStyle{Color: broken, Width: 1.6}, []vg.Point{at.Add(d), at.Sub(d)})
	}
}
