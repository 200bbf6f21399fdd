package dataset

import (
	"image"
	"sync/atomic"
	"testing"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// brighter returns an alteration that adds to every pixel of a gray picture.
func brighter(by uint8) Alteration {
	return func(img image.Image, _ string) image.Image {
		out := image.NewGray(img.Bounds())
		for i, v := range img.(*image.Gray).Pix {
			out.Pix[i] = v + by
		}
		return out
	}
}

// TestAlteredSetsAreReadOnce: an image is read once for all sets, which differ in
// their pixels alone, whatever the number of readers.
func TestAlteredSetsAreReadOnce(t *testing.T) {
	var reads atomic.Int64
	list := items(t, 30)
	whole, err := list[9].Read()
	require.NoError(t, err)
	list[9] = item("cut", inspection.Normal, whole[:len(whole)/2])
	for i := range list {
		read := list[i].Read
		list[i].Read = func() ([]byte, error) { reads.Add(1); return read() }
	}
	alterations := []Alteration{brighter(100), brighter(7)}
	plain, altered, err := LoadAltered(t.Context(), list, small, alterations, LoadOptions{Workers: 4})
	require.NoError(t, err)
	require.EqualValues(t, len(list), reads.Load())
	require.Len(t, altered, 2)
	require.Equal(t, load(t, list), plain, "the images as they are do not depend on the alterations")
	for n, by := range []uint8{100, 7} {
		require.Equal(t, plain.Samples, altered[n].Samples)
		require.Equal(t, plain.Unreadable, altered[n].Unreadable)
		require.Len(t, altered[n].Pixels, len(plain.Pixels))
		for i, v := range plain.Pixels {
			require.Equal(t, v+by, altered[n].Pixels[i])
		}
	}
}

// TestAlterationsKnowTheContent: they get each image's digest.
func TestAlterationsKnowTheContent(t *testing.T) {
	list := items(t, 12)
	var wrong atomic.Int64
	check := func(img image.Image, digest string) image.Image {
		if value := img.(*image.Gray).GrayAt(3, 3).Y; digest != digestOf(picture(t, value)) {
			wrong.Add(1)
		}
		return img
	}
	_, _, err := LoadAltered(t.Context(), list, small, []Alteration{check}, LoadOptions{})
	require.NoError(t, err)
	require.Zero(t, wrong.Load())
}

// TestAllSetsTogetherKeepToTheBudget and the refusal says how many there were to be.
func TestAllSetsTogetherKeepToTheBudget(t *testing.T) {
	list, three := items(t, 12), []Alteration{brighter(1), brighter(2), brighter(3)}
	_, _, err := LoadAltered(t.Context(), list, small, three, LoadOptions{MemoryBudget: 4*12*64 - 1})
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	require.ErrorContains(t, err, "12 images with 3 variants of each at 8×8 pixels")
	_, altered, err := LoadAltered(t.Context(), list, small, three, LoadOptions{MemoryBudget: 4 * 12 * 64})
	require.NoError(t, err)
	require.Len(t, altered, 3)
}

// TestDivideHoldsImagesToTheirDigests, where they carry one already.
func TestDivideHoldsImagesToTheirDigests(t *testing.T) {
	list := items(t, 12)
	for i := range list {
		data, err := list[i].Content()
		require.NoError(t, err)
		list[i].Digest = digestOf(data)
	}
	_, err := Divide(t.Context(), list, SplitOptions{Seed: 1}, nil)
	require.NoError(t, err)
	list[3].Read = list[2].Read // of the same class
	_, err = list[3].Content()
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	_, err = Divide(t.Context(), list, SplitOptions{Seed: 1}, nil)
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	require.ErrorContains(t, err, "003")
}
