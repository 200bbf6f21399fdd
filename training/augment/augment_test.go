package augment

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// plain keeps pixel values as they are.
func plain(height, width int) inspection.InputSpec {
	return inspection.InputSpec{Channels: 1, Height: height, Width: width, Scale: 1}
}

func ramp(n int) []uint8 {
	values := make([]uint8, n)
	for i := range values {
		values[i] = uint8(i*37 + i*i*11)
	}
	return values
}

func render(p Pipeline, src []uint8, spec inspection.InputSpec, v variant) []float32 {
	dst := make([]float32, len(src))
	p.render(dst, src, spec, &v)
	return dst
}

func turned(quarters int, horizontal bool) variant {
	v := unchanged
	v.quarters, v.horizontal = quarters, horizontal
	return v
}

func apply(p Pipeline, src []uint8, spec inspection.InputSpec, key Key) []float32 {
	dst := make([]float32, len(src))
	p.Apply(dst, src, spec, key)
	return dst
}

func TestNothingOnIsIdentity(t *testing.T) {
	spec := inspection.InputSpec{Channels: 3, Height: 3, Width: 5, Scale: 1.0 / 255, Offset: -0.5}
	src := ramp(45)
	for i, v := range apply(Pipeline{}, src, spec, Key{1, 2, 3}) {
		require.Equal(t, float32(src[i])*spec.Scale+spec.Offset, v)
	}
}

// TestMovesByHand: 1 2 / 3 4 under each exact move.
func TestMovesByHand(t *testing.T) {
	src := []uint8{1, 2, 3, 4}
	for name, c := range map[string]struct {
		v    variant
		want []float32
	}{
		"none":             {turned(0, false), []float32{1, 2, 3, 4}},
		"horizontal":       {turned(0, true), []float32{2, 1, 4, 3}},
		"quarter":          {turned(1, false), []float32{2, 4, 1, 3}},
		"half":             {turned(2, false), []float32{4, 3, 2, 1}},
		"three quarters":   {turned(3, false), []float32{3, 1, 4, 2}},
		"flip then turned": {turned(1, true), []float32{1, 3, 2, 4}},
	} {
		require.Equal(t, c.want, render(Pipeline{}, src, plain(2, 2), c.v), name)
	}
	upsideDown := unchanged
	upsideDown.vertical = true
	require.Equal(t, []float32{3, 4, 1, 2}, render(Pipeline{}, src, plain(2, 2), upsideDown))
	require.Equal(t, []float32{4, 5, 6, 1, 2, 3},
		render(Pipeline{}, []uint8{1, 2, 3, 4, 5, 6}, plain(2, 3), turned(2, true)), "not square")
}

// TestRotationMatchesTurns: resampling by a whole quarter gives what moving gives.
func TestRotationMatchesTurns(t *testing.T) {
	for _, size := range []int{4, 7} {
		src, spec := ramp(size*size), plain(size, size)
		for quarters := range 4 {
			free := turned(0, false)
			free.placement.angle = float64(quarters) * 90
			moved, resampled := render(Pipeline{}, src, spec, turned(quarters, false)), render(Pipeline{}, src, spec, free)
			for i := range moved {
				require.InDelta(t, moved[i], resampled[i], 1e-3)
			}
		}
	}
}

// TestRotationIsLinear: a plane that rises evenly to the right keeps its value
// at the centre and rises along the turned direction.
func TestRotationIsLinear(t *testing.T) {
	const size, angle = 21, 30.0
	src := make([]uint8, size*size)
	for i := range src {
		src[i] = uint8(50 + 5*(i%size))
	}
	v := unchanged
	v.placement.angle = angle
	dst := render(Pipeline{}, src, plain(size, size), v)
	sin, cos := math.Sincos(angle * math.Pi / 180)
	for y := 7; y < 14; y++ {
		for x := 7; x < 14; x++ {
			want := 100 + 5*(cos*float64(x-10)-sin*float64(y-10))
			require.InDelta(t, want, dst[y*size+x], 1e-3)
		}
	}
}

// TestFills by Keras' definitions for the row a b c d.
func TestFills(t *testing.T) {
	for fill, want := range map[Fill][]float32{
		FillNearest:  {1, 1, 1, 1, 1, 2, 3, 4, 4, 4, 4, 4},
		FillConstant: {9, 9, 9, 9, 1, 2, 3, 4, 9, 9, 9, 9},
		FillReflect:  {4, 3, 2, 1, 1, 2, 3, 4, 4, 3, 2, 1},
		FillWrap:     {1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4},
	} {
		for shift := -4; shift <= 4; shift++ {
			v := unchanged
			v.placement.shiftX = float64(shift)
			got := render(Pipeline{Fill: fill, FillValue: 9}, []uint8{1, 2, 3, 4}, plain(1, 4), v)
			require.Equal(t, want[4+shift:][:4], got, "%s by %d", fill, shift)
		}
	}
}

