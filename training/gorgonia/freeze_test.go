package gorgonia

import (
	"testing"

	"assay/inference/architecture"
	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// TestFreezeHoldsParameters also where the solver already moves them.
func TestFreezeHoldsParameters(t *testing.T) {
	const size, batch = 16, 4
	trainer := newTrainer(t, architecture.Custom(size), 1, Options{Batch: batch, Threads: 1, LearningRate: 1e-2})
	images, labels := toy(1, batch, size)
	step := func() {
		_, err := trainer.Step(images, labels, nil)
		require.NoError(t, err)
	}
	step()
	frozen := []string{"conv1.weight", "conv2.bias", "norm3.scale"}
	require.NoError(t, trainer.Freeze(frozen))
	before := weightsOf(t, trainer)
	for range 3 {
		step()
	}
	after := weightsOf(t, trainer)
	for _, name := range frozen {
		require.Equal(t, before[name], after[name], name)
	}
	require.NotEqual(t, before["conv5.weight"], after["conv5.weight"])
	require.ErrorIs(t, trainer.Freeze([]string{"conv9.weight"}), inspection.ErrBadModel)
	require.ErrorIs(t, trainer.Freeze([]string{"norm2.mean"}), inspection.ErrBadModel)
	require.NoError(t, trainer.Freeze(nil))
	step()
	require.NotEqual(t, after["conv1.weight"], weightsOf(t, trainer)["conv1.weight"])
}

// TestWeightsCount: doubling every weight doubles the loss; a weight of 0 makes
// an image count for nothing, whatever its label.
func TestWeightsCount(t *testing.T) {
	const size, batch = 16, 4
	images, labels := toy(1, batch, size)
	loss := func(labels, weights []float32) float64 {
		trainer := newTrainer(t, architecture.Custom(size), 1, Options{Batch: batch, Threads: 1, LearningRate: 1e-2})
		v, err := trainer.Step(images, labels, weights)
		require.NoError(t, err)
		return v
	}
	plain := loss(labels, nil)
	require.InDelta(t, 2*plain, loss(labels, []float32{2, 2, 2, 2}), 1e-12)
	one := []float32{1, 0, 1, 1}
	other := append([]float32(nil), labels...)
	other[1] = 1 - other[1]
	require.InDelta(t, loss(labels, one), loss(other, one), 1e-12)
	require.NotEqual(t, plain, loss(other, nil))
}
