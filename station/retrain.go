package station

import (
	"time"

	"assay/inspection"
	"assay/training"
)

// DatasetKind says where training samples come from.
type DatasetKind string

// The kinds of data set.
const (
	// DatasetFolder is a folder with one folder per class.
	DatasetFolder DatasetKind = "folder"
	// DatasetReviewed is every record of the log that a person has reviewed.
	DatasetReviewed DatasetKind = "reviewed"
	// DatasetUnfamiliar is every reviewed record whose picture was unlike what its model had learnt from.
	DatasetUnfamiliar DatasetKind = "unfamiliar"
	// DatasetBoth is a folder and the reviewed records together.
	DatasetBoth DatasetKind = "both"
	// DatasetSnapshot is a snapshot taken before.
	DatasetSnapshot DatasetKind = "snapshot"
)

// SplitKind says how samples are divided into training, validation and test part.
type SplitKind string

// The ways to divide samples.
const (
	// SplitOfficial keeps the folders "train" and "test" as they are.
	SplitOfficial SplitKind = "official"
	// SplitRandom draws each part by seed, class by class.
	SplitRandom SplitKind = "random"
	// SplitGrouped does so by group, so that near-duplicates never stand on both sides.
	SplitGrouped SplitKind = "grouped"
)

// DatasetChoice names a data set.
type DatasetChoice struct {
	Kind DatasetKind
	// Folder is the path, for DatasetFolder and DatasetBoth.
	Folder string
	// Snapshot is "NAME@VERSION", for DatasetSnapshot.
	Snapshot string
}

// DefaultEpochs is how many epochs a training has unless told otherwise.
const DefaultEpochs = training.DefaultEpochs

// DefaultPatience is after how many epochs without improvement a training stops
// unless told otherwise; NeverStopEarly as a patience has it run to its end.
const (
	DefaultPatience = training.DefaultPatience
	NeverStopEarly  = -1
)

// TrainingRequest is what the Retrain page asks for.
type TrainingRequest struct {
	Dataset DatasetChoice
	// Name is the model's name; a name in use gets the next version.
	Name string
	// Architecture is "custom".
	Architecture string
	// Part is the kind of part, for the card.
	Part string
	// Augmentations are words as in `assay train --augment`: "hflip", "rotate=15", "fill=reflect", "zca".
	Augmentations []string
	// Epochs, InputSize and Seed may be 0 for the defaults.
	Epochs, InputSize int
	Seed              uint64
	// Split says how the samples are divided; empty for SplitOfficial where there is a test folder, SplitGrouped otherwise.
	Split SplitKind
	// Normalization is "disc" to find, centre and even out round parts; empty for none.
	Normalization string
	// Variants is the number of variants of each whole picture that are made before it is normalised; 0 for none.
	Variants int
	// Views is the number of flips and turns in which the model judges each picture; 0 for one.
	Views int `json:",omitempty"`
	// Schedule is "cosine" or "plateau"; empty for the default.
	Schedule string
	// ClassWeights balances the classes, Averaging averages the weights of late epochs.
	ClassWeights, Averaging bool
	// LabelSmoothing is 0 (none) to 0.2.
	LabelSmoothing float64
	// KeepLast keeps the last epoch instead of the best on the validation part, which is no fair judge where it shows few
	// kinds of part.
	KeepLast bool `json:",omitempty"`
	// Patience is the number of epochs without improvement on the validation part after which the training stops; 0 for
	// DefaultPatience, NeverStopEarly to train them all. With KeepLast it never stops early.
	Patience int `json:",omitempty"`
	// Adapt starts from the current model of that name and replays the samples that it was trained on. The model's own
	// architecture, input and schedule stay; of what is above only Dataset, Name, Seed, Split and Augmentations apply, none
	// meaning those that the model learnt with.
	Adapt bool
	// Samples are the numbers of new samples to adapt with, rising, one training each; nil for AdaptSamples. Steps is the
	// number of steps of each of these trainings; 0 for DefaultAdaptSteps.
	Samples []int `json:",omitempty"`
	Steps   int   `json:",omitempty"`
}