// TestSameKeySameVariant on any number of goroutines; another key draws anew.
func TestSameKeySameVariant(t *testing.T) {
	p := Pipeline{HorizontalFlip: true, VerticalFlip: true, QuarterTurns: true, Rotation: 180, Fill: FillReflect}
	src, spec := ramp(81), plain(9, 9)
	const n = 64
	alone, together := make([][]float32, n), make([][]float32, n)
	var group sync.WaitGroup
	for i := range n {
		alone[i] = apply(p, src, spec, Key{5, 2, i})
		group.Go(func() { together[i] = apply(p, src, spec, Key{5, 2, i}) })
	}
	group.Wait()
	require.Equal(t, alone, together)
	for _, other := range []Key{{6, 2, 0}, {5, 3, 0}, {5, 2, 1}} {
		require.NotEqual(t, alone[0], apply(p, src, spec, other))
	}
}

// TestDrawsAreEven: every combination of flip and turn comes up equally often
// within six standard deviations, over keys that differ in one number only.
func TestDrawsAreEven(t *testing.T) {
	p := Pipeline{HorizontalFlip: true, VerticalFlip: true, QuarterTurns: true, Rotation: 90}
	const n = 16000
	for name, key := range map[string]func(i int) Key{
		"sample": func(i int) Key { return Key{1, 1, i} },
		"epoch":  func(i int) Key { return Key{1, i, 1} },
		"seed":   func(i int) Key { return Key{uint64(i), 1, 1} },
	} {
		count, sum := map[variant]int{}, 0.0
		for i := range n {
			v := p.draw(key(i), plain(9, 9))
			require.LessOrEqual(t, math.Abs(v.placement.angle), 90.0)
			sum += v.placement.angle
			v.placement.angle = 0
			count[v]++
		}
		require.Len(t, count, 16, name)
		for v, c := range count {
			require.InDelta(t, n/16, c, 6*math.Sqrt(n/16), "%s %+v", name, v)
		}
		require.InDelta(t, 0, sum/n, 6*52/math.Sqrt(n), name)
	}
}

// TestSwitchesAreIndependent: whatever one augmentation is set to, the others
// draw what they draw alone.
func TestSwitchesAreIndependent(t *testing.T) {
	spec := plain(9, 9)
	full := everything(t)
	for i := range 50 {
		key, together := Key{1, 1, i}, full.draw(Key{1, 1, i}, spec)
		for _, o := range operations {
			var alone, without Pipeline
			without = full
			if o.flag != nil {
				*o.flag(&alone), *o.flag(&without) = true, false
			} else {
				*o.strength(&alone), *o.strength(&without) = *o.strength(&full), 0
			}
			// What one draws alone, and what the others draw without it, make what all draw together.
			require.Equal(t, together, merge(alone.draw(key, spec), without.draw(key, spec)), o.Name)
		}
	}
	require.NotEqual(t, 1, Pipeline{QuarterTurns: true}.draw(Key{}, plain(2, 3)).quarters%2, "not square: half turns only")
}

// merge takes from one what is not as in an unchanged image, all else from rest.
func merge(one, rest variant) variant {
	take(&rest.horizontal, one.horizontal, false)
	take(&rest.vertical, one.vertical, false)
	take(&rest.quarters, one.quarters, 0)
	take(&rest.placement.angle, one.placement.angle, 0)
	take(&rest.placement.shear, one.placement.shear, 0)
	take(&rest.placement.shiftX, one.placement.shiftX, 0)
	take(&rest.placement.shiftY, one.placement.shiftY, 0)
	take(&rest.placement.zoomX, one.placement.zoomX, 1)
	take(&rest.placement.zoomY, one.placement.zoomY, 1)
	take(&rest.tilt, one.tilt, lean{})
	take(&rest.brightness, one.brightness, 1)
	take(&rest.contrast, one.contrast, 1)
	take(&rest.gamma, one.gamma, 1)
	take(&rest.blur, one.blur, 0)
	take(&rest.noise, one.noise, 0)
	take(&rest.grain, one.grain, 0)
	take(&rest.light, one.light, light{})
	take(&rest.background, one.background, background{})
	take(&rest.steps, one.steps, steps{})
	take(&rest.borrowed, one.borrowed, borrowed{})
	return rest
}

func take[T comparable](to *T, from, nothing T) {
	if from != nothing {
		*to = from
	}
}

// everything is on at its default strength.
func everything(t testing.TB) Pipeline {
	var names []string
	for _, d := range Catalog() {
		names = append(names, d.Name)
	}
	p, err := Parse(strings.Join(names, ","))
	require.NoError(t, err)
	return p
}

