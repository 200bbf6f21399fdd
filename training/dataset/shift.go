package dataset

import (
	"math"
)

// Pictures of one part taken a little beside each other do not correlate pixel
// by pixel. Where the low frequencies of two pictures nearly agree, the shift
// between them is estimated by one step of least squares (Lucas and Kanade): the
// one is taken for the other plus small multiples of its two derivatives. Then
// the pictures are compared where they overlap, one shifted by that much.

const (
	// maxShift is the largest shift in thumbnail pixels, about 3 % of the picture's side in each direction.
	maxShift = 1.5
	// shiftCandidate is the correlation of low frequencies from which on a shift is estimated. Shifts by a whole pixel
	// in both directions leave 0.925 and more.
	shiftCandidate = 0.92
	// shiftMargin is how far the low frequencies may fall short of the threshold after the estimated shift.
	shiftMargin = 0.005
	// rim is the number of pixels at the border that the comparison of shifted pictures leaves out.
	rim = 2
)

// slope holds the first coefficients of a picture's derivatives and what the
// least squares need of them.
type slope struct {
	x, y    []float32 // prefix-1 values each
	inverse [6]float64
	ok      bool
}

// slopeOf derives the thumbnail, scaled as its spectrum is. low are the first coefficients.
func (s *spectra) slopeOf(values []float32, low []float32) slope {
	const n = thumbnailSide
	scale := normOf(values)
	x, y := make([]float32, n*n), make([]float32, n*n)
	for row := range n {
		for column := range n {
			left, right := max(column-1, 0), min(column+1, n-1)
			above, below := max(row-1, 0), min(row+1, n-1)
			x[row*n+column] = (values[row*n+right] - values[row*n+left]) * scale / float32(right-left)
			y[row*n+column] = (values[below*n+column] - values[above*n+column]) * scale / float32(below-above)
		}
	}
	g := slope{x: make([]float32, prefix-1), y: make([]float32, prefix-1)}
	s.transform(g.x, x)
	s.transform(g.y, y)
	b := low[:prefix-1]
	g.inverse, g.ok = invertSymmetric([6]float64{dot(b, b), dot(b, g.x), dot(b, g.y), dot(g.x, g.x), dot(g.x, g.y), dot(g.y, g.y)})
	return g
}

// normOf returns what a picture is multiplied by to have length 1 without its mean.
func normOf(values []float32) float32 {
	sum, squares := 0.0, 0.0
	for _, v := range values {
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	energy := squares - sum*sum/float64(len(values))
	if energy <= 0 {
		return 0
	}
	return float32(1 / math.Sqrt(energy))
}

func dot(a, b []float32) float64 {
	var sum float32
	for i, v := range a {
		sum += v * b[i]
	}
	return float64(sum)
}

// invertSymmetric inverts a 3×3 matrix given by its upper triangle, row by row.
func invertSymmetric(m [6]float64) ([6]float64, bool) {
	a, b, c, d, e, f := m[0], m[1], m[2], m[3], m[4], m[5]
	adjugate := [6]float64{d*f - e*e, c*e - b*f, b*e - c*d, a*f - c*c, b*c - a*e, a*d - b*b}
	determinant := a*adjugate[0] + b*adjugate[1] + c*adjugate[2]
	if determinant <= 1e-12 {
		return m, false
	}
	for i := range adjugate {
		adjugate[i] /= determinant
	}
	return adjugate, true
}

// estimate returns the shift of a picture with the low part a against the one
// that the slope belongs to, in thumbnail pixels, and how well the low
// frequencies correlate after it. overlap is the dot product of both low parts.
func (g *slope) estimate(a []float32, overlap float64) (dx, dy, quality float64) {
	if !g.ok {
		return 0, 0, 0
	}
	a = a[:prefix-1]
	p, q, r := overlap, dot(a, g.x), dot(a, g.y)
	m := g.inverse
	scale, x, y := m[0]*p+m[1]*q+m[2]*r, m[1]*p+m[3]*q+m[4]*r, m[2]*p+m[4]*q+m[5]*r
	energy := dot(a, a)
	if scale <= 0 || energy == 0 {
		return 0, 0, 0
	}
	return x / scale, y / scale, math.Sqrt(max(0, p*scale+q*x+r*y) / energy)
}

// shifted returns the correlation of a thumbnail at half size with t shifted by
// so many pixels of it, without the rim.
func (t *thumbnail) shifted(a []float32, dx, dy float64) float64 {
	const side = thumbnailSide - 2*rim
	x0, wx := splitShift(dx)
	y0, wy := splitShift(dy)
	const rows = 2*side + 1
	var across [rows][side]float32
	for row := range rows {
		line := t[(2*rim+y0+row)*fineSide+2*rim+x0:]
		for x := range side {
			across[row][x] = wx[0]*float32(line[2*x]) + wx[1]*float32(line[2*x+1]) + wx[2]*float32(line[2*x+2])
		}
	}
	var sumA, sumB, squareA, squareB, product float64
	for y := range side {
		upper, middle, lower := &across[2*y], &across[2*y+1], &across[2*y+2]
		line := a[(y+rim)*thumbnailSide+rim:]
		var la, lb, laa, lbb, lab float32
		for x := range side {
			va, vb := line[x]-128, wy[0]*upper[x]+wy[1]*middle[x]+wy[2]*lower[x]-128
			la, lb, laa, lbb, lab = la+va, lb+vb, laa+va*va, lbb+vb*vb, lab+va*vb
		}
		sumA, sumB, squareA, squareB, product = sumA+float64(la), sumB+float64(lb), squareA+float64(laa), squareB+float64(lbb), product+float64(lab)
	}
	const n = side * side
	varianceA, varianceB := squareA-sumA*sumA/n, squareB-sumB*sumB/n
	if varianceA <= 0 || varianceB <= 0 {
		return 0
	}
	return (product - sumA*sumB/n) / math.Sqrt(varianceA*varianceB)
}

// splitShift returns the first of three fine pixels that a pixel shifted by d
// covers, relative to its own, and their weights: linear interpolation between
// fine pixels, then the mean of two. |d| is at most maxShift, which the rim has
// room for.
func splitShift(d float64) (first int, weights [3]float32) {
	whole := math.Floor(2 * d)
	f := float32(2*d - whole)
	return int(whole), [3]float32{(1 - f) / 2, 0.5, f / 2}
}
