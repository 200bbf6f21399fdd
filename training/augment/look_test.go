package augment

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// TestSlidingMedian against sorting, on rings of few and of many values.
func TestSlidingMedian(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, most := range []int{1, 2, 5, 256} {
		ring, got := make([]uint8, 41), make([]uint8, 41)
		for i := range ring {
			ring[i] = uint8(random.IntN(most))
		}
		slidingMedian(got, ring, 6)
		for i := range ring {
			var near []uint8
			for k := -6; k <= 6; k++ {
				near = append(near, ring[(i+k+len(ring))%len(ring)])
			}
			slices.Sort(near)
			require.Equal(t, near[6], got[i], "%d of %v", i, ring)
		}
	}
}

// ringed is a picture whose brightness follows its rings, with a lit side where
// wedge is not 0.
func ringed(spec inspection.InputSpec, brightness func(radius float64) float64, wedge float64) []uint8 {
	pixels := make([]uint8, spec.Channels*spec.Height*spec.Width)
	area := spec.Height * spec.Width
	for i := range pixels {
		x := float64(i%area%spec.Width) - float64(spec.Width-1)/2
		y := float64(i%area/spec.Width) - float64(spec.Height-1)/2
		radius := math.Hypot(x, y)
		pixels[i] = uint8(brightness(radius) + wedge*min(radius, 10)/10*math.Cos(math.Atan2(y, x)))
	}
	return pixels
}

func broad(radius float64) float64  { return 120 + radius }
func narrow(radius float64) float64 { return 150 + 40*math.Cos(radius/4) }

// TestLookIsExchanged: a part with a spot gets another part's rings and light
// and keeps its spot.
func TestLookIsExchanged(t *testing.T) {
	for _, size := range [][2]int{{64, 64}, {50, 71}} {
		spec := inspection.InputSpec{Channels: 3, Height: size[0], Width: size[1], Scale: 1}
		donor := ringed(spec, narrow, 25)
		part := ringed(spec, broad, 0)
		x, y := spec.Width/2+12, spec.Height/2+3
		spot := y*spec.Width + x
		for _, i := range []int{spot, spot + 1, spot + spec.Width, spot + spec.Width + 1} {
			part[i] -= 80 // in the first channel
		}
		p := Pipeline{Look: 1}.WithLooks(NewLooks(spec, 1, func(int) []uint8 { return donor }))
		v := unchanged
		v.borrowed = borrowed{way: 1}
		got := render(p, part, spec, v)
		centreX, centreY := float64(spec.Width-1)/2, float64(spec.Height-1)/2
		for i, value := range got {
			at := i % (spec.Width * spec.Height)
			radius := math.Hypot(float64(at%spec.Width)-centreX, float64(at/spec.Width)-centreY)
			switch {
			case radius >= float64(min(size[0], size[1])/2-1):
				require.InDelta(t, part[i], value, 0, "outside the circle, %d", at)
			case i == spot:
				require.Less(t, value, float32(donor[i])-60, "the spot stays")
			case i > spec.Width*spec.Height && radius > 6:
				require.InDelta(t, donor[i], value, 9, "the donor's look at %d, radius %.1f", at, radius)
			}
		}
	}
}

// TestLookIsThatOfTheDonor that was drawn, channel by channel, as far as drawn.
func TestLookIsThatOfTheDonor(t *testing.T) {
	spec := inspection.InputSpec{Channels: 3, Height: 20, Width: 20, Scale: 1}
	const area, centre, own = 400, 10*20 + 10, 100
	flat := func(grey func(channel int) uint8) []uint8 {
		pixels := make([]uint8, 3*area)
		for i := range pixels {
			pixels[i] = grey(i / area)
		}
		return pixels
	}
	grey := func(donor, channel int) uint8 { return uint8(20 + 120*donor + 30*channel) }
	p := Pipeline{Look: 1}.WithLooks(NewLooks(spec, 2, func(donor int) []uint8 {
		return flat(func(channel int) uint8 { return grey(donor, channel) })
	}))
	part := flat(func(int) uint8 { return own })
	for donor := range 2 {
		for _, way := range []float64{0.5, 1} {
			v := unchanged
			v.borrowed = borrowed{donor: 0.4 + float64(donor)/2, way: way}
			got := render(p, part, spec, v)
			for channel := range 3 {
				want := own + way*(float64(grey(donor, channel))-own)
				require.InDelta(t, want, got[channel*area+centre], 0.5, "donor %d, channel %d, way %v", donor, channel, way)
				require.InDelta(t, own, got[channel*area], 0, "a corner")
			}
		}
	}
}

