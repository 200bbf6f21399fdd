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
}

// newResizeTable computes the first half of the targets and mirrors it, so that
// mirrored pictures give exactly mirrored results.
func newResizeTable(from, to int) *resizeTable {
	scale := float64(from) / float64(to)
	support := math.Max(1, scale)
	t := &resizeTable{from: from, to: to, taps: min(from, int(math.Ceil(2*support)))}
	t.start = make([]int, to)
	t.weights = make([]int32, to*t.taps)
	exact := make([]float64, t.taps)
	for i := 0; i < (to+1)/2; i++ {
		centre := (float64(i) + 0.5) * scale // in source pixels, whose own centres lie at the halves
		first := min(max(0, int(math.Floor(centre-support+0.5))), from-t.taps)
		for k := range exact {
			exact[k] = math.Max(0, 1-math.Abs(float64(first+k)+0.5-centre)/support)
		}
		quantize(exact, t.weights[i*t.taps:(i+1)*t.taps])
		t.start[i] = first
		t.mirror(i)
	}
	return t
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
func (p *Preprocessor) prepare(region inspection.Rectangle) {
	if p.horizontal == nil || p.horizontal.from != region.Width {
		p.horizontal = newResizeTable(region.Width, p.spec.Width)
	}
	if p.vertical == nil || p.vertical.from != region.Height {
		p.vertical = newResizeTable(region.Height, p.spec.Height)
	}
	if cap(p.source) < region.Width {
		p.source = make([]uint8, region.Width)
	}
	if need := p.vertical.taps * p.spec.Width * p.spec.Channels; cap(p.ring) < need {
		p.ring = make([]uint16, need)
	}
	if p.sums == nil {
		p.sums = make([]int32, p.spec.Width)
	}
}

// resize writes the region at the model's size, plane after plane. It resizes
// each source row in width once, into a ring of as many rows as one target row
// needs, and makes each target row of those.
func (p *Preprocessor) resize(img image.Image, region inspection.Rectangle, dst []uint8) {
	p.prepare(region)
	corner := img.Bounds().Min.Add(image.Pt(region.X, region.Y))
	source := newPixelSource(img, p.spec.Channels)
	width, area := p.spec.Width, p.spec.Width*p.spec.Height
	v := p.vertical
	next := 0 // the source row to read next
	for y := range p.spec.Height {
		first := v.start[y]
		for next = max(next, first); next < first+v.taps; next++ {
			for c := range p.spec.Channels {
				row := source.row(corner.X, corner.Y+next, c, p.source[:region.Width])
				p.horizontal.row(row, p.ringRow(next, c))
			}
		}
		for c := range p.spec.Channels {
			out := dst[c*area+y*width:][:width]
			p.columns(c, first, v.weights[y*v.taps:][:v.taps], out)
		}
	}
}

// ringRow returns where source row y of plane c lies in the ring.
func (p *Preprocessor) ringRow(y, c int) []uint16 {
	width, taps := p.spec.Width, p.vertical.taps
	return p.ring[(c*taps+y%taps)*width:][:width:width]
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
func (p *Preprocessor) columns(c, first int, weights []int32, out []uint8) {
	sums := p.sums[:len(out)]
	for x := range sums {
		sums[x] = 1 << (lastShift - 1)
	}
	for k, w := range weights {
		if w == 0 {
			continue
		}
		row := p.ringRow(first+k, c)[:len(sums)]
		for x, v := range row {
			sums[x] += int32(v) * w
		}
	}
	for x, sum := range sums {
		out[x] = uint8(sum >> lastShift) // at most 255
	}
}
