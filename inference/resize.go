package inference

import (
	"image"
	"math"

	"assay/inspection"
)

// Fixed point: weights have 15 fraction bits and sum to exactly one, rows
// between the two passes 8. A white row is 255·2⁸, and its weighted sum fits 31 bits.
const (
	weightBits = 15
	rowBits    = 8
	weightOne  = 1 << weightBits
	// firstShift and lastShift bring the weighted sums of the two passes back.
	firstShift = weightBits - rowBits
	lastShift  = weightBits + rowBits
)

// resizeTable holds the filter weights for one axis.
type resizeTable struct {
	from, to int
	taps     int     // weights of one target pixel, zeros included
	start    []int   // first source pixel of each target pixel
	weights  []int32 // to×taps
	exact    []float64
}

// resizer brings regions of pictures to a size. It keeps its tables and buffers.
type resizer struct {
	horizontal, vertical resizeTable
	source               []uint8  // one plane of one row of the region
	ring                 []uint16 // rows resized in width, plane after plane
	sums                 []int32  // one target row before rounding
	channels, width      int      // of the target
}

// set computes the table unless it is there already. It computes the first half
// of the targets and mirrors it, so that mirrored pictures give exactly mirrored
// results.
func (t *resizeTable) set(from, to int) {
	if t.from == from && t.to == to {
		return
	}
	scale := float64(from) / float64(to)
	support := math.Max(1, scale)
	t.from, t.to, t.taps = from, to, min(from, int(math.Ceil(2*support)))
	t.start = grow(t.start, to)
	t.weights = grow(t.weights, to*t.taps)
	t.exact = grow(t.exact, t.taps)
	for i := 0; i < (to+1)/2; i++ {
		centre := (float64(i) + 0.5) * scale // in source pixels, whose own centres lie at the halves
		first := min(max(0, int(math.Floor(centre-support+0.5))), from-t.taps)
		for k := range t.exact {
			t.exact[k] = math.Max(0, 1-math.Abs(float64(first+k)+0.5-centre)/support)
		}
		quantize(t.exact, t.weights[i*t.taps:(i+1)*t.taps])
		t.start[i] = first
		t.mirror(i)
	}
}

// mirror copies target i to its counterpart at the other end. The middle target
// of an odd number is its own counterpart, and symmetric by itself.
func (t *resizeTable) mirror(i int) {
	j := t.to - 1 - i
	if i == j {
		return
	}
	t.start[j] = t.from - t.taps - t.start[i]
	for k := range t.taps {
		t.weights[j*t.taps+t.taps-1-k] = t.weights[i*t.taps+k]
	}
}

// quantize scales exact to a sum of exactly weightOne. What rounding leaves over
// goes to the largest weight, half each where two are largest, which keeps
// symmetric weights symmetric.
func quantize(exact []float64, weights []int32) {
	sum := 0.0
	for _, v := range exact {
		sum += v
	}
	rest, first, last := int32(weightOne), 0, 0
	for k, v := range exact {
		weights[k] = int32(math.Round(v / sum * weightOne))
		rest -= weights[k]
		if v > exact[first]+1e-9 {
			first, last = k, k
		} else if v > exact[first]-1e-9 {
			last = k
		}
	}
	weights[first] += rest - rest/2 // rest is even where the weights are symmetric and two are largest
	weights[last] += rest / 2
}

// prepare makes the tables and buffers for a region's size.
func (r *resizer) prepare(region inspection.Rectangle, channels, width, height int) {
	r.channels, r.width = channels, width
	r.horizontal.set(region.Width, width)
	r.vertical.set(region.Height, height)
	r.source = grow(r.source, region.Width)
	r.ring = grow(r.ring, r.vertical.taps*width*channels)
	r.sums = grow(r.sums, width)
}

// resize writes the region at the given size, plane after plane. It resizes
// each source row in width once, into a ring of as many rows as one target row
// needs, and makes each target row of those.
func (r *resizer) resize(img image.Image, region inspection.Rectangle, channels, width, height int, dst []uint8) {
	r.prepare(region, channels, width, height)
	corner := img.Bounds().Min.Add(image.Pt(region.X, region.Y))
	source := newPixelSource(img, channels)
	area := width * height
	v := &r.vertical
	next := 0 // the source row to read next
	for y := range height {
		first := v.start[y]
		for next = max(next, first); next < first+v.taps; next++ {
			for c := range channels {
				row := source.row(corner.X, corner.Y+next, c, r.source)
				r.horizontal.row(row, r.ringRow(next, c))
			}
		}
		for c := range channels {
			out := dst[c*area+y*width:][:width]
			r.columns(c, first, v.weights[y*v.taps:][:v.taps], out)
		}
	}
}

// ringRow returns where source row y of plane c lies in the ring.
func (r *resizer) ringRow(y, c int) []uint16 {
	width, taps := r.width, r.vertical.taps
	return r.ring[(c*taps+y%taps)*width:][:width:width]
}

// row resizes one source row in width.
func (t *resizeTable) row(source []uint8, out []uint16) {
	weights := t.weights
	for x := range out {
		w := weights[:t.taps]
		weights = weights[t.taps:]
		s := source[t.start[x]:][:len(w)]
		sum := int32(1 << (firstShift - 1))
		for k, v := range s {
			sum += int32(v) * w[k]
		}
		out[x] = uint16(sum >> firstShift) // at most 255·2⁸
	}
}

// columns makes one target row of the ring's rows from first on.
func (r *resizer) columns(c, first int, weights []int32, out []uint8) {
	sums := r.sums[:len(out)]
	for x := range sums {
		sums[x] = 1 << (lastShift - 1)
	}
	for k, w := range weights {
		if w == 0 {
			continue
		}
		row := r.ringRow(first+k, c)[:len(sums)]
		for x, v := range row {
			sums[x] += int32(v) * w
		}
	}
	for x, sum := range sums {
		out[x] = uint8(sum >> lastShift) // at most 255
	}
}
