package locate

// unrolled is a picture laid out along an ellipse: one row for each size of it,
// one column a ray. Rings concentric with the ellipse are straight rows.
type unrolled struct {
	radius float64 // of the ellipse, pixels
	first  int     // the radius of row 0, pixels
	rows   int
	value  []float32 // rows×rays, the edge across the ring, signed
	inside []bool    // whether the sample lies in the picture
	clear  []float32 // the evidence of each row
	cover  []float32 // the share of rays inside the picture
	strong []float32 // the height of each row's edges, compressed
}

// set unrolls the field along e, from the smallest ring to the largest.
func (u *unrolled) set(f *field, e ellipse, cast *[rays]ray) {
	side := float64(max(f.width, f.height))
	u.radius, u.first = e.radius(), max(3, int(smallest*side))
	u.rows = int(largest*side) - u.first
	u.value = room(u.value, u.rows*rays)
	if cap(u.inside) < u.rows*rays {
		u.inside = make([]bool, u.rows*rays)
	}
	e.cast(cast)
	x, y := float32(e.x), float32(e.y)
	for k := range u.rows {
		s := float32(float64(u.first+k) / u.radius)
		for i := range cast {
			r := &cast[i]
			u.value[k*rays+i], u.inside[k*rays+i] = f.along(x+r.dx*s, y+r.dy*s, r.nx, r.ny)
		}
	}
}

// scale returns how many times the ellipse row k is.
func (u *unrolled) scale(k int) float64 { return float64(u.first+k) / u.radius }

// judge fills clear and cover; each ray takes its strongest edge within the
// given number of rows.
func (u *unrolled) judge(within int) {
	u.clear, u.cover = room(u.clear, u.rows), room(u.cover, u.rows)
	var strongest [rays]float32
	for k := range u.rows {
		for i := range strongest {
			strongest[i] = 0
			for j := max(k-within, 0); j <= min(k+within, u.rows-1); j++ {
				if v := u.value[j*rays+i]; abs(v) > abs(strongest[i]) {
					strongest[i] = v
				}
			}
		}
		u.clear[k], u.cover[k] = evidence(&strongest, u.inside[k*rays:][:rays])
	}
}

// weigh fills strong with the evidence of edges of one polarity, those as high
// as height times the noise counting for half: a soft shadow then counts less
// than a sharp rim.
func (u *unrolled) weigh(polarity, height float32) {
	u.strong = room(u.strong, u.rows)
	for k := range u.rows {
		sum, n := float32(0), 0
		for i := range rays {
			if u.inside[k*rays+i] {
				sum += signed(u.value[k*rays+i]*polarity, height)
				n++
			}
		}
		u.strong[k] = sum / float32(max(n, 1))
	}
}

// signed is what an edge counts for the polarity it is multiplied with: those of
// the other polarity count a little against it.
func signed(v, height float32) float32 {
	if v < 0 {
		return -0.25 * raise(-v, height)
	}
	return raise(v, height)
}

// evidence returns how clear a ring is, 0 to 1, and the share of it that lies in
// the picture. Within a sector all edges should have one polarity; another
// sector may have another, where a shadow falls.
func evidence(edges *[rays]float32, inside []bool) (clear, cover float32) {
	const each = rays / sectors
	total := 0
	for s := range sectors {
		sum := float32(0)
		for i := s * each; i < (s+1)*each; i++ {
			if inside[i] {
				sum += edges[i]
				total++
			}
		}
		clear += abs(sum)
	}
	if total == 0 {
		return 0, 0
	}
	return clear / float32(total), float32(total) / rays
}
