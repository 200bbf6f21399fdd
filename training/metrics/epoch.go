package metrics

// Epoch is what one pass over the training part left behind. Its JSON is a
// contract: one line an epoch of `assay train --json`.
type Epoch struct {
	// Epoch counts from 1; Step is the number of steps since the start of the training.
	Epoch int `json:"epoch"`
	Step  int `json:"step"`
	// TrainLoss is the mean over the epoch's steps, ValLoss over the validation images at the epoch's end: binary
	// cross-entropy in nats.
	TrainLoss float64 `json:"train_loss"`
	ValLoss   float64 `json:"val_loss"`
	// ValAccuracy is in per cent, as every accuracy of this program.
	ValAccuracy float64 `json:"val_accuracy"`
	// LearningRate is that of the epoch's last step.
	LearningRate float64 `json:"learning_rate"`
	// Seconds is the whole epoch's time, ImagesPerSecond that of its training steps alone.
	Seconds         float64 `json:"seconds"`
	ImagesPerSecond float64 `json:"images_per_second"`
}

// Better reports whether e is to be preferred to other: higher validation
// accuracy, then lower validation loss.
func (e Epoch) Better(other Epoch) bool {
	if e.ValAccuracy != other.ValAccuracy {
		return e.ValAccuracy > other.ValAccuracy
	}
	return e.ValLoss < other.ValLoss
}

// Best returns the index of the epoch to be preferred, the earliest of equals;
// -1 for an empty history.
func Best(history []Epoch) int {
	best := -1
	var standing Epoch
	for i, e := range history {
		if best < 0 || e.Better(standing) {
			best, standing = i, e
		}
	}
	return best
}
