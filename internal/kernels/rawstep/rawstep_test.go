package rawstep

import (
	"testing"

	"assay/internal/kernels"

	"github.com/stretchr/testify/require"
)

// custom is the paper's custom network.
func custom() []kernels.Spec {
	conv := func(outputs, kernel int) *kernels.Conv {
		p := kernel / 2
		return &kernels.Conv{Outputs: outputs, Kernel: kernel, Stride: 1, Pads: [4]int{p, p, p, p}, Bias: true}
	}
	pool := kernels.Pool{Kind: kernels.MaxPool, Kernel: 2, Stride: 2}
	return []kernels.Spec{
		{Conv: conv(32, 3), Activation: kernels.ReLU, Pool: pool},
		{Conv: conv(16, 3), Norm: true, Epsilon: 1e-3, Activation: kernels.ReLU, Pool: pool},
		{Conv: conv(8, 1), Norm: true, Epsilon: 1e-3, Activation: kernels.ReLU},
		{Conv: conv(8, 3), Norm: true, Epsilon: 1e-3, Activation: kernels.ReLU, Pool: pool},
		{Conv: conv(1, 3)},
	}
}

func TestStep(t *testing.T) {
	s, err := New(custom(), kernels.Shape{N: 2, C: 1, H: 37, W: 50}, 2)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	for range 3 {
		took, err := s.Step()
		require.NoError(t, err)
		require.Positive(t, took)
	}
}

func TestRefusals(t *testing.T) {
	in := kernels.Shape{N: 1, C: 1, H: 8, W: 8}
	_, err := New(nil, in, 1)
	require.Error(t, err)
	_, err = New([]kernels.Spec{{Activation: kernels.ReLU}}, in, 1)
	require.Error(t, err)
	_, err = New([]kernels.Spec{{Conv: &kernels.Conv{Outputs: 2, Kernel: 9, Stride: 1}}}, in, 1)
	require.Error(t, err, "window larger than the picture")
}

func BenchmarkStep(b *testing.B) {
	s, err := New(custom(), kernels.Shape{N: 32, C: 1, H: 300, W: 300}, 2)
	require.NoError(b, err)
	defer func() { require.NoError(b, s.Close()) }()
	for b.Loop() {
		_, err := s.Step()
		require.NoError(b, err)
	}
}
