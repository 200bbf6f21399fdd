package training

import (
	"fmt"
	"slices"

	"assay/training/augment"
	"assay/training/dataset"
)

var looksStream = saltOf("looks")

// augmentation returns what is drawn for each image, with the looks of some of
// the training pictures, as they are and in their variants, where it lends such.
func (r Request) augmentation(i images) augment.Pipeline {
	if r.Augment.Look == 0 {
		return r.Augment
	}
	donors := stream{indices: slices.Concat(i.train, i.replay), seed: r.Seed, salt: looksStream}
	sets := append([]*dataset.Set{i.set}, i.variants...)
	n := min(augment.MaxLooks, len(donors.indices))
	return r.Augment.WithLooks(augment.NewLooks(i.set.Spec, n, func(k int) []uint8 {
		return sets[k%len(sets)].Image(donors.at(k).index)
	}))
}

// lookless refuses another look where there are no samples to take it from.
func lookless(p augment.Pipeline, where string) error {
	if p.Look > 0 {
		return fmt.Errorf("augmentation look: %s have no other samples to take a look from; leave it out there", where)
	}
	return nil
}
