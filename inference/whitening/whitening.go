package whitening

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// Shape is that of one input: Channels×Height×Width values, planes of rows.
type Shape struct{ Channels, Height, Width int }

// Size returns the number of values.
func (s Shape) Size() int { return s.Channels * s.Height * s.Width }

// Whitening is a fitted transform. It does not change after Fit or Decode, and
// goroutines may share it.
type Whitening struct {
	shape, grid Shape
	epsilon     float64
	residual    float64   // mean variance of what is not kept
	variances   []float64 // of the components, the strongest first
	mean        []float32 // Channels×Height×Width
	basis       []float32 // component after component, each on the grid

	rows, columns axis
	rest          float32   // c
	gains         []float32 // (s+ε)^-1/2 - c
	rooms         sync.Pool // of *room
}

// room is what one call of Apply works in.
type room struct{ grid, coefficients, row []float32 }

// complete derives what is not stored.
func (w *Whitening) complete() {
	w.rows, w.columns = newAxis(w.shape.Height, w.grid.Height), newAxis(w.shape.Width, w.grid.Width)
	rest := 1 / math.Sqrt(w.residual+w.epsilon)
	w.rest, w.gains = float32(rest), make([]float32, len(w.variances))
	for i, s := range w.variances {
		w.gains[i] = float32(1/math.Sqrt(s+w.epsilon) - rest)
	}
	w.rooms.New = func() any {
		return &room{make([]float32, roomSize(w.grid)), make([]float32, len(w.variances)), make([]float32, w.grid.Width+1)}
	}
}

// Shape returns the shape of the inputs.
func (w *Whitening) Shape() Shape { return w.shape }

// Components returns how many components are kept.
func (w *Whitening) Components() int { return len(w.variances) }

// Epsilon returns what is added to each variance.
func (w *Whitening) Epsilon() float64 { return w.epsilon }

// Apply whitens one input. src and dst hold Shape().Size() values, else it panics;
// they may be the same slice but not overlap otherwise. It may be called from
// several goroutines and in the long run allocates nothing.
func (w *Whitening) Apply(dst, src []float32) {
	if len(src) != w.shape.Size() || len(dst) != len(src) {
		panic("whitening: input of another size")
	}
	r := w.rooms.Get().(*room)
	defer w.rooms.Put(r)
	w.pool(r, src)
	cells := w.grid.Size()
	basis := blas32.General{Rows: len(w.gains), Cols: cells, Stride: cells, Data: w.basis}
	values := blas32.Vector{N: cells, Inc: 1, Data: r.grid[:cells]}
	coefficients := blas32.Vector{N: len(w.gains), Inc: 1, Data: r.coefficients}
	blas32.Gemv(blas.NoTrans, 1, basis, values, 0, coefficients)
	for i, gain := range w.gains {
		r.coefficients[i] *= gain
	}
	blas32.Gemv(blas.Trans, 1, basis, coefficients, 0, values)
	w.spread(r, dst, src)
}

// pool gathers what differs from the mean onto the grid: the transposed of
// interpolating.
func (w *Whitening) pool(r *room, src []float32) {
	clear(r.grid)
	size, cells := w.shape.Height*w.shape.Width, w.grid.Height*w.grid.Width
	for channel := range w.shape.Channels {
		in, mean, grid := src[channel*size:], w.mean[channel*size:], r.grid[channel*cells:]
		for y := range w.shape.Height {
			row := r.row
			clear(row)
			at := y * w.shape.Width
			w.columns.gather(row, in[at:at+w.shape.Width], mean[at:at+w.shape.Width])
			node, second := w.rows.node[y]*w.grid.Width, w.rows.second[y]
			upper, lower := grid[node:node+w.grid.Width], grid[node+w.grid.Width:node+2*w.grid.Width]
			for x := range upper {
				upper[x] += (1 - second) * row[x]
				lower[x] += second * row[x]
			}
		}
	}
}

// spread interpolates the grid and adds what is not kept.
func (w *Whitening) spread(r *room, dst, src []float32) {
	size, cells := w.shape.Height*w.shape.Width, w.grid.Height*w.grid.Width
	clear(r.grid[w.grid.Size():])
	for channel := range w.shape.Channels {
		grid := r.grid[channel*cells:]
		for y := range w.shape.Height {
			node, second := w.rows.node[y]*w.grid.Width, w.rows.second[y]
			upper, lower := grid[node:node+w.grid.Width], grid[node+w.grid.Width:node+2*w.grid.Width]
			for x := range upper {
				r.row[x] = (1-second)*upper[x] + second*lower[x]
			}
			at := channel*size + y*w.shape.Width
			for x, node := range w.columns.node {
				low, second := r.row[node], w.columns.second[x]
				dst[at+x] = w.rest*(src[at+x]-w.mean[at+x]) + low + second*(r.row[node+1]-low)
			}
		}
	}
}

// roomSize leaves a row past the last node, which weighs nothing but is read.
func roomSize(grid Shape) int { return grid.Size() + grid.Width }
