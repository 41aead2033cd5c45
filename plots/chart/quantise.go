package chart

import (
	"cmp"
	"image"
	"image/color"
	"slices"
)

// quantise brings an image down to its 256 most frequent colours; the others, all from the soft edges of lines and
// letters, become the nearest of those. A picture takes a third of the room and looks the same.
func quantise(in *image.RGBA) *image.Paletted {
	count := map[color.RGBA]int{}
	for i := 0; i < len(in.Pix); i += 4 {
		count[color.RGBA{in.Pix[i], in.Pix[i+1], in.Pix[i+2], in.Pix[i+3]}]++
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
	for i := range out.Pix {
		out.Pix[i] = index[color.RGBA{in.Pix[4*i], in.Pix[4*i+1], in.Pix[4*i+2], in.Pix[4*i+3]}]
	}
	return out
}

func number(c color.RGBA) uint32 {
	return uint32(c.R)<<24 | uint32(c.G)<<16 | uint32(c.B)<<8 | uint32(c.A)
}
