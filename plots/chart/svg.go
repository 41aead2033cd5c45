package chart

import (
	"fmt"
	"html"
	"image"
	"image/color"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/image/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"

	gonumfont "gonum.org/v1/plot/font"
)

// A vector is gonum's canvas as small SVG: text stays text, so that it can be searched, selected and read aloud;
// colours of text, axes and paper are CSS variables, so that a page may be dark; a value's group has a title, which
// viewers show on hovering.
type vector struct {
	b       strings.Builder
	height  vg.Length
	now     pen
	stack   []pen
	attrs   string // of the path that is open
	data    string
	classes map[string]bool // used ones
}

// A pen is what Push keeps.
type pen struct {
	colour color.Color
	width  vg.Length
	dashes []vg.Length
	m      [6]float64 // x' = m0·x + m2·y + m4, y' = m1·x + m3·y + m5
}

func newVector(height vg.Length) *vector {
	return &vector{height: height, now: pen{colour: color.Black, width: 1, m: [6]float64{1, 0, 0, 1, 0, 0}},
		classes: map[string]bool{}}
}

func (v *vector) SetLineWidth(w vg.Length)               { v.now.width = w }
func (v *vector) SetLineDash(d []vg.Length, _ vg.Length) { v.now.dashes = d }

// SetColor takes black for nil, as gonum's canvases do.
func (v *vector) SetColor(c color.Color) {
	if v.now.colour = c; c == nil {
		v.now.colour = color.Black
	}
}

func (v *vector) Rotate(rad float64) {
	sin, cos := math.Sincos(rad)
	v.concat([6]float64{cos, sin, -sin, cos, 0, 0})
}

func (v *vector) Translate(p vg.Point) { v.concat([6]float64{1, 0, 0, 1, float64(p.X), float64(p.Y)}) }
func (v *vector) Scale(x, y float64)   { v.concat([6]float64{x, 0, 0, y, 0, 0}) }
func (v *vector) Push()                { v.stack = append(v.stack, v.now) }
func (v *vector) Pop()                 { v.now, v.stack = v.stack[len(v.stack)-1], v.stack[:len(v.stack)-1] }

// FillString and DrawImage are not used: text goes through a Typeface, and there are no images.
func (v *vector) FillString(gonumfont.Face, vg.Point, string) {}
func (v *vector) DrawImage(vg.Rectangle, image.Image)         {}

func (v *vector) concat(n [6]float64) {
	m := v.now.m
	v.now.m = [6]float64{m[0]*n[0] + m[2]*n[1], m[1]*n[0] + m[3]*n[1], m[0]*n[2] + m[2]*n[3], m[1]*n[2] + m[3]*n[3],
		m[0]*n[4] + m[2]*n[5] + m[4], m[1]*n[4] + m[3]*n[5] + m[5]}
}

// at is a point of the canvas on the page, whose y grows downwards.
func (v *vector) at(p vg.Point) (x, y float64) {
	m := v.now.m
	return m[0]*float64(p.X) + m[2]*float64(p.Y) + m[4], float64(v.height) - (m[1]*float64(p.X) + m[3]*float64(p.Y) + m[5])
}

func (v *vector) Stroke(p vg.Path) {
	if v.now.width <= 0 {
		return
	}
	attrs := v.paint("stroke", "s") + ` stroke-width="` + short(float64(v.now.width)) + `"`
	if len(v.now.dashes) > 0 {
		var parts []string
		for _, d := range v.now.dashes {
			parts = append(parts, short(float64(d)))
		}
		attrs += ` stroke-dasharray="` + strings.Join(parts, " ") + `"`
	}
	v.draw(p, attrs, true)
}

func (v *vector) Fill(p vg.Path) { v.draw(p, v.paint("fill", "f"), false) }

// draw writes a path; strokes of one pen that follow each other are one element.
func (v *vector) draw(p vg.Path, attrs string, stroke bool) {
	if stroke {
		attrs = ` fill="none"` + attrs
	}
	if len(p) > 1 && p[1].Type == vg.ArcComp { // our only arcs are whole discs
		v.flush()
		x, y := v.at(p[1].Pos)
		fmt.Fprintf(&v.b, `<circle%s cx="%s" cy="%s" r="%s"/>`, attrs, short(x), short(y), short(float64(p[1].Radius)))
		return
	}
	if attrs != v.attrs || !stroke {
		v.flush()
	}
	v.attrs = attrs
	v.data += v.path(p)
	if !stroke {
		v.flush()
	}
}

