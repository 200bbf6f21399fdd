package inference

import (
	"image"
	"math"

	"assay/inference/locate"
	"assay/inspection"
)

// How inspection.NormalizationDisc lays the part into the input.
const (
	// DiscRadius is the radius of the circle that the part's rim is brought to, in parts of the input's shorter side; its
	// centre is the input's.
	DiscRadius = 0.44
	// DiscMargin is how far the picture is shown beyond the rim, in parts of the rim's radius: flash stands out there.
	DiscMargin = 1.06
	// DiscGrey is the pixel value outside, and the mean value of the part.
	DiscGrey = 128
	// DiscDeviation is the standard deviation of the part's pixel values, unless they are flatter than
	// leastDeviation before.
	DiscDeviation = 48
)

const (
	// discSoftness is the width, in pixels of the input, of the border between the picture and the grey.
	discSoftness = 1.5
	// discCore is the part of the rim's radius inside which the light is measured.
	discCore = 0.97
	// secondLook is the part's half axis, in parts of the reduced picture's side, below which it is located again in a
	// picture of it alone.
	secondLook = 0.3
)

// disc is what a Preprocessor needs for inspection.NormalizationDisc.
type disc struct {
	finder  locate.Finder
	reducer resizer // to the size that the finder wants
	reduced []uint8

	outline inspection.Outline // in pixels of the frame
	found   bool

	shrinker resizer // to about the input's scale
	patch    []uint8
	light    light
}

// Located returns the outline of the part in the last picture, in pixels of the
// whole picture, and whether there was one. It is always false for inputs
// without inspection.NormalizationDisc.
func (p *Preprocessor) Located() (inspection.Outline, bool) {
	if p.disc == nil || !p.disc.found {
		return inspection.Outline{}, false
	}
	return p.disc.outline, true
}

// normalize is Pixels for inspection.NormalizationDisc. Where no part is found
// the region is resized as it is and only its light evened.
func (p *Preprocessor) normalize(img image.Image, region inspection.Rectangle, dst []uint8) inspection.Rectangle {
	d, s := p.disc, p.spec
	d.light.prepare(s)
	d.outline, d.found = d.locate(img, region)
	if !d.found {
		p.resizer.resize(img, region, s.Channels, s.Width, s.Height, dst)
		d.light.plain(dst)
		return region
	}
	m := newDiscMap(d.outline, s)
	d.sample(img, region, m, s)
	d.light.even(dst)
	return m.covered(s)
}

// locate finds the part in the region, and looks a second time, closer, where it
// is small.
func (d *disc) locate(img image.Image, region inspection.Rectangle) (inspection.Outline, bool) {
	o, scale, ok := d.look(img, region)
	if !ok || o.Major*scale >= secondLook*locate.Side || scale >= 1 {
		return o, ok
	}
	half := 1.45 * o.Major
	closer := crop(region, o.X-half, o.Y-half, o.X+half, o.Y+half)
	again, _, ok := d.look(img, closer)
	if ok && math.Hypot(again.X-o.X, again.Y-o.Y) < 0.35*o.Major && again.Major > 0.7*o.Major && again.Major < 1.4*o.Major {
		return again, true
	}
	return o, true
}

// look finds the part in the region reduced to the finder's size, which is scale
// times its own.
func (d *disc) look(img image.Image, region inspection.Rectangle) (o inspection.Outline, scale float64, found bool) {
	scale = math.Min(1, locate.Side/float64(max(region.Width, region.Height)))
	width, height := reducedSide(region.Width, scale), reducedSide(region.Height, scale)
	d.reduced = grow(d.reduced, width*height)
	d.reducer.resize(img, region, 1, width, height, d.reduced)
	o, found = d.finder.Find(d.reduced, width, height)
	o.X, o.Y = float64(region.X)+o.X/scale, float64(region.Y)+o.Y/scale
	o.Major, o.Minor = o.Major/scale, o.Minor/scale
	return o, scale, found
}

func reducedSide(side int, scale float64) int {
	return max(1, int(math.Round(float64(side)*scale)))
}

// crop returns the pixels of the region that the rectangle touches, at least one.
func crop(region inspection.Rectangle, left, top, right, bottom float64) inspection.Rectangle {
	side := func(from, length int, low, high float64) (int, int) {
		first := max(from, min(from+length-1, int(math.Floor(low))))
		return first, max(1, min(from+length, int(math.Ceil(high)))-first)
	}
	x, width := side(region.X, region.Width, left, right)
	y, height := side(region.Y, region.Height, top, bottom)
	return inspection.Rectangle{X: x, Y: y, Width: width, Height: height}
}

