package whitening

import (
	"context"
	"errors"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

const (
	exactDimension = 256 // up to which the whole covariance is decomposed
	oversampling   = 16  // directions searched beyond those wanted
	iterations     = 4
)

// principal returns the strongest components of centred samples (a row each):
// orthonormal columns and their variances, the strongest first.
//
// Samples of many values go through subspace iteration: directions that start at
// random are multiplied by the covariance and made orthonormal again, a few times,
// and the small covariance within them is decomposed exactly.
func principal(ctx context.Context, samples blas32.General, components int, seed uint64) (*mat.Dense, []float64, error) {
	width := min(components+oversampling, samples.Cols)
	if samples.Cols <= exactDimension {
		width = samples.Cols
	}
	directions := start(samples.Cols, width, seed)
	if width < samples.Cols {
		for range iterations {
			if err := ctx.Err(); err != nil {
				return nil, nil, err
			}
			directions = orthonormal(multiply(blas.Trans, samples, multiply(blas.NoTrans, samples, directions)))
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	inner, vectors, err := decompose(multiply(blas.NoTrans, samples, directions))
	if err != nil {
		return nil, nil, err
	}
	var turned mat.Dense
	turned.Mul(double(directions), vectors)
	return descending(&turned, inner, components)
}

// start returns random orthonormal columns; all unit vectors where they fill the space.
func start(rows, columns int, seed uint64) blas32.General {
	random := rand.New(rand.NewPCG(seed, 0x7768697465)) //nolint:gosec // directions need no secrecy
	m := general(rows, columns)
	if rows == columns {
		for i := range rows {
			m.Data[i*m.Stride+i] = 1
		}
		return m
	}
	for i := range m.Data {
		m.Data[i] = float32(random.NormFloat64())
	}
	return orthonormal(m)
}

func general(rows, columns int) blas32.General {
	return blas32.General{Rows: rows, Cols: columns, Stride: columns, Data: make([]float32, rows*columns)}
}

// multiply returns a·b, or aᵀ·b.
func multiply(transpose blas.Transpose, a, b blas32.General) blas32.General {
	rows := a.Rows
	if transpose == blas.Trans {
		rows = a.Cols
	}
	out := general(rows, b.Cols)
	blas32.Gemm(transpose, blas.NoTrans, 1, a, b, 0, out)
	return out
}

func double(m blas32.General) *mat.Dense {
	out := mat.NewDense(m.Rows, m.Cols, nil)
	raw := out.RawMatrix().Data
	for i, v := range m.Data {
		raw[i] = float64(v)
	}
	return out
}

// orthonormal returns an orthonormal basis of the columns by modified
// Gram-Schmidt, twice, in double precision. (gonum's QR would build the whole
// square Q.) A column that adds nothing becomes nought.
func orthonormal(m blas32.General) blas32.General {
	columns := make([]blas64.Vector, m.Cols)
	for j := range columns {
		columns[j] = blas64.Vector{N: m.Rows, Inc: 1, Data: make([]float64, m.Rows)}
		for i := range m.Rows {
			columns[j].Data[i] = float64(m.Data[i*m.Stride+j])
		}
		for range 2 {
			for _, earlier := range columns[:j] {
				blas64.Axpy(-blas64.Dot(earlier, columns[j]), earlier, columns[j])
			}
		}
		if norm := blas64.Nrm2(columns[j]); norm > 0 {
			blas64.Scal(1/norm, columns[j])
		}
	}
	out := general(m.Rows, m.Cols)
	for j, column := range columns {
		for i, v := range column.Data {
			out.Data[i*out.Stride+j] = float32(v)
		}
	}
	return out
}

// decompose returns the variances within the directions whose coordinates are
// given, a sample a row, and the turn to the principal ones.
func decompose(coordinates blas32.General) ([]float64, *mat.Dense, error) {
	var covariance mat.SymDense
	covariance.SymOuterK(1/float64(coordinates.Rows), double(coordinates).T())
	var eigen mat.EigenSym
	if !eigen.Factorize(&covariance, true) {
		return nil, nil, errors.New("whitening: the covariance has no eigenvalues")
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	return eigen.Values(nil), &vectors, nil
}

// descending keeps the strongest of components that rise.
func descending(vectors *mat.Dense, rising []float64, components int) (*mat.Dense, []float64, error) {
	rows, columns := vectors.Dims()
	kept, variances := mat.NewDense(rows, components, nil), make([]float64, components)
	for k := range components {
		from := columns - 1 - k
		variances[k] = max(rising[from], 0)
		kept.SetCol(k, mat.Col(nil, from, vectors))
	}
	return kept, variances, nil
}
