package locate_test

import (
	"image"
	_ "image/jpeg"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"assay/inference"
	"assay/inference/locate"
	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// castings returns n castings, spread over the training part.
func castings(t testing.TB, n int) []*image.Gray {
	t.Helper()
	shared := os.Getenv("ASSAY_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	files, err := filepath.Glob(filepath.Join(shared, "datasets", "casting", "train", "*", "*.jpeg"))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("the casting images are not here: set ASSAY_SHARED")
	}
	images := make([]*image.Gray, n)
	for i := range images {
		file, err := os.Open(files[i*len(files)/n])
		require.NoError(t, err)
		img, _, err := image.Decode(file)
		require.NoError(t, err)
		require.NoError(t, file.Close())
		b := img.Bounds()
		images[i] = image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
		for y := range b.Dy() {
			for x := range b.Dx() {
				images[i].Pix[y*images[i].Stride+x] = img.(*image.YCbCr).Y[img.(*image.YCbCr).YOffset(b.Min.X+x, b.Min.Y+y)]
			}
		}
	}
	return images
}

// finder finds outlines as models do.
type finder struct {
	preprocessor *inference.Preprocessor
	pixels       []uint8
}

func newFinder(t testing.TB) *finder {
	t.Helper()
	p, err := inference.NewPreprocessor(inspection.InputSpec{Channels: 1, Width: 32, Height: 32, Scale: 1,
		Normalization: inspection.NormalizationDisc})
	require.NoError(t, err)
	return &finder{p, make([]uint8, p.Size())}
}

func (f *finder) find(t testing.TB, img *image.Gray) (inspection.Outline, bool) {
	t.Helper()
	_, err := f.preprocessor.Pixels(img, inspection.Rectangle{}, f.pixels)
	require.NoError(t, err)
	return f.preprocessor.Located()
}

// at returns the point of an outline at a parameter of the circle it came from.
func at(o inspection.Outline, a float64) (x, y float64) {
	sin, cos := math.Sincos(o.Angle)
	u, v := o.Major*math.Cos(a), o.Minor*math.Sin(a)
	return o.X + u*cos - v*sin, o.Y + u*sin + v*cos
}

// apart returns the largest distance of a point, of which from holds many, from
// the ellipse o, in parts of its radius.
func apart(from [][2]float64, o inspection.Outline) float64 {
	sin, cos := math.Sincos(o.Angle)
	worst := 0.0
	for _, p := range from {
		dx, dy := p[0]-o.X, p[1]-o.Y
		u, v := (dx*cos+dy*sin)/o.Major, (dy*cos-dx*sin)/o.Minor
		worst = max(worst, math.Abs(math.Hypot(u, v)-1))
	}
	return worst
}

// change is a picture's fate: where its points go and what happens to its light.
type change struct {
	name  string
	point func(r *rand.Rand) [9]float64 // a homography about the centre, in parts of the side
	light func(r *rand.Rand, img *image.Gray)
	most  float64 // the error that 95 of 100 may have, in percent of the radius
}

func affine(a, b, c, d, x, y float64) [9]float64 { return [9]float64{a, b, x, c, d, y, 0, 0, 1} }

var stay = affine(1, 0, 0, 1, 0, 0)

func tilt(angle, azimuth float64) [9]float64 {
	// a plane turned about an axis through the centre, seen from three sides' lengths away
	s, c := math.Sincos(azimuth)
	k, z := math.Cos(angle), math.Sin(angle)/3
	return [9]float64{c*c*k + s*s, c * s * (k - 1), 0, c * s * (k - 1), s*s*k + c*c, 0, z * c, z * s, 1}
}

func each(img *image.Gray, f func(x, y int, v float64) float64) {
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			p := &img.Pix[y*img.Stride+x]
			*p = uint8(max(0, min(255, math.Round(f(x, y, float64(*p))))))
		}
	}
}

func uniform(r *rand.Rand, span float64) float64 { return (2*r.Float64() - 1) * span }

