package whitening

import (
	"context"
	"fmt"
	"math"

	"assay/inspection"

	"gonum.org/v1/gonum/blas/blas32"
)

// read takes m of n samples: it fills the mean and returns their coordinates less
// their mean, a row each, and their whole variance.
func (w *Whitening) read(ctx context.Context, next func(i int) []float32, n, m int, b *basis) (blas32.General, float64, error) {
	size, cells := w.shape.Size(), w.grid.Size()
	samples := blas32.General{Rows: m, Cols: cells, Stride: cells, Data: make([]float32, m*cells)}
	sum, squares := make([]float64, size), 0.0
	r := w.rooms.Get().(*room)
	for row := range m {
		if err := ctx.Err(); err != nil {
			return samples, 0, err
		}
		i := int(int64(row) * int64(n) / int64(m))
		sample := next(i)
		if len(sample) != size {
			return samples, 0, fmt.Errorf("%w: whitening: sample %d has %d values, not %d", inspection.ErrBadDataset, i, len(sample), size)
		}
		square := add(sum, sample)
		if math.IsNaN(square) || math.IsInf(square, 0) {
			return samples, 0, fmt.Errorf("%w: whitening: sample %d", inspection.ErrNotFinite, i)
		}
		squares += square
		w.pool(r, sample) // the mean is still nought
		b.coordinates(samples.Data[row*cells:], r.grid)
	}
	variance := squares / float64(m)
	for i, s := range sum {
		mean := s / float64(m)
		w.mean[i] = float32(mean)
		variance -= mean * mean
	}
	centre(samples)
	return samples, max(variance, 0), nil
}

// add adds a sample to the sums and returns its sum of squares.
func add(sum []float64, sample []float32) float64 {
	square := 0.0
	for i, v := range sample {
		sum[i] += float64(v)
		square += float64(v) * float64(v)
	}
	return square
}

// centre subtracts from each column its mean.
func centre(samples blas32.General) {
	mean := make([]float64, samples.Cols)
	for i := range samples.Rows {
		add(mean, samples.Data[i*samples.Stride:][:samples.Cols])
	}
	for i := range samples.Rows {
		row := samples.Data[i*samples.Stride:][:samples.Cols]
		for j, s := range mean {
			row[j] -= float32(s / float64(samples.Rows))
		}
	}
}
