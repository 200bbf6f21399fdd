package dataset

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// NearOptions say what counts as a near-duplicate.
type NearOptions struct {
	// Threshold is the least normalised correlation of two thumbnails, in the best of eight orientations and small
	// shifts; 0 takes DefaultNear.
	Threshold float64
	// Workers is the number of goroutines; 0 takes one a processor.
	Workers int
}

// DefaultNear is the correlation from which on two pictures are near-duplicates.
const DefaultNear = 0.99

// Pair is two near-duplicates: indices into the survey's items, A < B.
type Pair struct {
	A, B int
	// Correlation is that of the thumbnails in the best orientation; Orientation says what turns A into B.
	Correlation float64
	Orientation Orientation
}

// prefix is the number of coefficients that rule pairs out: whole rings of frequencies, with place for the rest's length.
const prefix = 96

// block is the number of images compared with as many others at once; times eight orientations it fits the cache.
const block = 32

// searcher compares all pairs of spectra.
type searcher struct {
	tables    *spectra
	spectra   [][]float32 // nil for flat pictures
	index     []int       // of the survey's items
	low       []float32   // prefix values each: the first coefficients, then the length of the rest
	threshold float32
	found     [][]Pair // by block of rows
}

// Near finds all near-duplicates, sorted by A and B. It needs a survey of the
// content. Only cancelling ctx makes it fail.
func (s *Survey) Near(ctx context.Context, o NearOptions) ([]Pair, error) {
	if o.Threshold == 0 {
		o.Threshold = DefaultNear
	}
	search := &searcher{tables: newSpectra(), threshold: float32(o.Threshold)}
	thumbnails := make([]*thumbnail, 0, len(s.Facts))
	for i, fact := range s.Facts {
		if fact.thumbnail != nil {
			search.index = append(search.index, i)
			thumbnails = append(thumbnails, fact.thumbnail)
		}
	}
	n := len(thumbnails)
	search.spectra, search.low = make([][]float32, n), make([]float32, n*prefix)
	err := forEach(ctx, n, o.Workers, nil, func() (func(i int), error) {
		return func(i int) {
			search.spectra[i] = search.tables.of(thumbnails[i].half())
			lowPart(search.low[i*prefix:(i+1)*prefix], search.spectra[i])
		}, nil
	})
	if err == nil {
		search.found = make([][]Pair, (n+block-1)/block)
		err = forEach(ctx, len(search.found), o.Workers, nil, func() (func(i int), error) { return search.worker(), nil })
	}
	if err != nil {
		return nil, fmt.Errorf("search near-duplicates: %w", err)
	}
	var pairs []Pair
	for _, found := range search.found {
		pairs = append(pairs, found...)
	}
	return pairs, nil
}

// lowPart writes the first coefficients and the length of the rest. A picture
// without a spectrum gets values that match nothing.
func lowPart(dst, spectrum []float32) {
	if spectrum == nil {
		return
	}
	energy := 0.0
	copy(dst, spectrum[:prefix-1])
	for _, v := range dst[:prefix-1] {
		energy += float64(v) * float64(v)
	}
	dst[prefix-1] = float32(math.Sqrt(max(0, 1-energy)))
}

// rounding is what float32 sums may be off by.
const rounding = 1e-5

// worker returns what one goroutine does to a block of rows: compare them with
// all images after them.
func (s *searcher) worker() func(b int) {
	turned := make([]float32, block*orientations*prefix)
	bounds := make([]float32, block*orientations*block)
	full := make([]float32, spectrumLength)
	n := len(s.spectra)
	return func(b int) {
		first, last := b*block, min((b+1)*block, n)
		for i := first; i < last; i++ {
			s.turnLow(turned[(i-first)*orientations*prefix:], i)
		}
		rows := (last - first) * orientations
		for column := first; column < n; column += block {
			columns := min(block, n-column)
			blas32.Gemm(blas.NoTrans, blas.Trans, 1,
				blas32.General{Rows: rows, Cols: prefix, Stride: prefix, Data: turned},
				blas32.General{Rows: columns, Cols: prefix, Stride: prefix, Data: s.low[column*prefix:]}, 0,
				blas32.General{Rows: rows, Cols: columns, Stride: block, Data: bounds})
			for i := first; i < last; i++ {
				for j := max(column, i+1); j < column+columns; j++ {
					if pair, ok := s.confirm(i, j, bounds[(i-first)*orientations*block+j-column:], full); ok {
						s.found[b] = append(s.found[b], pair)
					}
				}
			}
		}
	}
}

// turnLow writes the low parts of image i in all orientations.
func (s *searcher) turnLow(dst []float32, i int) {
	if s.spectra[i] == nil {
		clear(dst[:orientations*prefix])
		return
	}
	for o := range Orientation(orientations) {
		row := dst[int(o)*prefix : (int(o)+1)*prefix]
		s.tables.turn(row[:prefix-1], s.spectra[i], o)
		row[prefix-1] = s.low[(i+1)*prefix-1]
	}
}

// confirm compares two images in full, in those orientations that their bounds
// allow to reach the threshold. bounds has one value an orientation, block apart.
func (s *searcher) confirm(i, j int, bounds, full []float32) (Pair, bool) {
	best, found := float32(-1), Orientation(0)
	for o := range Orientation(orientations) {
		if bounds[int(o)*block] < max(s.threshold, best)-rounding {
			continue
		}
		s.tables.turn(full, s.spectra[i], o)
		r := blas32.Dot(vector(full), vector(s.spectra[j]))
		if r > best {
			best, found = r, o
		}
	}
	return Pair{A: s.index[i], B: s.index[j], Correlation: min(float64(best), 1), Orientation: found}, best >= s.threshold
}

func vector(values []float32) blas32.Vector {
	return blas32.Vector{N: len(values), Inc: 1, Data: values}
}
