package augment

import (
	"encoding/binary"
	"math"
	"slices"
	"sync"
)

const (
	maxSteps = 4
	maxZones = 2*maxSteps + 1 // between steps may lie a lip each
)

// steps are rings about a centre near the image's own, each with a gain. Lengths
// are fractions of half the shorter side.
type steps struct {
	boundaries       int // between zones; 0 is off
	radius           [maxZones - 1]float64
	gain             [maxZones]float64 // zone i lies within radius[i], the last one outside all
	centreX, centreY float64           // from the image's centre
}

func drawSteps(random *random, strength, disc float64) steps {
	s := steps{centreX: random.within(0.03), centreY: random.within(0.03)}
	edges := make([]float64, 0, maxSteps) // stays on the stack
	for range 1 + int(random.next()*maxSteps) {
		edges = append(edges, random.between(0.1, 1)*disc)
	}
	slices.Sort(edges)
	s.gain[0] = 1 + random.within(strength)
	outer := 0.0
	for _, edge := range edges {
		outer = max(outer, edge)
		lip, width, glint := random.next() < 0.5, random.between(0.01, 0.05), random.within(2*strength)
		s.radius[s.boundaries] = outer
		s.boundaries++
		if lip {
			s.gain[s.boundaries] = max(0, 1+glint)
			outer += width
			s.radius[s.boundaries] = outer
			s.boundaries++
		}
		s.gain[s.boundaries] = 1 + random.within(strength)
	}
	return s
}

// background is what a pixel outside the disc becomes: keep of itself, plus a
// ramp, plus grain. Values are steps of 8 bits.
type background struct {
	radius                             float64 // fraction of half the shorter side; 0 is off
	keep, level, slopeX, slopeY, grain float64 // slopes over half the width and height
	seed                               uint64
}

// drawBackground leaves a quarter of the images alone; a quarter only gets
// brighter or darker; the others turn to grey, most with a ramp, half with grain.
func drawBackground(random *random, strength, disc float64) background {
	kind := random.next()
	b := background{radius: disc * random.between(1, 1.08), keep: 1}
	gain, level, ramp, direction := random.between(0.4, 1.6), random.between(0, 255), random.next(), random.next()
	grained, grain, seed := random.next() < 0.5, random.next(), random.bits()
	switch {
	case kind < 0.25:
		return background{}
	case kind < 0.5:
		b.keep = 1 + strength*(gain-1)
		return b
	}
	b.keep, b.level, b.seed = 1-strength, strength*level, seed
	if ramp > 0.3 {
		sin, cos := math.Sincos(2 * math.Pi * direction)
		b.slopeX, b.slopeY = strength*80*ramp*cos, strength*80*ramp*sin
	}
	if grained {
		b.grain = strength * 25 * grain
	}
	return b
}

// retouches reports whether pixels change before the image is resampled.
func (v *variant) retouches() bool {
	return v.brightness != 1 || v.contrast != 1 || v.gamma != 1 || v.steps.boundaries > 0 || v.background.radius > 0
}

// setTones fills the tables of all zones: gamma, contrast, brightness and the
// zone's gain, from 8 bits to 8 bits. mean is the image's.
func (s *scratch) setTones(v *variant, mean float64) {
	s.setGamma(v.gamma)
	contrast, brightness, middle := float32(v.contrast), float32(v.brightness), s.tone[0]
	if v.contrast != 1 {
		middle = s.tone[min(int(mean+0.5), 255)]
	}
	for i, value := range s.tone {
		s.tone[i] = min(max(middle+contrast*(value-middle), 0), 255) * brightness
	}
	for zone := range v.steps.boundaries + 1 {
		gain, table := float32(1), &s.tables[zone]
		if v.steps.boundaries > 0 {
			gain = float32(v.steps.gain[zone])
		}
		for i, value := range s.tone {
			table[i] = uint8(min(int32(value*gain+0.5), 255))
		}
	}
}

