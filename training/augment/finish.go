package augment

import (
	"math"
	"math/rand/v2"
	"sync"

	"assay/inspection"
)

// light is a ramp across the image and a soft spot on it, as a factor
// 1 + ramp + spot.
type light struct {
	slopeX, slopeY       float64 // at the right and lower border
	spot                 float64 // at its centre
	spotX, spotY, radius float64 // fractions of width, height and longer side
}

func drawLight(random *random, strength float64) light {
	kind, amount, direction := random.next(), random.within(strength), random.next()
	spot := light{spot: random.within(strength), spotX: random.next(), spotY: random.next(), radius: random.between(0.1, 0.4)}
	sin, cos := math.Sincos(2 * math.Pi * direction)
	amount /= math.Abs(sin) + math.Abs(cos) // the corner is the farthest
	switch {
	case kind < 1.0/3:
		return light{slopeX: amount * cos, slopeY: amount * sin}
	case kind < 2.0/3:
		return spot
	}
	spot.spot /= 2
	spot.slopeX, spot.slopeY = amount/2*cos, amount/2*sin
	return spot
}

// grainCount is how many values of noise there are to read from.
const grainCount = 1 << 14

// grains returns Gaussian noise of deviation 1, always the same. Each row reads on
// from a place of its own.
var grains = sync.OnceValue(func() *[grainCount]float32 {
	var values [grainCount]float32
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // noise needs no secrecy
	for i := range values {
		values[i] = float32(random.NormFloat64())
	}
	return &values
})

// finisher turns rows of pixel values, as floats, into rows of a model's input.
type finisher struct {
	spec    inspection.InputSpec
	variant *variant
	scratch *scratch
	channel int

	plain        bool
	random       random
	spotX, spotY []float32
}

// prepare must come before the first row.
func (f *finisher) prepare() {
	l := &f.variant.light
	f.plain = *l == light{} && f.variant.noise == 0
	f.random = random{f.variant.grain + uint64(f.channel)}
	f.spotX, f.spotY = f.scratch.spotX[:f.spec.Width], f.scratch.spotY[:f.spec.Height]
	radius := l.radius * float64(max(f.spec.Width, f.spec.Height))
	bump(f.spotX, 1, l.spotX*float64(f.spec.Width), radius)
	bump(f.spotY, l.spot, l.spotY*float64(f.spec.Height), radius)
}

// bump is the spot's profile along one side, a Gaussian of that height. What a
// Gaussian changes by from one step to the next itself changes by a constant
// factor.
func bump(profile []float32, height, centre, radius float64) {
	if height == 0 || radius == 0 {
		clear(profile)
		return
	}
	square := 2 * radius * radius
	value, ratio, change := height*math.Exp(-centre*centre/square), math.Exp((2*centre-1)/square), math.Exp(-2/square)
	for i := range profile {
		profile[i] = float32(value)
		value *= ratio
		ratio *= change
	}
}

// row writes row y of the image, whose values are 0 to 255, to out.
func (f *finisher) row(out, values []float32, y int) {
	scale, offset := f.spec.Scale, f.spec.Offset
	out = out[:len(values)]
	if f.plain {
		for i, v := range values {
			out[i] = float32(v*scale) + offset // as inference rounds, never fused
		}
		return
	}
	l := &f.variant.light
	step := float32(2 * l.slopeX / float64(f.spec.Width))
	factor := float32(1 - l.slopeX + l.slopeY*(2*float64(y)/float64(f.spec.Height)-1))
	spot := f.spotY[y]
	noise, deviation, at := grains(), float32(f.variant.noise), f.random.bits()
	profile := f.spotX[:len(values)]
	for i, v := range values {
		v = v*(factor+spot*profile[i]) + deviation*noise[(at+uint64(i))%grainCount]
		factor += step
		if v < 0 {
			v = 0
		} else if v > 255 {
			v = 255
		}
		out[i] = v*scale + offset
	}
}
