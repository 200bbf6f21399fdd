package locate_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"assay/inference/locate"
	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// picture draws a grey picture of the finder's size from a function of the pixel's centre.
func picture(width, height int, grey func(x, y float64) float64) []uint8 {
	out := make([]uint8, width*height)
	for i := range out {
		sum := 0.0
		for k := range 9 { // antialiased
			sum += grey(float64(i%width)+(float64(k%3)+0.5)/3, float64(i/width)+(float64(k/3)+0.5)/3) / 9
		}
		out[i] = uint8(max(0, min(255, math.Round(sum))))
	}
	return out
}

// disc is grey by the distance from an outline, 1 on it.
func disc(o inspection.Outline, grey func(d float64) float64) func(x, y float64) float64 {
	sin, cos := math.Sincos(o.Angle)
	return func(x, y float64) float64 {
		dx, dy := x-o.X, y-o.Y
		return grey(math.Hypot((dx*cos+dy*sin)/o.Major, (dy*cos-dx*sin)/o.Minor))
	}
}

func TestFindsDiscs(t *testing.T) {
	plain := func(d float64) float64 {
		if d < 1 {
			return 190
		}
		return 90
	}
	dark := func(d float64) float64 { return 280 - plain(d) }
	bored := func(d float64) float64 {
		if d < 0.5 {
			return 20
		}
		return plain(d)
	}
	faint := func(d float64) float64 {
		if d < 0.6 {
			return 30
		}
		if d < 1 {
			return 118
		}
		return 110
	}
	for name, grey := range map[string]func(d float64) float64{"plain": plain, "dark": dark, "bored": bored, "faint": faint} {
		for seed := range uint64(12) {
			r := rand.New(rand.NewPCG(seed, 6))
			major := 24 + 20*r.Float64()
			want := inspection.Outline{X: 48 + 4*r.NormFloat64(), Y: 48 + 4*r.NormFloat64(), Major: major,
				Minor: major * (0.85 + 0.15*r.Float64()), Angle: math.Pi * r.Float64()}
			pixels := picture(96, 96, disc(want, grey))
			for i := range pixels {
				pixels[i] = uint8(max(0, min(255, float64(pixels[i])+1.5*r.NormFloat64())))
			}
			var f locate.Finder
			got, ok := f.Find(pixels, 96, 96)
			require.True(t, ok, "%s %d", name, seed)
			require.LessOrEqual(t, apart(moved(want, stay, 96), got), 0.03, "%s %d: %+v, not %+v", name, seed, got, want)
			require.Greater(t, got.Confidence, 0.4)
			require.LessOrEqual(t, got.Confidence, 1.0)
		}
	}
}

func TestFindsNothingWhereNothingIsRound(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	var f locate.Finder
	for name, grey := range map[string]func(x, y float64) float64{
		"blank":   func(_, _ float64) float64 { return 100 },
		"noise":   func(_, _ float64) float64 { return 128 + 60*r.NormFloat64() },
		"ramp":    func(x, y float64) float64 { return x + y },
		"edge":    func(x, _ float64) float64 { return 50 + 100*math.Floor(x/48) },
		"stripes": func(x, y float64) float64 { return 128 + 80*math.Sin(x/2+y/5) },
	} {
		got, ok := f.Find(picture(96, 96, grey), 96, 96)
		require.False(t, ok, "%s: %+v", name, got)
		require.Zero(t, got)
	}
	_, ok := f.Find(make([]uint8, 12*40), 12, 40)
	require.False(t, ok, "too small")
	require.Panics(t, func() { f.Find(make([]uint8, 5), 96, 96) })
}

func TestFindsInWidePictures(t *testing.T) {
	want := inspection.Outline{X: 60, Y: 36, Major: 28, Minor: 27, Angle: 1}
	var f locate.Finder
	got, ok := f.Find(picture(96, 72, disc(want, func(d float64) float64 {
		if d < 1 {
			return 200
		}
		return 60
	})), 96, 72)
	require.True(t, ok)
	require.LessOrEqual(t, apart(moved(want, stay, 96), got), 0.02)
}

// Any bytes at any size neither panic nor give an outline that is no ellipse.
func FuzzFind(f *testing.F) {
	f.Add([]byte("pixels"), uint8(20), uint8(30))
	f.Fuzz(func(t *testing.T, data []byte, width, height uint8) {
		w, h := int(width), int(height)
		pixels := make([]uint8, w*h)
		for i := range pixels {
			if len(data) > 0 {
				pixels[i] = data[i%len(data)]
			}
		}
		var finder locate.Finder
		o, ok := finder.Find(pixels, w, h)
		if !ok {
			return
		}
		require.True(t, o.Major >= o.Minor && o.Minor > 0 && o.Angle >= 0 && o.Angle < math.Pi && o.Confidence <= 1, "%+v", o)
	})
}
