package training

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

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
	// ImagesPerSecond is the rate since the epoch began.
	ImagesPerSecond float64
}

// Loop trains a backend epoch by epoch and remembers the best weights. By itself
// it reports and saves nothing: hooks do (OnStep, OnEpoch). Set the fields, add
// hooks, then call Run once.
type Loop struct {
	Backend Backend
	Set     *dataset.Set
	// Train and Validation are indices into Set.
	Train, Validation []int
	Augment           augment.Pipeline
	// Schedule must be valid and complete.
	Schedule Schedule
	// Epochs and Batch are at least 1, Batch at most len(Train).
	Epochs, Batch int
	// Patience is the number of epochs without improvement after which training stops; 0 means never.
	Patience int
	// Recalibration is the number of batches over which statistics of batch norms are taken after each epoch.
	Recalibration int
	Seed          uint64

	state   checkpoint.State
	onStep  []func(Step)
	onEpoch []func(*checkpoint.State) error
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
	data := &feed{set: l.Set, train: l.Train, batch: l.Batch, seed: l.Seed, pipe: l.Augment}
	for len(l.state.History) < l.Epochs {
		if l.exhausted() {
			return EarlyStopped, nil
		}
		row, err := l.epoch(ctx, data)
		switch {
		case err != nil && ctx.Err() != nil:
			return Cancelled, fmt.Errorf("training stopped in epoch %d: %w", row.Epoch, ctx.Err())
		case errors.Is(err, inspection.ErrNotFinite):
			return NotFinite, err
		case err != nil:
			return "", err
		}
		if err := l.remember(row); err != nil {
			return "", err
		}
	}
	return Finished, nil
}

// exhausted reports whether the best epoch lies Patience epochs back.
func (l *Loop) exhausted() bool {
	h := l.state.History
	return l.Patience > 0 && len(h) > 0 && len(h)-1-metrics.Best(h) >= l.Patience
}

// epoch trains, recalibrates and validates once.
func (l *Loop) epoch(ctx context.Context, data *feed) (metrics.Epoch, error) {
	start := time.Now()
	row, err := l.steps(ctx, data)
	if err != nil {
		return row, err
	}
	if err := l.Backend.Recalibrate(data.plain(ctx, row.Epoch, l.Recalibration)); err != nil {
		return row, fmt.Errorf("recalibrate after epoch %d: %w", row.Epoch, err)
	}
	scores, err := data.scores(ctx, l.Backend, l.Validation)
	if err != nil {
		return row, fmt.Errorf("validate after epoch %d: %w", row.Epoch, err)
	}
	truth := l.Set.Classes(l.Validation)
	row.ValLoss, row.ValAccuracy = metrics.Loss(scores, truth), metrics.Accuracy(scores, truth)
	if !finite(row.ValLoss) {
		return row, fmt.Errorf("validation loss after epoch %d: %w", row.Epoch, inspection.ErrNotFinite)
	}
	row.Seconds = time.Since(start).Seconds()
	return row, nil
}

// steps trains on every batch of the next epoch.
func (l *Loop) steps(ctx context.Context, data *feed) (metrics.Epoch, error) {
	perEpoch, done := data.steps(), len(l.state.History)
	row := metrics.Epoch{Epoch: done + 1, Step: done * perEpoch}
	start, sum := time.Now(), 0.0
	for b := range data.epoch(ctx, row.Epoch) {
		row.LearningRate = l.Schedule.rate(row.Step, perEpoch, l.Epochs, l.state.History)
		l.Backend.SetLearningRate(row.LearningRate)
		loss, err := l.Backend.Step(b.images, b.labels, nil)
		row.Step++
		if err != nil {
			return row, fmt.Errorf("step %d of epoch %d: %w", row.Step, row.Epoch, err)
		}
		if !finite(loss) {
			return row, fmt.Errorf("loss at step %d of epoch %d: %w", row.Step, row.Epoch, inspection.ErrNotFinite)
		}
		sum += loss
		trained := row.Step - done*perEpoch
		row.TrainLoss = sum / float64(trained)
		row.ImagesPerSecond = float64(trained*l.Batch) / time.Since(start).Seconds()
		for _, hook := range l.onStep {
			hook(Step{row.Epoch, l.Epochs, row.Step, perEpoch * l.Epochs, loss, row.LearningRate, row.ImagesPerSecond})
		}
	}
	return row, ctx.Err()
}

// remember adds an epoch to the state and runs the hooks.
func (l *Loop) remember(row metrics.Epoch) error {
	weights, err := l.Backend.Weights()
	if err != nil {
		return fmt.Errorf("read weights after epoch %d: %w", row.Epoch, err)
	}
	solver, err := l.Backend.State()
	if err != nil {
		return fmt.Errorf("read solver after epoch %d: %w", row.Epoch, err)
	}
	l.state.History = append(l.state.History, row)
	l.state.Weights, l.state.Solver = weights, solver
	if metrics.Best(l.state.History) == len(l.state.History)-1 {
		l.state.Best = weights
	}
	for _, hook := range l.onEpoch {
		if err := hook(&l.state); err != nil {
			return err
		}
	}
	return nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
