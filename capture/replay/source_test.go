package replay

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/image/bmp"

	"assay/capture"
	"assay/capture/capturetest"
	"assay/inspection"
)

// write puts a file into dir and returns its contents.
func write(t *testing.T, dir, name string, data []byte) []byte {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, data, 0o644))
	return data
}

func gray(width, height int) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = uint8(3 * i)
	}
	return img
}

func coloured(width, height int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetNRGBA(x, y, color.NRGBA{uint8(9 * x), uint8(7 * y), 200, 255})
		}
	}
	return img
}

func encoded(t *testing.T, encode func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, encode(&b))
	return b.Bytes()
}

func pngOf(t *testing.T, img image.Image) []byte {
	return encoded(t, func(w io.Writer) error { return png.Encode(w, img) })
}

func jpegOf(t *testing.T, img image.Image) []byte {
	return encoded(t, func(w io.Writer) error { return jpeg.Encode(w, img, nil) })
}

func TestSource(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"ok/1.png", "ok/2.png", "ok/10.png"} {
		write(t, dir, name, pngOf(t, gray(20, 10)))
	}
	open := func(o capture.Options) func(*testing.T) capture.Source {
		return func(t *testing.T) capture.Source { return capturetest.Opened(t, Open, dir, o) }
	}
	capturetest.Suite{Open: open(capture.Options{}), Paced: open(capture.Options{Rate: 0.01}), Frames: 3}.Run(t)
}

// all reads a folder to its end.
func all(t *testing.T, dir string) (frames []inspection.Frame, failed []error) {
	t.Helper()
	source := capturetest.Opened(t, Open, dir, capture.Options{})
	for {
		f, err := source.Next(t.Context())
		if errors.Is(err, io.EOF) {
			return frames, failed
		}
		frames, failed = append(frames, f), append(failed, err)
	}
}

func TestOrderIsThatOfPeople(t *testing.T) {
	dir := t.TempDir()
	want := []string{"a/part2.png", "a/part10.png", "b1/x.png", "b02/x.png", "b10/x.png", "c.jpg", "d.JPEG", "e.bmp"}
	data := pngOf(t, gray(2, 2))
	for _, name := range append([]string{"notes.txt", ".hidden.png", "a/._part2.png", ".git/x.png"}, want...) {
		write(t, dir, name, data)
	}
	frames, _ := all(t, dir)
	names := []string{}
	for i, f := range frames {
		names = append(names, f.Name)
		require.EqualValues(t, i+1, f.Sequence)
	}
	require.Equal(t, want, names)
}

func TestCompareNaturalIsAnOrder(t *testing.T) {
	names := []string{"", "1", "01", "001", "a1b", "a01b", "a1c", "a", "ab", "a/b", "a10", "a9", "12345678901234567890123", "12345678901234567890124"}
	for _, a := range names {
		for _, b := range names {
			require.Equal(t, a == b, compareNatural(a, b) == 0, "%q %q", a, b)
			require.Equal(t, compareNatural(a, b), -compareNatural(b, a), "%q %q", a, b)
			for _, c := range names {
				if compareNatural(a, b) < 0 && compareNatural(b, c) < 0 {
					require.Negative(t, compareNatural(a, c), "%q %q %q", a, b, c)
				}
			}
		}
	}
	sorted := slices.SortedFunc(slices.Values([]string{"p10", "p9", "p1", "q"}), compareNatural)
	require.Equal(t, []string{"p1", "p9", "p10", "q"}, sorted)
}

func TestPicturesAreTheFilesOwn(t *testing.T) {
	dir := t.TempDir()
	colour := coloured(17, 9)
	grayPNG := write(t, dir, "1.png", pngOf(t, gray(17, 9)))
	write(t, dir, "2.png", pngOf(t, colour))
	grayJPEG := write(t, dir, "3.jpg", jpegOf(t, gray(17, 9)))
	write(t, dir, "4.jpg", jpegOf(t, colour))
	write(t, dir, "5.bmp", encoded(t, func(w io.Writer) error { return bmp.Encode(w, colour) }))
	write(t, dir, "6.png", grayJPEG) // a JPEG under a wrong name

	frames, failed := all(t, dir)
	for i, err := range failed {
		require.NoError(t, err, i)
	}
	require.IsType(t, &image.Gray{}, frames[0].Image)
	require.Equal(t, gray(17, 9).Pix, frames[0].Image.(*image.Gray).Pix)
	require.Equal(t, grayPNG, frames[0].Encoded)
	require.Equal(t, "image/png", frames[0].MediaType)
	for _, i := range []int{1, 4} {
		for y := range 9 {
			for x := range 17 {
				require.Equal(t, color.RGBAModel.Convert(colour.At(x, y)), frames[i].Image.At(x, y))
			}
		}
	}
	require.IsType(t, &image.Gray{}, frames[2].Image)
	require.Equal(t, "image/jpeg", frames[2].MediaType)
	want, err := jpeg.Decode(bytes.NewReader(frames[3].Encoded))
	require.NoError(t, err)
	require.Equal(t, color.RGBAModel.Convert(want.At(16, 8)), frames[3].Image.At(16, 8))
	require.Nil(t, frames[4].Encoded, "BMP is not kept")
	require.Equal(t, "image/jpeg", frames[5].MediaType)
}

