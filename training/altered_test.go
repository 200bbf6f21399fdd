package training

import (
	"context"
	"errors"
	"image"
	"io/fs"
	"strings"
	"testing"

	"assay/inference/onnx"
	"assay/inspection"
	"assay/training/dataset"

	"github.com/stretchr/testify/require"
)

func alteredRequest(t *testing.T) AlteredRequest {
	t.Helper()
	model, err := onnx.Decode(train(t, request(t)).File)
	require.NoError(t, err)
	engine := &fakeEngine{fake: newFake(t, model.Weights, BackendOptions{}), most: 16}
	subject := Subject{Engine: engine, Input: model.Card.Input, Thresholds: model.Card.Thresholds,
		Familiarity: func(pixels []uint8) inspection.Familiarity {
			return inspection.Familiarity{Distance: float64(pixels[0]) / 150, Limit: 1, Unfamiliar: pixels[0] > 150}
		}}
	return AlteredRequest{Subjects: []Subject{subject}, Items: parts(t, 70), Batch: 16, Seed: 3,
		Alterations: []Alteration{{Name: Unchanged}, PaperAugmented(), {Name: "black", Apply: func(img image.Image, _ uint64, _ int) image.Image {
			return image.NewGray(img.Bounds())
		}}}}
}

// TestAlteredAgreeWithEvaluate on unchanged pictures, whatever the batch, and
// say the same each time.
func TestAlteredAgreeWithEvaluate(t *testing.T) {
	r := alteredRequest(t)
	all, err := EvaluateAltered(t.Context(), r)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Len(t, all[0], 3)
	single, err := Evaluate(t.Context(), EvaluateRequest{Subject: r.Subjects[0], Items: r.Items, Batch: 16})
	require.NoError(t, err)
	for i, j := range single.Judged {
		require.Equal(t, j.Score, all[0][0].Judged[i].Score)
		require.Equal(t, *j.Distance, *all[0][0].Judged[i].Distance)
	}
	require.NotNil(t, single.Unfamiliar)
	require.Equal(t, single.Unfamiliar, all[0][0].Unfamiliar)
	require.Equal(t, single.Decided, all[0][0].Decided)
	require.Positive(t, *single.Unfamiliar)
	require.NotEqual(t, all[0][0].Pairs(), all[0][1].Pairs())
	require.Zero(t, *all[0][2].Unfamiliar)
	r.Batch = 7
	again, err := EvaluateAltered(t.Context(), r)
	require.NoError(t, err)
	for v := range again[0] {
		require.Equal(t, all[0][v].Judged, again[0][v].Judged)
	}
	rows := Perturbations("m", r.Alterations, all[0])
	require.Len(t, rows, 5)
	require.InDelta(t, (rows[1].Accuracy+rows[2].Accuracy)/2, rows[3].Accuracy, 1e-9)
	require.Equal(t, 140, rows[3].N)
	require.Equal(t, "black", rows[4].Of)
	require.Len(t, Perturbations("m", r.Alterations[:1], all[0][:1]), 1)
}

func TestAlteredLeaveOutWhatCannotBeRead(t *testing.T) {
	r := alteredRequest(t)
	broken := errors.New("broken")
	r.Items[3].Read = func() ([]byte, error) { return nil, broken }
	r.Items[4].Read = func() ([]byte, error) { return []byte("no picture"), nil }
	all, err := EvaluateAltered(t.Context(), r)
	require.NoError(t, err)
	require.Len(t, all[0][1].Judged, 68)
	require.Equal(t, dataset.Problem{Name: "003", Err: broken}, all[0][1].Unreadable[0])
	require.ErrorIs(t, all[0][1].Unreadable[1].Err, inspection.ErrBadImage)
	r.Items = r.Items[3:5]
	_, err = EvaluateAltered(t.Context(), r)
	require.ErrorIs(t, err, broken)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = EvaluateAltered(ctx, alteredRequest(t))
	require.ErrorIs(t, err, context.Canceled)
}

// TestAlteredRefusesAChangedSet, as Evaluate does: figures of other pictures would
// count as the set's.
func TestAlteredRefusesAChangedSet(t *testing.T) {
	for name, change := range map[string]func(*dataset.Item){
		"changed":  func(item *dataset.Item) { item.Digest = strings.Repeat("a", 64) },
		"vanished": func(item *dataset.Item) { item.Read = func() ([]byte, error) { return nil, fs.ErrNotExist } },
	} {
		r := alteredRequest(t)
		division, err := dataset.Divide(t.Context(), r.Items, dataset.SplitOptions{Seed: 1}, nil)
		require.NoError(t, err)
		r.Items = division.Training.Items()
		_, err = EvaluateAltered(t.Context(), r)
		require.NoError(t, err)
		change(&r.Items[50])
		_, err = EvaluateAltered(t.Context(), r)
		require.ErrorIs(t, err, inspection.ErrBadDataset, name)
		require.ErrorContains(t, err, r.Items[50].Name)
		_, err = Evaluate(t.Context(), EvaluateRequest{Subject: r.Subjects[0], Items: r.Items, Batch: 16})
		require.ErrorIs(t, err, inspection.ErrBadDataset, name)
	}
}
