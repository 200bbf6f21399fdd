package gorgonia

import (
	"slices"
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

// TestFreezeKeepsGradientsFromTheSolver, which else would make up for the time
// of the freezing when it ends.
func TestFreezeKeepsGradientsFromTheSolver(t *testing.T) {
	const size, batch = 16, 4
	trainer := newTrainer(t, architecture.Custom(size), 1, Options{Batch: batch, Threads: 1, LearningRate: 1e-2})
	frozen := []string{"conv1.weight", "norm3.scale"}
	require.NoError(t, trainer.Freeze(frozen))
	images, labels := toy(1, batch, size)
	_, err := trainer.Step(images, labels, nil)
	require.NoError(t, err)
	memory, err := memoryOf(trainer.solver)
	require.NoError(t, err)
	for i, p := range trainer.network.parameters {
		mean, _, err := moments(memory.moments.Index(i))
		require.NoError(t, err)
		still := !slices.ContainsFunc(mean, func(v float32) bool { return v != 0 })
		if slices.Contains(frozen, p.name) {
			require.True(t, still, p.name)
		} else if p.name == "conv5.weight" {
			require.False(t, still, p.name)
		}
	}
}

// TestWeightsCount: doubling every weight doubles the loss; a weight of 0 makes
// an image count for nothing, whatever its label. The next step's count anew.
func TestWeightsCount(t *testing.T) {
	const size, batch = 16, 4
	images, labels := toy(1, batch, size)
	trainer := newTrainer(t, architecture.Custom(size), 1, Options{Batch: batch, Threads: 1, LearningRate: 0})
	loss := func(labels, weights []float32) float64 {
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
	require.InDelta(t, plain, loss(labels, nil), 1e-12)
}
