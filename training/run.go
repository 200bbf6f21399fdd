package training

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"time"

	"assay/inference/architecture"
	"assay/inference/onnx"
	"assay/inspection"
	"assay/training/checkpoint"
	"assay/training/dataset"
	"assay/training/metrics"
)

// Run does all of `assay train`: it reads the data set, trains, and returns the
// best epoch's model as an ONNX file. Cancelling ctx stops the training and
// keeps the best epoch so far; before the end of the first there is none, and
// Run fails with ctx's error. A loss that is no number does likewise, with
// inspection.ErrNotFinite. Other errors wrap inspection.ErrBadDataset,
// inspection.ErrNotFound (architecture), inspection.ErrBadModel (Init),
// inspection.ErrDamaged or inspection.ErrNewerVersion (checkpoint).
func Run(ctx context.Context, r Request, hooks Hooks) (result Result, err error) {
	start := time.Now()
	r = r.withDefaults()
	if err := r.validate(); err != nil {
		return Result{}, err
	}
	network, weights, err := r.network()
	if err != nil {
		return Result{}, err
	}
	set, err := r.load(ctx, network.Input, hooks)
	if err != nil {
		return Result{}, err
	}
	train, validation, err := set.Split(r.Seed, r.Validation)
	if err != nil {
		return Result{}, err
	}
	r.Batch = min(r.Batch, len(train)) // a small set is one batch
	if hooks.Loaded != nil {
		hooks.Loaded(set, len(train), len(validation))
	}
	backend, err := r.Backend(network, weights, BackendOptions{Batch: r.Batch, Threads: r.Threads, LearningRate: r.Schedule.Peak})
	if err != nil {
		return Result{}, fmt.Errorf("build the network: %w", err)
	}
	defer func() { err = errors.Join(err, backend.Close()) }()
	loop := &Loop{Backend: backend, Set: set, Train: train, Validation: validation, Augment: r.Augment, Schedule: r.Schedule,
		Epochs: r.Epochs, Batch: r.Batch, Patience: max(r.Patience, 0), Recalibration: r.Recalibration, Seed: r.Seed}
	if err := r.prepare(loop, hooks); err != nil {
		return Result{}, err
	}
	outcome, err := loop.Run(ctx)
	if err != nil {
		return Result{}, err
	}
	result, err = r.finish(loop, network, outcome)
	result.Seconds = time.Since(start).Seconds()
	return result, err
}

// network returns the network and the weights to start from.
func (r Request) network() (*architecture.Network, architecture.Weights, error) {
	network, err := architecture.New(r.Architecture, r.Input)
	if err != nil {
		return nil, nil, err
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

func (r Request) load(ctx context.Context, spec inspection.InputSpec, hooks Hooks) (*dataset.Set, error) {
	items := r.Items
	if items == nil {
		var err error
		if items, err = dataset.Folder(r.Dataset, r.Folder); err != nil {
			return nil, err
		}
	}
	return dataset.Load(ctx, items, spec, dataset.LoadOptions{Workers: r.ReadConcurrency, Progress: hooks.Load})
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
	key, err := r.key(loop.Set.Fingerprint())
	if err != nil {
		return err
	}
	loop.OnEpoch(func(s *checkpoint.State) error {
		s.Key = key
		if err := checkpoint.Write(r.Checkpoint, s); err != nil && hooks.Warn != nil {
			hooks.Warn(diskFull(err)) // the training itself is sound and goes on
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

func diskFull(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("%w: %w", inspection.ErrDiskFull, err)
	}
	return err
}

// finish measures the best weights, which the backend holds, on the validation
// part and writes the file.
func (r Request) finish(loop *Loop, network *architecture.Network, outcome Outcome) (Result, error) {
	data := &feed{set: loop.Set, batch: r.Batch}
	// The best model is worth having even when the training was cancelled, so this does not stop for that.
	scores, err := data.scores(context.Background(), loop.Backend, loop.Validation)
	if err != nil {
		return Result{}, fmt.Errorf("validate the best epoch: %w", err)
	}
	truth := loop.Set.Classes(loop.Validation)
	report, err := metrics.Compute(scores, truth, 0)
	if err != nil {
		return Result{}, fmt.Errorf("validate the best epoch: %w", err)
	}
	state := loop.State()
	best := state.History[metrics.Best(state.History)]
	result := Result{Model: r.Name, BestEpoch: best.Epoch, Ending: outcome.Ending, Validation: report,
		History: slices.Clone(state.History), Unreadable: loop.Set.Unreadable}
	if outcome.Cause != nil {
		result.Warning = outcome.Cause.Error()
	}
	result.Card = r.card(loop.Set, report, best, len(state.History))
	result.Card.Thresholds = chooseThresholds(scores, truth)
	count, err := network.Count()
	if err != nil {
		return Result{}, err
	}
	result.Card.Parameters, result.Card.Input, result.Card.Architecture = count, network.Input, network.Name
	if result.File, err = onnx.Encode(result.Card, network, state.Best); err != nil {
		return Result{}, fmt.Errorf("write model %s: %w", r.Name, err)
	}
	digest := sha256.Sum256(result.File)
	result.SHA256 = hex.EncodeToString(digest[:])
	return result, nil
}
