package station

import "time"

// DatasetKind says where training samples come from.
type DatasetKind string

// The kinds of data set.
const (
	// DatasetFolder is a folder with one folder per class.
	DatasetFolder DatasetKind = "folder"
	// DatasetReviewed is every record of the log that a person has reviewed.
	DatasetReviewed DatasetKind = "reviewed"
)

// DatasetChoice names a data set.
type DatasetChoice struct {
	Kind DatasetKind
	// Folder is the path, for DatasetFolder.
	Folder string
}

// DatasetSummary says what a data set holds.
type DatasetSummary struct {
	Normal, Defective int
	// Unreadable lists image files that could not be read.
	Unreadable []string
	// Problem is a sentence where the set cannot be trained on; empty where it can.
	Problem string
}

// TrainingRequest is what the Retrain page asks for.
type TrainingRequest struct {
	Dataset DatasetChoice
	// Name is the model's name; a name in use gets the next version.
	Name string
	// Architecture is "custom".
	Architecture string
	// Part is the kind of part, for the card.
	Part string
	// Augmentations are names as in `assay train --augment`: "hflip", "vflip", "rotate".
	Augmentations []string
	// Epochs, InputSize and Seed may be 0 for the defaults.
	Epochs, InputSize int
	Seed              uint64
}

// TrainingState says how a training is doing.
type TrainingState string

// The states of a training.
const (
	TrainingIdle     TrainingState = "idle"
	TrainingStarting TrainingState = "starting"
	TrainingRunning  TrainingState = "running"
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
	// Message says in words what goes on ("reading images 1,200 of 6,633").
	Message string
	// Remaining is an estimate; 0 where unknown.
	Remaining time.Duration
	// Candidate is the finished model, nil before TrainingDone.
	Candidate *ModelInfo
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
}
