package augment

import (
	"math"

	"assay/inspection"
)

// matrix maps an output pixel (x, y, 1) to where it is read in the source: the
// first two rows of an affine 3×3 matrix, pixel centres at whole numbers.
type matrix [2][3]float64

// then returns the matrix that reads through m what n reads: n(m(p)).
func (m matrix) then(n matrix) matrix {
	var out matrix
	for row := range out {
		for column := range 3 {
			out[row][column] = n[row][0]*m[0][column] + n[row][1]*m[1][column]
		}
		out[row][2] += n[row][2]
	}
	return out
}

// source returns the matrix of the whole variant. Reading goes backwards: from
// the output through the angle, the quarter turns and the flips to the source.
func (v variant) source(spec inspection.InputSpec) matrix {
	centreX, centreY := float64(spec.Width-1)/2, float64(spec.Height-1)/2
	m := matrix{{1, 0, -centreX}, {0, 1, -centreY}}
	if v.angle != 0 {
		sin, cos := math.Sincos(v.angle * math.Pi / 180)
		m = m.then(matrix{{cos, -sin, 0}, {sin, cos, 0}})
	}
	for range v.quarters {
		m = m.then(matrix{{0, -1, 0}, {1, 0, 0}})
	}
	if v.horizontal {
		m = m.then(matrix{{-1, 0, 0}, {0, 1, 0}})
	}
	if v.vertical {
		m = m.then(matrix{{1, 0, 0}, {0, -1, 0}})
	}
	return m.then(matrix{{1, 0, centreX}, {0, 1, centreY}})
}

// move copies one plane through flips and quarter turns, whose matrix holds only
// 0, 1 and -1: every output pixel is one source pixel, reached by fixed strides.
func (v variant) move(dst []float32, src []uint8, spec inspection.InputSpec) {
	m := v.source(spec)
	at := func(x, y float64) int {
		return int(math.Round(m[1][0]*x+m[1][1]*y+m[1][2]))*spec.Width + int(math.Round(m[0][0]*x+m[0][1]*y+m[0][2]))
	}
	start := at(0, 0)
	stepX, stepY := at(1, 0)-start, at(0, 1)-start
	for y := range spec.Height {
		from := start + y*stepY
		for x := range spec.Width {
			dst[y*spec.Width+x] = float32(float32(src[from])*spec.Scale) + spec.Offset // as inference rounds, never fused
			from += stepX
		}
	}
}

// resample reads one plane through the variant's matrix with bilinear
// interpolation.
func (p Pipeline) resample(dst []float32, src []uint8, spec inspection.InputSpec, v variant) {
	m := v.source(spec)
	s := sampler{src: src, width: spec.Width, height: spec.Height, fill: p.Fill, constant: float32(p.FillValue)}
	for y := range spec.Height {
		sx := m[0][1]*float64(y) + m[0][2]
		sy := m[1][1]*float64(y) + m[1][2]
		row := dst[y*spec.Width : (y+1)*spec.Width]
		for x := range row {
			row[x] = s.at(sx+m[0][0]*float64(x), sy+m[1][0]*float64(x))*spec.Scale + spec.Offset
		}
	}
}

// sampler reads a plane at any place.
type sampler struct {
	src           []uint8
	width, height int
	fill          Fill
	constant      float32
}

// at returns the bilinear mean of the four pixels about (x, y).
func (s *sampler) at(x, y float64) float32 {
	floorX, floorY := math.Floor(x), math.Floor(y)
	x0, y0 := int(floorX), int(floorY)
	fx, fy := float32(x-floorX), float32(y-floorY)
	var a, b, c, d float32
	if x0 >= 0 && y0 >= 0 && x0+1 < s.width && y0+1 < s.height {
		i := y0*s.width + x0
		a, b, c, d = float32(s.src[i]), float32(s.src[i+1]), float32(s.src[i+s.width]), float32(s.src[i+s.width+1])
	} else {
		a, b, c, d = s.pixel(x0, y0), s.pixel(x0+1, y0), s.pixel(x0, y0+1), s.pixel(x0+1, y0+1)
	}
	top, bottom := a+(b-a)*fx, c+(d-c)*fx
	return top + (bottom-top)*fy
}

// pixel returns the value at (x, y), which may lie outside.
func (s *sampler) pixel(x, y int) float32 {
	inside := x >= 0 && y >= 0 && x < s.width && y < s.height
	if !inside && s.fill == FillConstant {
		return s.constant
	}
	return float32(s.src[s.fold(y, s.height)*s.width+s.fold(x, s.width)])
}

// fold brings an index into [0, n).
func (s *sampler) fold(i, n int) int {
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