// Keeps says which epoch the training keeps: "best" or "last".
func (r TrainingRequest) Keeps() string {
	if r.KeepLast {
		return "last"
	}
	return "best"
}

// TrainingState says how a training is doing.
type TrainingState string

// The states of a training.
const (
	TrainingIdle     TrainingState = "idle"
	TrainingStarting TrainingState = "starting"
	TrainingRunning  TrainingState = "running"
	TrainingPaused   TrainingState = "paused"
	TrainingStopping TrainingState = "stopping"
	TrainingDone     TrainingState = "done"
	TrainingFailed   TrainingState = "failed"
)

// EpochPoint is one epoch of the curves.
type EpochPoint struct {
	Epoch           int     `json:"epoch"`
	Step            int     `json:"step"`
	TrainLoss       float64 `json:"train_loss"`
	ValLoss         float64 `json:"val_loss"`
	ValAccuracy     float64 `json:"val_accuracy"`
	LearningRate    float64 `json:"learning_rate"`
	Seconds         float64 `json:"seconds"`
	ImagesPerSecond float64 `json:"images_per_second"`
}

// TrainingStatus is a snapshot of the training that runs or ran last.
type TrainingStatus struct {
	State   TrainingState
	Request TrainingRequest
	// Epochs are the points so far; Total is how many were asked for.
	Epochs []EpochPoint
	Total  int
	// Curve is an adaptation's learning curve so far, fewest samples first; Estimate says at its end how many more samples
	// the target takes, and how much that rests on.
	Curve    []CurvePoint
	Estimate string
	// Message says in words what goes on ("reading images 1,200 of 6,633").
	Message string
	// Remaining is an estimate; 0 where unknown. ImagesPerSecond is the present rate of training, 0 where unknown.
	Remaining       time.Duration
	ImagesPerSecond float64
	// Step counts steps within all epochs, of Steps; 0 where unknown.
	Step, Steps int
	// Candidate is the finished model, nil before TrainingDone. BestEpoch is the epoch that it is of, 0 where unknown;
	// Early says that the training stopped before its last epoch, for want of improvement.
	Candidate *ModelInfo
	BestEpoch int
	Early     bool
	// Comparison is nil until candidate and current model were compared on the validation part or the test part.
	Comparison *Comparison
	// Problem is a sentence, for TrainingFailed.
	Problem string
}

// Comparison puts the candidate beside the current model on the same images.
type Comparison struct {
	// Split names the images: "test" or "validation".
	Split string
	N     int
	// Right counts correct answers at a threshold of 0.5.
	CandidateRight, CurrentRight int
	// Current is nil where there is no current model of that name.
	Current *ModelInfo
	// CandidateCI and CurrentCI are 95 % Wilson intervals in percent.
	CandidateCI, CurrentCI [2]float64
	// Differ counts the images on which the two disagree.
	Differ int
	// Verdict is McNemar's test in words: "12 parts differ; better with 98 % confidence".
	Verdict string
	// CandidateReport and CurrentReport hold the figures of each; CurrentReport is zero where there is no current model.
	CandidateReport, CurrentReport ComparedReport
	// Images holds each judged image once, in the data set's order.
	Images []ComparedImage
	// TestUses counts how often this test part has been evaluated so far, this time included; 0 for a validation part.
	TestUses int
}

// ComparedReport holds the figures of one model of a comparison.
type ComparedReport struct {
	// Accuracy and DefectRecall are in per cent; ECE is 0 to 1; AUROC 0 to 1.
	Accuracy, DefectRecall, ECE, AUROC float64
	// Confusion counts images: row truth, column answer, in the order normal, defective.
	Confusion [2][2]int
	// Unfamiliar counts the images that the model was not trained for, by its own account.
	Unfamiliar int
}

// ComparedImage is one image that both models have judged.
type ComparedImage struct {
	// Name identifies the image to a person, Digest to ComparedPicture.
	Name, Digest string
	Truth        inspection.Class
	// Candidate and Current are scores; Current is NaN where there is no current model.
	Candidate, Current float64
}
