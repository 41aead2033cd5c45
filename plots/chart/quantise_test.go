package chart

import (
	"image"
	"image/color"
	"testing"
)

func TestFewColoursStayAsTheyAre(t *testing.T) {
	in := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for i := range 256 {
		in.SetRGBA(i%16, i/16, color.RGBA{uint8(i), uint8(255 - i), 7, 255})
	}
	out := quantise(in)
	for i := range 256 {
		if got := out.At(i%16, i/16); got != in.RGBAAt(i%16, i/16) {
			t.Fatalf("pixel %d became %v", i, got)
		}
	}
}

// TestRareColoursGoToTheNearest: 300 greys, of which 44 are met once and the rest twice or more, stay within one step.
func TestRareColoursGoToTheNearest(t *testing.T) {
	in := image.NewRGBA(image.Rect(0, 0, 300, 2))
	for i := range 300 {
		c := color.RGBA{uint8(i % 256), uint8(i % 256), uint8(i / 256 * 4), 255}
		in.SetRGBA(i, 0, c)
		if i < 256 {
			in.SetRGBA(i, 1, c)
		}
	}
	out := quantise(in)
	for i := range 300 {
		got, want := color.RGBAModel.Convert(out.At(i, 0)).(color.RGBA), in.RGBAAt(i, 0)
		if d := int(got.R) - int(want.R); d*d > 1 || int(want.B)-int(got.B) > 4 {
			t.Fatalf("%v became %v", want, got)
		}
	}
}
