package chart

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

func rgb(hex uint32) color.Color {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 255}
}

// Faded is a colour at an opacity of 0 to 1.
func Faded(c color.Color, opacity float64) color.Color {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A = uint8(255*opacity + 0.5)
	return n
}

// The colours of text, axes and what is forbidden.
var (
	Grey      = rgb(0x6B7080)
	ink       = rgb(0x22252B)
	axisGrey  = rgb(0x9DA2B0)
	gridGrey  = rgb(0xE6E7EB)
	forbidden = rgb(0xB3261E)
	broken    = rgb(0x8A8F9C)
)

// Colours that everyone tells apart (Okabe and Ito).
var (
	Blue      = rgb(0x0072B2)
	Vermilion = rgb(0xD55E00)
	Green     = rgb(0x009E73)
)

// targetColours tell targets apart, also for the colour-blind (Okabe and Ito).
var targetColours = []color.Color{Blue, Vermilion, Green, rgb(0xB0578D), rgb(0xB8860B), rgb(0x2E9BD6), rgb(0x333333)}

// QuantileColours are one family, the tail strongest: p50, p90, p99.
var QuantileColours = []color.Color{rgb(0x7DB8DE), rgb(0x2E8BC6), rgb(0x004C80)}

// rampColours run from a light to a heavy load.
var rampColours = []color.Color{rgb(0x56B4E9), Blue, Green, rgb(0xE69F00), Vermilion, rgb(0x8B1A4A)}

// Ramp is the colour of the i-th of n levels of load.
func Ramp(i, n int) color.Color {
	if n < 2 {
		return rampColours[1]
	}
	return rampColours[i*(len(rampColours)-1)/(n-1)]
}

// Dashes are those of a second line beside a first one.
var Dashes = []vg.Length{4, 3}

// A Glyph is a point's shape.
type Glyph int

// The shapes: a Delta is a triangle on its tip.
const (
	Disc Glyph = iota
	Square
	Triangle
	Diamond
	Delta
)

// TargetGlyph tells targets apart without colour.
func TargetGlyph(i int) Glyph { return Glyph(i % 5) }

// TargetColour tells targets apart by colour.
func TargetColour(i int) color.Color { return targetColours[i%len(targetColours)] }

// outline is the glyph's path round at, of radius r.
func (g Glyph) outline(at vg.Point, r vg.Length) vg.Path {
	if g == Disc {
		var p vg.Path
		p.Move(vg.Point{X: at.X + r, Y: at.Y})
		p.Arc(at, r, 0, 2*math.Pi)
		p.Close()
		return p
	}
	corners := map[Glyph][]vg.Point{
		Square:   {{X: -0.88, Y: -0.88}, {X: 0.88, Y: -0.88}, {X: 0.88, Y: 0.88}, {X: -0.88, Y: 0.88}},
		Triangle: {{X: -1.1, Y: -0.8}, {X: 1.1, Y: -0.8}, {X: 0, Y: 1.15}},
		Diamond:  {{X: -1.2, Y: 0}, {X: 0, Y: -1.2}, {X: 1.2, Y: 0}, {X: 0, Y: 1.2}},
		Delta:    {{X: -1.1, Y: 0.8}, {X: 1.1, Y: 0.8}, {X: 0, Y: -1.15}},
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
func drawGlyph(c draw.Canvas, g Glyph, at vg.Point, r vg.Length, colour color.Color, hollow bool) {
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
