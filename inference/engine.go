package inference

import "assay/inference/onnx"

// Output receives what an engine computes. The caller owns it and may use it
// for call after call: engines grow the slices as needed and overwrite them.
type Output struct {
	// Scores holds one probability of a defect for each image, 0 to 1.
	Scores []float32
	// Maps holds the class activation maps (N,MapHeight,MapWidth) in logit units, before averaging; empty where the
	// model has none.
	Maps []float32
	// MapWidth and MapHeight are the size of one map; 0 where the model has none.
	MapWidth, MapHeight int
}

// Resize makes room for n scores and n maps of the given size; width or height
// 0 means no maps. What the slices held before is lost.
func (o *Output) Resize(n, width, height int) {
	o.MapWidth, o.MapHeight = width, height
	o.Scores = grow(o.Scores, n)
	o.Maps = grow(o.Maps, n*width*height)
}

// grow returns a slice of n values, s itself where it has room; they hold what
// they happen to hold.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// Engine runs one model. It serves one caller at a time: calls must not
// overlap. The conformance suite in inference/inferencetest says in code what
// an engine promises.
type Engine interface {
	// Name says what runs the model: "native", "opencv".
	Name() string
	// Infer runs the first n of images (N,C,H,W), which must hold exactly n×C×H×W values, with n from 1 to the batch
	// that the engine was made for. It fails with inspection.ErrModelInput for other lengths and with
	// inspection.ErrClosed after Close. images is only read, and not kept; out is untouched on error.
	Infer(images []float32, n int, out *Output) error
	// Close frees the engine. Further calls of Close do nothing.
	Close() error
}

// EngineOptions say how an engine is to run.
type EngineOptions struct {
	// Threads is the number of threads one call may use; 0 means one for each core.
	Threads int
	// Batch is the largest number of images in one call; 0 means 1.
	Batch int
}

// EngineFactory makes an engine of a model. It fails with
// inspection.ErrBadModel where the engine cannot run the model.
type EngineFactory func(m *onnx.Model, o EngineOptions) (Engine, error)
