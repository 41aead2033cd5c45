package chart

import (
	"math"
	"testing"

	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/vg"
)

func face(t *testing.T) *Typeface {
	t.Helper()
	f, err := NewTypeface()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestEveryLetterThatFiguresUseIsThere(t *testing.T) {
	f := face(t)
	for _, r := range "azAZ09 %≤×·–−→÷±µé œÉüßñçłжΩ*_/:;,.()" {
		for name, font := range map[string]*sfnt.Font{"regular": f.regular, "bold": f.bold} {
			if g, err := font.GlyphIndex(&f.buf, r); err != nil || g == 0 {
				t.Errorf("no %q in %s: %v", r, name, err)
			}
		}
	}
}

// TestExtents compares with the font's own table.
func TestExtents(t *testing.T) {
	f := face(t)
	m, err := f.regular.Metrics(&f.buf, fixed.I(1000), xfont.HintingNone)
	if err != nil {
		t.Fatal(err)
	}
	e := f.Extents(f.style(1000, ink).Font)
	for _, c := range []struct {
		got  vg.Length
		want fixed.Int26_6
	}{{e.Ascent, m.Ascent}, {e.Descent, m.Descent}} {
		if math.Abs(float64(c.got)-float64(c.want)/64) > 1 {
			t.Errorf("%v, the font says %v", c.got, c.want)
		}
	}
}

func TestFit(t *testing.T) {
	f := face(t)
	sty := f.style(10, ink)
	w := f.walk("throughput", sty.Font, nil)
	if got := f.fit("throughput", sty, w+1); got.Font.Size != 10 {
		t.Error("made smaller without need:", got.Font.Size)
	}
	if got := f.walk("throughput", f.fit("throughput", sty, w/2).Font, nil); math.Abs(float64(got-w/2)) > 1e-6 {
		t.Errorf("%v wide, %v wanted", got, w/2)
	}
}

func TestWrap(t *testing.T) {
	f := face(t)
	sty := f.style(10, ink)
	wide := f.walk("one  ·  two", sty.Font, nil)
	if got := wrap(f, sty, []string{"one", "two", "three is longer than that"}, wide); len(got) != 2 ||
		got[0] != "one  ·  two" {
		t.Errorf("%q", got)
	}
}
