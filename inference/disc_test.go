package inference

import (
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// scene draws a round part with a bore, a collar and two marks in its face, as
// an ellipse wherever it is told, on a table of some grey.
type scene struct {
	width, height        int
	x, y, major, minor   float64
	angle                float64
	table, gain, offset  float64
	slopeX, slopeY, grit float64
}

func plainScene() scene {
	return scene{width: 320, height: 320, x: 160, y: 160, major: 120, minor: 120, table: 90, gain: 1}
}

func (s scene) draw() *image.Gray {
	r := rand.New(rand.NewPCG(1, 1))
	img := image.NewGray(image.Rect(0, 0, s.width, s.height))
	sin, cos := math.Sincos(s.angle)
	at := func(x, y float64) float64 {
		u, v := x-s.x, y-s.y
		// back through the symmetric map that made the ellipse of the disc
		a, b := (u*cos+v*sin)/s.major, (v*cos-u*sin)/s.minor
		p, q := a*cos-b*sin, a*sin+b*cos
		d := math.Hypot(p, q)
		switch {
		case d > 1:
			return s.table
		case d < 0.2:
			return 180
		case d < 0.55:
			return 40
		case math.Hypot(p-0.75, q) < 0.08, math.Hypot(p-0.1, q-0.8) < 0.06:
			return 110
		}
		return 200
	}
	for y := range s.height {
		for x := range s.width {
			sum := 0.0
			for k := range 16 {
				sum += at(float64(x)+(float64(k%4)+0.5)/4, float64(y)+(float64(k/4)+0.5)/4) / 16
			}
			light := 1 + s.slopeX*(float64(x)-s.x)/s.major + s.slopeY*(float64(y)-s.y)/s.major
			v := sum*s.gain*light + s.offset + s.grit*r.NormFloat64()
			img.Pix[y*s.width+x] = uint8(math.Max(0, math.Min(255, math.Round(v))))
		}
	}
	return img
}

func discSpec(channels, side int) inspection.InputSpec {
	s := spec(channels, side, side)
	s.Normalization = inspection.NormalizationDisc
	return s
}

// normalized returns the pixels, and fails the test unless the part is found.
func normalized(t *testing.T, s scene) []uint8 {
	t.Helper()
	p, err := NewPreprocessor(discSpec(1, 100))
	require.NoError(t, err)
	out := make([]uint8, p.Size())
	_, err = p.Pixels(s.draw(), inspection.Rectangle{}, out)
	require.NoError(t, err)
	_, found := p.Located()
	require.True(t, found)
	return out
}

// difference returns the mean difference of two pictures' pixels.
func difference(a, b []uint8) float64 {
	sum := 0.0
	for i := range a {
		sum += math.Abs(float64(a[i]) - float64(b[i]))
	}
	return sum / float64(len(a))
}

func TestDiscTakesOutWhatTheCameraDid(t *testing.T) {
	want := normalized(t, plainScene())
	for name, c := range map[string]struct {
		change func(s *scene)
		most   float64
	}{
		"shift":      {func(s *scene) { s.x, s.y = 178.3, 149.6 }, 2},
		"scale up":   {func(s *scene) { s.major, s.minor = 145, 145 }, 2},
		"scale down": {func(s *scene) { s.major, s.minor = 70, 70 }, 2.5},
		"tilt":       {func(s *scene) { s.major, s.minor, s.angle = 124, 112, 0.7 }, 2},
		"darker":     {func(s *scene) { s.gain = 0.7 }, 1},
		"lighter":    {func(s *scene) { s.offset = 30 }, 1},
		"slope":      {func(s *scene) { s.slopeX, s.slopeY = 0.15, -0.1 }, 2},
		"table":      {func(s *scene) { s.table = 20 }, 4.5},
		"grain":      {func(s *scene) { s.grit = 6 }, 3},
		"wide":       {func(s *scene) { s.width, s.x = 480, 240 }, 1},
	} {
		s := plainScene()
		c.change(&s)
		require.LessOrEqual(t, difference(want, normalized(t, s)), c.most, name)
	}
	unlike := plainScene()
	unlike.minor = 40 // no part at all: the measure can fail
	p, err := NewPreprocessor(spec(1, 100, 100))
	require.NoError(t, err)
	out := make([]uint8, p.Size())
	_, err = p.Pixels(unlike.draw(), inspection.Rectangle{}, out)
	require.NoError(t, err)
	require.Greater(t, difference(want, out), 20.0)
}

func TestDiscPixels(t *testing.T) {
	pixels := normalized(t, plainScene())
	var sum, squares, n float64
	for y := range 100 {
		for x := range 100 {
			v, d := float64(pixels[y*100+x]), math.Hypot(float64(x)-49.5, float64(y)-49.5)
			if d > 100*DiscRadius*DiscMargin+1 {
				require.EqualValues(t, DiscGrey, v, "outside at %d,%d", x, y)
			}
			if d < 100*DiscRadius*0.97 {
				sum, squares, n = sum+v, squares+v*v, n+1
			}
		}
	}
	mean := sum / n
	require.InDelta(t, DiscGrey, mean, 1)
	require.InDelta(t, DiscDeviation, math.Sqrt(squares/n-mean*mean), 1)
}

func TestDiscRegion(t *testing.T) {
	s := plainScene()
	s.width, s.height, s.x, s.y, s.major, s.minor = 640, 480, 330, 250, 200, 180
	p, err := NewPreprocessor(discSpec(1, 100))
	require.NoError(t, err)
	out := make([]uint8, p.Size())
	region, err := p.Pixels(s.draw(), inspection.Rectangle{}, out)
	require.NoError(t, err)
	half := 0.5 / DiscRadius
	require.InDelta(t, 330-200*half, region.X, 3)
	require.InDelta(t, 250-180*half, region.Y, 3)
	require.InDelta(t, 400*half, region.Width, 5)
	require.InDelta(t, 360*half, region.Height, 5)
	o, found := p.Located()
	require.True(t, found)
	require.InDelta(t, 330, o.X, 1.5)
	require.InDelta(t, 250, o.Y, 1.5)
	require.InDelta(t, 200, o.Major, 2)
	require.InDelta(t, 180, o.Minor, 2)
	require.Greater(t, o.Confidence, 0.5)
}

// A part that the frame cuts off is read as far as there is a picture.
func TestDiscCutOffByTheFrame(t *testing.T) {
	s := plainScene()
	s.x, s.y, s.major, s.minor = 105, 160, 120, 120
	pixels := normalized(t, s)
	require.EqualValues(t, DiscGrey, pixels[50*100+6], "where the frame ends")
	require.Less(t, difference(normalized(t, plainScene()), pixels), 12.0)
}

// Mirrored and turned pictures give mirrored and turned pixels.
func TestDiscMirrored(t *testing.T) {
	s := plainScene()
	s.x, s.major, s.angle, s.slopeX = 171.3, 131, 0.4, 0.1
	img := s.draw()
	mirrored := image.NewGray(img.Rect)
	for y := range 320 {
		for x := range 320 {
			mirrored.Pix[y*320+x] = img.Pix[y*320+319-x]
		}
	}
	p, err := NewPreprocessor(discSpec(1, 75))
	require.NoError(t, err)
	a, b := make([]uint8, p.Size()), make([]uint8, p.Size())
	_, err = p.Pixels(img, inspection.Rectangle{}, a)
	require.NoError(t, err)
	_, err = p.Pixels(mirrored, inspection.Rectangle{}, b)
	require.NoError(t, err)
	for y := range 75 {
		for x := range 75 {
			require.InDelta(t, a[y*75+x], b[y*75+74-x], 1)
		}
	}
}

func TestDiscIsDeterministic(t *testing.T) {
	s := plainScene()
	s.x, s.grit = 170, 4
	first := normalized(t, s)
	p, err := NewPreprocessor(discSpec(1, 100))
	require.NoError(t, err)
	out := make([]uint8, p.Size())
	other := plainScene()
	other.major, other.minor = 80, 75
	for _, img := range []*image.Gray{other.draw(), s.draw()} { // what went before changes nothing
		_, err = p.Pixels(img, inspection.Rectangle{}, out)
		require.NoError(t, err)
	}
	require.Equal(t, first, out)
}

func TestDiscInColour(t *testing.T) {
	gray := plainScene().draw()
	img := image.NewRGBA(gray.Rect)
	for i, v := range gray.Pix {
		img.Pix[4*i], img.Pix[4*i+1], img.Pix[4*i+2], img.Pix[4*i+3] = v, v, v, 255
	}
	p, err := NewPreprocessor(discSpec(3, 100))
	require.NoError(t, err)
	out := make([]uint8, p.Size())
	_, err = p.Pixels(img, inspection.Rectangle{}, out)
	require.NoError(t, err)
	want := normalized(t, plainScene())
	for c := range 3 {
		require.LessOrEqual(t, difference(want, out[c*10000:][:10000]), 0.1)
	}
}

func TestNoDisc(t *testing.T) {
	p, err := NewPreprocessor(discSpec(1, 50))
	require.NoError(t, err)
	out := make([]uint8, p.Size())
	blank := image.NewGray(image.Rect(0, 0, 200, 160))
	for _, img := range []image.Image{blank, noise(200, 160, 4), noise(9, 7, 5), image.NewGray(image.Rect(0, 0, 1, 1))} {
		region, err := p.Pixels(img, inspection.Rectangle{}, out)
		require.NoError(t, err)
		_, found := p.Located()
		require.False(t, found)
		side := min(img.Bounds().Dx(), img.Bounds().Dy())
		require.Equal(t, side, region.Width)
	}
	_, err = p.Pixels(blank, inspection.Rectangle{X: 190, Width: 20, Height: 20}, out)
	require.ErrorIs(t, err, inspection.ErrModelInput)
	unknown := spec(1, 50, 50)
	unknown.Normalization = "square"
	_, err = NewPreprocessor(unknown)
	require.ErrorIs(t, err, inspection.ErrModelInput)
}

func TestDiscAllocatesNothing(t *testing.T) {
	img := plainScene().draw()
	p, err := NewPreprocessor(discSpec(1, 100))
	require.NoError(t, err)
	out := make([]float32, p.Size())
	run := func() {
		if _, err := p.Floats(img, inspection.Rectangle{}, out); err != nil {
			t.Error(err)
		}
	}
	run()
	require.Zero(t, testing.AllocsPerRun(5, run))
}

func BenchmarkDisc(b *testing.B) {
	s := plainScene()
	s.width, s.height, s.x, s.y, s.major, s.minor = 640, 480, 330, 250, 200, 190
	img := s.draw()
	p, err := NewPreprocessor(discSpec(1, 100))
	require.NoError(b, err)
	out := make([]float32, p.Size())
	for b.Loop() {
		if _, err := p.Floats(img, inspection.Rectangle{}, out); err != nil {
			b.Fatal(err)
		}
	}
}
