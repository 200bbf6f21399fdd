package training

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"assay/inference"
	"assay/inference/onnx"
	"assay/inspection"
	"assay/training/augment"
	"assay/training/checkpoint"
	"assay/training/dataset"
	"assay/training/metrics"

	"github.com/stretchr/testify/require"
)

// request trains the fake backend on 120 parts: 96 to train on, 6 steps an epoch.
func request(t *testing.T) Request {
	return Request{
		Name: "spot", Architecture: "custom", Input: fakeSize, Dataset: dataset.Choice{Items: parts(t, 120)}, Seed: 5, Epochs: 8, Batch: 16,
		Augment:  augment.Pipeline{HorizontalFlip: true, QuarterTurns: true, Rotation: 20},
		Schedule: Schedule{Peak: 0.5}, Backend: (&fake{t: t}).factory(),
		Part: "Spotted plate", Command: "assay train --seed 5",
	}
}

func train(t *testing.T, r Request) Result {
	t.Helper()
	result, err := Run(t.Context(), r, Hooks{})
	require.NoError(t, err)
	return result
}

func TestRunLearnsAndWritesItsCard(t *testing.T) {
	var rows []metrics.Epoch
	var steps []Step
	loads, sizes := 0, [3]int{}
	backend := &fake{t: t}
	r := request(t)
	r.Backend = backend.factory()
	result, err := Run(t.Context(), r, Hooks{
		Load:   func(done, total int) { loads++ },
		Loaded: func(set *dataset.Set, train, validation int) { sizes = [3]int{set.Len(), train, validation} },
		Step:   func(s Step) { steps = append(steps, s) },
		Epoch:  func(e metrics.Epoch) { rows = append(rows, e) },
	})
	require.NoError(t, err)
	require.True(t, backend.closed)
	require.Positive(t, loads)
	require.Equal(t, [3]int{120, 96, 24}, sizes)
	require.Len(t, rows, 8)
	require.Len(t, steps, 48)
	require.Equal(t, Step{Epoch: 8, Epochs: 8, Step: 48, Steps: 48, Loss: steps[47].Loss,
		LearningRate: rows[7].LearningRate, ImagesPerSecond: steps[47].ImagesPerSecond, Left: steps[47].Left}, steps[47])
	require.Greater(t, steps[8].Left, steps[47].Left)
	require.Equal(t, 48, rows[7].Step)
	require.Less(t, rows[7].TrainLoss, 0.8*rows[0].TrainLoss)
	require.Greater(t, rows[0].Seconds, 0.0)
	require.Greater(t, rows[0].ImagesPerSecond, 0.0)

	model, err := onnx.Decode(result.File)
	require.NoError(t, err)
	require.Equal(t, model.SHA256, result.SHA256)
	require.Equal(t, Finished, result.Ending)
	card := model.Card
	require.Equal(t, []any{"spot", 1, "custom", "Spotted plate", "assay train --seed 5", uint64(5), 120, 8, result.BestEpoch},
		[]any{card.Name, card.Version, card.Architecture, card.Part, card.Command, card.Seed, card.Samples, card.Epochs, card.BestEpoch})
	require.Equal(t, []string{"hflip", "quarter", "rotate=20"}, card.Augmentations)
	require.Equal(t, 5865, card.Parameters.Total)
	require.Len(t, card.Dataset, 64)
	best := rows[result.BestEpoch-1]
	require.Equal(t, 100.0, best.ValAccuracy)
	require.Equal(t, best.ValAccuracy, card.Metrics["accuracy"], "the file holds the best epoch's weights")
	require.InDelta(t, best.ValLoss, card.Metrics["val_loss"], 1e-12)
	require.Equal(t, result.Validation.Accuracy, best.ValAccuracy)
	require.NoError(t, card.Thresholds.Validate())
}

func TestResultJSON(t *testing.T) {
	data, err := json.Marshal(Result{Model: "a", SHA256: "b", BestEpoch: 3, Seconds: 1.5, Ending: Finished, File: []byte("x")})
	require.NoError(t, err)
	require.JSONEq(t, `{"model":"a","sha256":"b","best_epoch":3,"seconds":1.5,"ending":"finished"}`, string(data))
}

