package familiarity_test

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"assay/inference"
	"assay/inference/familiarity"
	"assay/inspection"

	"github.com/stretchr/testify/require"
)

func input(channels, side int, normalization string) inspection.InputSpec {
	return inspection.InputSpec{Channels: channels, Height: side, Width: side, Scale: 1.0 / 255, Normalization: normalization}
}

// part draws a part of the kind that the tests know: a disc with a dark bore and
// a bright collar, each a little different.
func part(seed uint64) *image.Gray {
	const side = 160
	r := rand.New(rand.NewPCG(seed, 3))
	x0, y0, size := 0.5+0.02*r.NormFloat64(), 0.5+0.02*r.NormFloat64(), 0.4+0.02*r.Float64()
	light, slope, turn := 170+15*r.NormFloat64(), 0.1*r.Float64(), 6.3*r.Float64()
	img := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			u, v := (float64(x)+0.5)/side-x0, (float64(y)+0.5)/side-y0
			d := math.Hypot(u, v) / size
			grey := 1.0
			switch {
			case d > 1:
				grey = 0.55
			case d < 0.2:
				grey = 0.8
			case d < 0.5:
				grey = 0.2
			case d < 0.6:
				grey = 1.2
			}
			img.Pix[y*side+x] = clip(light*grey*(1+slope*(u*math.Cos(turn)+v*math.Sin(turn))) + 3*r.NormFloat64())
		}
	}
	return img
}

// prepare brings pictures to the input's pixels.
func prepare(t testing.TB, spec inspection.InputSpec, n int, draw func(i int) image.Image) [][]uint8 {
	t.Helper()
	p, err := inference.NewPreprocessor(spec)
	require.NoError(t, err)
	out := make([][]uint8, n)
	for i := range out {
		out[i] = make([]uint8, p.Size())
		_, err := p.Pixels(draw(i), inspection.Rectangle{}, out[i])
		require.NoError(t, err)
	}
	return out
}

func parts(from int) func(i int) image.Image {
	return func(i int) image.Image { return part(uint64(from + i)) }
}

func flagged(d *familiarity.Description, pictures [][]uint8) int {
	n := 0
	for _, p := range pictures {
		if d.Judge(p).Unfamiliar {
			n++
		}
	}
	return n
}

func list(pictures [][]uint8) (int, func(i int) []uint8) {
	return len(pictures), func(i int) []uint8 { return pictures[i] }
}

func fit(t testing.TB, spec inspection.InputSpec, n int) *familiarity.Description {
	t.Helper()
	train := prepare(t, spec, n, parts(0))
	d, err := familiarity.Fit(len(train), func(i int) []uint8 { return train[i] }, spec)
	require.NoError(t, err)
	require.NoError(t, d.Calibrate(list(prepare(t, spec, n/2, parts(100_000)))))
	return d
}

func TestKnowsItsOwn(t *testing.T) {
	for _, spec := range []inspection.InputSpec{input(1, 64, inspection.NormalizationDisc), input(1, 64, ""), input(3, 48, "")} {
		t.Run(fmt.Sprint(spec.Normalization, spec.Channels), func(t *testing.T) {
			d := fit(t, spec, 120)
			own := prepare(t, spec, 100, parts(200_000))
			require.LessOrEqual(t, flagged(d, own), 2, "of 100 parts of the kind that was learnt")
			strange := prepare(t, spec, 110, func(i int) image.Image { return other(i) })
			require.GreaterOrEqual(t, flagged(d, strange), 109, "of 110 pictures of other things")
		})
	}
}

func TestATurnedPartIsAsFamiliar(t *testing.T) {
	spec := input(1, 64, "")
	d := fit(t, spec, 100)
	p := prepare(t, spec, 1, parts(7))[0]
	turned, mirrored := make([]uint8, len(p)), make([]uint8, len(p))
	for y := range 64 {
		for x := range 64 {
			turned[y*64+x] = p[x*64+63-y]
			mirrored[y*64+x] = p[y*64+63-x]
		}
	}
	require.InEpsilon(t, d.Distance(p), d.Distance(turned), 1e-4)
	require.InEpsilon(t, d.Distance(p), d.Distance(mirrored), 1e-4)
}

