package dataset

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"assay/inspection"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// NearOptions say what counts as a near-duplicate.
type NearOptions struct {
	// Threshold is the least normalised correlation of two thumbnails, in the best of eight orientations and small
	// shifts, 0.8 to 1; 0 takes DefaultNear.
	Threshold float64
	// Workers is the number of goroutines; 0 takes one a processor.
	Workers int
}

// DefaultNear is the correlation from which on two pictures are near-duplicates.
// On the casting set it gathers 7,348 images into 1,153 groups; the eight largest
// (255 to 339 images of one casting each) are nearly the same from 0.997 down to
// 0.9875, while at 0.985 chains begin to glue two of them together.
const DefaultNear = 0.99

// leastNear bounds Threshold: below it hardly any two pictures of a kind of part
// would not be near-duplicates, and all pairs are kept in memory.
const leastNear = 0.8

// Validate refuses a threshold that is no correlation to tell pictures apart by.
// The error wraps inspection.ErrBadDataset.
func (o NearOptions) Validate() error {
	if threshold := cmp.Or(o.Threshold, DefaultNear); !(threshold >= leastNear && threshold <= 1) { // also refuses NaN
		return fmt.Errorf("%w: near-duplicates from a correlation of %g on: want one from %g to 1", inspection.ErrBadDataset, o.Threshold, leastNear)
	}
	return nil
}

// Pair is two near-duplicates: indices into the survey's items, A being the one
// with the smaller digest.
type Pair struct {
	A, B int
	// Correlation is that of the thumbnails in the best orientation, where they overlap; Orientation says what turns A
	// into B, and ShiftX and ShiftY how far, in pixels of a thumbnail, A then lies to the left of and above B (0 where
	// they match without).
	Correlation    float64
	Orientation    Orientation
	ShiftX, ShiftY float64
}

// inPlace tells whether the two match without a shift.
func (p Pair) inPlace() bool { return p.ShiftX == 0 && p.ShiftY == 0 }

// prefix is the number of coefficients that rule pairs out: whole rings of frequencies, with place for the rest's length.
const prefix = 96

// block is the number of images compared with as many others at once; times eight orientations it fits the cache.
const block = 32

// searcher compares all pairs of pictures.
type searcher struct {
	tables     *spectra
	index      []int // of the survey's items, sorted by digest, so that the order of the items changes nothing
	thumbnails []*thumbnail
	halves     [][]float32
	spectra    [][]float32 // nil for flat pictures
	slopes     []slope
	low        []float32 // prefix values each: the first coefficients, then the length of the rest
	threshold  float32
	found      [][]Pair // by block of rows
}

// Near finds all near-duplicates, sorted by A and B. It needs a survey of the
// content. Without shifts it finds every pair that a comparison of all with all
// would; a shifted copy is missed only where its low frequencies already differ.
// Only cancelling ctx makes it fail.
func (s *Survey) Near(ctx context.Context, o NearOptions) ([]Pair, error) {
	search := newSearcher(s, float32(cmp.Or(o.Threshold, DefaultNear)))
	err := forEach(ctx, len(search.index), o.Workers, nil, func() (func(i int), error) { return search.prepare, nil })
	if err == nil {
		err = forEach(ctx, len(search.found), o.Workers, nil, func() (func(i int), error) { return search.worker(), nil })
	}
	if err != nil {
		return nil, fmt.Errorf("search near-duplicates: %w", err)
	}
	pairs := slices.Concat(search.found...)
	slices.SortFunc(pairs, func(a, b Pair) int { return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B)) })
	return pairs, nil
}

func newSearcher(s *Survey, threshold float32) *searcher {
	search := &searcher{tables: newSpectra(), threshold: threshold}
	for i, fact := range s.Facts {
		if fact.thumbnail != nil {
			search.index = append(search.index, i)
		}
	}
	slices.SortFunc(search.index, func(a, b int) int {
		return cmp.Or(cmp.Compare(s.Items[a].Digest, s.Items[b].Digest), cmp.Compare(a, b))
	})
	n := len(search.index)
	for _, i := range search.index {
		search.thumbnails = append(search.thumbnails, s.Facts[i].thumbnail)
	}
	search.halves, search.spectra, search.slopes = make([][]float32, n), make([][]float32, n), make([]slope, n)
	search.low, search.found = make([]float32, n*prefix), make([][]Pair, (n+block-1)/block)
	return search
}

func (s *searcher) prepare(i int) {
	s.halves[i] = s.thumbnails[i].half()
	s.spectra[i] = s.tables.of(s.halves[i])
	if s.spectra[i] == nil {
		return
	}
	low := s.low[i*prefix : (i+1)*prefix]
	lowPart(low, s.spectra[i])
	s.slopes[i] = s.tables.slopeOf(s.halves[i], low)
}

// lowPart writes the first coefficients and the length of the rest.
func lowPart(dst, spectrum []float32) {
	energy := 0.0
	copy(dst, spectrum[:prefix-1])
	for _, v := range dst[:prefix-1] {
		energy += float64(v) * float64(v)
	}
	dst[prefix-1] = float32(math.Sqrt(max(0, 1-energy)))
}