var changes = []change{
	{"none", nil, nil, 0.001},
	{"shift 10%", func(r *rand.Rand) [9]float64 { return affine(1, 0, 0, 1, uniform(r, 0.1), uniform(r, 0.1)) }, nil, 2.5},
	{"scale 15%", func(r *rand.Rand) [9]float64 { s := 1 + uniform(r, 0.15); return affine(s, 0, 0, s, 0, 0) }, nil, 2.5},
	{"scale 0.45", func(r *rand.Rand) [9]float64 {
		return affine(0.45, 0, 0, 0.45, uniform(r, 0.15), uniform(r, 0.15))
	}, nil, 5},
	{"rotation", func(r *rand.Rand) [9]float64 {
		s, c := math.Sincos(uniform(r, math.Pi))
		return affine(c, -s, s, c, 0, 0)
	}, nil, 2.5},
	{"tilt 15", func(r *rand.Rand) [9]float64 { return tilt(15*math.Pi/180, uniform(r, math.Pi)) }, nil, 2.5},
	{"tilt 20", func(r *rand.Rand) [9]float64 { return tilt(20*math.Pi/180, uniform(r, math.Pi)) }, nil, 2.5},
	{"brightness", nil, func(r *rand.Rand, img *image.Gray) {
		b := uniform(r, 64)
		each(img, func(_, _ int, v float64) float64 { return v + b })
	}, 2.5},
	{"contrast", nil, func(r *rand.Rand, img *image.Gray) {
		c := 1 + uniform(r, 0.25)
		each(img, func(_, _ int, v float64) float64 { return 128 + (v-128)*c })
	}, 2.5},
	{"light", nil, func(r *rand.Rand, img *image.Gray) {
		s, c := math.Sincos(uniform(r, math.Pi))
		half := float64(img.Rect.Dx()) / 2
		each(img, func(x, y int, v float64) float64 {
			return v * (1 + 0.35*((float64(x)-half)*c+(float64(y)-half)*s)/half)
		})
	}, 2.5},
	{"noise 8", nil, func(r *rand.Rand, img *image.Gray) {
		each(img, func(_, _ int, v float64) float64 { return v + 8*r.NormFloat64() })
	}, 2.5},
	{"blur", nil, func(_ *rand.Rand, img *image.Gray) {
		for range 5 {
			source := slices.Clone(img.Pix)
			n := img.Stride
			for y := 1; y < img.Rect.Dy()-1; y++ {
				for x := 1; x < n-1; x++ {
					i := y*n + x
					img.Pix[i] = uint8((4*int(source[i]) + int(source[i-1]) + int(source[i+1]) + int(source[i-n]) + int(source[i+n]) + 4) / 8)
				}
			}
		}
	}, 2.5},
	{"mixed", func(r *rand.Rand) [9]float64 {
		m := tilt(15*r.Float64()*math.Pi/180, uniform(r, math.Pi))
		s := 0.95 + uniform(r, 0.2)
		for i := range 6 {
			m[i] *= s
		}
		m[2], m[5] = uniform(r, 0.05), uniform(r, 0.05)
		return m
	}, func(r *rand.Rand, img *image.Gray) {
		g, b, s := 1+uniform(r, 0.25), uniform(r, 32), uniform(r, 0.3)
		each(img, func(x, _ int, v float64) float64 {
			return v*g*(1+s*(float64(x)/150-1)) + b + 5*r.NormFloat64()
		})
	}, 2.5},
}

// warp moves the picture's points, what comes from outside repeating the border.
func warp(img *image.Gray, m [9]float64) *image.Gray {
	side := img.Rect.Dx()
	out := image.NewGray(img.Rect)
	n := float64(side)
	inverse := invert(m)
	for y := range side {
		for x := range side {
			u, v := apply(inverse, (float64(x)+0.5)/n-0.5, (float64(y)+0.5)/n-0.5)
			u, v = max(0, min(n-1.001, (u+0.5)*n-0.5)), max(0, min(n-1.001, (v+0.5)*n-0.5))
			i, j := int(u), int(v)
			fu, fv := u-float64(i), v-float64(j)
			p := img.Pix[j*img.Stride+i:]
			value := (float64(p[0])*(1-fu)+float64(p[1])*fu)*(1-fv) + (float64(p[img.Stride])*(1-fu)+float64(p[img.Stride+1])*fu)*fv
			out.Pix[y*out.Stride+x] = uint8(value + 0.5)
		}
	}
	return out
}

