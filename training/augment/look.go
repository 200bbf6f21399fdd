package augment

import (
	"math"

	"assay/inspection"
)

const (
	// lookRays are the directions in which a ring is read.
	lookRays = 180
	// lookReach is how far, in rays to each side, the median looks that tells what lasts along a ring from what stands
	// out: 14° to each side. A wider one leaves the wedges of light that a brushed face throws among what stands out,
	// and a network goes on knowing kinds of part by them; a narrower one takes defects of some length away.
	lookReach = 7
)

// look splits pictures of round parts in two: how the rings about the centre
// look, slowly along each ring, and what stands out from that. It only holds
// where to read and does not change: several goroutines may use one.
type look struct {
	area, rings int
	// unroll says where ring r is read at ray a, at r×lookRays+a; inside lists the pixels of the largest circle in the
	// frame, and roll, for each of these, where among the rings it lies.
	unroll []taps
	inside []int32
	roll   []taps
}

// taps are four neighbours and the share of each.
type taps struct {
	at    [4]int32
	share [4]float32
}

func newTaps(corner, right, down int32, fx, fy float64) taps {
	return taps{[4]int32{corner, corner + right, corner + down, corner + right + down},
		[4]float32{float32((1 - fx) * (1 - fy)), float32(fx * (1 - fy)), float32((1 - fx) * fy), float32(fx * fy)}}
}

// newLook returns nil for frames too small to have rings.
func newLook(spec inspection.InputSpec) *look {
	const least = 8
	side := min(spec.Width, spec.Height)
	if side < least {
		return nil
	}
	l := &look{area: spec.Width * spec.Height, rings: side / 2}
	centreX, centreY := float64(spec.Width-1)/2, float64(spec.Height-1)/2
	for ring := range l.rings {
		for ray := range lookRays {
			sin, cos := math.Sincos(2 * math.Pi * float64(ray) / lookRays)
			x := min(max(centreX+float64(ring)*cos, 0), float64(spec.Width)-1.001)
			y := min(max(centreY+float64(ring)*sin, 0), float64(spec.Height)-1.001)
			corner := int(y)*spec.Width + int(x)
			l.unroll = append(l.unroll, newTaps(int32(corner), 1, int32(spec.Width), x-math.Floor(x), y-math.Floor(y)))
		}
	}
	for i := range l.area {
		x, y := float64(i%spec.Width)-centreX, float64(i/spec.Width)-centreY
		if radius := math.Hypot(x, y); radius < float64(l.rings-1) {
			l.inside = append(l.inside, int32(i))
			l.roll = append(l.roll, rolled(radius, math.Atan2(y, x)))
		}
	}
	return l
}

// rolled says where among the rings a place lies; ray 0 follows the last one.
func rolled(radius, angle float64) taps {
	ray := math.Mod(angle/(2*math.Pi)*lookRays+lookRays, lookRays)
	first := int32(ray) % lookRays
	t := newTaps(int32(radius)*lookRays+first, 1, lookRays, ray-math.Floor(ray), radius-math.Floor(radius))
	if first == lookRays-1 {
		t.at[1] -= lookRays
		t.at[3] -= lookRays
	}
	return t
}

// lookRoom is what reading a look takes.
type lookRoom struct {
	rings, medians []uint8
}

// read writes the look of a plane, one value for each pixel inside.
func (l *look) read(dst, pixels []uint8, r *lookRoom) {
	r.rings, r.medians = grown(r.rings, len(l.unroll)), grown(r.medians, len(l.unroll))
	for i := range l.unroll {
		r.rings[i] = l.unroll[i].read(pixels)
	}
	for ring := range l.rings {
		row := ring * lookRays
		slidingMedian(r.medians[row:row+lookRays], r.rings[row:row+lookRays], lookReach)
	}
	for i := range l.roll {
		dst[i] = l.roll[i].read(r.medians)
	}
}

func (t *taps) read(values []uint8) uint8 {
	return uint8(float32(values[t.at[0]])*t.share[0] + float32(values[t.at[1]])*t.share[1] +
		float32(values[t.at[2]])*t.share[2] + float32(values[t.at[3]])*t.share[3] + 0.5)
}

// slidingMedian writes, for each place on a closed ring, the median of the values
// up to reach places to either side, by the histogram of Huang, Yang and Tang
// (1979). The ring must be longer than twice the reach.
func slidingMedian(dst, ring []uint8, reach int) {
	var count [256]int
	n := len(ring)
	for i := -reach; i <= reach; i++ {
		count[ring[(i+n)%n]]++
	}
	median, below := 0, 0 // below counts the values less than median
	leave, enter := n-reach, reach+1
	for i := range n {
		for below+count[median] <= reach {
			below += count[median]
			median++
		}
		for below > reach {
			median--
			below -= count[median]
		}
		dst[i] = uint8(median)
		gone, come := ring[leave%n], ring[enter%n]
		leave, enter = leave+1, enter+1
		count[gone]--
		count[come]++
		if int(gone) < median {
			below--
		}
		if int(come) < median {
			below++
		}
	}
}
