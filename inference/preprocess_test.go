package inference

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// noise returns a picture of seeded noise with its bounds away from the origin.
func noise(width, height int, seed uint64) *image.RGBA {
	random := rand.New(rand.NewPCG(seed, 1))
	img := image.NewRGBA(image.Rect(3, 5, 3+width, 5+height))
	for i := range img.Pix {
		img.Pix[i] = uint8(random.UintN(256))
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	return img
}

// bt601 is the luma by its definition, its weights in 16 bits.
func bt601(p color.RGBA) uint8 {
	return uint8(math.Round((19595*float64(p.R) + 38470*float64(p.G) + 7471*float64(p.B)) / 65536))
}

func TestLuma(t *testing.T) {
	for i := range 1 << 12 {
		p := color.RGBA{uint8(i >> 8 * 17), uint8(i >> 4 % 16 * 17), uint8(i % 16 * 17), 255}
		require.InDelta(t, 0.299*float64(p.R)+0.587*float64(p.G)+0.114*float64(p.B), float64(luma(p.R, p.G, p.B)), 0.51)
		require.Equal(t, p.R, luma(p.R, p.R, p.R))
	}
}

func toGray(img *image.RGBA) *image.Gray {
	gray := image.NewGray(img.Bounds())
	for i := range gray.Pix {
		gray.Pix[i] = bt601(color.RGBA{img.Pix[4*i], img.Pix[4*i+1], img.Pix[4*i+2], 255})
	}
	return gray
}

func spec(channels, width, height int) inspection.InputSpec {
	return inspection.InputSpec{Channels: channels, Width: width, Height: height, Scale: 1.0 / 255}
}

// reference resizes one plane by the definition, in float64.
func reference(at func(x, y int) float64, from, to image.Point) []float64 {
	weights := func(i, from, to int) []float64 {
		scale := float64(from) / float64(to)
		support := math.Max(1, scale)
		w, sum := make([]float64, from), 0.0
		for k := range w {
			w[k] = math.Max(0, 1-math.Abs(float64(k)+0.5-(float64(i)+0.5)*scale)/support)
			sum += w[k]
		}
		for k := range w {
			w[k] /= sum
		}
		return w
	}
	out := make([]float64, 0, to.X*to.Y)
	for y := range to.Y {
		wy := weights(y, from.Y, to.Y)
		for x := range to.X {
			wx, sum := weights(x, from.X, to.X), 0.0
			for v, b := range wy {
				for u, a := range wx {
					if a*b != 0 {
						sum += a * b * at(u, v)
					}
				}
			}
			out = append(out, sum)
		}
	}
	return out
}

func TestPixelsAgainstReference(t *testing.T) {
	for _, c := range []struct{ from, to image.Point }{
		{image.Pt(48, 48), image.Pt(15, 15)},
		{image.Pt(40, 40), image.Pt(40, 40)},
		{image.Pt(37, 53), image.Pt(20, 11)},
		{image.Pt(10, 9), image.Pt(33, 32)},
		{image.Pt(1, 1), image.Pt(4, 3)},
		{image.Pt(64, 2), image.Pt(1, 7)},
		{image.Pt(30, 30), image.Pt(29, 31)},
	} {
		t.Run(fmt.Sprint(c.from, c.to), func(t *testing.T) {
			img := noise(c.from.X+6, c.from.Y+4, 7)
			region := inspection.Rectangle{X: 2, Y: 1, Width: c.from.X, Height: c.from.Y}
			corner := img.Bounds().Min.Add(image.Pt(2, 1))
			for _, channels := range []int{1, 3} {
				got := make([]uint8, channels*c.to.X*c.to.Y)
				used, err := PreprocessPixels(img, region, spec(channels, c.to.X, c.to.Y), got)
				require.NoError(t, err)
				require.Equal(t, region, used)
				for plane := range channels {
					want := reference(func(x, y int) float64 {
						p := img.RGBAAt(corner.X+x, corner.Y+y)
						if channels == 1 {
							return float64(bt601(p))
						}
						return float64([]uint8{p.R, p.G, p.B}[plane])
					}, c.from, c.to)
					for i, v := range want {
						require.InDelta(t, v, float64(got[plane*len(want)+i]), 0.52, "plane %d, pixel %d", plane, i)
					}
				}
			}
		})
	}
}

func TestPixelsKinds(t *testing.T) {
	rgba := noise(50, 40, 3)
	gray := toGray(rgba)
	ycbcr := image.NewYCbCr(gray.Bounds(), image.YCbCrSubsampleRatio420)
	copy(ycbcr.Y, gray.Pix)
	want := make([]uint8, 16*16)
	region, err := PreprocessPixels(gray, inspection.Rectangle{}, spec(1, 16, 16), want)
	require.NoError(t, err)
	require.Equal(t, inspection.Rectangle{X: 5, Width: 40, Height: 40}, region, "the largest centred square")
	nrgba := image.NewNRGBA(rgba.Bounds())
	copy(nrgba.Pix, rgba.Pix)
	for _, img := range []image.Image{rgba, ycbcr, nrgba} {
		got := make([]uint8, len(want))
		_, err := PreprocessPixels(img, inspection.Rectangle{}, spec(1, 16, 16), got)
		require.NoError(t, err)
		require.Equal(t, want, got, "%T", img)
	}
	planes := make([]uint8, 3*16*16)
	_, err = PreprocessPixels(nrgba, inspection.Rectangle{}, spec(3, 16, 16), planes)
	require.NoError(t, err)
	same := make([]uint8, 3*16*16)
	_, err = PreprocessPixels(rgba, inspection.Rectangle{}, spec(3, 16, 16), same)
	require.NoError(t, err)
	require.Equal(t, planes, same)
}

// TestConstantStaysConstant holds for each size and each value: weights sum to one exactly.
func TestConstantStaysConstant(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	for range 300 {
		width, height := 1+random.IntN(90), 1+random.IntN(90)
		img := image.NewGray(image.Rect(0, 0, width, height))
		value := uint8(random.UintN(256))
		for i := range img.Pix {
			img.Pix[i] = value
		}
		to := image.Pt(1+random.IntN(70), 1+random.IntN(70))
		got := make([]uint8, to.X*to.Y)
		_, err := PreprocessPixels(img, inspection.Rectangle{Width: width, Height: height}, spec(1, to.X, to.Y), got)
		require.NoError(t, err)
		for _, v := range got {
			require.Equal(t, value, v, "%d×%d to %v", width, height, to)
		}
	}
}

// TestIdentity: a picture of the model's own size keeps each pixel.
func TestIdentity(t *testing.T) {
	img := toGray(noise(31, 31, 9))
	got := make([]uint8, 31*31)
	_, err := PreprocessPixels(img, inspection.Rectangle{}, spec(1, 31, 31), got)
	require.NoError(t, err)
	require.Equal(t, img.Pix, got)
}

func TestFlipsCommute(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 6))
	for range 200 {
		width, height := 1+random.IntN(80), 1+random.IntN(80)
		to := image.Pt(1+random.IntN(60), 1+random.IntN(60))
		img := toGray(noise(width, height, random.Uint64()))
		whole := inspection.Rectangle{Width: width, Height: height}
		straight, turned := make([]uint8, to.X*to.Y), make([]uint8, to.X*to.Y)
		_, err := PreprocessPixels(img, whole, spec(1, to.X, to.Y), straight)
		require.NoError(t, err)
		half := image.NewGray(img.Bounds())
		for i, v := range img.Pix { // both flips at once
			half.Pix[len(half.Pix)-1-i] = v
		}
		_, err = PreprocessPixels(half, whole, spec(1, to.X, to.Y), turned)
		require.NoError(t, err)
		for i, v := range straight {
			require.Equal(t, v, turned[len(turned)-1-i], "%d×%d to %v", width, height, to)
		}
	}
}