// discMap maps the input onto the frame: a point u, from the input's centre in
// pixels of the input, to centre + M·u with a symmetric M, which stretches along
// the ellipse's axes and turns nothing.
type discMap struct{ x, y, xx, xy, yy float64 }

func newDiscMap(o inspection.Outline, s inspection.InputSpec) discMap {
	sin, cos := math.Sincos(o.Angle)
	radius := DiscRadius * float64(min(s.Width, s.Height))
	a, b := o.Major/radius, o.Minor/radius
	return discMap{x: o.X, y: o.Y, xx: a*cos*cos + b*sin*sin, xy: (a - b) * sin * cos, yy: a*sin*sin + b*cos*cos}
}

// covered returns the rectangle of the frame that the input lies on. It may
// stick out of the frame. Where the part is seen along a slanting axis the input
// lies on a parallelogram: the rectangle is right along the horizontal and the
// vertical through the centre.
func (m discMap) covered(s inspection.InputSpec) inspection.Rectangle {
	halfX, halfY := m.xx*float64(s.Width)/2, m.yy*float64(s.Height)/2
	left, top := int(math.Round(m.x-halfX)), int(math.Round(m.y-halfY))
	return inspection.Rectangle{X: left, Y: top,
		Width: max(1, int(math.Round(m.x+halfX))-left), Height: max(1, int(math.Round(m.y+halfY))-top)}
}

// touched returns the pixels of the region that the disc is read from.
func (m discMap) touched(s inspection.InputSpec, region inspection.Rectangle) inspection.Rectangle {
	reach := DiscRadius*DiscMargin*float64(min(s.Width, s.Height)) + discSoftness
	halfX, halfY := reach*math.Hypot(m.xx, m.xy)+2, reach*math.Hypot(m.xy, m.yy)+2
	return crop(region, m.x-halfX, m.y-halfY, m.x+halfX, m.y+halfY)
}

// sample reads the disc into light.values. The pixels are first brought to √2
// times the input's scale by the triangle filter, then interpolated: together
// as smooth as the triangle filter of one input pixel that Preprocessor
// describes.
func (d *disc) sample(img image.Image, region inspection.Rectangle, m discMap, s inspection.InputSpec) {
	from := m.touched(s, region)
	scale := math.Min(1, math.Sqrt2/math.Sqrt(m.xx*m.yy-m.xy*m.xy))
	width, height := reducedSide(from.Width, scale), reducedSide(from.Height, scale)
	d.patch = grow(d.patch, s.Channels*width*height)
	d.shrinker.resize(img, from, s.Channels, width, height, d.patch)
	scaleX, scaleY := float64(width)/float64(from.Width), float64(height)/float64(from.Height)
	in := discMap{ // from the input to the patch
		x: (m.x-float64(from.X))*scaleX - 0.5, y: (m.y-float64(from.Y))*scaleY - 0.5,
		xx: m.xx * scaleX, xy: m.xy * scaleX, yy: m.yy * scaleY,
	}
	shear := m.xy * scaleY
	l := &d.light
	for j := range s.Height {
		v := float64(j) + 0.5 - float64(s.Height)/2
		for i := l.first[j]; i < s.Width-l.first[j]; i++ {
			u := float64(i) + 0.5 - float64(s.Width)/2
			x, y := in.x+in.xx*u+in.xy*v, in.y+shear*u+in.yy*v
			k := j*s.Width + i
			l.valid[k] = x >= -0.5 && y >= -0.5 && x <= float64(width)-0.5 && y <= float64(height)-0.5
			if l.valid[k] {
				d.interpolate(x, y, width, height, k)
			}
		}
	}
}

// interpolate writes pixel k of each plane: the patch at (x,y), between the four
// pixels round it, the border repeated.
func (d *disc) interpolate(x, y float64, width, height, k int) {
	x, y = math.Max(0, math.Min(float64(width-1), x)), math.Max(0, math.Min(float64(height-1), y))
	x0, y0 := int(x), int(y)
	x1, y1 := min(x0+1, width-1), min(y0+1, height-1)
	fx, fy := float32(x-float64(x0)), float32(y-float64(y0))
	values, area := d.light.values, d.light.area
	for plane := d.patch; len(plane) > 0; plane = plane[width*height:] {
		top := float32(plane[y0*width+x0])*(1-fx) + float32(plane[y0*width+x1])*fx
		bottom := float32(plane[y1*width+x0])*(1-fx) + float32(plane[y1*width+x1])*fx
		values[k] = top*(1-fy) + bottom*fy
		k += area
	}
}
