package locate

import (
	"cmp"
	"slices"
)

const (
	// votingEdge is the least strength of an edge that votes for a centre.
	votingEdge = 0.55
	// nearest and farthest are the distances of an edge from the centre that it votes for, in parts of the longer side.
	nearest  = 0.1
	farthest = 0.7
	// cell is the side of a cell of the vote in pixels.
	cell = 2
)

type point struct{ x, y float64 }

type peak struct {
	at    point
	votes float32
}

// vote counts for each place how many edges point at it.
type vote struct {
	width, height int
	cells, smooth []float32
	peaks         []peak
}

// centres returns at most n places, the most voted for first.
func (v *vote) centres(f *field, n int) []peak {
	v.width, v.height = (f.width+cell-1)/cell, (f.height+cell-1)/cell
	v.cells, v.smooth = room(v.cells, v.width*v.height), room(v.smooth, v.width*v.height)
	clear(v.cells)
	for y := 1; y < f.height-1; y++ {
		for x := 1 + y%2; x < f.width-1; x += 2 {
			if i := y*f.width + x; f.strength[i] >= votingEdge {
				v.cast(f, x, y, f.gx[i]/f.strength[i], f.gy[i]/f.strength[i])
			}
		}
	}
	v.blur()
	return v.best(n)
}

// cast votes along the edge's normal, on both sides.
func (v *vote) cast(f *field, x, y int, nx, ny float32) {
	side := float32(max(f.width, f.height))
	cx, cy := (float32(x)+0.5)/cell, (float32(y)+0.5)/cell
	for step := nearest * side / cell; step < farthest*side/cell; step++ {
		v.add(cx+nx*step, cy+ny*step)
		v.add(cx-nx*step, cy-ny*step)
	}
}

func (v *vote) add(x, y float32) {
	if x >= 0 && y >= 0 && int(x) < v.width && int(y) < v.height {
		v.cells[int(y)*v.width+int(x)]++
	}
}

// blur sums 3×3 cells.
func (v *vote) blur() {
	w, h := v.width, v.height
	for y := range h {
		for x := range w {
			sum := float32(0)
			for _, row := range [3]int{max(y-1, 0), y, min(y+1, h-1)} {
				sum += v.cells[row*w+max(x-1, 0)] + v.cells[row*w+x] + v.cells[row*w+min(x+1, w-1)]
			}
			v.smooth[y*w+x] = sum
		}
	}
}

// best returns the n highest cells that are the highest within three cells.
func (v *vote) best(n int) []peak {
	v.peaks = v.peaks[:0]
	for y := range v.height {
		for x := range v.width {
			votes := v.smooth[y*v.width+x]
			if votes > 0 && v.isPeak(x, y, votes) {
				v.peaks = append(v.peaks, peak{point{(float64(x) + 0.5) * cell, (float64(y) + 0.5) * cell}, votes})
			}
		}
	}
	slices.SortStableFunc(v.peaks, func(a, b peak) int { return cmp.Compare(b.votes, a.votes) })
	return v.peaks[:min(n, len(v.peaks))]
}

func (v *vote) isPeak(x, y int, votes float32) bool {
	for j := max(y-3, 0); j <= min(y+3, v.height-1); j++ {
		for i := max(x-3, 0); i <= min(x+3, v.width-1); i++ {
			other := v.smooth[j*v.width+i]
			if other > votes || other == votes && (j < y || j == y && i < x) {
				return false
			}
		}
	}
	return true
}
