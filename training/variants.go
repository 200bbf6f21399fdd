package training

import (
	"errors"
	"fmt"
	"image"
	"strconv"

	"assay/training/augment"
	"assay/training/dataset"
)

// Variants are made of whole pictures before they are brought into the model's
// input, so that a normalisation works on each anew: over-exposed metal stays
// clipped, and a part that was located a little off stays off, as it will on the
// line. They are made once and kept in memory, Count to an image; each epoch
// draws one of them or the image itself. The zero value makes none.
type Variants struct {
	// Count is the number for each image, 0 to MaxVariants.
	Count int
	// Augment is what is drawn for each, at the picture's own size.
	Augment augment.Pipeline
}

// MaxVariants bounds Variants.Count: each takes an image's memory again.
const MaxVariants = 64

// DefaultVariants is what a line changes in a picture: the camera's place, light
// and focus. The part's own turn is cheaper drawn in each epoch.
const DefaultVariants = "zoom=0.12,shear=4,shift=0.04,tilt=12,brightness=0.25,contrast=0.25,light=0.3,gamma=0.2,blur=1.5,noise=6"

func (v Variants) validate() error {
	if v.Count < 0 || v.Count > MaxVariants {
		return fmt.Errorf("%d variants of each image: want 0 to %d", v.Count, MaxVariants)
	}
	return errors.Join(v.Augment.Validate(), lookless(v.Augment, "variants of whole pictures"))
}

// alterations are what makes each variant of a picture.
func (v Variants) alterations(seed uint64) []dataset.Alteration {
	list := make([]dataset.Alteration, v.Count)
	for i := range list {
		list[i] = func(img image.Image, digest string) image.Image { return v.draw(img, digest, i+1, seed) }
	}
	return list
}

// draw makes variant number n of a picture. It depends on the picture's content,
// not on its place in the set.
func (v Variants) draw(img image.Image, digest string, n int, seed uint64) image.Image {
	sample, _ := strconv.ParseUint(digest[:min(len(digest), 15)], 16, 64) // a digest is hexadecimal
	return v.Augment.Picture(img, augment.Key{Seed: seed, Epoch: n, Sample: int(sample)})
}

// choose returns the set that an epoch takes an image from: the images as they
// are, or one of the variants, each equally often.
func choose(plain *dataset.Set, variants []*dataset.Set, p pick, seed uint64) *dataset.Set {
	if len(variants) == 0 {
		return plain
	}
	// SplitMix64's finisher: neighbours in sample or epoch draw independently.
	z := seed ^ uint64(p.sample)*0x9e3779b97f4a7c15 ^ uint64(p.epoch)*0xbf58476d1ce4e5b9
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	n := (z ^ z>>31) % uint64(len(variants)+1)
	if n == 0 {
		return plain
	}
	return variants[n-1]
}
