package chart

import (
	"cmp"
	"image"
	"image/color"
	"iter"
	"slices"
)

// quantise brings an image down to its 256 most frequent colours; the others, all from the soft edges of lines and
// letters, become the nearest of those. A picture takes a third of the room and looks the same.
func quantise(in *image.RGBA) *image.Paletted {
	count := map[color.RGBA]int{}
	for c, n := range stretches(in.Pix) {
		count[c] += n
	}
	colours := make([]color.RGBA, 0, len(count))
	for c := range count {
		colours = append(colours, c)
	}
	slices.SortFunc(colours, func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(number(a), number(b)))
	})
	var palette color.Palette
	for _, c := range colours[:min(256, len(colours))] {
		palette = append(palette, c)
	}
	index := map[color.RGBA]uint8{}
	for _, c := range colours {
		index[c] = uint8(palette.Index(c))
	}
	out := image.NewPaletted(in.Rect, palette)
	rest := out.Pix
	for c, n := range stretches(in.Pix) {
		for i, is := 0, index[c]; i < n; i++ {
			rest[i] = is
		}
		rest = rest[n:]
	}
	return out
}

// stretches are an image's pixels in order, neighbours of one colour at once: nearly all of a figure is paper.
func stretches(pixels []byte) iter.Seq2[color.RGBA, int] {
	return func(yield func(color.RGBA, int) bool) {
		for len(pixels) > 0 {
			n := 4
			for n < len(pixels) && [4]byte(pixels[n:]) == [4]byte(pixels) {
				n += 4
			}
			if !yield(color.RGBA{pixels[0], pixels[1], pixels[2], pixels[3]}, n/4) {
				return
			}
			pixels = pixels[n:]
		}
	}
}

func number(c color.RGBA) uint32 {
	return uint32(c.R)<<24 | uint32(c.G)<<16 | uint32(c.B)<<8 | uint32(c.A)
}
