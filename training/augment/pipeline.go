// Package augment makes variants of training images: flips, quarter turns and
// rotation by any angle. What is drawn for an image follows from the seed, the
// epoch and the image alone, so it does not depend on how many goroutines work.
// Turns and flips move pixels exactly; as soon as a free angle is involved all
// steps compose into one affine matrix and the image is resampled once.
package augment

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

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

// The names that Parse knows, in the order in which Names lists them.
const (
	nameHorizontalFlip = "hflip"
	nameVerticalFlip   = "vflip"
	nameQuarterTurns   = "quarter"
	nameRotation       = "rotate"
)

var allNames = []string{nameHorizontalFlip, nameVerticalFlip, nameQuarterTurns, nameRotation}

// Pipeline says which variants are drawn. The zero value draws none: images
// pass through unchanged. A Pipeline is a plain value, safe to share.
type Pipeline struct {
	// HorizontalFlip swaps left and right, VerticalFlip top and bottom, each for half of the images.
	HorizontalFlip, VerticalFlip bool
	// QuarterTurns turns by 0, 90, 180 or 270 degrees, each equally often; by 0 or 180 where the image is not square.
	QuarterTurns bool
	// Rotation turns by an angle drawn evenly from -Rotation to +Rotation degrees about the centre; 0 does not.
	Rotation float64
	// Fill says what a rotation brings in from outside; empty means FillNearest, as in Keras. FillValue is the pixel
	// value of FillConstant.
	Fill      Fill
	FillValue uint8
}

// Parse reads a list such as "hflip,vflip,quarter,rotate=15"; "rotate" alone
// turns by up to 180 degrees. An empty list is no augmentation. The error names
// what exists.
func Parse(list string) (Pipeline, error) {
	var p Pipeline
	for word := range strings.SplitSeq(list, ",") {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		name, value, valued := strings.Cut(word, "=")
		if valued && name != nameRotation {
			return Pipeline{}, fmt.Errorf("augmentation %q: only %s takes a value, such as %s=15", word, nameRotation, nameRotation)
		}
		switch name {
		case nameHorizontalFlip:
			p.HorizontalFlip = true
		case nameVerticalFlip:
			p.VerticalFlip = true
		case nameQuarterTurns:
			p.QuarterTurns = true
		case nameRotation:
			angle, err := parseAngle(value, valued)
			if err != nil {
				return Pipeline{}, fmt.Errorf("augmentation %q: %w", word, err)
			}
			p.Rotation = angle
		default:
			return Pipeline{}, fmt.Errorf("augmentation %q does not exist; there are %s", word, strings.Join(allNames, ", "))
		}
	}
	return p, nil
}

func parseAngle(text string, given bool) (float64, error) {
	if !given {
		return 180, nil
	}
	angle, err := strconv.ParseFloat(text, 64)
	if err != nil || !(angle > 0 && angle <= 180) {
		return 0, fmt.Errorf("want an angle above 0 and up to 180 degrees")
	}
	return angle, nil
}

// Names lists the augmentations as Parse reads them, in a fixed order; nil for none.
func (p Pipeline) Names() []string {
	var names []string
	if p.HorizontalFlip {
		names = append(names, nameHorizontalFlip)
	}
	if p.VerticalFlip {
		names = append(names, nameVerticalFlip)
	}
	if p.QuarterTurns {
		names = append(names, nameQuarterTurns)
	}
	if p.Rotation > 0 {
		names = append(names, nameRotation+"="+strconv.FormatFloat(p.Rotation, 'g', -1, 64))
	}
	return names
}

// String returns the list as Parse reads it; empty for none.
func (p Pipeline) String() string { return strings.Join(p.Names(), ",") }

// Validate returns an error for a rotation outside 0 to 180 degrees or a fill
// mode that does not exist.
func (p Pipeline) Validate() error {
	if !(p.Rotation >= 0 && p.Rotation <= 180) { // also refuses NaN
		return fmt.Errorf("rotation of %g degrees: want 0 to 180", p.Rotation)
	}
	if !slices.Contains([]Fill{"", FillNearest, FillConstant, FillReflect, FillWrap}, p.Fill) {
		return fmt.Errorf("fill mode %q: want %s, %s, %s or %s", p.Fill, FillNearest, FillConstant, FillReflect, FillWrap)
	}
	return nil
}

// Key names one image of one epoch: what is drawn for it follows from these
// three numbers alone.
type Key struct {
	Seed          uint64
	Epoch, Sample int
}

// Apply writes a variant of src as the model takes it: each pixel times
// spec.Scale plus spec.Offset. src and dst hold Channels×Height×Width values,
// planes of rows from the top, and may not overlap; src is not changed. The
// pipeline must be valid (Validate). It may be called from several goroutines.
func (p Pipeline) Apply(dst []float32, src []uint8, spec inspection.InputSpec, key Key) {
	v := p.draw(key, spec.Height == spec.Width)
	plane := spec.Height * spec.Width
	for c := range spec.Channels {
		to, from := dst[c*plane:(c+1)*plane], src[c*plane:(c+1)*plane]
		if v.angle == 0 {
			v.move(to, from, spec)
		} else {
			p.resample(to, from, spec, v)
		}
	}
}

// variant is what was drawn for one image: flips first, then quarter turns
// (counter-clockwise), then the angle (degrees, counter-clockwise).
type variant struct {
	horizontal, vertical bool
	quarters             int
	angle                float64
}

// draw takes the same number of random values whatever is switched on, so that
// switching one augmentation does not change what the others draw.
func (p Pipeline) draw(key Key, square bool) variant {
	random := newRandom(key)
	horizontal, vertical, quarters, angle := random.next(), random.next(), random.next(), random.next()
	v := variant{
		horizontal: p.HorizontalFlip && horizontal < 0.5,
		vertical:   p.VerticalFlip && vertical < 0.5,
	}
	if p.QuarterTurns {
		v.quarters = int(quarters * 4)
		if !square {
			v.quarters &^= 1
		}
	}
	if p.Rotation > 0 {
		v.angle = (2*angle - 1) * p.Rotation
	}
	return v
}

// random is SplitMix64 (Steele, Lea, Flood 2014): any seed gives a good stream at
// once, which matters where a few numbers are taken from very many seeds.
type random struct{ state uint64 }

func newRandom(k Key) *random {
	r := &random{k.Seed}
	for _, part := range []int{k.Epoch, k.Sample} {
		r.state = r.bits() ^ uint64(part)
	}
	return r
}

func (r *random) bits() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// next returns a value in [0, 1).
func (r *random) next() float64 { return math.Ldexp(float64(r.bits()>>11), -53) }
