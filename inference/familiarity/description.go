package familiarity

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"assay/inspection"

	"gonum.org/v1/gonum/mat"
)

const (
	// components is the number of leading directions kept.
	components = 64
	// LeastPictures is the number of pictures that Fit and Calibrate need.
	LeastPictures = 20
	// FlaggedShare is the share of the held-back pictures that may be flagged.
	FlaggedShare = 0.01
	// Margin widens the limit beyond what the held-back pictures need: the line's own changes of light and distance are
	// not among them. It is for inputs with inspection.NormalizationDisc, which takes most of that out.
	Margin = 1.75
	// MarginPlain is the margin for other inputs, among which other things are harder to tell.
	MarginPlain = 1.1
)

// Description says what the pictures that a model learnt from look like. It is
// not changed once it is calibrated, and then safe for use by several
// goroutines.
type Description struct {
	spec inspection.InputSpec

	mean  []float64 // of each feature
	scale []float64 // what each feature is divided by
	basis []float64 // components×dimension, rows of unit length
	// deviation is the standard deviation along each row of basis, rest along any other direction.
	deviation []float64
	rest      float64
	limit     float64

	readers sync.Pool
}

// tolerance is the least deviation that each feature is taken to have, so that a
// training set in which it hardly varies does not make a trifle look strange.
func tolerance(feature int) float64 {
	switch {
	case feature < rings:
		return 3.0 / 16 // grey levels
	case feature < dimension-shades:
		return 0.1
	}
	return 0.02
}

// Fit describes n pictures: pixels returns the 8-bit pixels (C,H,W) of the i-th
// as the model's input has them, which are only read until the next call.
// Variants of the training pictures may be among them: what an augmentation does to a
// picture is then familiar too. The limit is that of the training pictures
// themselves until Calibrate sets it anew.
//
// It fails with inspection.ErrBadDataset where there are fewer than
// LeastPictures, and with inspection.ErrModelInput where the spec or a
// picture's length does not fit.
func Fit(n int, pixels func(i int) []uint8, spec inspection.InputSpec) (*Description, error) {
	if err := checkSpec(spec); err != nil {
		return nil, err
	}
	d := &Description{spec: spec, limit: 1}
	features, err := d.features(n, pixels)
	if err != nil {
		return nil, fmt.Errorf("describe the training pictures: %w", err)
	}
	d.standardize(features, n)
	if err := d.decompose(features, n); err != nil {
		return nil, fmt.Errorf("describe the training pictures: %w", err)
	}
	distances := make([]float64, n)
	for i := range distances {
		distances[i] = d.raw(features[i*dimension:][:dimension])
	}
	d.limit = d.limitOf(distances)
	return d, nil
}

func checkSpec(s inspection.InputSpec) error {
	if s.Channels != 1 && s.Channels != 3 || s.Width < 8 || s.Height < 8 || s.Width > 8192 || s.Height > 8192 {
		return fmt.Errorf("%w: familiarity wants 1 or 3 channels of at least 8×8 pixels, not %d of %d×%d",
			inspection.ErrModelInput, s.Channels, s.Width, s.Height)
	}
	return nil
}

// features reads n pictures, row by row.
func (d *Description) features(n int, pixels func(i int) []uint8) ([]float64, error) {
	if n < LeastPictures {
		return nil, fmt.Errorf("%w: %d pictures are too few, wants %d", inspection.ErrBadDataset, n, LeastPictures)
	}
	r := newReader(d.spec)
	out := make([]float64, n*dimension)
	for i := range n {
		p := pixels(i)
		if len(p) != d.size() {
			return nil, fmt.Errorf("%w: picture %d has %d pixels, wants %d", inspection.ErrModelInput, i, len(p), d.size())
		}
		r.read(p, out[i*dimension:][:dimension])
	}
	return out, nil
}

func (d *Description) size() int { return d.spec.Channels * d.spec.Height * d.spec.Width }

// standardize computes mean and scale and brings the features to them.
func (d *Description) standardize(features []float64, n int) {
	d.mean, d.scale = make([]float64, dimension), make([]float64, dimension)
	for i, v := range features {
		d.mean[i%dimension] += v / float64(n)
	}
	for i, v := range features {
		v -= d.mean[i%dimension]
		d.scale[i%dimension] += v * v / float64(n)
	}
	for k, v := range d.scale {
		d.scale[k] = float64(float32(math.Hypot(math.Sqrt(v), tolerance(k))))
		d.mean[k] = float64(float32(d.mean[k]))
	}
	for i := range features {
		k := i % dimension
		features[i] = (features[i] - d.mean[k]) / d.scale[k]
	}
}

