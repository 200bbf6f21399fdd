package opencv

import (
	"image"
	"image/color"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"gocv.io/x/gocv"

	"assay/capture"
	"assay/capture/capturetest"
	"assay/inspection"
)

const (
	width, height = 64, 48
	frames        = 6
)

// record writes a small film, each picture in a colour of its own.
func record(t *testing.T, frames int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "line.avi")
	writer, err := gocv.VideoWriterFile(path, "MJPG", 20, width, height, true)
	require.NoError(t, err)
	require.True(t, writer.IsOpened())
	picture := gocv.NewMatWithSize(height, width, gocv.MatTypeCV8UC3)
	defer func() { _ = picture.Close() }()
	for i := range frames {
		c := colourOf(i)
		picture.SetTo(gocv.NewScalar(float64(c.B), float64(c.G), float64(c.R), 0))
		require.NoError(t, writer.Write(picture))
	}
	require.NoError(t, writer.Close())
	return path
}

func colourOf(i int) color.RGBA { return color.RGBA{uint8(40 * i), uint8(200 - 30*i), 90, 255} }

func TestVideo(t *testing.T) {
	path := record(t, frames)
	open := func(o capture.Options) func(*testing.T) capture.Source {
		return func(t *testing.T) capture.Source { return capturetest.Opened(t, OpenVideo, path, o) }
	}
	capturetest.Suite{Open: open(capture.Options{}), Paced: open(capture.Options{Rate: 0.01}), Frames: frames}.Run(t)
}

func TestVideoPictures(t *testing.T) {
	source := capturetest.Opened(t, OpenVideo, record(t, frames), capture.Options{})
	defer func() { _ = source.Close() }()
	for i := range frames {
		f, err := source.Next(t.Context())
		require.NoError(t, err)
		require.Equal(t, image.Rect(0, 0, width, height), f.Image.Bounds())
		got, want := f.Image.(*image.RGBA).RGBAAt(width/2, height/2), colourOf(i)
		require.InDelta(t, want.R, got.R, 8, "red and blue in their places")
		require.InDelta(t, want.G, got.G, 8)
		require.InDelta(t, want.B, got.B, 8)
	}
}

func TestVideoLoops(t *testing.T) {
	source := capturetest.Opened(t, OpenVideo, record(t, frames), capture.Options{Loop: true})
	defer func() { _ = source.Close() }()
	for i := range 3*frames + 1 {
		f, err := source.Next(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, i+1, f.Sequence)
		require.InDelta(t, colourOf(i%frames).R, f.Image.(*image.RGBA).RGBAAt(5, 5).R, 8)
	}
}

func TestVideoRate(t *testing.T) {
	path := record(t, frames)
	for asked, want := range map[float64]float64{0: 0, -1: 20, 12: 12} {
		source := capturetest.Opened(t, OpenVideo, path, capture.Options{Rate: asked})
		info := source.Info()
		require.NoError(t, source.Close())
		require.InDelta(t, want, info.Rate, 0.01)
		require.Equal(t, want > 0, info.Live)
		require.Equal(t, []int{width, height}, []int{info.Width, info.Height})
	}
}

func TestFilesThatAreNoVideo(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "notes.mp4")
	require.NoError(t, os.WriteFile(text, []byte("not a film"), 0o644))
	whole, err := os.ReadFile(record(t, frames))
	require.NoError(t, err)
	cut := filepath.Join(dir, "cut.avi")
	require.NoError(t, os.WriteFile(cut, whole[:300], 0o644))
	for path, want := range map[string]error{
		filepath.Join(dir, "none.mp4"): inspection.ErrSourceMissing,
		dir:                            inspection.ErrSourceMissing,
		text:                           inspection.ErrBadImage,
	} {
		_, err := OpenVideo(t.Context(), path, capture.Options{})
		require.ErrorIs(t, err, want, path)
		require.ErrorContains(t, err, filepath.Base(path))
	}
	_, err = OpenVideo(t.Context(), cut, capture.Options{})
	require.Error(t, err)
}

// A film that breaks off ends early; what came before it is delivered.
func TestVideoThatBreaksOff(t *testing.T) {
	const many = 200
	path := record(t, many)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, whole[:len(whole)*2/3], 0o644))
	source := capturetest.Opened(t, OpenVideo, path, capture.Options{})
	defer func() { _ = source.Close() }()
	got := 0
	for {
		_, err := source.Next(t.Context())
		if err != nil {
			require.ErrorIs(t, err, io.EOF)
			break
		}
		got++
	}
	require.Positive(t, got)
	require.Less(t, got, many)
}

func TestConverterTakesGrayAndAlpha(t *testing.T) {
	for kind, want := range map[gocv.MatType]color.RGBA{
		gocv.MatTypeCV8UC1: {10, 10, 10, 255},
		gocv.MatTypeCV8UC3: {30, 20, 10, 255},
		gocv.MatTypeCV8UC4: {30, 20, 10, 255},
	} {
		c := newConverter()
		_ = c.raw.Close()
		c.raw = gocv.NewMatWithSizeFromScalar(gocv.NewScalar(10, 20, 30, 255), 3, 5, kind)
		img, err := c.image()
		require.NoError(t, err)
		require.Equal(t, want, img.RGBAAt(4, 2))
		c.close()
	}
	c := newConverter()
	defer c.close()
	_ = c.raw.Close()
	c.raw = gocv.NewMatWithSize(3, 5, gocv.MatTypeCV32FC1)
	_, err := c.image()
	require.Error(t, err)
}
