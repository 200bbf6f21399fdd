package training

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"assay/inference/architecture"
	"assay/inspection"
	"assay/training/checkpoint"
)

// Run does all of `assay train`: it reads the data set, trains, and returns the
// best epoch's model as an ONNX file. Cancelling ctx stops the training and
// keeps the best epoch so far; before the end of the first there is none, and
// Run fails with ctx's error. A loss that is no number does likewise, with
// inspection.ErrNotFinite. Other errors wrap inspection.ErrBadDataset,
// inspection.ErrNotFound (architecture, snapshot), inspection.ErrBadModel (Init),
// inspection.ErrDamaged or inspection.ErrNewerVersion (checkpoint).
func Run(ctx context.Context, r Request, hooks Hooks) (Result, error) {
	start := time.Now()
	r = r.withDefaults()
	if err := r.validate(); err != nil {
		return Result{}, err
	}
	network, weights, err := r.network()
	if err != nil {
		return Result{}, err
	}
	images, err := r.load(ctx, network.Input, hooks)
	if err != nil {
		return Result{}, err
	}
	if !r.replays() {
		r.Batch = min(r.Batch, len(images.train)) // a small set is one batch
	}
	if hooks.Loaded != nil {
		hooks.Loaded(images.set, len(images.train)+len(images.replay), len(images.validation))
	}
	result, err := r.train(ctx, network, weights, images, hooks)
	result.Unreadable = images.lost
	result.Seconds = time.Since(start).Seconds()
	return result, err
}

// train does the part of Run that needs no file but the checkpoint.
func (r Request) train(ctx context.Context, n *architecture.Network, w architecture.Weights, images images, hooks Hooks) (result Result, err error) {
	if images.whitening, err = r.whitening(ctx, images); err != nil {
		return Result{}, err
	}
	backend, err := r.backend(n, w)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, backend.Close()) }()
	loop := r.loop(backend, images)
	if err := r.prepare(loop, hooks); err != nil {
		return Result{}, err
	}
	outcome, err := loop.Run(ctx)
	if err != nil {
		return Result{}, err
	}
	if hooks.Finish != nil {
		hooks.Finish()
	}
	return r.finish(loop, n, outcome, images.whitening, hooks)
}

// network returns the network and the weights to start from.
func (r Request) network() (*architecture.Network, architecture.Weights, error) {
	network, err := architecture.New(r.Architecture, r.Input)
	if err != nil {
		return nil, nil, err
	}
	network.Input.Normalization = *r.Normalization
	if r.Views > 1 { // 1 is what a card leaves out
		network.Input.Views = r.Views
	}
	if r.Init == nil {
		weights, err := network.Initialize(r.Seed)
		return network, weights, err
	}
	if err := network.Check(r.Init.Weights); err != nil {
		return nil, nil, fmt.Errorf("start from model %s: %w", r.Init.Card.Name, err)
	}
	return network, r.Init.Weights, nil
}

// backend makes the network that trains, frozen where that is asked for.
func (r Request) backend(n *architecture.Network, w architecture.Weights) (Backend, error) {
	backend, err := r.Backend(n, w, BackendOptions{Batch: r.Batch, Threads: r.Threads, LearningRate: r.Schedule.Peak})
	if err != nil {
		return nil, fmt.Errorf("build the network: %w", err)
	}
	if !r.Freeze {
		return backend, nil
	}
	freezer, ok := backend.(Freezer)
	if !ok {
		return nil, errors.Join(errors.New("this backend cannot freeze layers"), backend.Close())
	}
	names, err := frozen(n)
	if err == nil {
		err = freezer.Freeze(names)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("freeze layers: %w", err), backend.Close())
	}
	return backend, nil
}

// loop returns the loop that the request describes.
func (r Request) loop(backend Backend, images images) *Loop {
	normal, defective := images.set.CountOf(slices.Concat(images.train, images.replay))
	return &Loop{Backend: backend, Set: images.set, Variants: images.variants, Train: images.train, Validation: images.validation,
		Replay: images.replay, ReplayShare: r.ReplayShare, Steps: r.Steps,
		Augment: r.augmentation(images), Whiten: images.whiten(), RecalibrateAugmented: r.RecalibrateAugmented,
		ClassWeights:   r.ClassWeights.factors(normal, defective),
		LabelSmoothing: r.LabelSmoothing, Averaging: r.Averaging, Schedule: r.Schedule, Epochs: r.Epochs, Batch: r.Batch,
		Patience: max(r.Patience, 0), Calibration: r.Calibration, KeepLast: r.KeepLast, Recalibration: r.Recalibration, Seed: r.Seed,
		Pause: r.Pause, Workers: r.FeedWorkers}
}

// prepare adds the hooks and resumes from the checkpoint where that is asked for.
func (r Request) prepare(loop *Loop, hooks Hooks) error {
	if hooks.Step != nil {
		loop.OnStep(hooks.Step)
	}
	if hooks.Epoch != nil {
		loop.OnEpoch(func(s *checkpoint.State) error {
			hooks.Epoch(s.History[len(s.History)-1])
			return nil
		})
	}
	if r.Checkpoint == "" {
		return nil
	}
	key, err := r.key(loop.Set)
	if err != nil {
		return err
	}
	loop.OnEpoch(func(s *checkpoint.State) error {
		s.Key = key
		if err := checkpoint.Write(r.Checkpoint, s); err != nil && hooks.Warn != nil {
			hooks.Warn(fmt.Errorf("the checkpoint after epoch %d is not kept, the training goes on: %w", len(s.History), err))
		}
		return nil
	})
	if !r.Resume {
		return nil
	}
	return r.resume(loop, key)
}

func (r Request) resume(loop *Loop, key string) error {
	state, err := checkpoint.Read(r.Checkpoint)
	if errors.Is(err, inspection.ErrNotFound) {
		return nil // killed before the first epoch's end: start
	}
	if err != nil {
		return err
	}
	if state.Key != key {
		return fmt.Errorf("%w: the checkpoint %s belongs to another training: the data set or the settings differ; start without resuming",
			inspection.ErrBadDataset, r.Checkpoint)
	}
	return loop.Resume(state)
}
