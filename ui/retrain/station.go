package retrain

import (
	"context"
	"image"

	"assay/inspection"
	"assay/station"
)

// Station is what the page needs of a station.
type Station interface {
	Snapshot() station.Status
	Models() ([]station.ModelInfo, error)
	ImportModel(ctx context.Context, file string) (station.ModelInfo, error)
	Samples
	Trainings
	Promotions
	Shadows
}

// Samples are the data sets of a station.
type Samples interface {
	Snapshots() ([]station.DatasetReport, error)
	ImportDataset(ctx context.Context, c station.DatasetChoice, split station.SplitKind, progress func(done, total int)) (station.DatasetReport, error)
	SampleImages(ctx context.Context, snapshot string) ([]station.SampleImage, error)
	SamplePicture(ctx context.Context, snapshot, digest string) (image.Image, error)
	RelabelSample(snapshot, digest, class, by, reason string) (station.DatasetReport, error)
	ExcludeSample(snapshot, digest, by, reason string) (station.DatasetReport, error)
	IncludeSample(snapshot, digest, by, reason string) (station.DatasetReport, error)
	Augmentations() []station.Augmentation
	PreviewAugmentations(ctx context.Context, r station.PreviewRequest) (station.Preview, error)
}

// Trainings run a training and compare its result.
type Trainings interface {
	TrainingChanged() *station.Signal[station.TrainingStatus]
	TrainingStatus() station.TrainingStatus
	StartTraining(r station.TrainingRequest) error
	StopTraining()
	CancelTraining()
	PauseTraining()
	ContinueTraining()
	InterruptedTraining() (station.TrainingRequest, bool)
	KeptEpochs(name string) (epochs int, kept bool)
	ResumeTraining() error
	ComparedPicture(ctx context.Context, digest string, candidate bool) (image.Image, inspection.Prediction, error)
}

// Promotions decide which model judges.
type Promotions interface {
	Promote(name string, version int, thresholds *inspection.Thresholds, by, reason string) error
	Rollback(name, by, reason string) (station.Promotion, error)
	Promotions(name string) ([]station.Promotion, error)
	Standing() (station.Standing, error)
	SelectModel(name string, version int) error
}

// Shadows run a candidate silently beside the model in use.
type Shadows interface {
	StartShadow(ref inspection.ModelRef) error
	StopShadow()
	ShadowStatus() station.ShadowStatus
	ShadowChanged() *station.Signal[station.ShadowStatus]
}
