package augment

import "math"

// Coordinates are fixed-point numbers with 32 bits of fraction, of which the
// upper 16 weigh the neighbours.
const (
	one      = 1 << 32
	rounding = 1 << 15 // half of the smallest fraction that counts
)

// Pixels of a row between two exact coordinates. In between they are stepped: for
// an affine matrix that is exact, under a tilt of 45 degrees it is off by less
// than a twentieth of a pixel.
const (
	affineRun = 16
	tiltedRun = 8
)

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
	run := tiltedRun
	if s.matrix.affine() {
		run = affineRun
	}
	row := f.scratch.row[:s.width]
	for y := range s.height {
		x, y0 := s.place(0, y)
		for start := 0; start < s.width; start += run {
			end := min(start+run, s.width)
			nextX, nextY := s.place(end, y)
			n := float64(end - start)
			s.run(row[start:end], fixed(x)+rounding, fixed(y0)+rounding, fixed((nextX-x)/n), fixed((nextY-y0)/n))
			x, y0 = nextX, nextY
		}
		f.row(dst[y*s.width:(y+1)*s.width], row, y)
	}
}

func fixed(v float64) int { return int(v * one) }

// place returns where an output pixel is read.
func (s *sampler) place(x, y int) (float64, float64) {
	m, fx, fy := &s.matrix, float64(x), float64(y)
	u := m[0][0]*fx + m[0][1]*fy + m[0][2]
	v := m[1][0]*fx + m[1][1]*fy + m[1][2]
	if m[2] == [3]float64{0, 0, 1} {
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
	pixels, stride := s.pixels, s.stride
	for i := range out {
		at := (y>>32)*stride + x>>32
		fx, fy := x>>16&0xffff, y>>16&0xffff
		a, b := int(pixels[at]), int(pixels[at+1])
		c, d := int(pixels[at+stride]), int(pixels[at+stride+1])
		top, bottom := a<<16+(b-a)*fx, c<<16+(d-c)*fx
		out[i] = float32(top<<16+(bottom-top)*fy) * (1.0 / one)
		x += dx
		y += dy
	}
}

// edge is run where some of the pixels lie outside.
func (s *sampler) edge(out []float32, x, y, dx, dy int) {
	endX, endY := (s.width-1)*one, (s.height-1)*one
	for i := range out {
		u, v := x, y
		x += dx
		y += dy
		if outside := u < 0 || v < 0 || u >= endX+2*rounding || v >= endY+2*rounding; outside {
			if s.fill == FillConstant {
				out[i] = s.constant
				continue
			}
			if s.fill == FillNearest || s.fill == "" {
				u, v = min(max(u, 0), endX), min(max(v, 0), endY)
			}
		}
		out[i] = s.at(u, v)
	}
}

// at returns the bilinear mean about a place, folding neighbours that lie outside.
func (s *sampler) at(x, y int) float32 {
	fx, fy := x>>16&0xffff, y>>16&0xffff
	left, right := s.fold(x>>32, s.width), s.fold(x>>32+1, s.width)
	upper, lower := s.pixels[s.fold(y>>32, s.height)*s.stride:], s.pixels[s.fold(y>>32+1, s.height)*s.stride:]
	a, b, c, d := int(upper[left]), int(upper[right]), int(lower[left]), int(lower[right])
	top, bottom := a<<16+(b-a)*fx, c<<16+(d-c)*fx
	return float32(top<<16+(bottom-top)*fy) * (1.0 / one)
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
