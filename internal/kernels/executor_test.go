package kernels_test

import (
	"errors"
	"math"
	"sync"
	"testing"

	"assay/internal/kernels"
	"assay/internal/kernels/reference"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestExecutorRunsOneAtATime(t *testing.T) {
	e, err := kernels.NewExecutor(1)
	require.NoError(t, err)
	count := 0 // only ever touched on the executor's thread: the race detector watches
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			assert.NoError(t, e.Do(func(*kernels.Thread) error { count++; return nil }))
		})
	}
	callers.Wait()
	require.NoError(t, e.Close())
	require.NoError(t, e.Close(), "closing twice is allowed")
	require.Equal(t, 8, count)
	require.ErrorIs(t, e.Do(func(*kernels.Thread) error { return nil }), kernels.ErrClosed)
}

func TestExecutorHandsErrorsOn(t *testing.T) {
	failed := errors.New("failed")
	e, err := kernels.NewExecutor(0)
	require.NoError(t, err)
	require.Positive(t, e.Threads())
	require.ErrorIs(t, e.Do(func(*kernels.Thread) error { return failed }), failed)
	require.NoError(t, e.Close())
	_, err = kernels.NewExecutor(-1)
	require.Error(t, err)
}

// TestRefusals: wrong sizes and impossible blocks are errors, and exceptions of
// the library come back as errors too.
func TestRefusals(t *testing.T) {
	onThread(t, 1, func(thread *kernels.Thread) error {
		_, err := kernels.NewTensor(thread, kernels.Shape{N: 1, C: 0, H: 2, W: 2})
		assert.Error(t, err)
		x, err := kernels.NewTensor(thread, kernels.Shape{N: 1, C: 2, H: 4, W: 4})
		if err != nil {
			return err
		}
		assert.Error(t, x.Write(thread, make([]float32, 31)))
		assert.Error(t, x.Read(thread, make([]float32, 33)))
		_, err = kernels.NewHead(thread, x)
		assert.Error(t, err, "two channels are no map")
		for name, s := range map[string]kernels.Spec{
			"empty":        {},
			"window":       {Conv: &kernels.Conv{Outputs: 1, Kernel: 7, Stride: 1}},
			"groups":       {Conv: &kernels.Conv{Outputs: 3, Kernel: 1, Stride: 1, Groups: 2}},
			"no stride":    {Pool: kernels.Pool{Kind: kernels.MaxPool, Kernel: 2}},
			"vast padding": {Pool: kernels.Pool{Kind: kernels.MaxPool, Kernel: 2, Stride: 1, Pads: [4]int{-9, 0, 9, 0}}},
		} {
			_, err := kernels.NewBlock(thread, s, x)
			assert.Error(t, err, name)
		}
		b, err := kernels.NewBlock(thread, kernels.Spec{Conv: conv(3, 3)}, x)
		if err != nil {
			return err
		}
		assert.Error(t, b.Load(thread, kernels.Parameters{Weight: make([]float32, 1)}))
		assert.ErrorContains(t, b.Backward(thread, b.Output()), "made for inference")
		assert.ErrorContains(t, b.Gradients(thread, kernels.Gradients{Weight: make([]float32, 54), Bias: make([]float32, 3)}), "made for inference")
		b.Close(thread)
		b.Close(thread) // twice is allowed
		return nil
	})
}

func TestHead(t *testing.T) {
	shape := kernels.Shape{N: 3, C: 1, H: 5, W: 2}
	values := make([]float32, shape.Size())
	for i := range values {
		values[i] = float32(i-12) * 0.4
	}
	values[3] = 400 // certainty must not overflow
	labels := []float32{0, 1, 0}
	input := reference.From(shape, values)
	wantScores, wantLoss := reference.Head(input, widen(labels))
	var loss float64
	scores, gradient := make([]float32, shape.N), make([]float32, shape.Size())
	onThread(t, 1, func(thread *kernels.Thread) error {
		x, err := kernels.NewTensor(thread, shape)
		if err != nil {
			return err
		}
		head, err := kernels.NewHead(thread, x)
		if err != nil {
			return err
		}
		if err := x.Write(thread, values); err != nil {
			return err
		}
		if loss, err = head.Forward(thread, labels, nil, scores); err != nil {
			return err
		}
		if err := head.Backward(thread, 2); err != nil {
			return err
		}
		return head.InputGradient().Read(thread, gradient)
	})
	require.InDelta(t, wantLoss, loss, 1e-6)
	require.InDeltaSlice(t, wantScores, widen(scores), 1e-6)
	objective := func() float64 {
		_, l := reference.Head(input, widen(labels))
		return 2 * l
	}
	checkGradient(t, "map", objective, input.Values, gradient)
}

func TestHeadReportsNaN(t *testing.T) {
	onThread(t, 1, func(thread *kernels.Thread) error {
		x, err := kernels.NewTensor(thread, kernels.Shape{N: 2, C: 1, H: 1, W: 1})
		if err != nil {
			return err
		}
		head, err := kernels.NewHead(thread, x)
		if err != nil {
			return err
		}
		if err := x.Write(thread, []float32{float32(math.NaN()), 1}); err != nil {
			return err
		}
		loss, err := head.Forward(thread, []float32{1, 0}, nil, nil)
		assert.True(t, math.IsNaN(loss))
		return err
	})
}

func TestOneDNNVersion(t *testing.T) {
	require.Contains(t, kernels.OneDNN().String(), "oneDNN ")
	require.NotEmpty(t, kernels.OneDNN().InstructionSet)
}
