package whitening

import (
	"context"
	"fmt"
	"math"

	"assay/inspection"

	"gonum.org/v1/gonum/mat"
)

// What Options mean where they are zero.
const (
	DefaultComponents = 64
	DefaultEpsilon    = 1e-6 // Keras'
	DefaultSamples    = 1024
	DefaultGrid       = 48
)

const (
	maxSide       = 4096
	maxChannels   = 4
	maxComponents = 4096
	maxGrid       = 128
)

// Options of Fit. Zero values mean the defaults above.
type Options struct {
	// Components is how many are kept, at most 4096; fewer where the samples or the grid hold no more.
	Components int
	// Epsilon is added to each variance, in squares of input values; the smaller, the more faint detail is raised.
	Epsilon float64
	// Seed starts the search for the components; the result hardly depends on it, but its last bits do.
	Seed uint64
	// Samples is how many are read at most, evenly spread over all.
	Samples int
	// Grid is the most nodes a side, up to 128.
	Grid int
}

func (o Options) complete() (Options, error) {
	if o.Components == 0 {
		o.Components = DefaultComponents
	}
	if o.Epsilon == 0 {
		o.Epsilon = DefaultEpsilon
	}
	if o.Samples == 0 {
		o.Samples = DefaultSamples
	}
	if o.Grid == 0 {
		o.Grid = DefaultGrid
	}
	switch {
	case o.Components < 1 || o.Components > maxComponents:
		return o, fmt.Errorf("whitening: %d components: want 1 to %d", o.Components, maxComponents)
	case !(o.Epsilon > 0) || math.IsInf(o.Epsilon, 0):
		return o, fmt.Errorf("whitening: epsilon %g: want a number above 0", o.Epsilon)
	case o.Samples < 2:
		return o, fmt.Errorf("whitening: %d samples: want 2 or more", o.Samples)
	case o.Grid < 1 || o.Grid > maxGrid:
		return o, fmt.Errorf("whitening: a grid of %d nodes a side: want 1 to %d", o.Grid, maxGrid)
	}
	return o, nil
}

// Fit finds the whitening of n samples. next returns sample i as the model takes
// it (C,H,W), each of shape.Size() values, to be read until the next call; it is
// called for rising i, once each, from this goroutine.
//
// The same samples, options and machine give the same bits on any number of
// threads. It fails with inspection.ErrBadDataset below two samples or where one
// has another size, with inspection.ErrNotFinite for values that are no numbers,
// and with ctx's error when that is cancelled.
func Fit(ctx context.Context, next func(i int) []float32, n int, shape Shape, o Options) (*Whitening, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	if shape.Channels < 1 || shape.Channels > maxChannels || shape.Height < 1 || shape.Height > maxSide ||
		shape.Width < 1 || shape.Width > maxSide {
		return nil, fmt.Errorf("%w: whitening of %d channels of %d×%d", inspection.ErrModelInput, shape.Channels, shape.Width, shape.Height)
	}
	if n < 2 {
		return nil, fmt.Errorf("%w: whitening needs two samples or more, not %d", inspection.ErrBadDataset, n)
	}
	w := &Whitening{shape: shape, grid: shape.reduce(o.Grid), epsilon: o.Epsilon, mean: make([]float32, shape.Size())}
	w.complete()
	b, err := w.newBasis()
	if err != nil {
		return nil, err
	}
	samples, variance, err := w.read(ctx, next, n, min(n, o.Samples), b)
	if err != nil {
		return nil, err
	}
	components := min(o.Components, samples.Rows-1, samples.Cols)
	vectors, variances, err := principal(ctx, samples, components, o.Seed)
	if err != nil {
		return nil, err
	}
	w.basis, w.variances = b.onGrid(vectors, components), variances
	w.residual = leftOver(variance, variances, shape.Size())
	w.complete()
	return w, nil
}

// reduce returns the grid for a shape: at most limit nodes along the longer side.
func (s Shape) reduce(limit int) Shape {
	longer := max(s.Height, s.Width)
	if longer <= limit {
		return s
	}
	side := func(n int) int { return max((n*limit+longer/2)/longer, 1) }
	return Shape{s.Channels, side(s.Height), side(s.Width)}
}

// leftOver returns the mean variance of the directions that are not kept. Where
// there is none it does not matter, and the least one kept rounds best.
func leftOver(total float64, variances []float64, size int) float64 {
	if len(variances) == size {
		return variances[size-1]
	}
	for _, s := range variances {
		total -= s
	}
	return max(total, 0) / float64(size-len(variances))
}

// basis turns values on the grid to coordinates in an orthonormal basis and back.
type basis struct {
	grid          Shape
	rows, columns *mat.Dense // inverses of the Cholesky factors
}

func (w *Whitening) newBasis() (*basis, error) {
	rows, err := w.rows.orthonormal()
	if err != nil {
		return nil, err
	}
	columns, err := w.columns.orthonormal()
	if err != nil {
		return nil, err
	}
	return &basis{w.grid, rows, columns}, nil
}

// coordinates of pooled values, one sample (C,h,w), into out.
func (b *basis) coordinates(out, pooled []float32) {
	cells := b.grid.Height * b.grid.Width
	var left, both mat.Dense
	for channel := range b.grid.Channels {
		left.Mul(b.rows, dense(pooled[channel*cells:], b.grid))
		both.Mul(&left, b.columns.T())
		copyTo(out[channel*cells:], &both)
	}
}

// onGrid returns components, whose coordinates are the columns of vectors, as
// values on the grid, one after the other.
func (b *basis) onGrid(vectors *mat.Dense, components int) []float32 {
	size, cells := b.grid.Size(), b.grid.Height*b.grid.Width
	out, column := make([]float32, components*size), make([]float64, size)
	var left, both mat.Dense
	for k := range components {
		mat.Col(column, k, vectors)
		for channel := range b.grid.Channels {
			plane := mat.NewDense(b.grid.Height, b.grid.Width, column[channel*cells:(channel+1)*cells])
			left.Mul(b.rows.T(), plane)
			both.Mul(&left, b.columns)
			copyTo(out[k*size+channel*cells:], &both)
		}
	}
	return out
}

func dense(values []float32, grid Shape) *mat.Dense {
	m := mat.NewDense(grid.Height, grid.Width, nil)
	for i, raw := 0, m.RawMatrix().Data; i < len(raw); i++ {
		raw[i] = float64(values[i])
	}
	return m
}

func copyTo(out []float32, m *mat.Dense) {
	raw := m.RawMatrix()
	for i := range raw.Rows {
		for j, v := range raw.Data[i*raw.Stride:][:raw.Cols] {
			out[i*raw.Cols+j] = float32(v)
		}
	}
}