// TestLookComesFirst: whatever else is drawn is done to the image that has the
// other look already.
func TestLookComesFirst(t *testing.T) {
	spec := plain(40, 40)
	p := Pipeline{Look: 1}.WithLooks(NewLooks(spec, 1, func(int) []uint8 { return ringed(spec, narrow, 20) }))
	look := unchanged
	look.borrowed = borrowed{way: 1}
	part := ringed(spec, broad, 0)
	lent := make([]uint8, len(part))
	for i, value := range render(p, part, spec, look) {
		lent[i] = uint8(value)
	}
	rest := unchanged
	rest.contrast, rest.gamma, rest.blur, rest.horizontal = 1.4, 0.8, 1.2, true
	all := rest
	all.borrowed = look.borrowed
	require.Equal(t, render(Pipeline{}, lent, spec, rest), render(p, part, spec, all))
	require.NotEqual(t, render(Pipeline{}, part, spec, rest), render(p, part, spec, all))
}

// TestLooksTurn: the orientations are all different, each moves every pixel
// inside to another's place, and a lit side turns along.
func TestLooksTurn(t *testing.T) {
	spec := plain(32, 32)
	l := NewLooks(spec, 1, func(int) []uint8 { return ringed(spec, narrow, 0) })
	require.Len(t, l.turned, 8)
	for _, table := range l.turned {
		sorted := slices.Clone(table)
		slices.Sort(sorted)
		for i, v := range sorted {
			require.EqualValues(t, i, v)
		}
	}
	require.Len(t, NewLooks(plain(32, 30), 1, func(int) []uint8 { return make([]uint8, 960) }).turned, 4)

	lit := NewLooks(spec, 1, func(int) []uint8 { return ringed(spec, narrow, 30) })
	p, flat := Pipeline{Look: 1}.WithLooks(lit), ringed(spec, broad, 0)
	side := func(turn float64) (right, left float32) {
		v := unchanged
		v.borrowed = borrowed{way: 1, turn: turn}
		out := render(p, flat, spec, v)
		return out[16*32+26], out[16*32+5]
	}
	right, left := side(0)
	require.Greater(t, right, left+30)
	right, left = side(1.0 / 8)
	require.Greater(t, left, right+30, "mirrored")
}

// TestLookNeedsDonors: without any, or in a frame too small for rings, images
// pass as they are; with some, the strength is the share of images that change.
func TestLookNeedsDonors(t *testing.T) {
	spec, p := plain(24, 24), Pipeline{Look: 0.75}
	src := ringed(spec, broad, 10)
	donor := func(int) []uint8 { return ringed(spec, narrow, 10) }
	unchangedBy := func(p Pipeline, key Key) bool {
		for i, v := range apply(p, src, spec, key) {
			if v != float32(src[i]) {
				return false
			}
		}
		return true
	}
	require.True(t, p.Draws())
	require.True(t, unchangedBy(p, Key{1, 1, 1}))
	require.True(t, unchangedBy(p.WithLooks(NewLooks(spec, 0, donor)), Key{1, 1, 1}))
	require.Zero(t, NewLooks(plain(7, 7), 3, donor).count)

	same, n := 0, 2000
	p = p.WithLooks(NewLooks(spec, 1, donor))
	require.False(t, Pipeline{}.WithLooks(NewLooks(spec, 1, donor)).Draws())
	for i := range n {
		if unchangedBy(p, Key{1, 1, i}) {
			same++
		}
	}
	require.InDelta(t, n/4, same, 6*math.Sqrt(float64(n)/4))

	s := new(scratch)
	require.Zero(t, testing.AllocsPerRun(20, func() { p.looks.lend(src, borrowed{way: 1}, s) }))
}

func BenchmarkLook(b *testing.B) {
	for _, size := range []int{100, 128} {
		spec, src := plain(size, size), photograph(size)
		p := Pipeline{Look: 1}.WithLooks(NewLooks(spec, 4, func(int) []uint8 { return src }))
		dst := make([]float32, len(src))
		b.Run(map[int]string{100: "100", 128: "128"}[size], func(b *testing.B) {
			for i := range b.N {
				p.Apply(dst, src, spec, Key{1, 1, i})
			}
		})
	}
}
