package augment

import (
	"math"

	"assay/inspection"
)

// variant is what was drawn for one image.
type variant struct {
	horizontal, vertical bool
	quarters             int // counter-clockwise
	placement            placement
	tilt                 lean

	brightness, contrast, gamma float64 // factor, factor, power
	blur                        float64 // pixels of an image 300 wide
	noise                       float64 // steps of 8 bits
	grain                       uint64  // where the noise comes from
	light                       light
	background                  background
	steps                       steps
	borrowed                    borrowed
}

var unchanged = variant{placement: unplaced, brightness: 1, contrast: 1, gamma: 1}

// draw gives each augmentation a random stream of its own, taken whether it is
// on or not, so that switching one does not change what the others draw. New ones
// go to the end.
func (p Pipeline) draw(key Key, spec inspection.InputSpec) variant {
	random := newRandom(key)
	horizontal, vertical, quarters, angle := random.next(), random.next(), random.next(), random.next()
	v := unchanged
	v.horizontal = p.HorizontalFlip && horizontal < 0.5
	v.vertical = p.VerticalFlip && vertical < 0.5
	if p.QuarterTurns {
		v.quarters = int(quarters * 4)
		if spec.Height != spec.Width {
			v.quarters &^= 1
		}
	}
	v.placement.angle = (2*angle - 1) * p.Rotation
	zoom, shear, shift, tilt := random.fork(), random.fork(), random.fork(), random.fork()
	v.placement.zoomX, v.placement.zoomY = 1+zoom.within(p.Zoom), 1+zoom.within(p.Zoom)
	v.placement.shear = shear.within(p.Shear)
	v.placement.shiftX = shift.within(p.Shift * float64(spec.Width))
	v.placement.shiftY = shift.within(p.Shift * float64(spec.Height))
	v.tilt = lean{tilt.next() * p.Tilt, tilt.next() * 360}
	if v.tilt.degrees == 0 {
		v.tilt = lean{}
	}
	p.drawTones(&v, &random)
	return v
}

func (p Pipeline) drawTones(v *variant, random *random) {
	brightness, contrast, light, gamma := random.fork(), random.fork(), random.fork(), random.fork()
	blur, noise, background, steps := random.fork(), random.fork(), random.fork(), random.fork()
	look := random.fork()
	v.brightness = 1 + brightness.within(p.Brightness)
	v.contrast = 1 + contrast.within(p.Contrast)
	if p.Gamma > 0 {
		v.gamma = math.Pow(1+p.Gamma, gamma.within(1))
	}
	if p.Blur > 0 && blur.next() < 0.5 {
		v.blur = blur.next() * p.Blur
	}
	if p.Noise > 0 {
		v.noise, v.grain = noise.next()*p.Noise, noise.bits()
	}
	if p.Light > 0 {
		v.light = drawLight(&light, p.Light)
	}
	disc := p.Disc
	if disc == 0 {
		disc = DefaultDisc
	}
	if p.Background > 0 {
		v.background = drawBackground(&background, p.Background, disc)
	}
	if p.Steps > 0 {
		v.steps = drawSteps(&steps, p.Steps, disc)
	}
	if p.Look > 0 {
		v.borrowed = drawBorrowed(&look, p.Look)
	}
}

// random is SplitMix64 (Steele, Lea, Flood 2014): any seed gives a good stream at
// once, which matters where a few numbers are taken from very many seeds.
type random struct{ state uint64 }

func newRandom(k Key) random {
	r := random{k.Seed}
	for _, part := range []int{k.Epoch, k.Sample} {
		r.state = r.bits() ^ uint64(part)
	}
	return r
}

// fork returns a stream of its own.
func (r *random) fork() random { return random{r.bits()} }

func (r *random) bits() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// next returns a value in [0, 1).
func (r *random) next() float64 { return math.Ldexp(float64(r.bits()>>11), -53) }

// within returns a value in [-bound, bound).
func (r *random) within(bound float64) float64 { return (2*r.next() - 1) * bound }

// between returns a value in [low, high).
func (r *random) between(low, high float64) float64 { return low + r.next()*(high-low) }
