package dataset

import (
	"cmp"
	"math"
	"slices"
)

// Near-duplicates are compared by their spectra: the discrete cosine transform
// of the thumbnail, without its mean and scaled to length 1. The transform is
// orthonormal, so the dot product of two spectra is the normalised correlation
// of the thumbnails. Flips and quarter turns only change signs and swap the two
// frequencies of each coefficient. And since the coefficients are sorted by
// frequency, the first few bound the correlation from above (Cauchy-Schwarz for
// the rest), which rules out nearly all pairs cheaply and none wrongly.

// spectrumLength is the number of coefficients without the mean.
const spectrumLength = thumbnailSide*thumbnailSide - 1

// Orientation is one of the eight flips and quarter turns.
type Orientation uint8

const orientations = 8

// The bits of an orientation: first exchange rows and columns, then mirror.
const (
	mirrorX   Orientation = 1
	mirrorY   Orientation = 2
	transpose Orientation = 4
)

// String returns what to do to the one picture to make it look like the other.
func (o Orientation) String() string {
	return [orientations]string{"as it is", "flipped left to right", "flipped upside down", "turned by 180°",
		"flipped about its diagonal", "turned by 90° clockwise", "turned by 90° anticlockwise", "flipped about its other diagonal"}[o]
}

// spectra holds the tables of the transform; read-only once made.
type spectra struct {
	basis [thumbnailSide][thumbnailSide]float32 // frequency, position
	// frequencies lists (vertical, horizontal) in the order of the coefficients.
	frequencies [][2]int
	// source and negative say for each orientation where coefficient i comes from and whether its sign changes.
	source   [orientations][]int32
	negative [orientations][]bool
}

func newSpectra() *spectra {
	s := &spectra{}
	for f := range thumbnailSide {
		scale := math.Sqrt(2.0 / thumbnailSide)
		if f == 0 {
			scale = math.Sqrt(1.0 / thumbnailSide)
		}
		for x := range thumbnailSide {
			s.basis[f][x] = float32(scale * math.Cos(math.Pi*float64(f)*(float64(x)+0.5)/thumbnailSide))
		}
	}
	for v := range thumbnailSide {
		for u := range thumbnailSide {
			if u+v > 0 {
				s.frequencies = append(s.frequencies, [2]int{v, u})
			}
		}
	}
	square := func(f [2]int) int { return f[0]*f[0] + f[1]*f[1] }
	slices.SortStableFunc(s.frequencies, func(a, b [2]int) int { return cmp.Compare(square(a), square(b)) })
	s.orient()
	return s
}

func (s *spectra) orient() {
	var place [thumbnailSide][thumbnailSide]int32
	for i, f := range s.frequencies {
		place[f[0]][f[1]] = int32(i)
	}
	for o := range Orientation(orientations) {
		s.source[o], s.negative[o] = make([]int32, spectrumLength), make([]bool, spectrumLength)
		for i, f := range s.frequencies {
			v, u := f[0], f[1]
			s.negative[o][i] = (o&mirrorX != 0 && u%2 == 1) != (o&mirrorY != 0 && v%2 == 1)
			if o&transpose != 0 {
				v, u = u, v
			}
			s.source[o][i] = place[v][u]
		}
	}
}

// of returns the spectrum of a thumbnail, or nil for a flat one.
func (s *spectra) of(thumbnail []float32) []float32 {
	out := make([]float32, spectrumLength)
	s.transform(out, thumbnail)
	energy := 0.0
	for _, v := range out {
		energy += float64(v) * float64(v)
	}
	if energy < 1e-3 {
		return nil
	}
	scale := float32(1 / math.Sqrt(energy))
	for i := range out {
		out[i] *= scale
	}
	return out
}

// transform writes the first len(dst) coefficients of a picture.
func (s *spectra) transform(dst, picture []float32) {
	const n = thumbnailSide
	highest := 0
	for _, f := range s.frequencies[:len(dst)] {
		highest = max(highest, f[1])
	}
	var rows [n][n]float32 // position down, frequency across
	for y := range n {
		row := picture[y*n : (y+1)*n]
		for u := range highest + 1 {
			var sum float32
			for x, v := range row {
				sum += v * s.basis[u][x]
			}
			rows[y][u] = sum
		}
	}
	for i, f := range s.frequencies[:len(dst)] {
		var sum float32
		for y := range n {
			sum += rows[y][f[1]] * s.basis[f[0]][y]
		}
		dst[i] = sum
	}
}

// turn writes the first len(dst) coefficients of the picture in that orientation.
func (s *spectra) turn(dst, spectrum []float32, o Orientation) {
	for i := range dst {
		v := spectrum[s.source[o][i]]
		if s.negative[o][i] {
			v = -v
		}
		dst[i] = v
	}
}
