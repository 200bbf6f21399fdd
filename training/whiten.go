package training

import (
	"context"
	"fmt"

	"assay/inference/whitening"
	"assay/inspection"
)

// whitening returns the whitening that the network's input goes through; nil for
// none. A model to start from keeps its own, for its weights expect it; else it
// is fitted on the training part, as it is, replayed images left out.
func (r Request) whitening(ctx context.Context, i images) (*whitening.Whitening, error) {
	if r.Init != nil {
		if r.Augment.Whitening && r.Init.Whitening == nil {
			return nil, fmt.Errorf("%w: model %s knows no whitening: start afresh, or leave zca out", inspection.ErrBadModel, r.Init.Card.Name)
		}
		return r.Init.Whitening, nil
	}
	if !r.Augment.Whitening {
		return nil, nil
	}
	spec := i.set.Spec
	shape := whitening.Shape{Channels: spec.Channels, Height: spec.Height, Width: spec.Width}
	image := make([]float32, shape.Size())
	next := func(n int) []float32 {
		i.set.Input(i.train[n], image)
		return image
	}
	o := whitening.Options{Components: r.Augment.WhiteningComponents, Epsilon: r.Augment.WhiteningEpsilon, Seed: r.Seed}
	w, err := whitening.Fit(ctx, next, len(i.train), shape, o)
	if err != nil {
		return nil, fmt.Errorf("fit the whitening: %w", err)
	}
	return w, nil
}
