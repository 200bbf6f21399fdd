package training

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"assay/inference/architecture"
	"assay/inference/onnx"
	"assay/inspection"
	"assay/training/augment"
	"assay/training/dataset"
	"assay/training/metrics"
)

// The defaults of a Request. They were chosen on the validation part of the
// casting data set.
const (
	DefaultInput         = 100
	DefaultEpochs        = 25
	DefaultBatch         = 32
	DefaultPatience      = 10
	DefaultValidation    = 0.2
	DefaultRecalibration = 50
	DefaultReplayShare   = 0.5
)

// Request says what is to be trained, on what and how. Fields left zero take
// the defaults; negative Patience means no early stopping.
type Request struct {
	// Name is the model's name, Version its number (1 by default).
	Name    string
	Version int
	// Architecture names the network; Input is its input's width and height in pixels, by default Init's.
	Architecture string
	Input        int
	// Normalization is how pictures are brought into the input (inspection.NormalizationDisc or …None); nil takes
	// Init's, and none without.
	Normalization *string
	// Views is the number of orientations in which the model judges each picture (inspection.InputSpec); 0 takes
	// Init's, and 1 without. Training itself is the same for all.
	Views int

	// Dataset says what to train on and how it is divided: only its training and validation parts are read. A split
	// whose Seed is 0 takes Seed.
	Dataset dataset.Choice
	// Replay is a further data set, whose training part is mixed into every batch: ReplayShare of it. Its zero value
	// is none. Its images count in validation too.
	Replay      dataset.Choice
	ReplayShare float64

	Augment augment.Pipeline
	// Variants are made of whole pictures before they are brought into the input; the zero value makes none.
	Variants Variants
	// RecalibrateAugmented takes statistics of batch norms over augmented images instead of plain ones.
	RecalibrateAugmented bool
	ClassWeights         ClassWeights
	// LabelSmoothing draws labels this far towards one half, 0 to below 1.
	LabelSmoothing float64
	Averaging      Averaging
	Schedule       Schedule
	Epochs         int
	Batch          int
	// Steps is the number of steps of an epoch; 0 is one pass over the training part.
	Steps         int
	Patience      int
	KeepLast      bool // keep the last epoch, not the best: for validation parts too small to choose by
	Recalibration int
	// Calibration is fitted on the validation part after training, and folded into the weights.
	Calibration Calibration
	Seed        uint64
	Threads     int
	Init        *onnx.Model // weights to start from, of the same architecture; nil starts from random ones
	Freeze      bool        // train the last convolution alone
	Checkpoint  string      // file for the state after each epoch; empty keeps none
	Resume      bool        // go on from Checkpoint, where there is one
	Backend     BackendFactory
	Pause       *Pause    // lets the training rest between steps; nil never does
	Part        string    // for the card: the kind of part
	Description string    // for the card: data and licence
	Command     string    // for the card: the exact command
	Trained     time.Time // for the card; it goes into the file and so into its digest: leave it zero for files that can be made again bit for bit
	// ReadConcurrency is the number of images decoded at once; 0 takes one a processor. FeedWorkers is the number of
	// goroutines that prepare batches; 0 takes a fitting number. Neither changes the result.
	ReadConcurrency int
	FeedWorkers     int

	// measure looks at the weights that are kept, in the backend, before the file is written; nil does not.
	measure func(*Loop) error
}

// Result is what a training leaves. Its JSON is a contract: the last line of
// `assay train --json`.
type Result struct {
	Model  string `json:"model"`
	SHA256 string `json:"sha256"`
	// BestEpoch counts from 1.
	BestEpoch int     `json:"best_epoch"`
	Seconds   float64 `json:"seconds"`
	// Ending says why the training ended, Warning where and why it was cut short.
	Ending  Ending `json:"ending"`
	Warning string `json:"warning,omitempty"`

	// File is the ONNX file; Card is within it.
	File []byte               `json:"-"`
	Card inspection.ModelCard `json:"-"`
	// Validation is the report of the best epoch on the validation part, after calibration.
	Validation metrics.Report  `json:"-"`
	History    []metrics.Epoch `json:"-"`
	// Unreadable lists the images that were left out.
	Unreadable []dataset.Problem `json:"-"`
}

// Hooks report progress. Any may be nil; all are called one at a time. They
// should be quick: training waits for them.
type Hooks struct {
	// Load is called while images are read.
	Load func(done, total int)
	// Loaded is called once with the data set and the sizes of its two parts.
	Loaded func(set *dataset.Set, train, validation int)
	Step   func(Step)
	Epoch  func(metrics.Epoch)
	// Finish is called once when the last epoch has ended.
	Finish func()
	// Warn is called with what went wrong without ending the training, such as a checkpoint that could not be
	// written.
	Warn func(error)
}