func apply(m [9]float64, x, y float64) (float64, float64) {
	w := m[6]*x + m[7]*y + m[8]
	return (m[0]*x + m[1]*y + m[2]) / w, (m[3]*x + m[4]*y + m[5]) / w
}

func invert(m [9]float64) [9]float64 {
	return [9]float64{
		m[4]*m[8] - m[5]*m[7], m[2]*m[7] - m[1]*m[8], m[1]*m[5] - m[2]*m[4],
		m[5]*m[6] - m[3]*m[8], m[0]*m[8] - m[2]*m[6], m[2]*m[3] - m[0]*m[5],
		m[3]*m[7] - m[4]*m[6], m[1]*m[6] - m[0]*m[7], m[0]*m[4] - m[1]*m[3],
	}
}

func number(t *testing.T, standard int) int {
	t.Helper()
	text := os.Getenv("ASSAY_CASTINGS")
	if text == "" {
		return standard
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

// TestFollowsCastings finds the rim in castings, changes the pictures in known
// ways, and asks how far the rim found in the changed one lies from where the
// first one must have gone. ASSAY_CASTINGS is the number of castings, 40 if not
// set.
func TestFollowsCastings(t *testing.T) {
	images := castings(t, number(t, 40))
	finder := newFinder(t)
	first := make([]inspection.Outline, len(images))
	for i, img := range images {
		var ok bool
		if first[i], ok = finder.find(t, img); !ok {
			t.Errorf("no rim in casting %d", i)
		}
	}
	for _, c := range changes {
		random := rand.New(rand.NewPCG(9, 9))
		var errors []float64
		lost := 0
		for i, img := range images {
			if first[i].Major == 0 {
				continue
			}
			changed, m := c.apply(random, img)
			o, ok := finder.find(t, changed)
			if !ok {
				lost++
				continue
			}
			errors = append(errors, apart(moved(first[i], m, float64(img.Rect.Dx())), o))
		}
		slices.Sort(errors)
		quantile := func(q float64) float64 { return 100 * errors[int(q*float64(len(errors)-1))] }
		require.Zero(t, lost, c.name)
		require.LessOrEqual(t, quantile(0.95), c.most, c.name)
		t.Logf("%-12s lost %3d  median %.2f  p95 %.2f  p99 %.2f %% of the radius", c.name, lost, quantile(0.5), quantile(0.95), quantile(0.99))
	}
}

func (c change) apply(r *rand.Rand, img *image.Gray) (*image.Gray, [9]float64) {
	m := stay
	out := &image.Gray{Pix: slices.Clone(img.Pix), Stride: img.Stride, Rect: img.Rect}
	if c.point != nil {
		m = c.point(r)
		out = warp(img, m)
	}
	if c.light != nil {
		c.light(r, out)
	}
	return out, m
}

func moved(o inspection.Outline, m [9]float64, side float64) [][2]float64 {
	var points [][2]float64
	for k := range 32 {
		x, y := at(o, float64(k)*math.Pi/16)
		x, y = apply(m, x/side-0.5, y/side-0.5)
		points = append(points, [2]float64{(x + 0.5) * side, (y + 0.5) * side})
	}
	return points
}

func BenchmarkFind(b *testing.B) {
	img := castings(b, 1)[0]
	pixels := make([]uint8, locate.Side*locate.Side)
	spec := inspection.InputSpec{Channels: 1, Width: locate.Side, Height: locate.Side, Scale: 1}
	_, err := inference.PreprocessPixels(img, inspection.Rectangle{}, spec, pixels)
	require.NoError(b, err)
	finder := &locate.Finder{}
	for b.Loop() {
		finder.Find(pixels, locate.Side, locate.Side)
	}
}
