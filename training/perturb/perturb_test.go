package perturb

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// part is a synthetic casting: rings with a notch on a grey table.
func part(width, height int) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			dx, dy := float64(x)-float64(width)/2, float64(y)-float64(height)/2
			r, value := math.Hypot(dx, dy)/float64(min(width, height)), 170-0.1*dx
			if r < 0.42 {
				value = 120 + 60*math.Cos(45*r)
			}
			if dx > 0.2*float64(width) && math.Abs(dy) < 4 {
				value = 20
			}
			img.SetGray(x, y, color.Gray{Y: uint8(value)})
		}
	}
	return img
}

// coloured gives the part three different planes.
func coloured(img *image.Gray) *image.RGBA {
	out := image.NewRGBA(img.Rect)
	draw.Draw(out, out.Rect, img, image.Point{}, draw.Src)
	for i := range img.Pix {
		out.Pix[4*i+1] = uint8(int(img.Pix[i]) * 3 / 4)
		out.Pix[4*i+2] = 255 - img.Pix[i]
	}
	return out
}

func pixels(img image.Image) []byte {
	switch img := img.(type) {
	case *image.Gray:
		return img.Pix
	case *image.RGBA:
		return img.Pix
	}
	panic(fmt.Sprintf("%T", img))
}

func all() []Perturbation { return append(Suite(), PaperAugmented()) }

func TestSuiteIsTheDocumentedOne(t *testing.T) {
	var names []string
	for _, p := range all() {
		names = append(names, p.Name)
		require.NotEmpty(t, p.Description)
		found, ok := Find(p.Name)
		require.True(t, ok)
		require.Equal(t, p.Description, found.Description)
	}
	require.Equal(t, "brightness+ brightness- contrast+ contrast- light blur noise jpeg rotation shift scale tilt mixed augmented",
		strings.Join(names, " "))
	_, ok := Find("fog")
	require.False(t, ok)
}

// TestGolden: the suite does not change unnoticed. A new version of image/jpeg may
// change the rows with JPEG, nothing else may.
func TestGolden(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("elsewhere compilers fuse multiplications and additions, which changes last bits")
	}
	golden := map[string]string{
		"brightness+": "877dd858d43b05673cad9b3998b98173",
		"brightness-": "60671620bd9222a878f1e830aa8612cd",
		"contrast+":   "0459e9351a83d83627f339b9e07d88a5",
		"contrast-":   "554dce1bb2eecd0085e23bd86e74a507",
		"light":       "9895c50df998ec0f0dfecdd8a320b5cf",
		"blur":        "6c10e495f5fd190154f654bc80f4dedb",
		"noise":       "38a68195d7738dd1b02f37aec15ac1ed",
		"jpeg":        "5570ac2f7f04f9cd68c6529dd14619ec",
		"rotation":    "16ba1c1349efced936ba7ae3a7cb308c",
		"shift":       "08d7c8d45959a12c6b98c7446c56c543",
		"scale":       "ae3cc6b9c8c56b291f3afc0f866602ca",
		"tilt":        "a901b7bbcba97786a3acb312e97b7f58",
		"mixed":       "70bb6138d88230520a57853b81a5840a",
		"augmented":   "ccabe92e82302b43659a34dfb032adc2",
	}
	gray, colour := part(150, 120), coloured(part(300, 60))
	for _, p := range all() {
		if digest := several(p, gray, 9, 0) + several(p, colour, 9, 0); golden[p.Name] != digest {
			t.Errorf("%q: %q,", p.Name, digest)
		}
	}
}

