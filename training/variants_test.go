package training

import (
	"image"
	"image/color"
	"testing"

	"assay/inspection"
	"assay/training/augment"
	"assay/training/dataset"

	"github.com/stretchr/testify/require"
)

func shaded(colour bool) image.Image {
	gray, rgba := image.NewGray(image.Rect(0, 0, 40, 30)), image.NewRGBA(image.Rect(0, 0, 40, 30))
	for y := range 30 {
		for x := range 40 {
			gray.SetGray(x, y, color.Gray{Y: uint8(5*x + y)})
			rgba.SetRGBA(x, y, color.RGBA{R: uint8(5 * x), G: uint8(6 * y), B: 90, A: 255})
		}
	}
	if colour {
		return rgba
	}
	return gray
}

func TestVariantsFollowFromSeedContentAndNumber(t *testing.T) {
	pipe, err := augment.Parse(DefaultVariants)
	require.NoError(t, err)
	v := Variants{Count: 2, Augment: pipe}
	for _, colour := range []bool{false, true} {
		img := shaded(colour)
		first := v.draw(img, "aa01", 1, 7)
		require.Equal(t, img.Bounds(), first.Bounds())
		require.Equal(t, first, v.draw(img, "aa01", 1, 7))
		require.NotEqual(t, first, v.draw(img, "aa01", 2, 7), "another number")
		require.NotEqual(t, first, v.draw(img, "aa02", 1, 7), "another picture")
		require.NotEqual(t, first, v.draw(img, "aa01", 1, 8), "another seed")
		require.Equal(t, shaded(colour), img, "the picture itself is left alone")
		require.Equal(t, img, Variants{Count: 1}.draw(img, "aa01", 1, 7), "nothing drawn, nothing changed")
	}
}

func TestEachEpochDrawsVariantsEquallyOften(t *testing.T) {
	plain, variants := &dataset.Set{}, []*dataset.Set{{}, {}, {}}
	count := map[*dataset.Set]int{}
	const epochs, samples = 40, 100
	for epoch := range epochs {
		for sample := range samples {
			count[choose(plain, variants, pick{sample: sample, epoch: epoch}, 3)]++
		}
	}
	require.Len(t, count, 4)
	for _, n := range count {
		require.InDelta(t, epochs*samples/4, n, 150) // five standard deviations
	}
	require.Same(t, plain, choose(plain, nil, pick{}, 3))
}

// TestVariantsChangeTheTraining holds a training with variants to itself, to one
// without, and to a clear refusal.
func TestVariantsChangeTheTraining(t *testing.T) {
	r := request(t)
	without := train(t, r)
	r.Variants = Variants{Count: 2, Augment: augment.Pipeline{Brightness: 0.5}}
	with := train(t, r)
	require.NotEqual(t, without.SHA256, with.SHA256)
	require.Equal(t, with.SHA256, train(t, r).SHA256)
	require.Contains(t, with.Card.Augmentations, "variants=2(brightness=0.5)")
	r.Variants.Count, r.Input = MaxVariants, 2048
	_, err := Run(t.Context(), r, Hooks{})
	require.ErrorIs(t, err, inspection.ErrBadDataset, "all variants together keep to the memory budget")
	require.ErrorContains(t, err, "GB of memory")
	r.Variants.Count = MaxVariants + 1
	_, err = Run(t.Context(), r, Hooks{})
	require.ErrorContains(t, err, "variants of each image")
}

// TestAdaptingDrawsWhatTheCardSays: words of variants and of other programs do
// not stand in the way.
func TestAdaptingDrawsWhatTheCardSays(t *testing.T) {
	drawn := augment.Pipeline{HorizontalFlip: true, Rotation: 180, Look: 0.5}
	r := Request{Augment: drawn, Variants: Variants{Count: 8, Augment: augment.Pipeline{Zoom: 0.1, Tilt: 5}}}
	card := inspection.ModelCard{Augmentations: r.augmentations()}
	require.Len(t, card.Augmentations, 4)
	require.Equal(t, drawn, AugmentationOf(card))
	require.Equal(t, augment.Pipeline{}, AugmentationOf(inspection.ModelCard{}))
	require.Equal(t, augment.Pipeline{}, AugmentationOf(inspection.ModelCard{Augmentations: []string{"mixup=3"}}))
}