// TestSameRequestSameFile whatever the number of readers; the seed matters.
func TestSameRequestSameFile(t *testing.T) {
	one := request(t)
	one.ReadConcurrency = 1
	first, second := train(t, one), train(t, request(t))
	require.Equal(t, first.File, second.File)
	other := request(t)
	other.Seed = 6
	require.NotEqual(t, first.SHA256, train(t, other).SHA256)
}

// TestResumeAfterEveryInterruption stops at every step, goes on from the
// checkpoint, and ends with the file of an uninterrupted training.
func TestResumeAfterEveryInterruption(t *testing.T) {
	r := request(t)
	r.Epochs, r.Schedule.Kind, r.Dataset.Items = 4, Plateau, parts(t, 40)
	want := train(t, r)
	for stop := 1; stop <= 8; stop++ { // two steps an epoch
		r.Checkpoint = filepath.Join(t.TempDir(), "checkpoint")
		r.Resume = false
		ctx, cancel := context.WithCancel(t.Context())
		result, err := Run(ctx, r, Hooks{Step: func(s Step) {
			if s.Step == stop {
				cancel()
			}
		}})
		cancel()
		if stop <= 2 { // the first epoch never ended
			require.ErrorIs(t, err, context.Canceled)
		} else {
			require.NoError(t, err)
			require.Equal(t, Cancelled, result.Ending)
			require.ErrorContains(t, errors.New(result.Warning), "stopped in epoch")
		}
		r.Resume = true
		require.Equal(t, want.SHA256, train(t, r).SHA256, "stopped at step %d", stop)
		require.Equal(t, want.SHA256, train(t, r).SHA256, "nothing left to train")
	}
}

func TestResumeRefusesAnotherTraining(t *testing.T) {
	r := request(t)
	r.Checkpoint = filepath.Join(t.TempDir(), "checkpoint")
	train(t, r)
	r.Resume = true
	r.Seed++
	_, err := Run(t.Context(), r, Hooks{})
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	require.ErrorContains(t, err, "another training")
	require.NoError(t, os.WriteFile(r.Checkpoint, []byte("garbage"), 0o600))
	_, err = Run(t.Context(), r, Hooks{})
	require.ErrorIs(t, err, inspection.ErrDamaged)
	require.NoError(t, checkpoint.Remove(r.Checkpoint))
	r.Checkpoint = ""
	_, err = Run(t.Context(), r, Hooks{})
	require.ErrorContains(t, err, "nothing to resume from")
}

// TestCheckpointFailureIsAWarning: the model is worth more than its checkpoint.
func TestCheckpointFailureIsAWarning(t *testing.T) {
	r := request(t)
	r.Checkpoint = filepath.Join(t.TempDir(), "missing", "checkpoint")
	warnings := 0
	result, err := Run(t.Context(), r, Hooks{Warn: func(err error) {
		warnings++
		require.ErrorContains(t, err, "write checkpoint")
	}})
	require.NoError(t, err)
	require.NotEmpty(t, result.File)
	require.Equal(t, 8, warnings)
}

func TestNotFiniteKeepsTheLastGoodEpoch(t *testing.T) {
	r := request(t)
	backend := &fake{t: t, spoilAt: 15} // epoch 3
	r.Backend = backend.factory()
	result, err := Run(t.Context(), r, Hooks{})
	require.NoError(t, err)
	require.Equal(t, NotFinite, result.Ending)
	require.Contains(t, result.Warning, "step 15 of epoch 3")
	require.Len(t, result.History, 2)
	_, err = onnx.Decode(result.File)
	require.NoError(t, err)

	r.Backend = (&fake{t: t, spoilAt: 2}).factory()
	_, err = Run(t.Context(), r, Hooks{})
	require.ErrorIs(t, err, inspection.ErrNotFinite)
	require.ErrorContains(t, err, "step 2 of epoch 1")
}