// several returns the digest of a few perturbed pictures.
func several(p Perturbation, source image.Image, seed uint64, first int) string {
	h := sha256.New()
	for index := range 6 {
		out := p.Apply(source, seed, first+index)
		h.Write(fmt.Appendf(nil, "%T%v", out, out.Bounds()))
		h.Write(pixels(out))
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// TestApply: the same numbers give the same picture on any number of goroutines;
// size and source stay; other seeds and indices differ where anything is drawn.
func TestApply(t *testing.T) {
	fixed := map[string]bool{"brightness+": true, "brightness-": true, "contrast+": true, "contrast-": true, "jpeg": true}
	for _, source := range []image.Image{part(180, 40), coloured(part(200, 32))} {
		before := append([]byte(nil), pixels(source)...)
		for _, p := range all() {
			first := p.Apply(source, 1, 5)
			require.IsType(t, source, first, p.Name)
			require.Equal(t, source.Bounds(), first.Bounds(), p.Name)
			want := several(p, source, 1, 5)
			require.NotEqual(t, several(Perturbation{p.Name, "", func(*rand.Rand, *settings) {}}, source, 1, 5), want, p.Name)
			again := make([]string, 2)
			var group sync.WaitGroup
			for i := range again {
				group.Go(func() { again[i] = several(p, source, 1, 5) })
			}
			group.Wait()
			for _, digest := range again {
				require.Equal(t, want, digest, p.Name)
			}
			require.Equal(t, fixed[p.Name], want == several(p, source, 2, 5), p.Name)
			require.Equal(t, fixed[p.Name], want == several(p, source, 1, 11), p.Name)
		}
		require.True(t, bytes.Equal(before, pixels(source)))
	}
}

// TestDrawsStayInRange and reach nearly the ends of it.
func TestDrawsStayInRange(t *testing.T) {
	for name, c := range map[string]struct {
		value     func(s settings) float64
		low, high float64
	}{
		"light":     {func(s settings) float64 { return math.Copysign(math.Abs(s.rampX)+math.Abs(s.rampY), s.rampX) + s.spot }, -0.3, 0.3},
		"blur":      {func(s settings) float64 { return s.blur }, 0, 1.5},
		"noise":     {func(s settings) float64 { return s.noise }, 0, 8},
		"rotation":  {func(s settings) float64 { return s.angle }, 0, 360},
		"shift":     {func(s settings) float64 { return s.shiftX }, -0.05, 0.05},
		"scale":     {func(s settings) float64 { return s.scaleY }, 0.85, 1.15},
		"tilt":      {func(s settings) float64 { return s.tilt }, 0, 15},
		"mixed":     {func(s settings) float64 { return float64(s.quality) }, 30, 95},
		"augmented": {func(s settings) float64 { return s.angle }, -30, 30},
	} {
		p, _ := Find(name)
		least, most := math.Inf(1), math.Inf(-1)
		for index := range 2000 {
			s := unchanged
			p.draw(stream(name, 4, index), &s)
			least, most = min(least, c.value(s)), max(most, c.value(s))
		}
		margin := 0.02 * (c.high - c.low)
		require.True(t, least >= c.low && least < c.low+margin, "%s %g", name, least)
		require.True(t, most <= c.high && most > c.high-margin, "%s %g", name, most)
	}
}

// shapeless is a picture of one grey.
func shapeless(value uint8) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, 40, 30))
	for i := range img.Pix {
		img.Pix[i] = value
	}
	return img
}

func TestByHand(t *testing.T) {
	apply := func(name string, img image.Image) []byte {
		p, ok := Find(name)
		require.True(t, ok)
		return pixels(p.Apply(img, 1, 1))
	}
	for name, want := range map[string]uint8{
		"brightness+": 125, "brightness-": 75, "contrast+": 100, "contrast-": 100, "blur": 100, "rotation": 100,
		"shift": 100, "scale": 100, "tilt": 100, "augmented": 100,
	} {
		require.True(t, bytes.Equal(shapeless(want).Pix, apply(name, shapeless(100))), name)
	}
	require.True(t, bytes.Equal(shapeless(255).Pix, apply("brightness+", shapeless(240))))
	require.InDelta(t, 100, apply("jpeg", shapeless(100))[0], 2)
	halves := shapeless(100)
	for i := range len(halves.Pix) / 2 {
		halves.Pix[i] = 140
	}
	contrasted := apply("contrast+", halves)
	require.Equal(t, []byte{145, 95}, []byte{contrasted[0], contrasted[len(contrasted)-1]})
	contrasted = apply("contrast-", halves)
	require.Equal(t, []byte{135, 105}, []byte{contrasted[0], contrasted[len(contrasted)-1]})
}

