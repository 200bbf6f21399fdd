package gorgonia

import (
	"slices"
	"testing"

	"assay/inference/architecture"
	"assay/internal/kernels"

	"github.com/stretchr/testify/require"
	g "gorgonia.org/gorgonia"
)

// TestScheduleCoversGraph: each of the graph's operations but Gorgonia's
// constants is scheduled once, and after those whose values it takes.
func TestScheduleCoversGraph(t *testing.T) {
	trainer := newTrainer(t, architecture.Custom(16), 1, Options{Batch: 2, Threads: 1, LearningRate: 1e-3})
	seen := map[*g.Node]bool{}
	for _, o := range trainer.network.schedule {
		for _, input := range o.inputs {
			scheduled := slices.ContainsFunc(trainer.network.schedule, func(other operation) bool { return other.node == input })
			require.True(t, seen[input] || !scheduled, "%s takes %s, which comes later", o.op, input)
		}
		require.False(t, seen[o.node], "%s twice", o.op)
		seen[o.node] = true
	}
	constants := 0
	for _, node := range trainer.network.schedule[0].node.Graph().AllNodes() {
		if node.Op() == nil || seen[node] {
			continue // an input
		}
		require.NotNil(t, node.Value(), "%s is neither scheduled nor constant", node)
		constants++
	}
	require.LessOrEqual(t, constants, 1, "the gradient of the loss itself")
}

// TestScheduleGap: an operation whose input nobody computes is an error, not a panic.
func TestScheduleGap(t *testing.T) {
	trainer := newTrainer(t, architecture.Custom(16), 1, Options{Batch: 2, Threads: 1, LearningRate: 1e-3})
	trainer.network.schedule = trainer.network.schedule[1:]
	images, labels := toy(1, 2, 16)
	_, err := trainer.Step(images, labels, nil)
	require.ErrorIs(t, err, errSchedule)
	require.NoError(t, trainer.executor.Do(func(*kernels.Thread) error { return nil }), "the executor goes on")
}
