package training

import (
	"iter"

	"assay/inference/architecture"
)

// Backend is one network being trained. Calls must not overlap; they may come
// from different goroutines. Images are (N,C,H,W) float32 values as the
// network's InputSpec has them. Slices handed in are only read and not kept.
type Backend interface {
	// Step trains on exactly the batch size's images, with labels from 0 (normal) to 1 (defective): forward, binary
	// cross-entropy, backward and one step of the solver. weights multiplies what each image counts, nil meaning 1
	// each. It returns the mean loss before the step, over the number of images. Where that or a gradient is NaN or
	// infinite it may return inspection.ErrNotFinite or the loss alone: both end the training.
	Step(images, labels, weights []float32) (loss float64, err error)
	// Scores writes the probability of a defect for each image, with the running statistics of batch norms.
	// len(scores) is the number of images, any from 1 up.
	Scores(images []float32, scores []float32) error
	// Recalibrate replaces the running statistics by averages over full batches at frozen weights ("precise batch
	// norm"). Each slice is valid until the next is asked for.
	Recalibrate(batches iter.Seq[[]float32]) error
	// SetLearningRate sets the rate of the steps that follow.
	SetLearningRate(rate float64)
	// Weights returns a copy of all parameters, SetWeights replaces them.
	Weights() (architecture.Weights, error)
	SetWeights(w architecture.Weights) error
	// State returns what the solver remembers between steps, SetState puts it back: with it and the weights, training
	// goes on exactly as it would have.
	State() ([]byte, error)
	SetState(state []byte) error
	// Close frees the network.
	Close() error
}

// Freezer is a backend that can hold parameters as they are. Run needs it where
// a request freezes layers.
type Freezer interface {
	// Freeze keeps the trainable parameters of these names out of the steps that follow, in place of those frozen
	// before; no names frees all. Statistics of batch norms are not parameters: Recalibrate still replaces them.
	Freeze(names []string) error
}

// BackendOptions say how a backend is to run.
type BackendOptions struct {
	// Batch is the number of images of a step.
	Batch int
	// Threads is the number of threads a step may use; 0 means one for each core.
	Threads int
	// LearningRate is the rate until SetLearningRate is called.
	LearningRate float64
}

// BackendFactory makes a backend for a network that starts from weights w.
type BackendFactory func(n *architecture.Network, w architecture.Weights, o BackendOptions) (Backend, error)