func TestResizeTables(t *testing.T) {
	for from := 1; from <= 64; from++ {
		for to := 1; to <= 64; to++ {
			table := &resizeTable{}
			table.set(from, to)
			for i := range to {
				sum := int32(0)
				for _, w := range table.weights[i*table.taps : (i+1)*table.taps] {
					require.GreaterOrEqual(t, w, int32(0))
					sum += w
				}
				require.EqualValues(t, weightOne, sum, "%d to %d, target %d", from, to, i)
				require.GreaterOrEqual(t, table.start[i], 0)
				require.LessOrEqual(t, table.start[i]+table.taps, from)
				require.True(t, i == 0 || table.start[i-1] <= table.start[i], "%d to %d, target %d: rows are read once", from, to, i)
			}
		}
	}
}

func TestFloatsScale(t *testing.T) {
	s := inspection.InputSpec{Channels: 1, Width: 9, Height: 9, Scale: 1 / 127.5, Offset: -1}
	p, err := NewPreprocessor(s)
	require.NoError(t, err)
	img := noise(20, 20, 4)
	pixels, floats, scaled := make([]uint8, 81), make([]float32, 81), make([]float32, 81)
	_, err = p.Pixels(img, inspection.Rectangle{}, pixels)
	require.NoError(t, err)
	_, err = p.Floats(img, inspection.Rectangle{}, floats)
	require.NoError(t, err)
	require.NoError(t, p.Scale(pixels, scaled))
	require.Equal(t, scaled, floats, "caching pixels must not change a bit")
	for i, v := range pixels {
		require.InDelta(t, float64(v)/127.5-1, float64(floats[i]), 1e-6)
	}
	require.ErrorIs(t, p.Scale(pixels, scaled[1:]), inspection.ErrModelInput)
}

