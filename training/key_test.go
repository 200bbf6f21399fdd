package training

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"assay/inspection"
	"assay/training/dataset"
	"assay/training/metrics"

	"github.com/stretchr/testify/require"
)

// TestResumeKeepsToItsDivision: a snapshot's next version may hold the same images
// under the same labels and divide them anew. A training that went on there would
// be validated with images it has learnt.
func TestResumeKeepsToItsDivision(t *testing.T) {
	store := dataset.Store{Folder: t.TempDir()}
	input := dataset.Input{Source: dataset.Source{Kind: dataset.SourceLog}, Items: parts(t, 60)}
	take := func(seed uint64) {
		_, err := store.Import(t.Context(), dataset.ImportRequest{Name: "parts", Inputs: []dataset.Input{input},
			Split: dataset.SplitOptions{Kind: dataset.Official, Seed: seed}, At: time.Unix(0, 0)})
		require.NoError(t, err)
	}
	take(1)
	r := request(t)
	r.Dataset = dataset.Choice{Source: "parts", Store: store}
	r.Checkpoint = filepath.Join(t.TempDir(), "checkpoint")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := Run(ctx, r, Hooks{Epoch: func(e metrics.Epoch) { cancel() }})
	require.NoError(t, err)

	take(2)
	r.Resume = true
	_, err = Run(t.Context(), r, Hooks{})
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	require.ErrorContains(t, err, "belongs to another training")
	r.Dataset.Source = "parts@1"
	require.Equal(t, 8, train(t, r).History[7].Epoch, "the version itself goes on")
}

// TestValidateSaysWhatIsWrong before any image is read.
func TestValidateSaysWhatIsWrong(t *testing.T) {
	require.NoError(t, request(t).Validate())
	for want, spoil := range map[string]func(*Request){
		"threads":       func(r *Request) { r.Threads = -1 },
		"pixels":        func(r *Request) { r.Input = 3 },
		"5000":          func(r *Request) { r.Input = 5000 },
		"no room":       func(r *Request) { r.Replay.Items, r.ReplayShare = r.Dataset.Items, 0.99 },
		"learning rate": func(r *Request) { r.Schedule.Peak = 2 },
	} {
		r := request(t)
		spoil(&r)
		require.ErrorContains(t, r.Validate(), want)
		_, err := Run(t.Context(), r, Hooks{Load: func(int, int) { t.Error("images are read") }})
		require.ErrorContains(t, err, want)
	}
	r := request(t)
	r.Architecture = "vgg"
	require.NoError(t, r.Validate(), "Run says that it is not known")
}
