package augment

import (
	"math"
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

func apply(p Pipeline, src []uint8, spec inspection.InputSpec, key Key) []float32 {
	dst := make([]float32, len(src))
	p.Apply(dst, src, spec, key)
	return dst
}

func TestParse(t *testing.T) {
	p, err := Parse(" hflip, vflip,quarter,rotate=15 ")
	require.NoError(t, err)
	require.Equal(t, Pipeline{HorizontalFlip: true, VerticalFlip: true, QuarterTurns: true, Rotation: 15}, p)
	require.Equal(t, "hflip,vflip,quarter,rotate=15", p.String())
	again, err := Parse(p.String())
	require.NoError(t, err)
	require.Equal(t, p, again)
	p, err = Parse("rotate")
	require.NoError(t, err)
	require.Equal(t, 180.0, p.Rotation)
	p, err = Parse("")
	require.NoError(t, err)
	require.Equal(t, Pipeline{}, p)
	require.Nil(t, p.Names())
}

func TestParseRefuses(t *testing.T) {
	for _, list := range []string{"zca", "hflip,zoom", "shear", "Hflip"} {
		_, err := Parse(list)
		require.ErrorContains(t, err, "there are hflip, vflip, quarter, rotate", list)
	}
	for _, list := range []string{"rotate=", "rotate=0", "rotate=-3", "rotate=181", "rotate=NaN", "rotate=x", "hflip=2"} {
		_, err := Parse(list)
		require.Error(t, err, list)
	}
}

func TestValidate(t *testing.T) {
	require.NoError(t, Pipeline{Rotation: 180, Fill: FillWrap}.Validate())
	require.Error(t, Pipeline{Rotation: math.NaN()}.Validate())
	require.Error(t, Pipeline{Fill: "mirror"}.Validate())
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
		"none":             {variant{}, []float32{1, 2, 3, 4}},
		"horizontal":       {variant{horizontal: true}, []float32{2, 1, 4, 3}},
		"vertical":         {variant{vertical: true}, []float32{3, 4, 1, 2}},
		"quarter":          {variant{quarters: 1}, []float32{2, 4, 1, 3}},
		"half":             {variant{quarters: 2}, []float32{4, 3, 2, 1}},
		"three quarters":   {variant{quarters: 3}, []float32{3, 1, 4, 2}},
		"flip then turned": {variant{horizontal: true, quarters: 1}, []float32{1, 3, 2, 4}},
	} {
		dst := make([]float32, 4)
		c.v.move(dst, src, plain(2, 2))
		require.Equal(t, c.want, dst, name)
	}
	dst := make([]float32, 6)
	variant{quarters: 2, horizontal: true}.move(dst, []uint8{1, 2, 3, 4, 5, 6}, plain(2, 3))
	require.Equal(t, []float32{4, 5, 6, 1, 2, 3}, dst, "not square")
}

// TestRotationMatchesTurns: resampling by a whole quarter gives what moving gives.
func TestRotationMatchesTurns(t *testing.T) {
	for _, size := range []int{4, 7} {
		src, spec := ramp(size*size), plain(size, size)
		for quarters := range 4 {
			moved, turned := make([]float32, len(src)), make([]float32, len(src))
			variant{quarters: quarters, vertical: true}.move(moved, src, spec)
			Pipeline{}.resample(turned, src, spec, variant{angle: float64(quarters) * 90, vertical: true})
			for i := range moved {
				require.InDelta(t, moved[i], turned[i], 1e-3)
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
	dst := make([]float32, len(src))
	Pipeline{}.resample(dst, src, plain(size, size), variant{angle: angle})
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
		s := sampler{src: []uint8{1, 2, 3, 4}, width: 4, height: 1, fill: fill, constant: 9}
		for x := -4; x < 8; x++ {
			require.Equal(t, want[x+4], s.pixel(x, 0), "%s at %d", fill, x)
		}
		if fill != FillConstant {
			require.Equal(t, s.pixel(2, 0), s.pixel(2, -7), "one row: every row is that row")
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
			v := p.draw(key(i), true)
			require.LessOrEqual(t, math.Abs(v.angle), 90.0)
			sum += v.angle
			v.angle = 0
			count[v]++
		}
		require.Len(t, count, 16, name)
		for v, c := range count {
			require.InDelta(t, n/16, c, 6*math.Sqrt(n/16), "%s %+v", name, v)
		}
		require.InDelta(t, 0, sum/n, 6*52/math.Sqrt(n), name)
	}
}

// TestSwitchesAreIndependent: turning one augmentation on leaves the others' draws.
func TestSwitchesAreIndependent(t *testing.T) {
	for i := range 50 {
		flips := Pipeline{HorizontalFlip: true}.draw(Key{1, 1, i}, true)
		all := Pipeline{HorizontalFlip: true, VerticalFlip: true, Rotation: 10}.draw(Key{1, 1, i}, true)
		require.Equal(t, flips.horizontal, all.horizontal)
	}
	require.NotEqual(t, 1, Pipeline{QuarterTurns: true}.draw(Key{}, false).quarters%2, "not square: half turns only")
}

func BenchmarkApply(b *testing.B) {
	src, spec := ramp(100*100), plain(100, 100)
	dst := make([]float32, len(src))
	for name, p := range map[string]Pipeline{
		"moves":  {HorizontalFlip: true, VerticalFlip: true, QuarterTurns: true},
		"rotate": {Rotation: 180, Fill: FillReflect},
	} {
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				p.Apply(dst, src, spec, Key{1, 1, i})
			}
		})
	}
}
