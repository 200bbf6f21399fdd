package training

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"assay/inspection"
	"assay/training/dataset"

	"github.com/stretchr/testify/require"
)

// TestACurveUsesTheTestPartOnce for all its points, and says which it has; what is
// refused before an image is read uses nothing.
func TestACurveUsesTheTestPartOnce(t *testing.T) {
	r := adaptRequest(t)
	r.New.Split = dataset.SplitOptions{Kind: dataset.Random, Seed: 1, Test: 0.2}
	r.Samples = []int{4, 10, 200}
	r.Uses = dataset.NewTestUses(filepath.Join(t.TempDir(), "uses.jsonl"))
	r.Use = dataset.TestUse{By: "Ada", Purpose: "adapt", Model: r.Current.SHA256}

	refused := r
	refused.New.Items, refused.New.Split = slices.Clone(r.New.Items), dataset.SplitOptions{}
	for i := range refused.New.Items {
		refused.New.Items[i].Part = dataset.Train
		if i < 10 && refused.New.Items[i].Class == inspection.Normal {
			refused.New.Items[i].Part = dataset.Test
		}
	}
	_, err := Adapt(t.Context(), refused, AdaptHooks{})
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	require.ErrorContains(t, err, "new images held out are 5 normal and 0 defective")
	uses, err := r.Uses.List()
	require.NoError(t, err)
	require.Empty(t, uses, "no image was read")

	a, err := Adapt(t.Context(), r, AdaptHooks{})
	require.NoError(t, err)
	require.Equal(t, 80, a.Rows[len(a.Rows)-1].Samples, "all there are")
	uses, err = r.Uses.List()
	require.NoError(t, err)
	require.Len(t, uses, 1)
	require.Equal(t, "adapt: learning curve at 0, 4, 10, 80 samples", uses[0].Purpose)
	require.Equal(t, a.Rows[0].NNew, uses[0].N)
}

// TestNothingToLearnFromUsesNothing: a snapshot whose defective training images a
// person has taken out.
func TestNothingToLearnFromUsesNothing(t *testing.T) {
	store := dataset.Store{Folder: t.TempDir()}
	input, err := dataset.FolderInput(partFolder(t, 10, "train", "test"), dataset.FolderOptions{})
	require.NoError(t, err)
	imported, err := store.Import(t.Context(), dataset.ImportRequest{Name: "parts", Inputs: []dataset.Input{input}, At: time.Now()})
	require.NoError(t, err)
	var taken []string
	for _, e := range imported.Snapshot.Entries {
		if e.Class == "defective" && e.Part != dataset.Test {
			taken = append(taken, e.Name)
		}
	}
	_, err = store.Exclude("parts", dataset.Revision{Images: taken, Reason: "not ours", By: "Ada", At: time.Now()})
	require.NoError(t, err)
	r := adaptRequest(t)
	r.New = dataset.Choice{Source: "parts", Store: store}
	r.Uses = store.Uses()
	_, err = Adapt(t.Context(), r, AdaptHooks{})
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	require.ErrorContains(t, err, "new images are 10 normal and 0 defective")
	uses, err := r.Uses.List()
	require.NoError(t, err)
	require.Empty(t, uses, "no image was read")
}
