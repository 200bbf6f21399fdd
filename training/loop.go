package training

import (
	"context"
	"errors"
	"fmt"
	"time"

	"assay/inference/architecture"
	"assay/inspection"
	"assay/training/augment"
	"assay/training/checkpoint"
	"assay/training/dataset"
	"assay/training/metrics"
)

// Ending says why a training ended.
type Ending string

// The endings.
const (
	// Finished means that every epoch was trained.
	Finished Ending = "finished"
	// EarlyStopped means that the validation part had not improved for Patience epochs.
	EarlyStopped Ending = "early"
	// Cancelled means that the context ended; the best epoch so far is kept.
	Cancelled Ending = "cancelled"
	// NotFinite means that a loss was not a number; the best epoch before it is kept.
	NotFinite Ending = "not finite"
)

// Step is what a hook learns after each step.
type Step struct {
	// Epoch counts from 1, of Epochs; Step from 1 over all epochs, of Steps.
	Epoch, Epochs int
	Step, Steps   int
	Loss          float64
	LearningRate  float64
	// ImagesPerSecond is the rate since the epoch began, pauses left out.
	ImagesPerSecond float64
	// Left is how long all remaining epochs take at this pace; early stopping may end sooner.
	Left time.Duration
}

// Loop trains a backend epoch by epoch and remembers the best weights. By itself
// it reports and saves nothing: hooks do (OnStep, OnEpoch). Set the fields, add
// hooks, then call Run once.
type Loop struct {
	Backend Backend
	Set     *dataset.Set
	// Variants hold Set's images altered, at the same indices; each epoch draws one of them or the image itself.
	Variants []*dataset.Set
	// Train and Validation are indices into Set.
	Train, Validation []int
	Augment           augment.Pipeline
	// Whiten changes each image (C,H,W) in place after augmentation, in validation too; nil does not.
	Whiten func(image []float32)
	// Schedule must be valid and complete.
	Schedule Schedule
	// Epochs and Batch are at least 1, Batch at most len(Train) unless Steps is set.
	Epochs, Batch int
	// Steps is the number of steps of an epoch, over as many passes as that takes; 0 is one pass over Train.
	Steps int
	// Replay holds indices of further images, of which every batch holds ReplayShare.
	Replay      []int
	ReplayShare float64
	// ClassWeights holds what an image of each class counts; nil is 1 each. LabelSmoothing is 0 to 1.
	ClassWeights   *[2]float32
	LabelSmoothing float64
	// Averaging must be valid. Where it is on, averaged weights are validated and kept.
	Averaging Averaging
	// Patience is the number of epochs without improvement after which training stops; 0 means never.
	Patience int
	// Calibration is what the kept epoch's scores will go through; epochs are compared as calibrated. It must be valid.
	Calibration Calibration
	// KeepLast keeps the last epoch instead of the best, for validation parts too small to choose by.
	KeepLast bool
	// Recalibration is the number of batches over which statistics of batch norms are taken after each epoch, of images
	// as inference sees them, or augmented ones where RecalibrateAugmented is set.
	Recalibration        int
	RecalibrateAugmented bool
	Seed                 uint64
	// Pause lets the training rest between two steps; nil never does.
	Pause *Pause
	// Workers is the number of goroutines that prepare batches; 0 takes a fitting number. It changes no result.
	Workers int

	state   checkpoint.State
	onStep  []func(Step)
	onEpoch []func(*checkpoint.State) error
	// overhead is what the last epoch took beside its steps.
	overhead time.Duration
}

// OnStep adds a hook that is called after each step, on Run's goroutine.
func (l *Loop) OnStep(hook func(Step)) { l.onStep = append(l.onStep, hook) }

// OnEpoch adds a hook that is called after each epoch, on Run's goroutine, with
// the state as it stands. The hook must not change it nor keep it beyond the
// call. An error ends the training.
func (l *Loop) OnEpoch(hook func(*checkpoint.State) error) { l.onEpoch = append(l.onEpoch, hook) }

// Resume puts the backend and the loop where the state was taken.
func (l *Loop) Resume(s *checkpoint.State) error {
	if err := l.Backend.SetWeights(s.Weights); err != nil {
		return fmt.Errorf("resume weights: %w", err)
	}
	if err := l.Backend.SetState(s.Solver); err != nil {
		return fmt.Errorf("resume solver: %w", err)
	}
	l.state = *s
	return nil
}

