package augment

import (
	"image"
	"image/draw"

	"assay/inspection"
)

// Picture returns a variant of a picture at the picture's own size: *image.Gray
// of *image.Gray, *image.RGBA of any other. img is not changed. It may be called
// from several goroutines.
func (p Pipeline) Picture(img image.Image, key Key) image.Image {
	spec := inspection.InputSpec{Channels: 1, Width: img.Bounds().Dx(), Height: img.Bounds().Dy()}
	if gray, ok := img.(*image.Gray); ok && gray.Stride == spec.Width {
		out := image.NewGray(gray.Rect)
		p.Pixels(out.Pix, gray.Pix[:len(out.Pix)], spec, key)
		return out
	}
	spec.Channels = 3
	from := opaque(img)
	area := spec.Width * spec.Height
	planes, varied := make([]uint8, 3*area), make([]uint8, 3*area)
	for i := range area {
		pixel := from.Pix[4*i : 4*i+3]
		planes[i], planes[area+i], planes[2*area+i] = pixel[0], pixel[1], pixel[2]
	}
	p.Pixels(varied, planes, spec, key)
	out := image.NewRGBA(from.Rect)
	for i := range area {
		pixel := out.Pix[4*i : 4*i+4]
		pixel[0], pixel[1], pixel[2], pixel[3] = varied[i], varied[area+i], varied[2*area+i], 0xff
	}
	return out
}

// opaque returns the picture as RGBA without padding between its rows; the
// picture itself where it is that already.
func opaque(img image.Image) *image.RGBA {
	if rgba, ok := img.(*image.RGBA); ok && rgba.Stride == 4*rgba.Rect.Dx() {
		return rgba
	}
	rgba := image.NewRGBA(img.Bounds())
	draw.Draw(rgba, rgba.Rect, img, img.Bounds().Min, draw.Src)
	return rgba
}