// decompose finds the leading directions and the deviations along them.
func (d *Description) decompose(features []float64, n int) error {
	covariance := mat.NewSymDense(dimension, nil)
	covariance.SymOuterK(1/float64(n), mat.NewDense(n, dimension, features).T())
	var eigen mat.EigenSym
	if !eigen.Factorize(covariance, true) {
		return errors.New("the covariance has no eigenvectors")
	}
	values := eigen.Values(nil) // the smallest first
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	d.basis, d.deviation = make([]float64, components*dimension), make([]float64, components)
	rest := 0.0
	for _, v := range values[:dimension-components] {
		rest += math.Max(0, v)
	}
	d.rest = float64(float32(math.Sqrt(rest/(dimension-components) + leastVariance)))
	for c := range components {
		column := dimension - 1 - c
		d.deviation[c] = float64(float32(math.Sqrt(math.Max(0, values[column]) + leastVariance)))
		for k := range dimension {
			d.basis[c*dimension+k] = float64(float32(vectors.At(k, column)))
		}
	}
	return nil
}

// leastVariance is added to each direction's variance, in parts of a feature's own.
const leastVariance = 0.02

// raw returns the distance of standardized features, 1 for a middling training
// picture.
func (d *Description) raw(z []float64) float64 {
	total, inside, sum := 0.0, 0.0, 0.0
	for _, v := range z {
		total += v * v
	}
	for c := range components {
		projection := 0.0
		for k, b := range d.basis[c*dimension:][:dimension] {
			projection += b * z[k]
		}
		inside += projection * projection
		sum += projection * projection / (d.deviation[c] * d.deviation[c])
	}
	sum += math.Max(0, total-inside) / (d.rest * d.rest)
	return math.Sqrt(sum / dimension)
}

// quantile returns the value that at most FlaggedShare of the distances exceed:
// split-conformal, so that it holds for the next picture too.
func quantile(distances []float64) float64 {
	slices.Sort(distances)
	n := len(distances)
	rank := int(math.Ceil(float64(n+1) * (1 - FlaggedShare)))
	return distances[max(0, min(n, rank)-1)]
}

func (d *Description) limitOf(distances []float64) float64 {
	margin := MarginPlain
	if d.spec.Normalization == inspection.NormalizationDisc {
		margin = Margin
	}
	return float64(float32(margin * quantile(distances)))
}

// Calibrate sets the limit by n pictures of the same kind that Fit did not see,
// so that at most FlaggedShare of them lie beyond it, and widens it by Margin or
// MarginPlain.
// It fails as Fit does.
func (d *Description) Calibrate(n int, pixels func(i int) []uint8) error {
	features, err := d.features(n, pixels)
	if err != nil {
		return fmt.Errorf("calibrate familiarity: %w", err)
	}
	distances := make([]float64, n)
	for i := range distances {
		distances[i] = d.raw(d.standard(features[i*dimension:][:dimension]))
	}
	d.limit = d.limitOf(distances)
	return nil
}

// standard brings features to mean 0 and deviation 1, in place.
func (d *Description) standard(features []float64) []float64 {
	for k := range features {
		features[k] = (features[k] - d.mean[k]) / d.scale[k]
	}
	return features
}

// Distance returns how far a picture is from those described, in parts of the
// limit: above 1 it is unfamiliar. pixels are the input's 8-bit pixels (C,H,W),
// only read. It panics where their number is not the input's. Several goroutines may call it.
func (d *Description) Distance(pixels []uint8) float64 {
	if len(pixels) != d.size() {
		panic(fmt.Sprintf("familiarity: %d pixels, wants %d", len(pixels), d.size()))
	}
	r, _ := d.readers.Get().(*reader)
	if r == nil {
		r = newReader(d.spec)
	}
	defer d.readers.Put(r)
	var features [dimension]float64
	r.read(pixels, features[:])
	return math.Min(d.raw(d.standard(features[:]))/d.limit, farthest)
}

// farthest bounds the distance, which keeps it finite.
const farthest = 1e6

// Judge returns the distance with its limit, as predictions carry it.
func (d *Description) Judge(pixels []uint8) inspection.Familiarity {
	distance := d.Distance(pixels)
	return inspection.Familiarity{Distance: distance, Limit: 1, Unfamiliar: distance > 1}
}
