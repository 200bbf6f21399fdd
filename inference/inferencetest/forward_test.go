package inferencetest

import (
	"math"
	"testing"

	"assay/inference"
	"assay/inference/architecture"
	"assay/inference/onnx"
	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// TestForwardByHand: a network small enough to reckon.
func TestForwardByHand(t *testing.T) {
	n := &architecture.Network{
		Name:  "hand",
		Input: inspection.InputSpec{Channels: 1, Height: 3, Width: 3, Scale: 1},
		Layers: []architecture.Layer{
			{Name: "conv", Kind: architecture.Conv, Inputs: []string{"input"}, Outputs: 1, Kernel: 3, Stride: 1, Pads: [4]int{1, 1, 0, 0}, Bias: true},
			{Name: "norm", Kind: architecture.BatchNorm, Inputs: []string{"conv"}, Epsilon: 1},
			{Name: "relu", Kind: architecture.ReLU, Inputs: []string{"norm"}},
			{Name: "pool", Kind: architecture.MaxPool, Inputs: []string{"relu"}, Kernel: 1, Stride: 1},
			{Name: "mean", Kind: architecture.GlobalAveragePool, Inputs: []string{"pool"}},
			{Name: "score", Kind: architecture.Sigmoid, Inputs: []string{"mean"}},
		},
		Score: "score", Map: "norm",
	}
	w := architecture.Weights{
		"conv.weight": {0, 0, 0, 0, 1, 0, 0, 0, 2}, "conv.bias": {-10},
		"norm.scale": {2}, "norm.bias": {1}, "norm.mean": {3}, "norm.variance": {3},
	}
	got, err := Forward(n, w, []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}, 1)
	require.NoError(t, err)
	// conv: x(i,j) + 2x(i+1,j+1) - 10; norm: (v-3)·2/2 + 1
	require.InDeltaSlice(t, []float64{1 + 10 - 12, 2 + 12 - 12, 4 + 16 - 12, 5 + 18 - 12}, got.Maps, 1e-12)
	require.InDelta(t, 1/(1+math.Exp(-(0.0+2+8+11)/4)), got.Scores[0], 1e-12)
	_, err = Forward(n, w, make([]float32, 8), 1)
	require.ErrorIs(t, err, inspection.ErrModelInput)
}

// forwardEngine runs the plain forward pass as an engine.
type forwardEngine struct {
	model  *onnx.Model
	batch  int
	closed bool
}

func (e *forwardEngine) Name() string { return "forward" }

func (e *forwardEngine) Close() error {
	e.closed = true
	return nil
}

func (e *forwardEngine) Infer(images []float32, n int, out *inference.Output) error {
	if e.closed {
		return inspection.ErrClosed
	}
	if n < 1 || n > e.batch {
		return inspection.ErrModelInput
	}
	r, err := Forward(e.model.Network, e.model.Weights, images, n)
	if err != nil {
		return err
	}
	shapes, err := e.model.Network.Shapes()
	if err != nil {
		return err
	}
	s := shapes[e.model.Network.Map]
	out.Resize(n, s.W, s.H)
	for i, v := range r.Scores {
		out.Scores[i] = float32(v)
	}
	for i, v := range r.Maps {
		out.Maps[i] = float32(v)
	}
	return nil
}

// TestSuitePassesItsOwnReference shows that the suite asks nothing impossible.
func TestSuitePassesItsOwnReference(t *testing.T) {
	Run(t, func(m *onnx.Model, o inference.EngineOptions) (inference.Engine, error) {
		return inference.InViews(m, o, func(m *onnx.Model, o inference.EngineOptions) (inference.Engine, error) {
			return &forwardEngine{model: m, batch: max(o.Batch, 1)}, nil
		})
	})
}
