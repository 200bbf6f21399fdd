package training

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

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
)

// Request says what is to be trained, on what and how. Fields left zero take
// the defaults; negative Patience means no early stopping.
type Request struct {
	// Name is the model's name, Version its number (1 by default).
	Name    string
	Version int
	// Architecture names the network; Input is its input's width and height in pixels.
	Architecture string
	Input        int

	// Dataset is a class folder, read as Folder says (its part "train" where there is one). Items takes its place
	// where it is not nil, for sets that lie elsewhere, such as reviewed records.
	Dataset string
	Folder  dataset.FolderOptions
	Items   []dataset.Item
	// Validation is the share of the images held back to choose by.
	Validation float64

	Augment         augment.Pipeline
	Schedule        Schedule
	Epochs          int
	Batch           int
	Patience        int
	Recalibration   int
	Seed            uint64
	Threads         int
	Init            *onnx.Model // weights to start from, of the same architecture; nil starts from random ones
	Checkpoint      string      // file for the state after each epoch; empty keeps none
	Resume          bool        // go on from Checkpoint, where there is one
	Backend         BackendFactory
	Part            string    // for the card: the kind of part
	Description     string    // for the card: data and licence
	Command         string    // for the card: the exact command
	Trained         time.Time // for the card; it goes into the file and so into its digest: leave it zero for files that can be made again bit for bit
	ReadConcurrency int       // images decoded at once; 0 takes one a processor
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
	// Validation is the report of the best epoch on the validation part.
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
	// Warn is called with what went wrong without ending the training, such as a checkpoint that could not be
	// written.
	Warn func(error)
}

func (r Request) withDefaults() Request {
	setDefault(&r.Version, 1)
	setDefault(&r.Input, DefaultInput)
	setDefault(&r.Epochs, DefaultEpochs)
	setDefault(&r.Batch, DefaultBatch)
	setDefault(&r.Patience, DefaultPatience)
	setDefault(&r.Recalibration, DefaultRecalibration)
	if r.Validation == 0 {
		r.Validation = DefaultValidation
	}
	if r.Folder.Part == "" {
		r.Folder.Part = dataset.Train
	}
	r.Schedule = r.Schedule.withDefaults()
	return r
}

func setDefault(field *int, value int) {
	if *field == 0 {
		*field = value
	}
}

func (r Request) validate() error {
	switch {
	case r.Backend == nil:
		return fmt.Errorf("train: no backend")
	case r.Name == "":
		return fmt.Errorf("train: the model needs a name")
	case r.Epochs < 1 || r.Batch < 1:
		return fmt.Errorf("train: %d epochs in batches of %d: want at least 1 of each", r.Epochs, r.Batch)
	case !(r.Validation > 0 && r.Validation < 1):
		return fmt.Errorf("train: validation share %g: want one between 0 and 1", r.Validation)
	case r.Resume && r.Checkpoint == "":
		return fmt.Errorf("train: nothing to resume from: no checkpoint file is named")
	}
	if err := r.Schedule.validate(); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	if err := r.Augment.Validate(); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	return nil
}

// key names the training for its checkpoint: everything that decides the weights.
func (r Request) key(fingerprint string) (string, error) {
	parent := ""
	if r.Init != nil {
		parent = r.Init.SHA256
	}
	text, err := json.Marshal([]any{r.Architecture, r.Input, fingerprint, r.Validation, r.Augment, r.Schedule,
		r.Epochs, r.Batch, r.Patience, r.Recalibration, r.Seed, parent})
	if err != nil {
		return "", fmt.Errorf("train: %w", err)
	}
	digest := sha256.Sum256(text)
	return hex.EncodeToString(digest[:]), nil
}