// rounding is what float32 sums may be off by.
const rounding = 1e-5

// rowBlock is what a goroutine works with: a block of pictures in all
// orientations, and how they compare to another block.
type rowBlock struct {
	*searcher
	first  int
	turned []float32 // block × orientations × prefix
	bounds []float32 // (block × orientations) × block: upper bounds of the correlations
	full   []float32 // one spectrum, turned
	half   []float32 // one thumbnail, turned
}

// worker returns what one goroutine does to a block of rows: compare them with
// all pictures after them.
func (s *searcher) worker() func(b int) {
	r := &rowBlock{searcher: s, turned: make([]float32, block*orientations*prefix), bounds: make([]float32, block*orientations*block),
		full: make([]float32, spectrumLength), half: make([]float32, thumbnailSide*thumbnailSide)}
	n := len(s.spectra)
	return func(b int) {
		r.first = b * block
		last := min(r.first+block, n)
		for i := r.first; i < last; i++ {
			r.turnLow(i)
		}
		rows := (last - r.first) * orientations
		for column := r.first; column < n; column += block {
			columns := min(block, n-column)
			blas32.Gemm(blas.NoTrans, blas.Trans, 1,
				blas32.General{Rows: rows, Cols: prefix, Stride: prefix, Data: r.turned},
				blas32.General{Rows: columns, Cols: prefix, Stride: prefix, Data: s.low[column*prefix:]}, 0,
				blas32.General{Rows: rows, Cols: columns, Stride: block, Data: r.bounds})
			for i := r.first; i < last; i++ {
				for j := max(column, i+1); j < column+columns; j++ {
					if pair, ok := r.compare(i, j, r.bounds[(i-r.first)*orientations*block+j-column:]); ok {
						s.found[b] = append(s.found[b], pair)
					}
				}
			}
		}
	}
}

// turnLow writes the low parts of picture i in all orientations.
func (r *rowBlock) turnLow(i int) {
	for o := range Orientation(orientations) {
		row := r.lowOf(i, o)
		if r.spectra[i] == nil {
			clear(row)
			continue
		}
		r.tables.turn(row[:prefix-1], r.spectra[i], o)
		row[prefix-1] = r.low[(i+1)*prefix-1]
	}
}

func (r *rowBlock) lowOf(i int, o Orientation) []float32 {
	start := ((i-r.first)*orientations + int(o)) * prefix
	return r.turned[start : start+prefix]
}

// compare says whether two pictures are near-duplicates. bounds has one value an
// orientation, block apart.
func (r *rowBlock) compare(i, j int, bounds []float32) (Pair, bool) {
	if r.spectra[i] == nil || r.spectra[j] == nil {
		return Pair{}, false
	}
	best := Pair{A: r.index[i], B: r.index[j], Correlation: -1}
	r.inPlace(&best, i, j, bounds)
	if best.Correlation < float64(r.threshold) {
		r.shifted(&best, i, j, bounds)
	}
	best.Correlation = min(best.Correlation, 1)
	return best, best.Correlation >= float64(r.threshold)
}

// inPlace compares two pictures in full, in those orientations whose bounds allow
// to reach the threshold.
func (r *rowBlock) inPlace(best *Pair, i, j int, bounds []float32) {
	for o := range Orientation(orientations) {
		if bounds[int(o)*block] < max(r.threshold, float32(best.Correlation))-rounding {
			continue
		}
		r.tables.turn(r.full, r.spectra[i], o)
		if c := float64(blas32.Dot(vector(r.full), vector(r.spectra[j]))); c > best.Correlation {
			best.Correlation, best.Orientation = c, o
		}
	}
}

// shifted compares two pictures as far as they overlap after the shift that
// brings their low frequencies together, in those orientations in which these
// nearly agree already.
func (r *rowBlock) shifted(best *Pair, i, j int, bounds []float32) {
	restI, restJ := r.low[(i+1)*prefix-1], r.low[(j+1)*prefix-1]
	rest := restI * restJ
	least := shiftCandidate*float32(math.Sqrt(float64((1-restI*restI)*(1-restJ*restJ)))) + rest
	for o := range Orientation(orientations) {
		bound := bounds[int(o)*block]
		if bound < least {
			continue
		}
		dx, dy, quality := r.slopes[j].estimate(r.lowOf(i, o), float64(bound-rest))
		if quality < float64(r.threshold)-shiftMargin || math.Abs(dx) > maxShift || math.Abs(dy) > maxShift {
			continue
		}
		turnHalf(r.half, r.halves[i], o)
		if c := r.thumbnails[j].shifted(r.half, dx, dy); c > best.Correlation {
			*best = Pair{A: best.A, B: best.B, Correlation: c, Orientation: o, ShiftX: dx, ShiftY: dy}
		}
	}
}

func vector(values []float32) blas32.Vector {
	return blas32.Vector{N: len(values), Inc: 1, Data: values}
}
