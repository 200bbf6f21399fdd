package locate

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"assay/inspection"
)

const (
	// startCentres is the number of centres tried, startRings the number of rings round each.
	startCentres = 3
	startRings   = 2
	// leastCover is the share of a rim that must lie in the picture.
	leastCover = 0.55
	// rimCover is the same for the rim of a part whose inner rings are seen whole.
	rimCover = 0.4
	// leastClear is the evidence below which a ring is none.
	leastClear = 0.42
	// rimShare is the evidence that the rim needs, in parts of the clearest ring's.
	rimShare = 0.5
)

// Side is the length, in pixels, of the longer side of the pictures that Finder
// works best on: larger ones should be reduced first.
const Side = 96

// Finder finds round parts. It keeps its buffers, so that it allocates nothing
// from the second picture of a size on. It serves one caller at a time.
type Finder struct {
	field    field
	vote     vote
	follower follower
	unrolled unrolled
	rows     []int // of rings, reused
}

// Find returns the outline of the round part in a grey picture of width×height
// pixels, row by row, in pixels of that picture. It reports false where nothing
// in the picture is round enough; the outline is then empty. The same pixels
// give the same outline. It panics unless len(pixels) is width×height.
func (f *Finder) Find(pixels []uint8, width, height int) (inspection.Outline, bool) {
	if len(pixels) != width*height {
		panic(fmt.Sprintf("locate: %d pixels for %d×%d", len(pixels), width, height))
	}
	if width < 16 || height < 16 {
		return inspection.Outline{}, false
	}
	f.field.set(pixels, width, height)
	f.follower.height, f.follower.polarity = 1, 0
	ring, found := f.clearest()
	if !found {
		return inspection.Outline{}, false
	}
	rim, confidence := f.outermost(ring)
	for range 2 {
		before := rim
		if rim, confidence = f.sharpest(rim, confidence); rim.near(before) {
			break
		}
	}
	if confidence < leastClear {
		return inspection.Outline{}, false
	}
	return rim.outline(float64(confidence)), true
}

// clearest returns the clearest ring round any of the likely centres.
func (f *Finder) clearest() (best ellipse, found bool) {
	most := float32(0)
	for _, c := range f.vote.centres(&f.field, startCentres) {
		start := circle(c.at, 1)
		f.unrolled.set(&f.field, start, &f.follower.rays)
		f.unrolled.judge(2)
		for _, k := range f.peaks(startRings) {
			e, ok := f.follower.follow(&f.field, start.scaled(f.unrolled.scale(k)), 5, 4, 3, 2, 1.5)
			if !ok {
				continue
			}
			clear, cover := f.clear(e)
			score := clear * cover * float32(math.Sqrt(e.radius()))
			if score > most && cover >= leastCover {
				best, most, found = e, score, true
			}
		}
	}
	return best, found
}

// peaks returns the rows of the n clearest rings of the unrolled picture.
func (f *Finder) peaks(n int) []int {
	u, rows := &f.unrolled, f.rows[:0]
	for len(rows) < n {
		best, at := float32(0), -1
		for k := range u.rows {
			if score := u.clear[k] * u.cover[k]; score > best && u.cover[k] >= leastCover && apart(rows, k) {
				best, at = score, k
			}
		}
		if at < 0 {
			break
		}
		rows = append(rows, at)
	}
	f.rows = rows
	return rows
}

func apart(rows []int, k int) bool {
	for _, r := range rows {
		if k-r < 6 && r-k < 6 {
			return false
		}
	}
	return true
}

// clear returns the evidence of an ellipse itself.
func (f *Finder) clear(e ellipse) (clear, cover float32) {
	w := &f.follower
	e.cast(&w.rays)
	for i := range w.rays {
		r := &w.rays[i]
		w.evidences[i], w.inside[i] = 0, false
		for k := -2; k <= 2; k++ {
			d := float32(k) * stepPixels
			v, inside := f.field.along(r.x+r.nx*d, r.y+r.ny*d, r.nx, r.ny)
			if k == 0 {
				w.inside[i] = inside
			}
			if abs(v) > abs(w.evidences[i]) {
				w.evidences[i] = v
			}
		}
	}
	return evidence(&w.evidences, w.inside[:])
}