// setGamma fills the tone curve. An exponential is dear: in the even part of the
// curve every fourth is enough.
func (s *scratch) setGamma(gamma float64) {
	if gamma == 1 {
		for i := range s.tone {
			s.tone[i] = float32(i)
		}
		return
	}
	logs, last := logarithms(), 0
	s.tone[0] = 0
	for i := 1; i < len(s.tone); i++ {
		if i > 31 && i%4 != 3 {
			continue
		}
		s.tone[i] = 255 * float32(math.Exp(gamma*logs[i]))
		step := (s.tone[i] - s.tone[last]) / float32(i-last)
		for k := last + 1; k < i; k++ {
			s.tone[k] = s.tone[last] + step*float32(k-last)
		}
		last = i
	}
}

// logarithms of 8-bit values as fractions of 255; that of 0 is never asked for.
var logarithms = sync.OnceValue(func() *[256]float64 {
	var values [256]float64
	for i := range values[1:] {
		values[i+1] = math.Log(float64(i+1) / 255)
	}
	return &values
})

// retouch returns the plane with its tones, steps and background, in s.first.
func (s *scratch) retouch(from plane, v *variant, channel uint64) plane {
	out := s.plane(s.first, from)
	half := float64(min(from.width, from.height)) / 2
	centreX, centreY := float64(from.width-1)/2, float64(from.height-1)/2
	stepsX, stepsY := centreX+v.steps.centreX*half, centreY+v.steps.centreY*half
	random := random{v.background.seed + channel}
	for y := range from.height {
		in, to := from.row(y), out.row(y)
		low, high := 0, from.width
		for zone := v.steps.boundaries; zone > 0; zone-- {
			l, h := chord(stepsX, float64(y)-stepsY, v.steps.radius[zone-1]*half, from.width)
			l = min(max(l, low), high) // a chord of no length may lie beside the last one
			h = min(max(h, l), high)
			translate(to[low:l], in[low:l], &s.tables[zone])
			translate(to[h:high], in[h:high], &s.tables[zone])
			low, high = l, h
		}
		translate(to[low:high], in[low:high], &s.tables[0])
		if v.background.radius > 0 {
			// The circle stays off the border: what is filled in from outside goes on with the new background.
			l, h := chord(centreX, float64(y)-centreY, min(v.background.radius*half, half-1), from.width)
			v.background.paint(to, 0, l, from, y, &random)
			v.background.paint(to, h, from.width, from, y, &random)
		}
	}
	return out
}

// chord returns the pixels [low, high) of a row that lie within a circle, the row
// being dy from its centre. Within the row low ≤ high.
func chord(centreX, dy, radius float64, width int) (low, high int) {
	square := radius*radius - dy*dy
	if square < 0 {
		middle := min(max(int(centreX), 0), width)
		return middle, middle
	}
	reach := math.Sqrt(square)
	low = min(max(int(math.Ceil(centreX-reach)), 0), width)
	high = min(max(int(math.Floor(centreX+reach))+1, low), width)
	return low, high
}

func translate(dst, src []uint8, table *[256]uint8) {
	dst = dst[:len(src)]
	for i, v := range src {
		dst[i] = table[v]
	}
}

// paint changes the pixels [low, high) of a row in place.
func (b *background) paint(row []uint8, low, high int, p plane, y int, random *random) {
	slope := b.slopeX / (float64(p.width) / 2)
	level := b.level + b.slopeY*(2*float64(y)/float64(p.height)-1) - b.slopeX + 0.5 + slope*float64(low)
	keep, value, step, grain := float32(b.keep), float32(level), float32(slope), float32(b.grain)
	noise, at := grains(), random.bits()
	for i, v := range row[low:high] {
		out := int32(keep*float32(v) + value + grain*noise[(at+uint64(i))%grainCount])
		row[low+i] = uint8(min(max(out, 0), 255))
		value += step
	}
}

// mean adds eight values at once, in lanes of 16 bits that are emptied before
// they overflow.
func mean(values []uint8) float64 {
	var sum, even, odd uint64
	rest, words := values, 0
	for ; len(rest) >= 8; rest = rest[8:] {
		word := binary.LittleEndian.Uint64(rest)
		even += word & lanes
		odd += word >> 8 & lanes
		if words++; words%128 == 0 || len(rest) < 16 {
			sum += addLanes(even) + addLanes(odd)
			even, odd = 0, 0
		}
	}
	for _, v := range rest {
		sum += uint64(v)
	}
	return float64(sum) / float64(len(values))
}

func addLanes(word uint64) uint64 {
	return word&0xffff + word>>16&0xffff + word>>32&0xffff + word>>48
}
