package training

import (
	"context"
	"fmt"
	"slices"

	"assay/inference/whitening"
	"assay/inspection"
	"assay/training/dataset"
)

// images are what a training reads: one set in memory, and which of it is what.
type images struct {
	set *dataset.Set
	// variants hold set's images altered, at the same indices.
	variants []*dataset.Set
	// Indices into set. replay is part of the second data set; validation holds both sets' validation parts.
	train, validation, replay []int
	// lost lists what could not be read.
	lost []dataset.Problem
	// whitening is what inputs go through; nil for nothing.
	whitening *whitening.Whitening
}

// whiten returns what whitens an image in place; nil for nothing.
func (i images) whiten() func(image []float32) {
	if i.whitening == nil {
		return nil
	}
	return func(image []float32) { i.whitening.Apply(image, image) }
}

// Names of the second data set's images begin with this, so that no two agree.
const replayed = "replay/"

// load opens the data sets and reads their training and validation parts; test
// parts stay locked.
func (r Request) load(ctx context.Context, spec inspection.InputSpec, hooks Hooks) (images, error) {
	division, err := dataset.Open(ctx, r.Dataset, nil)
	if err != nil {
		return images{}, err
	}
	items, lost := division.Training.Items(), division.Lost
	if r.replays() {
		old, err := dataset.Open(ctx, r.Replay, nil)
		if err != nil {
			return images{}, err
		}
		lost = append(lost, old.Lost...)
		items = append(items, replayable(old.Training.Items(), division)...)
	}
	options := dataset.LoadOptions{Workers: r.ReadConcurrency, Progress: hooks.Load}
	set, variants, err := dataset.LoadAltered(ctx, items, spec, r.Variants.alterations(r.Seed), options)
	if err != nil {
		return images{}, err
	}
	i := images{set: set, variants: variants, validation: set.Part(dataset.Validation), lost: append(lost, set.Unreadable...)}
	for _, index := range set.Part(dataset.Train) {
		if set.Samples[index].Group == replayed {
			i.replay = append(i.replay, index)
		} else {
			i.train = append(i.train, index)
		}
	}
	return i, i.check()
}

// check refuses a training or validation part of which no image of a class could
// be read: parts are made before images are decoded.
func (i images) check() error {
	for _, part := range []struct {
		name    string
		indices []int
	}{{"training", i.train}, {"validation", i.validation}} {
		normal, defective := i.set.CountOf(part.indices)
		if normal > 0 && defective > 0 {
			continue
		}
		missing := inspection.Normal
		if normal > 0 {
			missing = inspection.Defective
		}
		return fmt.Errorf("%w: no %s image of the %s part can be read; mend or take out those that cannot", inspection.ErrBadDataset, missing, part.name)
	}
	return nil
}

// replayable returns the old items, marked as replayed, but for those whose image
// is in the new set: there its label counts, and a test image stays unseen.
func replayable(old []dataset.Item, fresh *dataset.Division) []dataset.Item {
	known := map[string]bool{}
	for _, item := range fresh.Training.Items() {
		known[item.Digest] = true
	}
	old = slices.DeleteFunc(old, func(item dataset.Item) bool { return known[item.Digest] || fresh.Test.Holds(item.Digest) })
	for i := range old {
		old[i].Name, old[i].Group = replayed+old[i].Name, replayed
	}
	return old
}