func (v *vector) path(p vg.Path) string {
	var b strings.Builder
	for _, c := range p {
		x, y := v.at(c.Pos)
		switch c.Type {
		case vg.MoveComp:
			b.WriteString("M" + short(x) + " " + short(y))
		case vg.LineComp:
			b.WriteString("L" + short(x) + " " + short(y))
		case vg.CurveComp:
			b.WriteString(map[bool]string{true: "Q", false: "C"}[len(c.Control) == 1])
			for _, k := range c.Control {
				kx, ky := v.at(k)
				b.WriteString(short(kx) + " " + short(ky) + " ")
			}
			b.WriteString(short(x) + " " + short(y))
		case vg.CloseComp:
			b.WriteString("Z")
		}
	}
	return b.String()
}

func (v *vector) flush() {
	if v.data != "" {
		fmt.Fprintf(&v.b, `<path%s d="%s"/>`, v.attrs, v.data)
	}
	v.attrs, v.data = "", ""
}

// paint is the attribute of the present colour: a class for one that a dark page changes.
func (v *vector) paint(what, prefix string) string {
	n := color.NRGBAModel.Convert(v.now.colour).(color.NRGBA)
	hex := fmt.Sprintf("#%02x%02x%02x", n.R, n.G, n.B)
	out := ` ` + what + `="` + hex + `"`
	if name := themed[hex]; name != "" {
		class := prefix + "-" + name
		v.classes[class] = true
		out = ` class="` + class + `"`
	}
	if n.A < 255 {
		out += fmt.Sprintf(` %s-opacity="%s"`, what, strconv.FormatFloat(math.Round(float64(n.A)/2.55)/100, 'f', -1, 64))
	}
	return out
}

// themed are the colours that a page may change, by the name of their CSS variable.
var themed = map[string]string{"#22252b": "ink", "#6b7080": "grey", "#9da2b0": "axis", "#e6e7eb": "grid",
	"#ffffff": "paper", "#b3261e": "forbidden",
	"#7db8de": "q1", "#2e8bc6": "q2", "#004c80": "q3", "#8b1a4a": "deep", "#333333": "dark"}

// say writes text with its baseline at a point. halo is the width of paper round the letters.
func (v *vector) say(txt string, sty text.Style, at vg.Point, halo vg.Length) {
	v.flush()
	x, y := v.at(at)
	v.now.colour = sty.Color
	attrs := v.paint("fill", "f")
	if halo > 0 {
		attrs = strings.Replace(attrs, `class="`, `class="h `, 1)
		if !strings.Contains(attrs, "class=") {
			attrs += ` class="h"`
		}
		v.classes["h"] = true
	}
	if a := map[float64]string{-0.5: "middle", -1: "end"}[float64(sty.XAlign)]; a != "" {
		attrs += ` text-anchor="` + a + `"`
	}
	if sty.Font.Weight == font.WeightBold {
		attrs += ` font-weight="bold"`
	}
	fmt.Fprintf(&v.b, `<text x="%s" y="%s" font-size="%s"%s>%s</text>`, short(x), short(y), short(float64(sty.Font.Size)),
		attrs, html.EscapeString(txt))
}

// axes groups what is drawn in a panel under the names of its axes.
func (v *vector) axes(y, x string, draw func()) {
	v.flush()
	fmt.Fprintf(&v.b, `<g data-y="%s" data-x="%s">`, html.EscapeString(y), html.EscapeString(x))
	draw()
	v.flush()
	v.b.WriteString("</g>")
}

// value groups what is drawn of one value under what it is in words.
func (v *vector) value(words string, at vg.Point, draw func()) {
	v.flush()
	x, y := v.at(at)
	fmt.Fprintf(&v.b, `<g><title>%s</title><circle cx="%s" cy="%s" r="8" opacity="0"/>`, html.EscapeString(words),
		short(x), short(y))
	draw()
	v.flush()
	v.b.WriteString("</g>")
}

// document is the whole SVG.
func (v *vector) document(width vg.Length, name string) []byte {
	v.flush()
	var css strings.Builder
	for _, hex := range slices.Sorted(maps.Keys(themed)) {
		name := themed[hex]
		for _, kind := range [][2]string{{"f-", "fill"}, {"s-", "stroke"}} {
			if v.classes[kind[0]+name] {
				fmt.Fprintf(&css, ".%s%s{%s:%s;%[3]s:var(--c-%[2]s,%[4]s)}", kind[0], name, kind[1], hex)
			}
		}
	}
	if v.classes["h"] {
		css.WriteString(".h{paint-order:stroke;stroke:#fff;stroke:var(--c-paper,#fff);stroke-width:3.2px}")
	}
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="%s" viewBox="0 0 %s %s" `+
		`stroke-linejoin="round" font-family="'Liberation Sans',Arimo,Arial,Helvetica,sans-serif"><style>%s</style>%s</svg>`,
		html.EscapeString(name), short(float64(width)), short(float64(v.height)), css.String(), v.b.String())
}

// short writes a coordinate to a tenth of a point.
func short(x float64) string { return strconv.FormatFloat(math.Round(x*10)/10+0, 'f', -1, 64) }
