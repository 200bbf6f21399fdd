package demo

import (
	"math"
	"math/rand/v2"
)

// purpose keeps the random streams apart that start from the same numbers.
type purpose uint64

const (
	forPart purpose = iota + 1
	forClass
	forSlot
	forSensor
	forScene
	forBelt
	forTexture
	forLight
)

// stream returns the random numbers for one purpose and one number of it; the
// same arguments give the same numbers.
func stream(seed uint64, p purpose, number uint64) *random {
	source := rand.NewPCG(mix(seed^uint64(p)<<56), mix(number+uint64(p)))
	return &random{rand.New(source)} //nolint:gosec // repeatable is what it must be, not secret
}

// mix spreads the bits of n, so that neighbours have nothing in common.
func mix(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

type random struct{ *rand.Rand }

// between returns a number in [low, high).
func (r *random) between(low, high float64) float64 { return low + (high-low)*r.Float64() }

// angle returns an angle in radians.
func (r *random) angle() float64 { return r.between(0, 2*math.Pi) }

// chance returns true with probability p.
func (r *random) chance(p float64) bool { return r.Float64() < p }

// harmonics is a smooth periodic function: an uneven outline or a wavy shade.
type harmonics struct{ amplitude, phase [4]float64 }

// harmonics returns a function whose values stay within about ±size.
func (r *random) harmonics(size float64) harmonics {
	var h harmonics
	for i := range h.amplitude {
		h.amplitude[i] = size * r.between(0.2, 0.6) / float64(i+1)
		h.phase[i] = r.angle()
	}
	return h
}

func (h *harmonics) at(angle float64) float64 {
	sum := 0.0
	for i, a := range h.amplitude {
		sum += a * math.Sin(float64(i+2)*angle+h.phase[i])
	}
	return sum
}

// texture is smooth noise on a square that repeats, with values of about -1 to 1.
type texture struct{ values []float32 }

const textureSize = 256 // a power of two, see at

func newTexture(r *random) *texture {
	t := &texture{values: make([]float32, textureSize*textureSize)}
	for _, octave := range []struct {
		cell   int
		weight float64
	}{{64, 0.45}, {16, 0.35}, {4, 0.3}} {
		t.add(r, octave.cell, octave.weight)
	}
	return t
}

// add adds noise whose features are cell pixels wide.
func (t *texture) add(r *random, cell int, weight float64) {
	n := textureSize / cell
	grid := make([]float64, n*n)
	for i := range grid {
		grid[i] = r.between(-1, 1)
	}
	for y := range textureSize {
		for x := range textureSize {
			i, j := x/cell, y/cell
			fx, fy := smooth(float64(x%cell)/float64(cell)), smooth(float64(y%cell)/float64(cell))
			i1, j1 := (i+1)%n, (j+1)%n
			top := blend(grid[j*n+i], grid[j*n+i1], fx)
			low := blend(grid[j1*n+i], grid[j1*n+i1], fx)
			t.values[y*textureSize+x] += float32(weight * blend(top, low, fy))
		}
	}
}

// at returns the value at a pixel; coordinates wrap around.
func (t *texture) at(x, y int) float64 {
	return float64(t.values[(y&(textureSize-1))*textureSize+x&(textureSize-1)])
}

// blend returns a at f = 0 and b at f = 1.
func blend(a, b, f float64) float64 { return a + (b-a)*f }

// smooth eases a number in [0, 1] at both ends.
func smooth(f float64) float64 { return f * f * (3 - 2*f) }

func unit(f float64) float64 { return min(max(f, 0), 1) }
