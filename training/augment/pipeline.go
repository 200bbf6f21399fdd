package augment

import (
	"math"

	"assay/inspection"
)

// Fill says what lies outside the image, under the names Keras gives them.
type Fill string

// The fill modes, for the row a b c d.
const (
	// FillNearest repeats the edge: a a a | a b c d | d d d.
	FillNearest Fill = "nearest"
	// FillConstant takes Pipeline.FillValue: k k k | a b c d | k k k.
	FillConstant Fill = "constant"
	// FillReflect mirrors at the edge: c b a | a b c d | d c b.
	FillReflect Fill = "reflect"
	// FillWrap repeats the image: b c d | a b c d | a b c.
	FillWrap Fill = "wrap"
)

// DefaultDisc is the part's radius where Pipeline.Disc is not set, as a fraction
// of half the image's shorter side: round parts that about fill the frame.
const DefaultDisc = 0.95

// Pipeline says which variants are drawn. The zero value draws none: images
// pass through unchanged. A Pipeline is a plain value, safe to share and to
// compare. Each strength is the far end of a range from which an image's value is
// drawn evenly; 0 switches it off.
type Pipeline struct {
	// HorizontalFlip swaps left and right, VerticalFlip top and bottom, each for half of the images.
	HorizontalFlip, VerticalFlip bool
	// QuarterTurns turns by 0, 90, 180 or 270 degrees, each equally often; by 0 or 180 where the image is not square.
	QuarterTurns bool
	// Rotation turns by -Rotation to +Rotation degrees about the centre.
	Rotation float64
	// Zoom stretches width and height, each by its own factor from 1-Zoom to 1+Zoom, as Keras' zoom_range does:
	// a factor above 1 makes the part smaller.
	Zoom float64
	// Shear slants by -Shear to +Shear degrees, as Keras' shear_range does.
	Shear float64
	// Shift moves by up to this fraction of the width and of the height, each way.
	Shift float64
	// Tilt leans the image away from the camera by 0 to Tilt degrees, towards any side. The camera is 2.5 times the
	// image's longer side away.
	Tilt float64

	// Brightness multiplies by 1-Brightness to 1+Brightness.
	Brightness float64
	// Contrast multiplies the distance from the image's mean by 1-Contrast to 1+Contrast.
	Contrast float64
	// Light multiplies by a ramp across the image, a soft spot, or both: from 1-Light to 1+Light where they are strongest.
	Light float64
	// Gamma raises values, as fractions of 255, to a power from 1/(1+Gamma) to 1+Gamma, evenly in its logarithm.
	Gamma float64
	// Blur is the standard deviation of a Gaussian, in pixels of an image 300 wide; half of the images stay sharp and
	// the others draw from 0 to Blur.
	Blur float64
	// Noise is the standard deviation of Gaussian noise in steps of 8 bits, drawn from 0 to Noise for each image.
	Noise float64
	// Background replaces what lies outside the part's disc in three of four images: by itself brighter or darker, a
	// grey, a ramp, or noise. At 1 nothing of it is left, below it shows through.
	Background float64
	// Steps brightens and darkens one to four rings about the centre by up to this fraction, often with a thin lip
	// between them: other variants of a round part have other ring profiles.
	Steps float64

	// Look gives this share of the images the look of another picture, given by WithLooks: how the rings about the centre
	// look, slowly along each ring, is taken from there, what stands out stays. Where sound and defective parts of the
	// training data differ in kind, surface or light, this is what keeps a network from learning that.
	Look float64

	// Fill says what the geometric ones bring in from outside; empty means FillNearest, as in Keras. FillValue is the
	// pixel value of FillConstant.
	Fill      Fill
	FillValue uint8
	// Disc is the part's radius as a fraction of half the image's shorter side, for Background and Steps; 0 means
	// DefaultDisc.
	Disc float64

	// Whitening asks for ZCA whitening of the model's input. It is only noted here: package whitening fits it on the
	// training part and applies it after Apply. Components and Epsilon are its options; 0 leaves them to that package.
	Whitening           bool
	WhiteningComponents int
	WhiteningEpsilon    float64

	looks *Looks
}

// Key names one image of one epoch: what is drawn for it follows from these
// three numbers alone.
type Key struct {
	Seed          uint64
	Epoch, Sample int
}

// Draws reports whether any image comes out other than it went in. Whitening
// does not count: it is the same for all images.
func (p Pipeline) Draws() bool {
	p.Fill, p.FillValue, p.Disc, p.looks = "", 0, 0, nil
	p.Whitening, p.WhiteningComponents, p.WhiteningEpsilon = false, 0, 0
	return p != Pipeline{}
}

// Apply writes a variant of src as the model takes it: each pixel times
// spec.Scale plus spec.Offset. src and dst hold Channels×Height×Width values,
// planes of rows from the top, each side below 32,768, and may not overlap; src is
// not changed. The pipeline must be valid (Validate). It may be called from several goroutines and
// in the long run allocates nothing.
func (p Pipeline) Apply(dst []float32, src []uint8, spec inspection.InputSpec, key Key) {
	v := p.draw(key, spec)
	p.render(dst, src, spec, &v)
}

// Pixels is Apply for the eye: the variant as 8-bit pixels, rounded.
func (p Pipeline) Pixels(dst, src []uint8, spec inspection.InputSpec, key Key) {
	spec.Scale, spec.Offset = 1, 0
	values := make([]float32, len(src))
	p.Apply(values, src, spec, key)
	for i, v := range values {
		dst[i] = uint8(math.Round(float64(min(max(v, 0), 255))))
	}
}

// render writes the variant v of src.
func (p Pipeline) render(dst []float32, src []uint8, spec inspection.InputSpec, v *variant) {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.fit(spec)
	if p.lends(v) {
		src = p.looks.lend(src, v.borrowed, s)
	}
	contrastMean := 0.0
	if v.contrast != 1 {
		contrastMean = mean(src)
	}
	if v.retouches() {
		s.setTones(v, contrastMean)
	}
	geometry := v.source(spec)
	size := spec.Height * spec.Width
	for channel := range spec.Channels {
		from := plane{src[channel*size : (channel+1)*size], spec.Width, spec.Height, spec.Width}
		if v.retouches() {
			from = s.retouch(from, v, uint64(channel))
		}
		if v.blur > 0 {
			from = s.blur(from, v.blur*float64(spec.Width)/300)
		}
		f := finisher{spec: spec, variant: v, scratch: s, channel: channel}
		f.prepare()
		out := dst[channel*size : (channel+1)*size]
		if v.moves() {
			move(out, from, geometry, &f)
		} else {
			r := sampler{plane: from, fill: p.Fill, constant: float32(p.FillValue), matrix: geometry}
			r.resample(out, &f)
		}
	}
}