// State returns the history and the weights as they stand; not a copy.
func (l *Loop) State() *checkpoint.State { return &l.state }

// Outcome is how a training ended.
type Outcome struct {
	Ending Ending
	// Cause says where and why a training was cut short (Cancelled, NotFinite); nil otherwise.
	Cause error
}

// Run trains until an ending and leaves the backend with the weights of the
// best epoch. Where no epoch was completed there is nothing to keep: then it
// fails with the context's error or inspection.ErrNotFinite. It also fails, at
// once, where the backend or a hook does.
func (l *Loop) Run(ctx context.Context) (Outcome, error) {
	ending, err := l.epochs(ctx)
	if ending == "" || len(l.state.History) == 0 {
		return Outcome{}, err
	}
	if err := l.Backend.SetWeights(l.state.Best); err != nil {
		return Outcome{}, fmt.Errorf("restore best weights: %w", err)
	}
	return Outcome{ending, err}, nil
}

// epochs returns the ending, with the error that caused it, or an error alone.
func (l *Loop) epochs(ctx context.Context) (Ending, error) {
	data := l.feed()
	for len(l.state.History) < l.Epochs {
		if l.exhausted() {
			return EarlyStopped, nil
		}
		done := len(l.state.History)
		row, err := l.epoch(ctx, data)
		switch {
		case err == nil:
		case len(l.state.History) > done: // the epoch counts; a hook failed
			return "", err
		case ctx.Err() != nil:
			return Cancelled, fmt.Errorf("training stopped in epoch %d: %w", row.Epoch, ctx.Err())
		case errors.Is(err, inspection.ErrNotFinite):
			return NotFinite, err
		default:
			return "", err
		}
	}
	return Finished, nil
}

func (l *Loop) feed() *feed {
	return &feed{set: l.Set, train: l.Train, batch: l.Batch, seed: l.Seed, pipe: l.Augment, whiten: l.Whiten, variants: l.Variants,
		replay: l.Replay, replayShare: l.ReplayShare, stepsPerEpoch: l.Steps,
		weights: l.ClassWeights, smoothing: l.LabelSmoothing, workers: l.Workers}
}

// epoch trains, recalibrates and validates once.
func (l *Loop) epoch(ctx context.Context, data *feed) (metrics.Epoch, error) {
	start := time.Now()
	row, paused, err := l.steps(ctx, data)
	if err != nil {
		return row, err
	}
	stepped := time.Since(start)
	trained, err := l.swapAverage()
	if err != nil {
		return row, fmt.Errorf("average weights after epoch %d: %w", row.Epoch, err)
	}
	if err := l.validate(ctx, data, &row); err != nil {
		return row, err
	}
	if err := l.remember(row, trained); err != nil {
		return row, err
	}
	l.overhead = time.Since(start) - stepped
	l.state.History[len(l.state.History)-1].Seconds = (time.Since(start) - paused).Seconds()
	return row, l.announce()
}

// swapAverage puts the average, where there is one, into the backend for
// validation, and returns the weights that training goes on from; nil where they
// are the backend's own.
func (l *Loop) swapAverage() (architecture.Weights, error) {
	if l.state.Averaged == 0 {
		return nil, nil
	}
	trained, err := l.Backend.Weights()
	if err != nil {
		return nil, err
	}
	return trained, l.Backend.SetWeights(l.state.Average)
}

// remember adds an epoch to the state. trained is what swapAverage returned.
func (l *Loop) remember(row metrics.Epoch, trained architecture.Weights) error {
	validated, err := l.Backend.Weights()
	if err != nil {
		return fmt.Errorf("read weights after epoch %d: %w", row.Epoch, err)
	}
	l.state.Weights = validated
	if trained != nil {
		l.state.Weights = trained
		if err := l.Backend.SetWeights(trained); err != nil {
			return fmt.Errorf("go on after epoch %d: %w", row.Epoch, err)
		}
	}
	if l.state.Solver, err = l.Backend.State(); err != nil {
		return fmt.Errorf("read solver after epoch %d: %w", row.Epoch, err)
	}
	l.state.History = append(l.state.History, row)
	if l.Kept() == len(l.state.History)-1 {
		l.state.Best = validated
	}
	return nil
}

// announce runs the hooks for the epoch that ended.
func (l *Loop) announce() error {
	for _, hook := range l.onEpoch {
		if err := hook(&l.state); err != nil {
			return err
		}
	}
	return nil
}
