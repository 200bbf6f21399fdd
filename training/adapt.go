package training

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"assay/inference/architecture"
	"assay/inference/onnx"
	"assay/training/augment"
	"assay/training/compare"
	"assay/training/dataset"
	"assay/training/metrics"
)

// The defaults of an AdaptRequest.
const (
	DefaultAdaptSteps = 2000
	DefaultAdaptRate  = 5e-4
	// DefaultAdaptReplayShare is more than a training's: what is new is learnt in a few hundred steps, what is old is forgotten in
	// as many.
	DefaultAdaptReplayShare = 0.8
	// DefaultTarget is the accuracy, in per cent, that the estimate is for.
	DefaultTarget = 99.0

	// adaptEpochs is few: each validates once, and the learning rate falls by step anyway.
	adaptEpochs = 4
)

// DefaultSamples are the sizes of training set that a learning curve is drawn
// over.
func DefaultSamples() []int { return []int{25, 50, 100, 200} }

// AdaptRequest says which model is to learn which new images without forgetting
// the old ones.
type AdaptRequest struct {
	// Current is the model to start from; its input, normalisation and whitening stay.
	Current *onnx.Model
	Name    string
	Version int
	// New holds the new images. Those that are never trained on are what is measured: its test part where it has one,
	// released by Uses for Use, once for the whole curve, whose points are added to the Purpose, else a fifth of it or more. Old holds what the current model was trained on: its
	// training part is replayed, its validation part measured.
	New, Old dataset.Choice
	Uses     *dataset.TestUses
	Use      dataset.TestUse
	// Samples are the numbers of new images to train on, one training each; nil takes DefaultSamples. Larger ones hold
	// the smaller ones, and both classes take turns.
	Samples []int
	// Steps is the number of steps of each training; 0 takes DefaultAdaptSteps.
	Steps       int
	Batch       int
	ReplayShare float64
	Rate        float64
	Augment     augment.Pipeline
	Averaging   Averaging
	// Target is the accuracy in per cent that the estimate is for; 0 takes DefaultTarget.
	Target      float64
	Seed        uint64
	Threads     int
	Backend     BackendFactory
	Pause       *Pause
	Command     string
	Description string
}

// AdaptRow is one point of the learning curve. Shares are in per cent. Its JSON
// is a line of `assay adapt --json`.
type AdaptRow struct {
	// Samples is the number of new images trained on; 0 is the current model.
	Samples            int        `json:"samples"`
	AccuracyNew        float64    `json:"accuracy_new"`
	CI95New            [2]float64 `json:"ci95_new"`
	NNew               int        `json:"n_new"`
	ErrorsNew          int        `json:"errors_new"`
	DefectiveRecallNew float64    `json:"defective_recall_new"`
	AccuracyOld        float64    `json:"accuracy_old"`
	CI95Old            [2]float64 `json:"ci95_old"`
	NOld               int        `json:"n_old"`
	ErrorsOld          int        `json:"errors_old"`
	Seconds            float64    `json:"seconds"`
}

// Adaptation is what Adapt leaves: the model of the most samples, and the curve.
type Adaptation struct {
	Result
	Rows     []AdaptRow       `json:"-"`
	Estimate compare.Estimate `json:"estimate"`
}

// AdaptHooks report progress; any may be nil.
type AdaptHooks struct {
	Load func(done, total int)
	// Row is called with each point of the curve, Step after each step of the training on that many samples.
	Row  func(AdaptRow)
	Step func(samples int, s Step)
	Warn func(error)
}

// Adapt fine-tunes the current model on more and more of the new images, with
// old ones in every batch, and measures both. Cancelling ctx keeps the training
// before, where there is one. Errors are those of Run.
func Adapt(ctx context.Context, r AdaptRequest, hooks AdaptHooks) (Adaptation, error) {
	start := time.Now()
	r = r.withDefaults()
	if err := r.validate(); err != nil {
		return Adaptation{}, err
	}
	a, err := r.open(ctx, hooks)
	if err != nil {
		return Adaptation{}, err
	}
	out, err := a.curve(ctx)
	if err != nil {
		return out, err
	}
	out.Unreadable = a.images.lost
	out.Seconds = time.Since(start).Seconds()
	var points []compare.CurvePoint
	for _, row := range out.Rows {
		points = append(points, compare.CurvePoint{Samples: row.Samples, Errors: row.ErrorsNew, N: row.NNew})
	}
	out.Estimate = compare.FitLearningCurve(points, r.Target)
	return out, nil
}

func (r AdaptRequest) withDefaults() AdaptRequest {
	r.Steps = cmp.Or(r.Steps, DefaultAdaptSteps)
	r.Rate = cmp.Or(r.Rate, DefaultAdaptRate)
	r.ReplayShare = cmp.Or(r.ReplayShare, DefaultAdaptReplayShare)
	r.Target = cmp.Or(r.Target, DefaultTarget)
	r.New.Split.Seed = cmp.Or(r.New.Split.Seed, r.Seed)
	r.Old.Split.Seed = cmp.Or(r.Old.Split.Seed, r.Seed)
	if r.Samples == nil {
		r.Samples = DefaultSamples()
	}
	return r
}

// Validate refuses a request that cannot be trained whatever the images are, as
// Request.Validate does. Adapt does the same first.
func (r AdaptRequest) Validate() error { return r.withDefaults().validate() }

