package demo

import "math"

// light is how a frame is lit.
type light struct {
	gain         float64 // 1 is nominal
	across, down float64 // by how much the gain changes from one edge to the other
}

// lightAt returns the light at a moment of the line, counted in frames. The
// gain changes by less than a thousandth from a frame to the next.
func lightAt(seed uint64, moment float64) light {
	r := stream(seed, forLight, 1)
	wave := func(period float64) float64 { return math.Sin(2*math.Pi*moment/period + r.angle()) }
	return light{
		gain:   1 + 0.07*wave(2200) + 0.03*wave(701),
		across: 0.08 * wave(3100),
		down:   0.08 * wave(1700),
	}
}

// lightDirection is where the lamp stands when the part of that number passes:
// it swings slowly about the line, so that each seed sees light from all sides.
func lightDirection(seed, number uint64) float64 {
	start := stream(seed, forLight, 2).angle()
	return start + math.Pi*math.Sin(float64(number)/40)
}

const (
	noiseSize  = 1 << 16
	noiseSigma = 2.2 // gray levels
)

// sensor turns light into pixels, with noise.
type sensor struct {
	noise [noiseSize]int8
}

func newSensor(seed uint64) *sensor {
	r := stream(seed, forSensor, 0)
	s := &sensor{}
	for i := range s.noise {
		s.noise[i] = int8(math.Round(r.NormFloat64() * noiseSigma))
	}
	return s
}

// expose writes one row of gray values as RGBA, with the light's gain and
// noise. pixels has four bytes for each value of gray.
func (s *sensor) expose(pixels []uint8, gray []uint8, l light, y int, r *random) {
	const one = 1 << 16 // fixed point: this loop is the dearest of a frame
	left := l.gain * (1 - l.across/2 + l.down*(float64(y)/Height-0.5))
	gain := int32(left * one / 2)
	step := int32(l.gain * l.across / Width * one / 2)
	noise := s.noise[r.IntN(noiseSize-len(gray)):][:len(gray)]
	pixels = pixels[:4*len(gray)]
	for x, g := range gray {
		v := int32(g)*gain>>15 + int32(noise[x])
		gain += step
		v = min(max(v, 0), 255)
		*(*[4]uint8)(pixels[4*x:]) = tint[v]
	}
}