// TestPreprocessorForgets: pictures of changing size give what a fresh preprocessor gives.
func TestPreprocessorForgets(t *testing.T) {
	p, err := NewPreprocessor(spec(1, 12, 10))
	require.NoError(t, err)
	for seed := range uint64(20) {
		img := noise(1+int(seed*7%50), 1+int(seed*13%40), seed)
		got, want := make([]uint8, 120), make([]uint8, 120)
		_, err := p.Pixels(img, inspection.Rectangle{}, got)
		require.NoError(t, err)
		_, err = PreprocessPixels(img, inspection.Rectangle{}, spec(1, 12, 10), want)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestPreprocessRefuses(t *testing.T) {
	img := noise(20, 10, 1)
	dst := make([]float32, 16)
	for name, region := range map[string]inspection.Rectangle{
		"right":    {X: 15, Width: 6, Height: 6},
		"below":    {Y: 5, Width: 6, Height: 6},
		"negative": {X: -1, Width: 6, Height: 6},
		"overflow": {X: math.MaxInt, Width: 6, Height: 6},
		"huge":     {Width: math.MaxInt, Height: math.MaxInt},
	} {
		_, err := Preprocess(img, region, spec(1, 4, 4), dst)
		require.ErrorIs(t, err, inspection.ErrModelInput, name)
	}
	for name, err := range map[string]error{
		"no picture":    second(Preprocess(nil, inspection.Rectangle{}, spec(1, 4, 4), dst)),
		"empty picture": second(Preprocess(image.NewGray(image.Rectangle{}), inspection.Rectangle{}, spec(1, 4, 4), dst)),
		"two channels":  second(Preprocess(img, inspection.Rectangle{}, spec(2, 4, 4), dst)),
		"no size":       second(Preprocess(img, inspection.Rectangle{}, spec(1, 0, 4), dst)),
		"short":         second(Preprocess(img, inspection.Rectangle{}, spec(1, 4, 4), dst[1:])),
		"short pixels":  second(PreprocessPixels(img, inspection.Rectangle{}, spec(1, 4, 4), make([]uint8, 15))),
	} {
		require.True(t, errors.Is(err, inspection.ErrModelInput), name)
	}
}

func second[T any](_ T, err error) error { return err }

func TestFloatsAllocateNothing(t *testing.T) {
	p, err := NewPreprocessor(spec(1, 100, 100))
	require.NoError(t, err)
	dst := make([]float32, p.Size())
	for _, img := range []image.Image{noise(640, 480, 1), toGray(noise(640, 480, 1))} {
		allocations := testing.AllocsPerRun(5, func() {
			_, _ = p.Floats(img, inspection.Rectangle{}, dst)
		})
		require.Zero(t, allocations, "%T", img)
	}
}

func BenchmarkPreprocess(b *testing.B) {
	rgba := noise(640, 480, 1)
	for _, size := range []int{75, 100, 150, 300} {
		for _, img := range []image.Image{rgba, toGray(rgba)} {
			b.Run(fmt.Sprintf("%T/%d", img, size), func(b *testing.B) {
				p, err := NewPreprocessor(spec(1, size, size))
				require.NoError(b, err)
				dst := make([]float32, p.Size())
				for b.Loop() {
					_, _ = p.Floats(img, inspection.Rectangle{}, dst)
				}
			})
		}
	}
}