func (r AdaptRequest) validate() error {
	switch {
	case r.Current == nil:
		return errors.New("adapt: name the model to start from")
	case r.Old.Source == "" && r.Old.Items == nil:
		return errors.New("adapt: name the old data set: without it the model forgets what it knew")
	case len(r.Samples) == 0 || !slices.IsSorted(r.Samples) || r.Samples[0] < 2:
		return fmt.Errorf("adapt: samples %v: want rising numbers from 2 up", r.Samples)
	case !(r.Target > 50 && r.Target < 100):
		return fmt.Errorf("adapt: target %g %%: want one between 50 and 100", r.Target)
	}
	return r.request(r.Samples[0]).withDefaults().validate()
}

// request describes the training on so many samples. Its last epoch is kept and
// nothing calibrated: the new images are too few to choose by.
func (r AdaptRequest) request(samples int) Request {
	card := r.Current.Card
	return Request{
		Name: r.Name, Version: r.Version, Architecture: card.Architecture, Init: r.Current,
		Dataset: r.New, Replay: r.Old, ReplayShare: r.ReplayShare, Augment: r.Augment, Averaging: r.Averaging,
		Schedule: Schedule{Kind: Cosine, Peak: r.Rate, Warmup: 0.2},
		Epochs:   adaptEpochs, Steps: max(r.Steps/adaptEpochs, 1), Batch: r.Batch, Patience: -1, KeepLast: true,
		Calibration: NoCalibration, Seed: r.Seed, Threads: r.Threads, Backend: r.Backend, Pause: r.Pause, Part: card.Part,
		Description: r.Description, Command: r.Command,
	}
}

// adapter is an adaptation with its images in memory.
type adapter struct {
	AdaptRequest
	hooks  AdaptHooks
	images images
	// pool holds the indices of the new images in the order in which they are given, held those that are measured.
	pool, held []int
	network    *architecture.Network
	weights    architecture.Weights
}

// curve trains on each number of samples.
func (a *adapter) curve(ctx context.Context) (Adaptation, error) {
	var out Adaptation
	row, err := a.measureCurrent(ctx)
	if err != nil {
		return out, err
	}
	a.add(&out, row)
	for _, samples := range a.Samples {
		result, row, err := a.train(ctx, samples)
		if err == nil {
			out.Result = result
			a.add(&out, row)
		}
		if ctx.Err() != nil {
			if out.File == nil {
				return out, fmt.Errorf("adapt: %w", ctx.Err())
			}
			out.Ending, out.Warning = Cancelled, fmt.Sprintf("stopped before the training on %d samples ended", samples)
			return out, nil
		}
		if err != nil {
			return out, fmt.Errorf("adapt with %d samples: %w", samples, err)
		}
	}
	return out, nil
}

func (a *adapter) add(out *Adaptation, row AdaptRow) {
	out.Rows = append(out.Rows, row)
	if a.hooks.Row != nil {
		a.hooks.Row(row)
	}
}

// train returns the model of one training and what it does.
func (a *adapter) train(ctx context.Context, samples int) (Result, AdaptRow, error) {
	start := time.Now()
	r := a.request(samples).withDefaults()
	some := a.images
	some.train = a.pool[:samples]
	row := AdaptRow{Samples: samples}
	hooks := Hooks{Warn: a.hooks.Warn}
	if a.hooks.Step != nil {
		hooks.Step = func(s Step) { a.hooks.Step(samples, s) }
	}
	r.measure = func(l *Loop) error { return a.measure(l.feed(), l.Backend, &row) }
	result, err := r.train(ctx, a.network, a.weights, some, hooks)
	row.Seconds = time.Since(start).Seconds()
	if err == nil && result.Ending != Finished {
		err = fmt.Errorf("training ended early: %s", result.Warning)
	}
	return result, row, err
}

// measureCurrent is the curve's point without a new sample.
func (a *adapter) measureCurrent(ctx context.Context) (row AdaptRow, err error) {
	start := time.Now()
	r := a.request(0).withDefaults()
	backend, err := r.backend(a.network, a.weights)
	if err != nil {
		return row, err
	}
	defer func() { err = errors.Join(err, backend.Close()) }()
	images := a.images
	images.whitening = a.Current.Whitening
	r.Augment = augment.Pipeline{} // judging draws nothing
	err = a.measure(r.loop(backend, images).feed(), backend, &row)
	row.Seconds = time.Since(start).Seconds()
	return row, errors.Join(err, ctx.Err())
}

// measure judges the held-out new images and the old validation part.
func (a *adapter) measure(data *feed, backend Backend, row *AdaptRow) error {
	fresh, err := a.report(data, backend, a.held)
	if err != nil {
		return err
	}
	old, err := a.report(data, backend, a.images.validation)
	if err != nil {
		return err
	}
	wrong := func(r metrics.Report) int { return r.Confusion[0][1] + r.Confusion[1][0] }
	row.AccuracyNew, row.CI95New, row.NNew, row.ErrorsNew = fresh.Accuracy, fresh.CI95, fresh.N, wrong(fresh)
	row.DefectiveRecallNew = fresh.Defective.Recall
	row.AccuracyOld, row.CI95Old, row.NOld, row.ErrorsOld = old.Accuracy, old.CI95, old.N, wrong(old)
	return nil
}

func (a *adapter) report(data *feed, backend Backend, indices []int) (metrics.Report, error) {
	scores, err := data.judged(context.Background(), backend, indices)
	if err != nil {
		return metrics.Report{}, err
	}
	return metrics.Compute(scores, a.images.set.Classes(indices), 0)
}
