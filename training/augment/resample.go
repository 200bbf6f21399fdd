package augment

import (
	"math"
)

// one is 1 as a coordinate: a fixed-point number with 16 bits of fraction.
const one = 1 << 16

// A row is read in runs of up to this many pixels: exact coordinates at the ends,
// even steps in between. For an affine matrix that is exact.
const longestRun = 16

// runLength keeps coordinates of a tilted image to a tenth of a pixel: what they
// curve by grows with the square of the length and with the change of
// scale a pixel.
func (m *matrix) runLength() int {
	run, change := longestRun, math.Hypot(m[2][0], m[2][1])/math.Abs(m[2][2])
	for run > 1 && float64(run*run)*change > 0.3 {
		run /= 2
	}
	return run
}

// sampler reads a plane through a matrix with bilinear interpolation.
type sampler struct {
	plane
	fill     Fill
	constant float32
	matrix   matrix
}

// move copies a plane through flips and quarter turns, whose matrix holds only
// 0, 1 and -1: every output pixel is one source pixel, reached by fixed strides.
func move(dst []float32, src plane, m matrix, f *finisher) {
	at := func(x, y float64) int {
		return int(math.Round(m[1][0]*x+m[1][1]*y+m[1][2]))*src.stride + int(math.Round(m[0][0]*x+m[0][1]*y+m[0][2]))
	}
	start := at(0, 0)
	stepX, stepY := at(1, 0)-start, at(0, 1)-start
	row := f.scratch.row[:src.width]
	for y := range src.height {
		from := start + y*stepY
		for x := range row {
			row[x] = float32(src.pixels[from])
			from += stepX
		}
		f.row(dst[y*src.width:(y+1)*src.width], row, y)
	}
}

func (s *sampler) resample(dst []float32, f *finisher) {
	run := s.matrix.runLength()
	row := f.scratch.row[:s.width]
	for y := range s.height {
		x, y0 := s.place(0, y)
		for start := 0; start < s.width; start += run {
			end := min(start+run, s.width)
			nextX, nextY := s.place(end, y)
			part := 1 / float64(end-start)
			s.run(row[start:end], fixed(x), fixed(y0), fixed((nextX-x)*part), fixed((nextY-y0)*part))
			x, y0 = nextX, nextY
		}
		f.row(dst[y*s.width:(y+1)*s.width], row, y)
	}
}

// fixed rounds to the nearest; the bias makes it positive, as conversion cuts
// towards zero.
func fixed(v float64) int {
	const bias = 1 << 40
	return int(v*one+bias+0.5) - bias
}

// place returns where an output pixel is read.
func (s *sampler) place(x, y int) (float64, float64) {
	m, fx, fy := &s.matrix, float64(x), float64(y)
	u := m[0][0]*fx + m[0][1]*fy + m[0][2]
	v := m[1][0]*fx + m[1][1]*fy + m[1][2]
	if m.affine() {
		return u, v
	}
	w := 1 / (m[2][0]*fx + m[2][1]*fy + m[2][2])
	return u * w, v * w
}

// run reads the pixels that start at (x, y) and step by (dx, dy).
func (s *sampler) run(out []float32, x, y, dx, dy int) {
	lastX, lastY := x+dx*(len(out)-1), y+dy*(len(out)-1)
	endX, endY := (s.width-1)*one, (s.height-1)*one
	if min(x, lastX) < 0 || min(y, lastY) < 0 || max(x, lastX) >= endX || max(y, lastY) >= endY {
		s.edge(out, x, y, dx, dy)
		return
	}
	// Both coordinates in one word, to leave registers free.
	at, step := y<<32+x, dy<<32+dx
	pixels, stride := s.pixels, s.stride
	for i := range out {
		k := (at>>48)*stride + at>>16&0xffff
		a, b, c, d := int(pixels[k]), int(pixels[k+1]), int(pixels[k+stride]), int(pixels[k+stride+1])
		fx, fy := at&0xffff, at>>32&0xffff
		top, bottom := a<<16+(b-a)*fx, c<<16+(d-c)*fx
		out[i] = float32(top<<16+(bottom-top)*fy) * (1.0 / (one * one))
		at += step
	}
}

// blend is the bilinear mean of two neighbours above and two below, weighed by
// the fractions of the coordinates.
func blend(a, b, c, d, x, y int) float32 {
	fx, fy := x&0xffff, y&0xffff
	top, bottom := a<<16+(b-a)*fx, c<<16+(d-c)*fx
	return float32(top<<16+(bottom-top)*fy) * (1.0 / (one * one))
}

// edge is run where some of the pixels lie outside.
func (s *sampler) edge(out []float32, x, y, dx, dy int) {
	if s.fill == FillNearest || s.fill == "" {
		s.nearest(out, x, y, dx, dy)
		return
	}
	endX, endY := (s.width-1)*one, (s.height-1)*one
	for i := range out {
		if s.fill == FillConstant && (uint(x) > uint(endX) || uint(y) > uint(endY)) {
			out[i] = s.constant
		} else {
			left, right := s.fold(x>>16, s.width), s.fold(x>>16+1, s.width)
			upper, lower := s.fold(y>>16, s.height)*s.stride, s.fold(y>>16+1, s.height)*s.stride
			out[i] = blend(int(s.pixels[upper+left]), int(s.pixels[upper+right]),
				int(s.pixels[lower+left]), int(s.pixels[lower+right]), x, y)
		}
		x += dx
		y += dy
	}
}

// nearest is edge for FillNearest: it brings the coordinates into the image.
func (s *sampler) nearest(out []float32, x, y, dx, dy int) {
	endX, endY := (s.width-1)*one, (s.height-1)*one
	for i := range out {
		u, v, right, below := x, y, 1, s.stride
		if u < 0 {
			u = 0
		}
		if u >= endX {
			u, right = endX, 0
		}
		if v < 0 {
			v = 0
		}
		if v >= endY {
			v, below = endY, 0
		}
		at := (v>>16)*s.stride + u>>16
		out[i] = blend(int(s.pixels[at]), int(s.pixels[at+right]), int(s.pixels[at+below]), int(s.pixels[at+below+right]), u, v)
		x += dx
		y += dy
	}
}

// fold brings an index into [0, n).
func (s *sampler) fold(i, n int) int {
	if uint(i) < uint(n) {
		return i
	}
	switch s.fill {
	case FillReflect:
		i = modulo(i, 2*n)
		return min(i, 2*n-1-i)
	case FillWrap:
		return modulo(i, n)
	}
	return min(max(i, 0), n-1)
}

func modulo(i, n int) int { return (i%n + n) % n }
