package augment_test

import (
	"image"
	"image/color"
	"image/draw"
	"testing"

	"assay/inspection"
	"assay/training/augment"

	"github.com/stretchr/testify/require"
)

// TestPictureIsPixelsOfEachPlane holds Picture to Pixels, whatever kind of image
// the picture comes in.
func TestPictureIsPixelsOfEachPlane(t *testing.T) {
	const width, height = 40, 30
	p, err := augment.Parse("rotate=30,tilt=10,brightness=0.3,light=0.3,blur=1.5,noise=6")
	require.NoError(t, err)
	key := augment.Key{Seed: 5, Epoch: 2, Sample: 9}
	gray, rgba := image.NewGray(image.Rect(0, 0, width, height)), image.NewRGBA(image.Rect(0, 0, width, height))
	planes := make([]uint8, 3*width*height)
	for i := range width * height {
		c := color.RGBA{R: uint8(i), G: uint8(i / 7), B: 90, A: 255}
		gray.Pix[i] = uint8(i / 5)
		rgba.SetRGBA(i%width, i/width, c)
		planes[i], planes[width*height+i], planes[2*width*height+i] = c.R, c.G, c.B
	}

	want := make([]uint8, width*height)
	p.Pixels(want, gray.Pix, inspection.InputSpec{Channels: 1, Width: width, Height: height}, key)
	require.Equal(t, want, p.Picture(gray, key).(*image.Gray).Pix)

	want = make([]uint8, len(planes))
	p.Pixels(want, planes, inspection.InputSpec{Channels: 3, Width: width, Height: height}, key)
	got := p.Picture(rgba, key).(*image.RGBA)
	for i := range width * height {
		require.Equal(t, color.RGBA{want[i], want[width*height+i], want[2*width*height+i], 255}, got.RGBAAt(i%width, i/width))
	}

	padded := image.NewRGBA(image.Rect(0, 0, width+6, height))
	draw.Draw(padded, rgba.Rect, rgba, image.Point{}, draw.Src)
	require.Equal(t, got.Pix, p.Picture(padded.SubImage(rgba.Rect), key).(*image.RGBA).Pix, "rows with padding")
	nrgba := image.NewNRGBA(rgba.Rect)
	draw.Draw(nrgba, rgba.Rect, rgba, image.Point{}, draw.Src)
	require.Equal(t, got.Pix, p.Picture(nrgba, key).(*image.RGBA).Pix, "another kind of image")
}
