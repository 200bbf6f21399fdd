package inference

import (
	"image"
	"image/color"
)

// pixelSource reads rows of a picture as 8-bit planes: luma for one channel, or
// red, green and blue.
type pixelSource struct {
	img      image.Image
	gray     *image.Gray
	rgba     *image.RGBA
	ycbcr    *image.YCbCr
	channels int
}

func newPixelSource(img image.Image, channels int) pixelSource {
	s := pixelSource{img: img, channels: channels}
	s.gray, _ = img.(*image.Gray)
	s.rgba, _ = img.(*image.RGBA)
	if channels == 1 {
		s.ycbcr, _ = img.(*image.YCbCr) // Y is the luma of BT.601 itself
	}
	return s
}

// row returns plane c of len(buffer) pixels from (x,y) on: the picture's own
// memory where it has the form already, else buffer.
func (s pixelSource) row(x, y, c int, buffer []uint8) []uint8 {
	switch {
	case s.gray != nil:
		return s.gray.Pix[s.gray.PixOffset(x, y):][:len(buffer)]
	case s.ycbcr != nil:
		return s.ycbcr.Y[s.ycbcr.YOffset(x, y):][:len(buffer)]
	case s.rgba != nil:
		pix := s.rgba.Pix[s.rgba.PixOffset(x, y):][:4*len(buffer)]
		if s.channels == 1 {
			lumaRow(pix, buffer)
		} else {
			planeRow(pix[c:], buffer)
		}
		return buffer
	}
	s.anyRow(x, y, c, buffer)
	return buffer
}

// luma is Y of ITU-R BT.601 (0.299, 0.587, 0.114) rounded to 8 bits, as JPEG,
// OpenCV and Pillow have it; color.GrayModel rounds down instead. The weights sum
// to 2¹⁶, so gray stays as it is.
func luma(r, g, b uint8) uint8 {
	return uint8((19595*uint32(r) + 38470*uint32(g) + 7471*uint32(b) + 1<<15) >> 16)
}

func lumaRow(pix, out []uint8) {
	for i := range out {
		p := pix[4*i:][:3:3]
		out[i] = luma(p[0], p[1], p[2])
	}
}

func planeRow(pix, out []uint8) {
	for i := range out {
		out[i] = pix[4*i]
	}
}

// anyRow reads other kinds of pictures pixel by pixel.
func (s pixelSource) anyRow(x, y, c int, out []uint8) {
	for i := range out {
		p := color.RGBAModel.Convert(s.img.At(x+i, y)).(color.RGBA) // what the model makes
		switch {
		case s.channels == 1:
			out[i] = luma(p.R, p.G, p.B)
		case c == 0:
			out[i] = p.R
		case c == 1:
			out[i] = p.G
		default:
			out[i] = p.B
		}
	}
}
