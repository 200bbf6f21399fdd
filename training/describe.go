package training

import (
	"fmt"
	"slices"

	"assay/inference/familiarity"
	"assay/inspection"
	"assay/training/augment"
)

// familiarity returns the description that the file carries; nil, and a warning,
// where there can be none.
func (r Request) familiarity(l *Loop, hooks Hooks) *familiarity.Description {
	description, err := r.describe(l)
	if err == nil {
		return description
	}
	if hooks.Warn != nil {
		hooks.Warn(fmt.Errorf("the model will not tell unfamiliar pictures: %w", err))
	}
	return nil
}

// describe says what the training pictures look like, as they are and in one
// variant each, for what the network was taught to bear is familiar too. The
// validation part sets the limit.
func (r Request) describe(l *Loop) (*familiarity.Description, error) {
	read := slices.Concat(l.Train, l.Replay)
	if min(len(read), len(l.Validation)) < familiarity.LeastPictures {
		return nil, fmt.Errorf("%w: that takes %d pictures to train on and as many to check with", inspection.ErrBadDataset, familiarity.LeastPictures)
	}
	n := len(read)
	varied := l.Set
	if len(l.Variants) > 0 {
		varied = l.Variants[0]
	}
	if l.Augment.Draws() || varied != l.Set {
		n *= 2
	}
	variant := make([]uint8, len(l.Set.Image(read[0])))
	d, err := familiarity.Fit(n, func(i int) []uint8 {
		if i < len(read) {
			return l.Set.Image(read[i])
		}
		i -= len(read)
		l.Augment.Pixels(variant, varied.Image(read[i]), l.Set.Spec, augment.Key{Seed: r.Seed, Sample: i})
		return variant
	}, l.Set.Spec)
	if err != nil {
		return nil, err
	}
	return d, d.Calibrate(len(l.Validation), func(i int) []uint8 { return l.Set.Image(l.Validation[i]) })
}
