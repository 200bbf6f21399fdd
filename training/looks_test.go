package training

import (
	"slices"
	"testing"

	"assay/training/augment"
	"assay/training/dataset"

	"github.com/stretchr/testify/require"
)

// TestLooksChangeTheTraining holds a training whose samples lend one another
// their looks to itself, whoever prepares its batches, and to one without; where
// there is nobody to lend, it is refused in words.
func TestLooksChangeTheTraining(t *testing.T) {
	r := request(t)
	without := train(t, r)
	r.Augment.Look = 0.9
	with := train(t, r)
	require.NotEqual(t, without.SHA256, with.SHA256)
	require.Contains(t, with.Card.Augmentations, "look=0.9")
	r.FeedWorkers = 1
	require.Equal(t, with.SHA256, train(t, r).SHA256)
	r.FeedWorkers = 3
	require.Equal(t, with.SHA256, train(t, r).SHA256)
	r.Seed++
	require.NotEqual(t, with.SHA256, train(t, r).SHA256)

	r.Variants = Variants{Count: 1, Augment: augment.Pipeline{Look: 1}}
	_, err := Run(t.Context(), r, Hooks{})
	require.ErrorContains(t, err, "leave it out there")
	_, err = Evaluate(t.Context(), EvaluateRequest{Augment: augment.Pipeline{Look: 1}})
	require.ErrorContains(t, err, "leave it out there")
}

// TestLooksComeFromTraining: what validation pictures show makes no difference to the
// looks that are lent.
func TestLooksComeFromTraining(t *testing.T) {
	set := loaded(t, 40)
	i := images{set: set, train: set.All()[:10], validation: set.All()[10:]}
	lent := Request{Augment: augment.Pipeline{Look: 1}, Seed: 4}.augmentation(i)
	only := *set
	only.Pixels = append([]uint8{}, set.Pixels...)
	for _, index := range i.validation {
		clear(only.Image(index))
	}
	blind := Request{Augment: augment.Pipeline{Look: 1}, Seed: 4}.augmentation(images{set: &only, train: i.train, validation: i.validation})
	one, other := make([]uint8, len(set.Image(0))), make([]uint8, len(set.Image(0)))
	for n := range 50 {
		key := augment.Key{Seed: 1, Sample: n}
		lent.Pixels(one, set.Image(0), set.Spec, key)
		blind.Pixels(other, set.Image(0), set.Spec, key)
		require.Equal(t, one, other)
		require.NotEqual(t, set.Image(0), one)
	}
}

// TestLooksComeFromVariantsToo: what a line may change in a picture is a look like any other.
func TestLooksComeFromVariantsToo(t *testing.T) {
	set := loaded(t, 40)
	dark := *set
	dark.Pixels = make([]uint8, len(set.Pixels))
	i := images{set: set, train: set.All()}
	plain := Request{Augment: augment.Pipeline{Look: 1}, Seed: 4}.augmentation(i)
	i.variants = []*dataset.Set{&dark}
	varied := Request{Augment: augment.Pipeline{Look: 1}, Seed: 4}.augmentation(i)
	differing := 0
	one, other := make([]uint8, len(set.Image(0))), make([]uint8, len(set.Image(0)))
	for n := range 50 {
		key := augment.Key{Seed: 1, Sample: n}
		plain.Pixels(one, set.Image(0), set.Spec, key)
		varied.Pixels(other, set.Image(0), set.Spec, key)
		if !slices.Equal(one, other) {
			differing++
		}
	}
	require.Greater(t, differing, 10)
	require.Less(t, differing, 45, "the pictures themselves lend too")
}

// TestLentLooksAreFamiliar: what pictures were taught to bear is described with them.
func TestLentLooksAreFamiliar(t *testing.T) {
	r := Request{Augment: augment.Pipeline{Look: 1}, Seed: 4}
	set := loaded(t, 120)
	i := images{set: set, train: set.All()[:80], validation: set.All()[80:]}
	loop := &Loop{Set: set, Train: i.train, Validation: i.validation, Augment: r.augmentation(i)}
	lent, err := r.describe(loop)
	require.NoError(t, err)
	loop.Augment = r.Augment // nobody lends
	alone, err := r.describe(loop)
	require.NoError(t, err)
	require.NotEqual(t, alone.Encode(), lent.Encode())
}
