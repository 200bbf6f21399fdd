package locate

import "math"

// leastEdge is the least strength of an edge that an ellipse moves to.
const leastEdge = 0.25

// follower moves ellipses to the edges near them.
type follower struct {
	rays      [rays]ray
	distance  [rays]float64 // of the edge found on each ray, along the normal
	weight    [rays]float64
	normal    [5][5]float64 // the normal equations
	right     [5]float64
	gradient  [5]float64
	solution  [5]float64
	triangle  [5][5]float64
	evidences [rays]float32
	inside    [rays]bool

	// polarity is the sign of the edges wanted, 0 for either; height is the gradient, in parts of the noise, that counts
	// for half.
	polarity, height float32
}

// worth returns what an edge counts, 0 to 1.
func (w *follower) worth(v float32) float32 {
	if w.polarity != 0 {
		v *= w.polarity
	} else {
		v = abs(v)
	}
	return raise(max(0, v), w.height)
}

// raise returns the strength v, 0 to 1, as it would be were the gradient that counts for half
// height times as large.
func raise(v, height float32) float32 {
	return v / (v + (1.0001-v)*height)
}

// follow closes in on the ring near e, looking as far as each of the windows in
// turn: in pixels for a part that fills the picture, less for a smaller one. It
// reports false where the ellipse gets lost.
func (w *follower) follow(f *field, e ellipse, windows ...float64) (ellipse, bool) {
	for _, window := range windows {
		e.cast(&w.rays)
		window *= math.Min(1, math.Max(0.4, e.radius()/(0.4*float64(max(f.width, f.height)))))
		w.search(f, math.Max(1, window))
		for range 2 { // the second time without those that the first time lay far off
			shift, ok := w.solve(math.Max(0.7, window/2))
			if !ok {
				return e, false
			}
			w.solution = shift
		}
		s := w.solution
		e.x, e.y, e.xx, e.xy, e.yy = e.x+s[0], e.y+s[1], e.xx+s[2], e.xy+s[3], e.yy+s[4]
		if !e.sound(f.width, f.height) {
			return e, false
		}
	}
	return e, true
}

// search finds the strongest edge on each ray within the window, nearer ones
// preferred.
func (w *follower) search(f *field, window float64) {
	steps := int(math.Ceil(window / stepPixels))
	for i := range w.rays {
		r := &w.rays[i]
		best, at := float32(0), 0
		for k := -steps; k <= steps; k++ {
			d := float32(k) * stepPixels
			v, _ := f.along(r.x+r.nx*d, r.y+r.ny*d, r.nx, r.ny)
			part := float32(k) / float32(steps+1)
			if v = w.worth(v) * (1 - 0.6*part*part); v > best {
				best, at = v, k
			}
		}
		w.weight[i] = 0
		if best >= leastEdge {
			w.weight[i] = float64(best)
			w.distance[i] = (float64(at) + w.fraction(f, r, at)) * stepPixels
		}
	}
	w.solution = [5]float64{}
}

// fraction returns where the top of the parabola through three samples lies,
// -½ to ½ steps.
func (w *follower) fraction(f *field, r *ray, k int) float64 {
	var v [3]float64
	for j := range v {
		d := float32(k+2*(j-1)) * stepPixels // twice the step apart: steadier
		a, _ := f.along(r.x+r.nx*d, r.y+r.ny*d, r.nx, r.ny)
		v[j] = float64(w.worth(a))
	}
	curve := v[0] - 2*v[1] + v[2]
	if curve >= 0 {
		return 0
	}
	return math.Max(-1, math.Min(1, (v[0]-v[2])/curve))
}

func abs(v float32) float32 {
	if v < 0 {
		return -v
	}
	return v
}

// solve returns the change of (x,y,xx,xy,yy) that brings the ellipse nearest to
// the edges, those far from where the last solution would bring it counting
// less.
func (w *follower) solve(scale float64) ([5]float64, bool) {
	w.normal, w.right = [5][5]float64{}, [5]float64{}
	found := 0
	for i, weight := range w.weight {
		if weight == 0 {
			continue
		}
		found++
		w.set(i)
		rest := w.distance[i]
		for k, g := range w.gradient {
			rest -= g * w.solution[k]
		}
		if w.solution != ([5]float64{}) {
			weight /= 1 + (rest/scale)*(rest/scale)
		}
		for a, ga := range w.gradient {
			w.right[a] += weight * ga * w.distance[i]
			for b := 0; b <= a; b++ {
				w.normal[a][b] += weight * ga * w.gradient[b]
			}
		}
	}
	for a := range w.normal {
		w.normal[a][a] += 0.5 // holds what the edges do not say
	}
	return w.right, found >= rays/3 && w.cholesky()
}

// set computes how far ray i's point moves along the normal for each parameter.
func (w *follower) set(i int) {
	u, nx, ny := directions[i], float64(w.rays[i].nx), float64(w.rays[i].ny)
	w.gradient = [5]float64{nx, ny, u.x * nx, u.y*nx + u.x*ny, u.y * ny}
}

// cholesky solves the normal equations in place of the right side.
func (w *follower) cholesky() bool {
	l := &w.triangle
	for a := range 5 {
		for b := 0; b <= a; b++ {
			sum := w.normal[a][b]
			for k := range b {
				sum -= l[a][k] * l[b][k]
			}
			if a != b {
				l[a][b] = sum / l[b][b]
				continue
			}
			if sum <= 1e-9 {
				return false
			}
			l[a][a] = math.Sqrt(sum)
		}
	}
	for a := range 5 {
		for k := range a {
			w.right[a] -= l[a][k] * w.right[k]
		}
		w.right[a] /= l[a][a]
	}
	for a := 4; a >= 0; a-- {
		for k := a + 1; k < 5; k++ {
			w.right[a] -= l[k][a] * w.right[k]
		}
		w.right[a] /= l[a][a]
	}
	return true
}