func (r Request) withDefaults() Request {
	r.Version = cmp.Or(r.Version, 1)
	if r.Init != nil {
		r.Input = cmp.Or(r.Input, r.Init.Card.Input.Height)
		r.Views = cmp.Or(r.Views, r.Init.Card.Input.Views)
		if r.Normalization == nil {
			r.Normalization = &r.Init.Card.Input.Normalization
		}
	}
	if r.Normalization == nil {
		none := inspection.NormalizationNone
		r.Normalization = &none
	}
	r.Input = cmp.Or(r.Input, DefaultInput)
	r.Epochs = cmp.Or(r.Epochs, DefaultEpochs)
	r.Batch = cmp.Or(r.Batch, DefaultBatch)
	r.Patience = cmp.Or(r.Patience, DefaultPatience)
	r.Recalibration = cmp.Or(r.Recalibration, DefaultRecalibration)
	r.Calibration = cmp.Or(r.Calibration, Temperature)
	r.Dataset.Split.Seed = cmp.Or(r.Dataset.Split.Seed, r.Seed)
	r.Replay.Split.Seed = cmp.Or(r.Replay.Split.Seed, r.Seed)
	if r.replays() {
		r.ReplayShare = cmp.Or(r.ReplayShare, DefaultReplayShare)
	}
	r.Schedule = r.Schedule.withDefaults()
	return r
}

// replays reports whether a second data set is mixed in.
func (r Request) replays() bool { return r.Replay.Source != "" || r.Replay.Items != nil }

// Validate refuses a request that cannot be trained whatever the images are, with
// a sentence about the field. Where the model to start from does not fit, the
// error wraps inspection.ErrBadModel. Run does the same first.
func (r Request) Validate() error { return r.withDefaults().validate() }

func (r Request) validate() error {
	switch {
	case r.Backend == nil:
		return fmt.Errorf("train: no backend")
	case r.Name == "":
		return fmt.Errorf("train: the model needs a name")
	case r.Epochs < 1 || r.Batch < 1 || r.Steps < 0:
		return fmt.Errorf("train: %d epochs of %d steps in batches of %d: want at least 1 of each", r.Epochs, r.Steps, r.Batch)
	case r.Threads < 0:
		return fmt.Errorf("train: %d threads: want 1 or more, or 0 for one a core", r.Threads)
	case !(r.LabelSmoothing >= 0 && r.LabelSmoothing < 1):
		return fmt.Errorf("train: label smoothing %g: want 0 to below 1", r.LabelSmoothing)
	}
	for _, check := range []func() error{r.validateStart, r.validateReplay, r.validateInput, r.validateViews, r.Dataset.Split.Validate, r.Replay.Split.Validate, r.Schedule.validate,
		r.Augment.Validate, r.Variants.validate, r.ClassWeights.validate, r.Averaging.validate, r.Calibration.validate} {
		if err := check(); err != nil {
			return fmt.Errorf("train: %w", err)
		}
	}
	return nil
}

// validateStart holds the input to that of the model to start from, and a
// resumption to a file.
func (r Request) validateStart() error {
	known := *r.Normalization == inspection.NormalizationNone || *r.Normalization == inspection.NormalizationDisc
	switch {
	case r.Resume && r.Checkpoint == "":
		return fmt.Errorf("nothing to resume from: no checkpoint file is named")
	case !known:
		return fmt.Errorf("normalisation %q: want none or %s", *r.Normalization, inspection.NormalizationDisc)
	case r.Freeze && r.Init == nil:
		return fmt.Errorf("freezing keeps what a model has learnt: name the model to start from")
	case r.Init != nil && r.Init.Card.Input.Normalization != *r.Normalization:
		return fmt.Errorf("%w: model %s has another normalisation of its input: start afresh, or keep the model's",
			inspection.ErrBadModel, r.Init.Card.Name)
	}
	return nil
}

// validateReplay wants a share that leaves room for new images, of a set that there is.
func (r Request) validateReplay() error {
	switch {
	case !(r.ReplayShare >= 0 && r.ReplayShare < 1) || (r.ReplayShare > 0 && !r.replays()):
		return fmt.Errorf("replay share %g: want one between 0 and 1, and a data set to replay", r.ReplayShare)
	case r.replays() && replayedOf(r.ReplayShare, r.Batch) == r.Batch:
		return fmt.Errorf("replay share %g of batches of %d: that leaves no room for new images", r.ReplayShare, r.Batch)
	}
	return nil
}

// validateInput refuses an input that the network cannot be built for. An unknown
// network is for Run to name.
func (r Request) validateInput() error {
	_, err := architecture.New(r.Architecture, r.Input)
	if r.Input > dataset.MaxSide || err != nil && !errors.Is(err, inspection.ErrNotFound) {
		return fmt.Errorf("input of %d×%d pixels: the network %s takes none of that size", r.Input, r.Input, r.Architecture)
	}
	return nil
}

// validateViews refuses views that no model can be judged in.
func (r Request) validateViews() error {
	return inspection.InputSpec{Width: r.Input, Height: r.Input, Views: r.Views}.ValidateViews()
}