// TestPlaceByHand: a dot lands where it must.
func TestPlaceByHand(t *testing.T) {
	dot := func(x, y int) *image.Gray {
		img := image.NewGray(image.Rect(0, 0, 41, 41))
		img.SetGray(x, y, color.Gray{Y: 200})
		return img
	}
	for name, c := range map[string]struct {
		change func(s *settings)
		x, y   int
	}{
		"shift":  {func(s *settings) { s.shiftX, s.shiftY = 4.0/41, -2.0/41 }, 34, 18},
		"scale":  {func(s *settings) { s.scaleX, s.scaleY = 0.5, 0.5 }, 25, 20},
		"half":   {func(s *settings) { s.angle = 180 }, 10, 20},
		"turn":   {func(s *settings) { s.angle = 90 }, 20, 10},
		"flip":   {func(s *settings) { s.horizontal = true }, 10, 20},
		"upside": {func(s *settings) { s.vertical = true }, 30, 20},
	} {
		s := unchanged
		c.change(&s)
		out := s.render(newPicture(dot(30, 20))).(*image.Gray)
		require.EqualValues(t, 200, out.GrayAt(c.x, c.y).Y, name)
		require.True(t, bytes.Equal(dot(c.x, c.y).Pix, out.Pix), name)
	}
	// Leaning back by 60 degrees halves the height and keeps the centre; what is far away is smaller.
	s := unchanged
	s.tilt = 60
	m := s.matrix(41, 41)
	at := func(x, y float64) (float64, float64) {
		w := m[2][0]*x + m[2][1]*y + m[2][2]
		return (m[0][0]*x + m[0][1]*y + m[0][2]) / w, (m[1][0]*x + m[1][1]*y + m[1][2]) / w
	}
	x, y := at(20, 20)
	require.InDeltaSlice(t, []float64{20, 20}, []float64{x, y}, 1e-9)
	_, y = at(20, 20.01)
	require.InDelta(t, 20.02, y, 1e-4)
	near, _ := at(30, 10)
	far, _ := at(30, 30)
	require.Greater(t, math.Abs(near-far), 1.0)
}

// TestKindsOfPictures: a gray JPEG counts as gray, an image that does not begin at
// 0,0 as its pixels, an empty one as nothing.
func TestKindsOfPictures(t *testing.T) {
	gray := part(48, 32)
	ycbcr := image.NewYCbCr(gray.Rect, image.YCbCrSubsampleRatio420)
	copy(ycbcr.Y, gray.Pix)
	for i := range ycbcr.Cb {
		ycbcr.Cb[i], ycbcr.Cr[i] = 128, 128
	}
	shifted := &image.Gray{Pix: gray.Pix, Stride: gray.Stride, Rect: gray.Rect.Add(image.Pt(7, -3))}
	wide := image.NewGray(image.Rect(0, 0, 60, 40))
	draw.Draw(wide, wide.Rect.Add(image.Pt(5, 5)), gray, image.Point{}, draw.Src)
	cut := wide.SubImage(image.Rect(5, 5, 53, 37))
	for _, p := range all() {
		for _, same := range []image.Image{ycbcr, shifted, cut} {
			require.Equal(t, several(p, gray, 3, 3), several(p, same, 3, 3), p.Name)
		}
		require.Zero(t, p.Apply(image.NewGray(image.Rectangle{}), 3, 3).Bounds().Dx(), p.Name)
		require.Equal(t, image.Rect(0, 0, 1, 1), p.Apply(part(1, 1), 3, 3).Bounds(), p.Name)
	}
	ycbcr.Cb[0] = 60
	require.IsType(t, &image.RGBA{}, PaperAugmented().Apply(ycbcr, 3, 3))
}

func BenchmarkSuite(b *testing.B) {
	img := part(300, 300)
	for _, p := range all() {
		b.Run(p.Name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				p.Apply(img, 1, i)
			}
		})
	}
}
