package training_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"assay/inference"
	"assay/inference/architecture"
	"assay/inference/native"
	"assay/inference/onnx"
	"assay/inspection"
	"assay/training"
	"assay/training/augment"
	"assay/training/dataset"
	"assay/training/gorgonia"

	"github.com/stretchr/testify/require"
)

// discs returns n pictures of a disc; defective ones have a bright hole at a
// random place.
func discs(t *testing.T, n int, seed uint64) []dataset.Item {
	t.Helper()
	const side = 48
	random := rand.New(rand.NewPCG(seed, 1))
	items := make([]dataset.Item, n)
	for i := range items {
		img := image.NewGray(image.Rect(0, 0, side, side))
		holeX, holeY := 14+random.IntN(20), 14+random.IntN(20)
		class := inspection.Class(i % 2)
		for y := range side {
			for x := range side {
				v := 60
				if (x-24)*(x-24)+(y-24)*(y-24) < 20*20 {
					v = 120
				}
				if class == inspection.Defective && (x-holeX)*(x-holeX)+(y-holeY)*(y-holeY) < 9 {
					v = 230
				}
				img.Pix[y*side+x] = uint8(v + random.IntN(20))
			}
		}
		var b bytes.Buffer
		require.NoError(t, png.Encode(&b, img))
		items[i] = dataset.Item{Name: fmt.Sprint(i), Class: class, Read: func() ([]byte, error) { return b.Bytes(), nil }}
	}
	return items
}

func backend(n *architecture.Network, w architecture.Weights, o training.BackendOptions) (training.Backend, error) {
	return gorgonia.New(n, w, gorgonia.Options{Batch: o.Batch, Threads: o.Threads, LearningRate: o.LearningRate})
}

// TestRealTrainer trains the custom network, interrupts and resumes it, and
// judges unseen pictures with the engine that the station uses.
func TestRealTrainer(t *testing.T) {
	request := training.Request{
		Name: "disc", Architecture: architecture.CustomName, Input: 24, Dataset: dataset.Choice{Items: discs(t, 160, 1)}, Seed: 2, Epochs: 12, Batch: 16, Threads: 1,
		Augment: augment.Pipeline{HorizontalFlip: true, VerticalFlip: true, QuarterTurns: true}, Backend: backend,
	}
	whole, err := training.Run(t.Context(), request, training.Hooks{})
	require.NoError(t, err)
	require.Less(t, whole.History[11].TrainLoss, whole.History[0].TrainLoss/2)
	require.GreaterOrEqual(t, whole.Validation.Accuracy, 95.0)

	request.Checkpoint = filepath.Join(t.TempDir(), "checkpoint")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	part, err := training.Run(ctx, request, training.Hooks{Step: func(s training.Step) {
		if s.Epoch == 6 && s.Step%8 == 3 {
			cancel()
		}
	}})
	require.NoError(t, err)
	require.Equal(t, training.Cancelled, part.Ending)
	require.Len(t, part.History, 5)
	request.Resume = true
	resumed, err := training.Run(t.Context(), request, training.Hooks{})
	require.NoError(t, err)
	require.Equal(t, whole.SHA256, resumed.SHA256)

	model, err := onnx.Decode(whole.File)
	require.NoError(t, err)
	engine, err := native.New(model, inference.EngineOptions{Threads: 1, Batch: 8})
	require.NoError(t, err)
	defer func() { require.NoError(t, engine.Close()) }()
	e, err := training.Evaluate(t.Context(), training.EvaluateRequest{Subject: training.Subject{Engine: engine, Input: model.Card.Input}, Items: discs(t, 100, 9), Batch: 8})
	require.NoError(t, err)
	require.GreaterOrEqual(t, e.Accuracy, 95.0)
}

// TestRealTrainerInViews: what the training says of its validation part in all
// views, whitened, is what the engine says of it.
func TestRealTrainerInViews(t *testing.T) {
	request := training.Request{
		Name: "disc", Architecture: architecture.CustomName, Input: 24, Views: 8, Dataset: dataset.Choice{Items: discs(t, 160, 1)}, Seed: 2,
		Epochs: 6, Batch: 16, Threads: 1, Augment: augment.Pipeline{HorizontalFlip: true, Whitening: true}, Backend: backend,
	}
	result, err := training.Run(t.Context(), request, training.Hooks{})
	require.NoError(t, err)
	model, err := onnx.Decode(result.File)
	require.NoError(t, err)
	engine, err := native.New(model, inference.EngineOptions{Threads: 1, Batch: 8})
	require.NoError(t, err)
	defer func() { require.NoError(t, engine.Close()) }()
	choice := request.Dataset
	choice.Split.Seed = request.Seed
	chosen, err := training.Select(t.Context(), training.Selection{Choice: choice, Part: training.PartValidation})
	require.NoError(t, err)
	subject := training.Subject{Engine: engine, Input: model.Card.Input, Whiten: func(image []float32) { model.Whitening.Apply(image, image) }}
	e, err := training.Evaluate(t.Context(), training.EvaluateRequest{Subject: subject, Items: chosen.Items, Batch: 8})
	require.NoError(t, err)
	require.Equal(t, result.Validation.Confusion, e.Confusion)
	require.InDelta(t, result.Validation.ECE, e.ECE, 1e-4)
}