func TestDistanceIsOneAtTheLimit(t *testing.T) {
	spec := input(1, 32, "")
	d := fit(t, spec, 60)
	for i := range 40 {
		for _, img := range []image.Image{part(uint64(i)), other(i)} {
			p := prepare(t, spec, 1, func(int) image.Image { return img })[0]
			f := d.Judge(p)
			require.Equal(t, d.Distance(p), f.Distance)
			require.Equal(t, f.Distance > f.Limit, f.Unfamiliar)
			require.False(t, math.IsNaN(f.Distance) || math.IsInf(f.Distance, 0))
		}
	}
}

func TestSamePicturesSameDescription(t *testing.T) {
	spec := input(1, 32, "")
	require.Equal(t, fit(t, spec, 60).Encode(), fit(t, spec, 60).Encode())
}

func TestEncodeDecode(t *testing.T) {
	spec := input(1, 32, "")
	d := fit(t, spec, 60)
	data := d.Encode()
	require.LessOrEqual(t, len(data), 64<<10)
	again, err := familiarity.Decode(data)
	require.NoError(t, err)
	require.Equal(t, data, again.Encode())
	p := prepare(t, spec, 1, parts(5))[0]
	require.Equal(t, d.Distance(p), again.Distance(p))
	require.True(t, again.Fits(spec))
	require.False(t, again.Fits(input(3, 32, "")))
	require.False(t, again.Fits(input(1, 33, "")))
}

func TestGoroutinesShareADescription(t *testing.T) {
	spec := input(1, 32, "")
	d := fit(t, spec, 60)
	pictures := prepare(t, spec, 16, parts(5))
	want := make([]float64, len(pictures))
	for i, p := range pictures {
		want[i] = d.Distance(p)
	}
	var group sync.WaitGroup
	got := make([]float64, len(pictures))
	for i, p := range pictures {
		group.Go(func() { got[i] = d.Distance(p) })
	}
	group.Wait()
	require.Equal(t, want, got)
}

func TestRefuses(t *testing.T) {
	spec := input(1, 32, "")
	pictures := prepare(t, spec, 30, parts(0))
	_, at := list(pictures)
	_, err := familiarity.Fit(familiarity.LeastPictures-1, at, spec)
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	_, err = familiarity.Fit(30, func(int) []uint8 { return make([]uint8, 5) }, spec)
	require.ErrorIs(t, err, inspection.ErrModelInput)
	_, err = familiarity.Fit(30, at, input(2, 32, ""))
	require.ErrorIs(t, err, inspection.ErrModelInput)
	d, err := familiarity.Fit(30, at, spec)
	require.NoError(t, err)
	require.ErrorIs(t, d.Calibrate(3, at), inspection.ErrBadDataset)
	require.Panics(t, func() { d.Distance(make([]uint8, 7)) })
}

// Pictures that are all the same have no spread, which must not make the
// smallest change strange, nor anything not a number.
func TestSamePictureAgainAndAgain(t *testing.T) {
	spec := input(1, 32, "")
	p := prepare(t, spec, 1, parts(0))[0]
	d, err := familiarity.Fit(30, func(int) []uint8 { return p }, spec)
	require.NoError(t, err)
	require.False(t, math.IsNaN(d.Distance(p)))
	require.Greater(t, d.Distance(make([]uint8, len(p))), 1.0)
	_, err = familiarity.Decode(d.Encode())
	require.NoError(t, err)
}

func FuzzDecode(f *testing.F) {
	data := fit(f, input(1, 32, ""), 40).Encode()
	f.Add(data)
	f.Add(data[:40])
	f.Add([]byte{})
	flat := make([]uint8, 32*32)
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := familiarity.Decode(data)
		if err != nil {
			require.ErrorIs(t, err, inspection.ErrBadModel)
			return
		}
		require.Equal(t, data, d.Encode())
		if d.Fits(input(1, 32, "")) {
			distance := d.Distance(flat)
			require.False(t, math.IsNaN(distance) || math.IsInf(distance, 0))
		}
	})
}
