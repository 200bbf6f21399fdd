package inference

import (
	"math"

	"assay/inspection"
)

const (
	// leastDeviation keeps the noise of a blank picture from being blown up.
	leastDeviation = 6
	// steepest bounds the slope of the light taken out, in parts of the mean from centre to rim.
	steepest = 0.6
)

// light evens the light of a disc: it takes out a slope across it and brings
// mean and deviation to fixed values.
type light struct {
	width, height, channels, area int

	share []float32 // how much of the picture shows at each pixel, 0 to 1
	ring  []int16   // the distance from the centre in pixels, -1 outside the core
	first []int     // the first pixel of each row that shows anything; the last mirrors it

	values []float32 // the disc before evening, plane after plane
	valid  []bool    // whether the pixel lies in the picture

	sums, means []float64 // of each ring
	counts      []int
}

// prepare lays out the tables for an input, once.
func (l *light) prepare(s inspection.InputSpec) {
	if l.area != 0 {
		return
	}
	l.width, l.height, l.channels, l.area = s.Width, s.Height, s.Channels, s.Width*s.Height
	l.share, l.ring, l.first = make([]float32, l.area), make([]int16, l.area), make([]int, l.height)
	l.values, l.valid = make([]float32, l.channels*l.area), make([]bool, l.area)
	radius := DiscRadius * float64(min(s.Width, s.Height))
	for j := range l.height {
		l.first[j] = l.width / 2
		for i := range l.width {
			x, y := l.offset(i, j)
			r := math.Hypot(x, y)
			k := j*l.width + i
			l.share[k] = float32(math.Max(0, math.Min(1, (radius*DiscMargin-r)/discSoftness+0.5)))
			l.ring[k] = -1
			if r < radius*discCore {
				l.ring[k] = int16(r)
			}
			if l.share[k] > 0 {
				l.first[j] = min(l.first[j], i)
			}
		}
	}
	n := int(radius) + 1
	l.sums, l.means, l.counts = make([]float64, n), make([]float64, n), make([]int, n)
}

// offset returns where a pixel's centre lies from the input's centre.
func (l *light) offset(i, j int) (x, y float64) {
	return float64(i) + 0.5 - float64(l.width)/2, float64(j) + 0.5 - float64(l.height)/2
}

// even writes the disc, its light evened, on grey.
func (l *light) even(dst []uint8) {
	l.level()
	mean, deviation := l.statistics()
	gain := DiscDeviation / math.Max(leastDeviation, deviation)
	for c := range l.channels {
		values, out := l.values[c*l.area:][:l.area], dst[c*l.area:][:l.area]
		for k, share := range l.share {
			if share == 0 || !l.valid[k] {
				out[k] = DiscGrey
				continue
			}
			out[k] = step(float64(share) * gain * (float64(values[k]) - mean))
		}
	}
}

// step returns the pixel value that lies v above the grey.
func step(v float64) uint8 {
	return uint8(math.Max(0, math.Min(255, math.Floor(DiscGrey+v+0.5))))
}

// level takes out light that slopes across the disc. Without it each ring would
// be the same all round, but for what lies on it by chance; so the slope is the
// one, in parts of each ring's mean, that leaves the rings evenest.
func (l *light) level() {
	l.profile()
	radius := DiscRadius * float64(min(l.width, l.height))
	var xx, xy, yy, vx, vy float64
	l.core(func(i, j, k, ring int) {
		x, y := l.offset(i, j)
		m := l.means[ring]
		x, y = x/radius*m, y/radius*m
		rest := float64(l.values[k]) - m
		xx, xy, yy = xx+x*x, xy+x*y, yy+y*y
		vx, vy = vx+x*rest, vy+y*rest
	})
	determinant := xx*yy - xy*xy
	if !(determinant > 1e-9*(xx+yy)*(xx+yy)) {
		return
	}
	gx, gy := (vx*yy-vy*xy)/determinant, (vy*xx-vx*xy)/determinant
	if length := math.Hypot(gx, gy); length > steepest {
		gx, gy = gx*steepest/length, gy*steepest/length
	}
	for j := range l.height {
		for i := l.first[j]; i < l.width-l.first[j]; i++ {
			x, y := l.offset(i, j)
			scale := float32(1 / math.Max(0.3, 1+(gx*x+gy*y)/radius))
			for c := range l.channels {
				l.values[c*l.area+j*l.width+i] *= scale
			}
		}
	}
}

// core calls f for each valid pixel inside the rim: column, row, index, ring.
func (l *light) core(f func(i, j, k, ring int)) {
	for j := range l.height {
		for i := l.first[j]; i < l.width-l.first[j]; i++ {
			k := j*l.width + i
			if ring := l.ring[k]; ring >= 0 && l.valid[k] {
				f(i, j, k, int(ring))
			}
		}
	}
}

// profile computes the mean of each ring of the first plane.
func (l *light) profile() {
	clear(l.sums)
	clear(l.counts)
	l.core(func(_, _, k, ring int) {
		l.sums[ring] += float64(l.values[k])
		l.counts[ring]++
	})
	for r, n := range l.counts {
		l.means[r] = l.sums[r] / float64(max(n, 1))
	}
}

// statistics returns mean and standard deviation inside the rim, all planes
// together.
func (l *light) statistics() (mean, deviation float64) {
	var sum, squares float64
	n := 0
	l.core(func(_, _, k, _ int) {
		for c := range l.channels {
			v := float64(l.values[c*l.area+k])
			sum, squares = sum+v, squares+v*v
			n++
		}
	})
	if n == 0 {
		return 0, 0
	}
	mean = sum / float64(n)
	return mean, math.Sqrt(math.Max(0, squares/float64(n)-mean*mean))
}

// plain brings mean and deviation of a whole picture to the fixed values.
func (l *light) plain(pixels []uint8) {
	var sum, squares float64
	for _, p := range pixels {
		v := float64(p)
		sum, squares = sum+v, squares+v*v
	}
	mean := sum / float64(len(pixels))
	deviation := math.Sqrt(math.Max(0, squares/float64(len(pixels))-mean*mean))
	gain := DiscDeviation / math.Max(leastDeviation, deviation)
	for k, p := range pixels {
		pixels[k] = step(gain * (float64(p) - mean))
	}
}