func TestRunStartsFromAModel(t *testing.T) {
	first, err := onnx.Decode(train(t, request(t)).File)
	require.NoError(t, err)
	r := request(t)
	r.Init, r.Epochs, r.Schedule.Peak = first, 1, 1e-6
	r.Schedule.Floor = 1e-7
	result := train(t, r)
	require.Equal(t, first.SHA256, result.Card.Parent)
	require.Equal(t, 100.0, result.History[0].ValAccuracy)
	r.Init = &onnx.Model{}
	_, err = Run(t.Context(), r, Hooks{})
	require.ErrorIs(t, err, inspection.ErrBadModel)
}

func TestRunRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*Request){
		"no name":       func(r *Request) { r.Name = "" },
		"no backend":    func(r *Request) { r.Backend = nil },
		"no epochs":     func(r *Request) { r.Epochs = -1 },
		"share":         func(r *Request) { r.Dataset.Split.Validation = 1 },
		"schedule":      func(r *Request) { r.Schedule.Kind = "steps" },
		"rate":          func(r *Request) { r.Schedule.Peak = -1 },
		"rotation":      func(r *Request) { r.Augment.Rotation = 500 },
		"architecture":  func(r *Request) { r.Architecture = "vgg" },
		"no images":     func(r *Request) { r.Dataset.Items = []dataset.Item{} },
		"missing":       func(r *Request) { r.Dataset.Items, r.Dataset.Source = nil, filepath.Join(t.TempDir(), "nowhere") },
		"broken engine": func(r *Request) { r.Backend = failing },
	} {
		r := request(t)
		spoil(&r)
		_, err := Run(t.Context(), r, Hooks{})
		require.Error(t, err, name)
	}
}

// TestSmallSet: fewer images than a batch are one batch.
func TestSmallSet(t *testing.T) {
	r := request(t)
	r.Dataset.Items, r.Batch = parts(t, 10), 32
	result := train(t, r)
	require.Equal(t, 8, result.History[7].Step)
}

// fakeEngine judges as the fake backend does.
type fakeEngine struct {
	*fake
	most int
	err  error
}

func (e *fakeEngine) Name() string { return "fake" }

func (e *fakeEngine) Infer(images []float32, n int, out *inference.Output) error {
	require.LessOrEqual(e.t, n, e.most)
	out.Resize(n, 0, 0)
	return errors.Join(e.err, e.Scores(images, out.Scores))
}

func TestEvaluate(t *testing.T) {
	model, err := onnx.Decode(train(t, request(t)).File)
	require.NoError(t, err)
	engine := &fakeEngine{fake: newFake(t, model.Weights, BackendOptions{}), most: 16}
	stages := map[string]int{}
	r := EvaluateRequest{Subject: Subject{Engine: engine, Input: model.Card.Input, Thresholds: inspection.Thresholds{Pass: 0.5, Fail: 0.5}}, Items: parts(t, 70), Batch: 16,
		Progress: func(stage string, done, total int) { stages[stage] = done }}
	e, err := Evaluate(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, 70, e.N)
	require.GreaterOrEqual(t, e.Accuracy, 98.0)
	require.Greater(t, e.Seconds, 0.0)
	require.Equal(t, map[string]int{StageRead: 70, StageJudge: 70}, stages)
	require.Len(t, e.Judged, 70)
	require.Nil(t, e.Unfamiliar)
	require.Equal(t, 70, e.Decided.N)
	require.InDelta(t, e.Accuracy, e.Decided.Accuracy, 1e-9)
	data, err := json.Marshal(e)
	require.NoError(t, err)
	require.NotContains(t, string(data), "Judged")

	r.Batch, engine.most = 0, 1
	single, err := Evaluate(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, e.Judged, single.Judged, "the batch size changes nothing")

	r.Augment = augment.Pipeline{Rotation: 180}
	turned, err := Evaluate(t.Context(), r)
	require.NoError(t, err)
	require.NotEqual(t, e.Judged, turned.Judged)

	engine.err = inspection.ErrModelInput
	_, err = Evaluate(t.Context(), r)
	require.ErrorIs(t, err, inspection.ErrModelInput)
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	_, err = Evaluate(ctx, r)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
