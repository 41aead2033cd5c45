package chart

import (
	"image/color"
	"math"
	"strings"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Typeface is Liberation Sans, regular and bold, as a text handler of gonum/plot that fills glyph outlines in a PNG
// and places text in an SVG, whose viewers take it or a font of its measures (Arial, Arimo). It is not safe for use by
// two goroutines.
type Typeface struct {
	regular, bold *sfnt.Font
	buf           sfnt.Buffer
}

func NewTypeface() (*Typeface, error) {
	regular, err := sfnt.Parse(liberationsansregular.TTF)
	if err != nil {
		return nil, err
	}
	bold, err := sfnt.Parse(liberationsansbold.TTF)
	return &Typeface{regular: regular, bold: bold}, err
}

// style is text of a size in points, anchored at its left bottom.
func (t *Typeface) style(size float64, c color.Color) text.Style {
	return text.Style{Color: c, Font: font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Length(size)},
		Handler: t}
}

// strong is style in bold.
func (t *Typeface) strong(size float64, c color.Color) text.Style {
	s := t.style(size, c)
	s.Font.Weight = xfont.WeightBold
	return s
}

// fit makes type as small as the text needs to be no wider than that.
func (t *Typeface) fit(txt string, sty text.Style, wide vg.Length) text.Style {
	if w := t.walk(txt, sty.Font, nil); w > wide {
		sty.Font.Size *= wide / w
	}
	return sty
}

func (t *Typeface) face(f font.Font) *sfnt.Font {
	if f.Weight == xfont.WeightBold {
		return t.bold
	}
	return t.regular
}

// Cache implements text.Handler. Fonts are not looked up by name.
func (t *Typeface) Cache() *font.Cache { return nil }

// Extents implements text.Handler.
func (t *Typeface) Extents(f font.Font) font.Extents {
	// of Liberation's hhea table
	return font.Extents{Ascent: 0.905 * f.Size, Descent: 0.212 * f.Size, Height: 1.149 * f.Size}
}

// Lines implements text.Handler: text is one line.
func (t *Typeface) Lines(txt string) []string { return []string{txt} }

// Box implements text.Handler.
func (t *Typeface) Box(txt string, f font.Font) (width, height, depth vg.Length) {
	e := t.Extents(f)
	return t.walk(txt, f, nil), e.Ascent, e.Descent
}

// Draw implements text.Handler.
func (t *Typeface) Draw(c vg.Canvas, txt string, sty text.Style, at vg.Point) {
	t.draw(c, txt, sty, at, 0)
}

// draw fills the text, its baseline through at (gonum's axes add the descent themselves); halo, when above 0, is the
// width in points of white round every letter.
func (t *Typeface) draw(c vg.Canvas, txt string, sty text.Style, at vg.Point, halo vg.Length) {
	if strings.TrimSpace(txt) == "" {
		return
	}
	e := t.Extents(sty.Font)
	if v := asVector(c); v != nil {
		v.Push()
		defer v.Pop()
		v.say(txt, sty, at.Add(vg.Point{Y: vg.Length(sty.YAlign) * (e.Ascent + e.Descent)}), halo)
		return
	}
	var outline vg.Path
	width := t.walk(txt, sty.Font, &outline)
	c.Push()
	defer c.Pop()
	c.Translate(at)
	if sty.Rotation != 0 {
		c.Rotate(sty.Rotation)
	}
	c.Translate(vg.Point{X: vg.Length(sty.XAlign) * width, Y: vg.Length(sty.YAlign) * (e.Ascent + e.Descent)})
	if halo > 0 {
		c.SetLineDash(nil, 0)
		c.SetLineWidth(2 * halo)
		c.SetColor(color.White)
		c.Stroke(outline)
	}
	c.SetColor(sty.Color)
	c.Fill(outline)
}

// asVector is the SVG under a canvas; nil where there is another.
func asVector(c vg.Canvas) *vector {
	switch c := c.(type) {
	case *vector:
		return c
	case draw.Canvas:
		return asVector(c.Canvas)
	case *draw.Canvas:
		return asVector(c.Canvas)
	}
	return nil
}

// walk returns the text's width and, where outline is given, appends its letters from the origin rightwards.
func (t *Typeface) walk(txt string, f font.Font, outline *vg.Path) (width vg.Length) {
	face := t.face(f)
	em := fixed.Int26_6(face.UnitsPerEm()) // one font unit is 1/64 pixel of this size
	scale := f.Size / vg.Length(em)
	var before sfnt.GlyphIndex
	for i, r := range txt {
		g, err := face.GlyphIndex(&t.buf, r)
		if err != nil {
			continue
		}
		if i > 0 {
			if k, err := face.Kern(&t.buf, before, g, em, xfont.HintingNone); err == nil {
				width += vg.Length(k) * scale
			}
		}
		if outline != nil {
			t.letter(face, g, em, width, scale, outline)
		}
		if a, err := face.GlyphAdvance(&t.buf, g, em, xfont.HintingNone); err == nil {
			width += vg.Length(a) * scale
		}
		before = g
	}
	return width
}

// rounded keeps two decimals: an SVG is mostly outlines of letters.
func rounded(v vg.Length) vg.Length { return vg.Length(math.Round(float64(v)*100) / 100) }

func (t *Typeface) letter(face *sfnt.Font, g sfnt.GlyphIndex, em fixed.Int26_6, x, scale vg.Length, outline *vg.Path) {
	segments, err := face.LoadGlyph(&t.buf, g, em, nil)
	if err != nil {
		return
	}
	at := func(p fixed.Point26_6) vg.Point {
		return vg.Point{X: rounded(x + vg.Length(p.X)*scale), Y: rounded(-vg.Length(p.Y) * scale)}
	}
	for i, s := range segments {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if i > 0 {
				outline.Close()
			}
			outline.Move(at(s.Args[0]))
		case sfnt.SegmentOpLineTo:
			outline.Line(at(s.Args[0]))
		case sfnt.SegmentOpQuadTo:
			outline.QuadTo(at(s.Args[0]), at(s.Args[1]))
		case sfnt.SegmentOpCubeTo:
			outline.CubeTo(at(s.Args[0]), at(s.Args[1]), at(s.Args[2]))
		}
	}
	if len(segments) > 0 {
		outline.Close()
	}
}