// outermost goes from the clearest ring to the outermost one of those that share
// its centre and shape, which is the rim.
func (f *Finder) outermost(ring ellipse) (rim ellipse, confidence float32) {
	u := &f.unrolled
	u.set(&f.field, ring, &f.follower.rays)
	u.judge(1)
	rim = ring
	confidence, _ = f.clear(ring)
	most := confidence
	for k := u.rows - 2; k > 0; k-- {
		if float64(u.first+k) < u.radius+2 {
			break
		}
		if u.cover[k] < rimCover || u.clear[k] < 0.8*rimShare*most || u.clear[k] < u.clear[k-1] || u.clear[k] < u.clear[k+1] {
			continue
		}
		e, ok := f.follower.follow(&f.field, ring.scaled(u.scale(k)), 3, 2, 1.5, 1.5)
		if !ok {
			continue
		}
		clear, cover := f.clear(e)
		if clear >= rimShare*most && clear >= leastClear && cover >= rimCover {
			return e, clear
		}
	}
	e, ok := f.follower.follow(&f.field, rim, 1.5)
	if ok {
		rim = e
	}
	return rim, confidence
}

// sharpest goes from a ring to the sharpest one near it: from the outer border of
// a shadow to the rim that casts it.
func (f *Finder) sharpest(ring ellipse, confidence float32) (ellipse, float32) {
	u, w := &f.unrolled, &f.follower
	defer func() { w.height, w.polarity = 1, 0 }()
	u.set(&f.field, ring, &w.rays)
	rim, most := ring, float32(0)
	for _, polarity := range [2]float32{-1, 1} {
		u.weigh(polarity, rimHeight)
		for _, k := range f.strongest(2) {
			w.height, w.polarity = rimHeight, polarity
			e, ok := w.follow(&f.field, ring.scaled(u.scale(k)), 4, 3, 2, 1.5, 1)
			if !ok {
				continue
			}
			strong, cover := f.strong(e)
			score := strong * float32(1+outerBonus*(e.radius()/ring.radius()-1))
			if polarity < 0 {
				score *= lighterBonus
			}
			if score > most && cover >= rimCover {
				rim, most = e, score
			}
		}
	}
	w.height, w.polarity = 1, 0
	if clear, _ := f.clear(rim); clear >= leastClear {
		return rim, clear
	}
	return ring, confidence
}

// strongest returns at most n rows near the ring itself that are the strongest.
func (f *Finder) strongest(n int) []int {
	u, rows := &f.unrolled, f.rows[:0]
	for k := 1; k < u.rows-1; k++ {
		s, v := u.scale(k), u.strong[k]
		if s < 0.8 || s > 1.2 || u.cover[k] < rimCover || v < u.strong[k-1] || v < u.strong[k+1] || v < 0.05 {
			continue
		}
		rows = append(rows, k)
	}
	slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(u.strong[b], u.strong[a]) })
	f.rows = rows
	return rows[:min(n, len(rows))]
}

// strong returns the evidence of an ellipse for the follower's polarity.
func (f *Finder) strong(e ellipse) (strong, cover float32) {
	w := &f.follower
	e.cast(&w.rays)
	n := 0
	for i := range w.rays {
		r := &w.rays[i]
		best, inside := float32(-1), false
		for k := -1; k <= 1; k++ {
			d := float32(k) * stepPixels
			v, in := f.field.along(r.x+r.nx*d, r.y+r.ny*d, r.nx, r.ny)
			best, inside = max(best, signed(v*w.polarity, w.height)), inside || in
		}
		if inside {
			strong += best
			n++
		}
	}
	return strong / float32(max(n, 1)), float32(n) / rays
}

const (
	// rimHeight is the height of an edge, in parts of the noise, that counts for half when the sharpest ring is sought.
	rimHeight = 4
	// outerBonus is what a ring gains for each part of the radius that it lies farther out.
	outerBonus = 0.6
	// lighterBonus is what a ring gains for being lighter inside than outside: of the two borders of a shadow that runs
	// all round, the inner one is the rim.
	lighterBonus = 2.5
)
