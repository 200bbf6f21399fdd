package widgets

import (
	"image"
	"image/color"

	"assay/inspection"
)

// The functions of this file may be called on any goroutine.

// Direct returns the image itself where the graphics card can take its pixels as they are, nil otherwise.
func Direct(img image.Image) *image.RGBA {
	rgba, ok := img.(*image.RGBA)
	if !ok || rgba.Rect.Min != (image.Point{}) || rgba.Stride != 4*rgba.Rect.Dx() || rgba.Rect.Empty() {
		return nil
	}
	return rgba
}

// Reduction returns how many pixels a side to average into one before a picture goes to the graphics card: the
// largest power of two that leaves at least as many pixels as there is room for. The card does the rest, at most 2:1.
func Reduction(size, room image.Point) int {
	k := 1
	for room.X > 0 && room.Y > 0 && (size.X/(2*k) >= room.X || size.Y/(2*k) >= room.Y) && size.X/(2*k) > 0 && size.Y/(2*k) > 0 {
		k *= 2
	}
	return k
}

// Reduce averages each k×k square of a zone of the picture into one pixel of dst, making a new buffer where dst
// does not fit, and returns it. Pixels that fill no whole square at the far edges are left out.
func Reduce(dst *image.RGBA, img image.Image, zone image.Rectangle, k int) *image.RGBA {
	zone = zone.Intersect(img.Bounds())
	size := image.Pt(zone.Dx()/k, zone.Dy()/k)
	if dst == nil || dst.Rect.Size() != size {
		dst = image.NewRGBA(image.Rectangle{Max: size})
	}
	switch src := img.(type) {
	case *image.Gray:
		reduceGray(dst, src, zone.Min, k)
	case *image.RGBA:
		reduceRGBA(dst, src, zone.Min, k)
	default:
		reduceAny(dst, img, zone.Min, k)
	}
	return dst
}

func reduceGray(dst *image.RGBA, src *image.Gray, at image.Point, k int) {
	area := uint32(k * k)
	for y := range dst.Rect.Dy() {
		out := dst.Pix[y*dst.Stride:]
		for x := range dst.Rect.Dx() {
			var sum uint32
			for dy := range k {
				i := src.PixOffset(at.X+x*k, at.Y+y*k+dy)
				for _, v := range src.Pix[i : i+k] {
					sum += uint32(v)
				}
			}
			v := uint8(sum / area)
			out[4*x], out[4*x+1], out[4*x+2], out[4*x+3] = v, v, v, 0xFF
		}
	}
}

func reduceRGBA(dst, src *image.RGBA, at image.Point, k int) {
	if k == 1 {
		for y := range dst.Rect.Dy() {
			i := src.PixOffset(at.X, at.Y+y)
			copy(dst.Pix[y*dst.Stride:y*dst.Stride+4*dst.Rect.Dx()], src.Pix[i:])
		}
		return
	}
	area := uint32(k * k)
	for y := range dst.Rect.Dy() {
		out := dst.Pix[y*dst.Stride:]
		for x := range dst.Rect.Dx() {
			var r, g, b, a uint32
			for dy := range k {
				i := src.PixOffset(at.X+x*k, at.Y+y*k+dy)
				for p := src.Pix[i : i+4*k]; len(p) >= 4; p = p[4:] {
					r, g, b, a = r+uint32(p[0]), g+uint32(p[1]), b+uint32(p[2]), a+uint32(p[3])
				}
			}
			out[4*x], out[4*x+1], out[4*x+2], out[4*x+3] = uint8(r/area), uint8(g/area), uint8(b/area), uint8(a/area)
		}
	}
}

func reduceAny(dst *image.RGBA, img image.Image, at image.Point, k int) {
	for y := range dst.Rect.Dy() {
		for x := range dst.Rect.Dx() {
			dst.Set(x, y, img.At(at.X+x*k+k/2, at.Y+y*k+k/2))
		}
	}
}

// Thumbnail returns the centred square of a picture, at least side pixels wide where the picture is.
func Thumbnail(img image.Image, side int) *image.RGBA {
	square := CentredSquare(img.Bounds())
	return Reduce(nil, img, square, max(1, square.Dx()/max(side, 1)))
}

// CentredSquare returns the largest centred square of a rectangle.
func CentredSquare(r image.Rectangle) image.Rectangle {
	side := min(r.Dx(), r.Dy())
	x, y := r.Min.X+(r.Dx()-side)/2, r.Min.Y+(r.Dy()-side)/2
	return image.Rect(x, y, x+side, y+side)
}

// Judged returns the region of a frame that is judged: the recipe's, or the largest centred square.
func Judged(region inspection.Rectangle, frame image.Point) inspection.Rectangle {
	if !region.Empty() || frame == (image.Point{}) {
		return region
	}
	r := CentredSquare(image.Rectangle{Max: frame})
	return inspection.Rectangle{X: r.Min.X, Y: r.Min.Y, Width: r.Dx(), Height: r.Dy()}
}

// Zone returns a region as an image rectangle.
func Zone(r inspection.Rectangle) image.Rectangle {
	return image.Rect(r.X, r.Y, r.X+r.Width, r.Y+r.Height)
}

// signatureSide is how many samples a side a Signature takes.
const signatureSide = 24

// Signature is a coarse print of a region of a picture, to tell whether another picture still shows the same.
type Signature struct {
	samples [signatureSide * signatureSide]uint8
	known   bool
}

// Sign takes the signature of a region.
func Sign(img image.Image, region inspection.Rectangle) (s Signature) {
	zone := Zone(region).Intersect(img.Bounds())
	if zone.Empty() {
		return s
	}
	for y := range signatureSide {
		for x := range signatureSide {
			px := zone.Min.X + (2*x+1)*zone.Dx()/(2*signatureSide)
			py := zone.Min.Y + (2*y+1)*zone.Dy()/(2*signatureSide)
			s.samples[y*signatureSide+x] = luma(img, px, py)
		}
	}
	s.known = true
	return s
}

func luma(img image.Image, x, y int) uint8 {
	switch src := img.(type) {
	case *image.Gray:
		return src.Pix[src.PixOffset(x, y)]
	case *image.RGBA:
		p := src.Pix[src.PixOffset(x, y):]
		return uint8((299*uint32(p[0]) + 587*uint32(p[1]) + 114*uint32(p[2])) / 1000)
	}
	return color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y
}

// Same reports whether two signatures show the same scene: on average less than 12 of 255 apart.
func (s Signature) Same(other Signature) bool {
	if !s.known || !other.known {
		return false
	}
	sum := 0
	for i, v := range s.samples {
		d := int(v) - int(other.samples[i])
		sum += max(d, -d)
	}
	return sum < 12*len(s.samples)
}
