package familiarity

import (
	"math"

	"assay/inspection"

	"gonum.org/v1/gonum/dsp/fourier"
)

const (
	// rings and rays are the places at which a picture is read, round its middle.
	rings = 32
	rays  = 64
	// groups of neighbouring rings share one spectrum.
	groups = 8
	// bands are the octaves of frequency along a ring: 1, 2, 3-4, 5-8, 9-16, 17-32 waves.
	bands = 6
	// shades are the bins of the histogram.
	shades = 16
	// dimension is the number of features.
	dimension = rings + rings + groups*bands + 2*groups + shades
)

// reader turns pictures of one size into features. It serves one caller at a time.
type reader struct {
	width, height, channels int

	grey    []float32
	polar   [rings][rays]float64
	fft     *fourier.FFT
	wave    []complex128
	power   [groups][bands]float64
	offsets []sample
}

// sample says where a place on a ring lies: the upper left of the four pixels
// round it and the share of the right and the lower ones.
type sample struct {
	index  int
	fx, fy float32
}

func newReader(s inspection.InputSpec) *reader {
	r := &reader{width: s.Width, height: s.Height, channels: s.Channels, grey: make([]float32, s.Width*s.Height),
		fft: fourier.NewFFT(rays), wave: make([]complex128, rays/2+1), offsets: make([]sample, rings*rays)}
	reach := float64(min(s.Width, s.Height))/2 - 1
	for k := range rings {
		radius := reach * (float64(k) + 0.5) / rings
		for i := range rays {
			sin, cos := math.Sincos((float64(i) + 0.5) * 2 * math.Pi / rays)
			x, y := float64(s.Width)/2-0.5+radius*cos, float64(s.Height)/2-0.5+radius*sin
			x0, y0 := max(0, min(s.Width-2, int(x))), max(0, min(s.Height-2, int(y)))
			r.offsets[k*rays+i] = sample{y0*s.Width + x0, float32(x - float64(x0)), float32(y - float64(y0))}
		}
	}
	return r
}

// read writes the features of a picture's pixels (C,H,W) into dst.
func (r *reader) read(pixels []uint8, dst []float64) {
	area := len(r.grey)
	for i := range r.grey {
		sum := 0
		for c := range r.channels {
			sum += int(pixels[c*area+i])
		}
		r.grey[i] = float32(sum) / float32(r.channels)
	}
	for k, o := range r.offsets {
		top := r.grey[o.index]*(1-o.fx) + r.grey[o.index+1]*o.fx
		bottom := r.grey[o.index+r.width]*(1-o.fx) + r.grey[o.index+r.width+1]*o.fx
		r.polar[k/rays][k%rays] = float64(top*(1-o.fy) + bottom*o.fy)
	}
	dst = r.profile(dst)
	dst = r.spectra(dst)
	dst = r.edges(dst)
	r.histogram(dst)
}

// profile writes each ring's mean and the logarithm of its spread, and returns
// what follows.
func (r *reader) profile(dst []float64) []float64 {
	for k := range r.polar {
		var sum, squares float64
		for _, v := range r.polar[k] {
			sum += v
			squares += v * v
		}
		mean := sum / rays
		dst[k] = mean / 16
		dst[rings+k] = logarithm(math.Sqrt(math.Max(0, squares/rays-mean*mean)))
	}
	return dst[2*rings:]
}

// logarithm squeezes a height in grey levels; below about two levels it is flat,
// since noise and compression rule there.
func logarithm(v float64) float64 { return math.Log(2 + v) }

// spectra writes how strongly the pixels vary along the rings in each octave.
func (r *reader) spectra(dst []float64) []float64 {
	r.power = [groups][bands]float64{}
	for k := range r.polar {
		r.wave = r.fft.Coefficients(r.wave, r.polar[k][:])
		for f := 1; f <= rays/2; f++ {
			band := min(bands-1, int(math.Ceil(math.Log2(float64(f)))))
			c := r.wave[f]
			r.power[k*groups/rings][band] += real(c)*real(c) + imag(c)*imag(c)
		}
	}
	const each = rings / groups
	for g := range r.power {
		for b, p := range r.power[g] {
			dst[g*bands+b] = logarithm(math.Sqrt(2*p/each) / rays)
		}
	}
	return dst[groups*bands:]
}

// edges writes the mean height of the edges across the rings and along them.
func (r *reader) edges(dst []float64) []float64 {
	const each = rings / groups
	for g := range groups {
		var across, along float64
		for k := g * each; k < (g+1)*each; k++ {
			for i := range rays {
				along += math.Abs(r.polar[k][(i+1)%rays] - r.polar[k][i])
				if k+1 < rings {
					across += math.Abs(r.polar[k+1][i] - r.polar[k][i])
				}
			}
		}
		dst[g], dst[groups+g] = logarithm(across/each/rays), logarithm(along/each/rays)
	}
	return dst[2*groups:]
}

// histogram writes the root of how often each shade occurs.
func (r *reader) histogram(dst []float64) {
	counts := [shades]int{}
	for k := range r.polar {
		for _, v := range r.polar[k] {
			counts[min(shades-1, int(v)*shades/256)] += 2*k + 1 // by area
		}
	}
	for i, n := range counts {
		dst[i] = math.Sqrt(float64(n) / (rings * rings * rays))
	}
}
