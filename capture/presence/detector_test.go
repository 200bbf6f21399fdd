package presence_test

import (
	"context"
	"image"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"assay/capture"
	"assay/capture/demo"
	"assay/capture/presence"
	"assay/inspection"
)

// Every part of the demo line is noticed once, at rest and in the middle, and
// the empty places are not.
func TestOnceForEachPartOfTheLine(t *testing.T) {
	parts := int(100 * effort)
	seeds := []uint64{77, 1, 2}
	for _, seed := range seeds[:max(1, int(float64(len(seeds))*effort))] {
		source, err := demo.Open(t.Context(), "", capture.Options{Seed: seed})
		require.NoError(t, err)
		detector := presence.New(presence.Options{Region: demo.Region})
		for want := uint64(1); want <= uint64(parts); {
			f, err := source.Next(context.Background())
			require.NoError(t, err)
			if f.Truth != nil {
				require.LessOrEqual(t, f.Truth.Part, want, "seed %d: part %d passed unseen", seed, want)
			}
			if !detector.Observe(f) {
				continue
			}
			require.NotNil(t, f.Truth, "seed %d, frame %d: nothing there", seed, f.Sequence)
			require.Equal(t, want, f.Truth.Part, "seed %d, frame %d", seed, f.Sequence)
			require.True(t, demo.AtRest(f.Sequence), "seed %d, frame %d: still moving", seed, f.Sequence)
			want++
		}
	}
}

// grain is noise of deviation 1, made once: drawing it anew for each picture would take most of the time.
var grain = func() []float32 {
	r := rand.New(rand.NewPCG(5, 6))
	values := make([]float32, 1<<18)
	for i := range values {
		values[i] = float32(r.NormFloat64())
	}
	return values
}()

// disc draws a bright ring on a gray ground, its middle at x, with noise and a gain.
func disc(r *rand.Rand, x int, gain, noise float64) inspection.Frame {
	img := image.NewGray(image.Rect(0, 0, 320, 240))
	grain := grain[r.IntN(len(grain)-len(img.Pix)):]
	for i := range img.Pix {
		dx, dy := i%320-x, i/320-120
		d := dx*dx + dy*dy
		v := 100 * float32(gain)
		if d < 90*90 && d > 30*30 {
			v = 190 * float32(gain)
		}
		img.Pix[i] = uint8(min(max(v+grain[i]*float32(noise), 0), 255))
	}
	return inspection.Frame{Image: img}
}

const away = -200 // a place out of sight

func count(d *presence.Detector, frames ...inspection.Frame) (times int) {
	for _, f := range frames {
		if d.Observe(f) {
			times++
		}
	}
	return times
}

func TestStillPartIsReportedOnce(t *testing.T) {
	for _, noise := range []float64{0, 2, 6} {
		r := rand.New(rand.NewPCG(1, 2))
		d := presence.New(presence.Options{})
		times := 0
		for range int(300 * effort) {
			times += count(d, disc(r, 160, 1, noise))
		}
		require.Equal(t, 1, times, "noise %g", noise)
		require.True(t, d.Present())
	}
}

func TestSlowChangeOfLightIsNoNewPart(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	d := presence.New(presence.Options{})
	times := 0
	for i := range 200 {
		times += count(d, disc(r, 160, 1-float64(i)*0.002, 2))
	}
	require.Equal(t, 1, times)
}

func TestEmptyBeltIsNoPart(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	d := presence.New(presence.Options{})
	for range 50 {
		require.Zero(t, count(d, disc(r, away, 1, 3)))
	}
	require.False(t, d.Present())
}

func TestMovingPartIsNotReported(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	d := presence.New(presence.Options{})
	for x := away; x < 600; x += 4 {
		require.Zero(t, count(d, disc(r, x, 1, 2)), "at %d", x)
	}
}

func TestStillsShownInTurn(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	d := presence.New(presence.Options{})
	for i := range 20 {
		x := 150 + 7*(i%3)
		times := 0
		for range 5 {
			times += count(d, disc(r, x, 1, 0))
		}
		require.Equal(t, 1, times, "picture %d", i)
	}
}

func TestPartLaidDownAgain(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	d := presence.New(presence.Options{StillFrames: 2})
	lies, gone := disc(r, 160, 1, 0), disc(r, away, 1, 0)
	require.Equal(t, 2, count(d, gone, lies, lies, lies, gone, lies, lies, lies))
}

// With the belt learned, contrast no longer matters: a rich belt is empty, and
// a pale part on it is a part.
func TestLearnedBelt(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	belt, part := disc(r, 60, 1, 0), disc(r, 90, 1, 0)
	d := presence.New(presence.Options{})
	require.True(t, d.Learn(belt))
	require.Zero(t, count(d, belt, belt, belt, belt))
	require.Equal(t, 1, count(d, part, part, part, part))

	d.Forget()
	require.Equal(t, 1, count(d, belt, belt, belt, belt))
	require.False(t, d.Learn(inspection.Frame{}))
}

func TestFramesThatCannotBeUsed(t *testing.T) {
	d := presence.New(presence.Options{Region: inspection.Rectangle{X: 5000, Y: 0, Width: 10, Height: 10}})
	require.Zero(t, count(d, inspection.Frame{}, disc(rand.New(rand.NewPCG(1, 2)), 160, 1, 0)))
	tiny := inspection.Frame{Image: image.NewGray(image.Rect(0, 0, 1, 1))}
	require.Zero(t, count(presence.New(presence.Options{}), tiny, tiny, tiny, tiny))
}

func BenchmarkObserve(b *testing.B) {
	img, _ := demo.Render(1, 1)
	f := inspection.Frame{Image: img}
	d := presence.New(presence.Options{})
	b.ReportAllocs()
	for b.Loop() {
		d.Observe(f)
	}
}