// TestEverythingAtOnce: at full strength, over shapes down to one pixel, values
// stay pixels and the source stays as it is.
func TestEverythingAtOnce(t *testing.T) {
	full := everything(t)
	for i := range operations {
		if o := &operations[i]; o.strength != nil {
			*o.strength(&full) = o.Max
		}
	}
	require.NoError(t, full.Validate())
	for _, fill := range fills {
		full.Fill = fill
		for _, size := range [][2]int{{1, 1}, {1, 9}, {7, 2}, {16, 16}, {33, 20}} {
			spec := inspection.InputSpec{Channels: 3, Height: size[0], Width: size[1], Scale: 1.0 / 255}
			src := ramp(3 * size[0] * size[1])
			for i := range 60 {
				for _, v := range apply(full, src, spec, Key{2, 1, i}) {
					require.True(t, v >= 0 && v <= 1, "%v %s %v", size, fill, v)
				}
			}
			require.Equal(t, ramp(len(src)), src)
		}
	}
}

func TestMean(t *testing.T) {
	for _, n := range []int{1, 7, 8, 9, 16, 1023, 1024, 1025, 5000} {
		values, sum := make([]uint8, n), 0
		for i := range values {
			values[i] = 255 - uint8(i%3)
			sum += int(values[i])
		}
		require.InDelta(t, float64(sum)/float64(n), mean(values), 0, "%d", n)
	}
}

// TestBlur against the plain sum, on a plane whose rows are no multiple of eight.
func TestBlur(t *testing.T) {
	const width, height, sigma = 13, 9, 1.3
	src, s := ramp(width*height), new(scratch)
	s.fit(plain(height, width))
	out := s.blur(plane{src, width, height, width}, sigma)
	at := func(x, y int) float64 {
		return float64(src[min(max(y, 0), height-1)*width+min(max(x, 0), width-1)])
	}
	for y := range height {
		for x := range width {
			sum, total := 0.0, 0.0
			for dy := -4; dy <= 4; dy++ {
				for dx := -4; dx <= 4; dx++ {
					weight := math.Exp(-float64(dx*dx+dy*dy) / (2 * sigma * sigma))
					sum += weight * at(x+dx, y+dy)
					total += weight
				}
			}
			require.InDelta(t, sum/total, out.row(y)[x], 2.5, "%d, %d", x, y)
		}
	}
}

// TestTiltMatchesExact: stepping within runs stays within what a tenth of a pixel
// makes on a smooth picture.
func TestTiltMatchesExact(t *testing.T) {
	for _, size := range []int{32, 100, 300} {
		src, spec := make([]uint8, size*size), plain(size, size)
		for i := range src {
			src[i] = uint8(100 + 50*math.Sin(20*float64(i%size)/float64(size)))
		}
		for _, degrees := range []float64{5, 15, 45} {
			v := unchanged
			v.tilt = lean{degrees, 70}
			m, got := v.source(spec), render(Pipeline{}, src, spec, v)
			for i, value := range got {
				x, y := float64(i%size), float64(i/size)
				u := (m[0][0]*x + m[0][1]*y + m[0][2]) / (m[2][0]*x + m[2][1]*y + m[2][2])
				want := 100 + 50*math.Sin(20*min(max(u, 0), float64(size-1))/float64(size))
				require.InDelta(t, want, value, 2.5+0.1*1000/float64(size), "%d by %g at %d", size, degrees, i)
			}
		}
	}
}

func BenchmarkApply(b *testing.B) {
	for _, size := range []int{100, 300} {
		src, spec := photograph(size), plain(size, size)
		dst := make([]float32, len(src))
		for name, p := range map[string]Pipeline{
			"nothing":    {},
			"moves":      {HorizontalFlip: true, VerticalFlip: true, QuarterTurns: true},
			"rotate":     {Rotation: 180, Fill: FillReflect},
			"tilt":       {Tilt: 15},
			"light":      {Light: 0.3, Noise: 5},
			"blur":       {Blur: 1.5},
			"background": {Background: 1, Steps: 0.25, Gamma: 0.3},
			"everything": everything(b),
		} {
			b.Run(fmt.Sprintf("%d/%s", size, name), func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					p.Apply(dst, src, spec, Key{1, 1, i})
				}
			})
		}
	}
}

// photograph is a synthetic part: rings about the centre on a grey ramp.
func photograph(size int) []uint8 {
	pixels := make([]uint8, size*size)
	for i := range pixels {
		x, y := float64(i%size)-float64(size-1)/2, float64(i/size)-float64(size-1)/2
		r := math.Hypot(x, y) / float64(size)
		value := 150 + 60*math.Sin(40*r)
		if r > 0.42 {
			value = 170 + 30*x/float64(size)
		}
		pixels[i] = uint8(value)
	}
	return pixels
}