func TestCanonicalMovesToTheOrigin(t *testing.T) {
	whole := gray(10, 10)
	part := canonical(whole.SubImage(image.Rect(3, 4, 8, 9))).(*image.Gray)
	require.Equal(t, image.Rect(0, 0, 5, 5), part.Rect)
	require.Equal(t, 5, part.Stride)
	require.Equal(t, whole.GrayAt(3, 4), part.GrayAt(0, 0))
	require.Equal(t, whole.GrayAt(7, 8), part.GrayAt(4, 4))
}

func TestTruthFromFolders(t *testing.T) {
	normal, defective := &inspection.Truth{}, &inspection.Truth{Class: inspection.Defective}
	for name, want := range map[string]*inspection.Truth{
		"def_front/1.png":     defective,
		"ok_front/1.png":      normal,
		"NG/1.png":            defective,
		"Defective parts/1":   defective,
		"bad-2/1.png":         defective,
		"failed/1.png":        defective,
		"good/1.png":          normal,
		"normal/1.png":        normal,
		"passed/1.png":        normal,
		"good/bad/1.png":      defective, // the nearest decides
		"bad/day1/good/a.png": normal,
		"castings/1.png":      nil,
		"broken/1.png":        nil,
		"not_ok/1.png":        nil,
		"abnormal/1.png":      nil,
		"1.png":               nil,
		"day 1/ok.png":        nil, // a file's name says nothing
	} {
		require.Equal(t, want, truthOf("/data/casting", name), name)
	}
	require.Equal(t, defective, truthOf("/data/test/def_front", "1.png"), "the folder opened counts")
	require.Nil(t, truthOf("/good/data", "1.png"), "those above it do not")
}

func TestDamagedFilesAreNamedAndPassedOver(t *testing.T) {
	dir := t.TempDir()
	whole := write(t, dir, "ok/2.jpg", jpegOf(t, coloured(300, 300)))
	write(t, dir, "ok/1.jpg", []byte("no picture at all"))
	write(t, dir, "ok/3.jpg", whole[:len(whole)/2])
	write(t, dir, "ok/4.png", nil)
	write(t, dir, "ok/5.png", pngOf(t, gray(4, 4)))
	frames, failed := all(t, dir)
	require.Len(t, frames, 5)
	for i, bad := range []bool{true, false, true, true, false} {
		if !bad {
			require.NoError(t, failed[i])
			require.EqualValues(t, i+1, frames[i].Sequence)
			continue
		}
		require.ErrorIs(t, failed[i], inspection.ErrBadImage)
		require.ErrorContains(t, failed[i], filepath.Base(frames[i].Name))
		require.Nil(t, frames[i].Image)
	}
}

func TestFileThatVanished(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "1.png", pngOf(t, gray(2, 2)))
	source := capturetest.Opened(t, Open, dir, capture.Options{})
	require.NoError(t, os.Remove(filepath.Join(dir, "1.png")))
	f, err := source.Next(t.Context())
	require.ErrorIs(t, err, inspection.ErrBadImage)
	require.Equal(t, "1.png", f.Name)
	_, err = source.Next(t.Context())
	require.ErrorIs(t, err, io.EOF)
}

// A file can claim to be of any size.
func TestHugePictureIsRefused(t *testing.T) {
	data := pngOf(t, gray(4, 4))
	copy(data[16:24], []byte{0, 1, 0, 0, 0, 1, 0, 0}) // 65,536 × 65,536
	_, _, err := decode(data)
	require.ErrorIs(t, err, inspection.ErrBadImage)
}

func FuzzDecode(f *testing.F) {
	var b bytes.Buffer
	if err := png.Encode(&b, gray(3, 3)); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("BM"))
	f.Fuzz(func(t *testing.T, data []byte) {
		img, _, err := decode(data)
		if (err == nil) != (img != nil) || err != nil && !errors.Is(err, inspection.ErrBadImage) {
			t.Errorf("%v, %v", img, err)
		}
	})
}

func TestFoldersThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	_, err := Open(t.Context(), dir, capture.Options{})
	require.ErrorIs(t, err, inspection.ErrSourceEmpty)
	_, err = Open(t.Context(), filepath.Join(dir, "none"), capture.Options{})
	require.ErrorIs(t, err, inspection.ErrSourceMissing)
	write(t, dir, "a.png", pngOf(t, gray(2, 2)))
	_, err = Open(t.Context(), filepath.Join(dir, "a.png"), capture.Options{})
	require.ErrorIs(t, err, inspection.ErrSourceMissing)
	require.ErrorContains(t, err, "not a folder")
}

func TestLoop(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "1.png", pngOf(t, gray(2, 2)))
	write(t, dir, "2.png", pngOf(t, gray(2, 2)))
	source := capturetest.Opened(t, Open, dir, capture.Options{Loop: true})
	for i, name := range []string{"1.png", "2.png", "1.png", "2.png", "1.png"} {
		f, err := source.Next(t.Context())
		require.NoError(t, err)
		require.Equal(t, name, f.Name)
		require.EqualValues(t, i+1, f.Sequence)
	}
}

// A loop over damaged files only must not spin for ever.
func TestLoopWithoutAPictureEnds(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "1.png", []byte("x"))
	source := capturetest.Opened(t, Open, dir, capture.Options{Loop: true})
	_, err := source.Next(t.Context())
	require.ErrorIs(t, err, inspection.ErrBadImage)
	_, err = source.Next(t.Context())
	require.ErrorIs(t, err, inspection.ErrSourceEmpty)
}
