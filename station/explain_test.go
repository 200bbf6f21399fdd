package station

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"assay/inspection"
	"assay/training/dataset"

	"github.com/stretchr/testify/require"
)

func TestExplainSaysWhatToDo(t *testing.T) {
	require.Empty(t, Explain(nil))
	for _, e := range explanations {
		text := Explain(fmt.Errorf("open thing: %w", e.is))
		require.Contains(t, text, e.text)
		require.Contains(t, text, "open thing", "the cause is kept for support")
	}
	require.Contains(t, Explain(errors.New("odd")), "odd")
}

func TestExplainPrefersTheGravest(t *testing.T) {
	both := errors.Join(inspection.ErrSourceLost, inspection.ErrDiskFull)
	require.Contains(t, Explain(both), "disk is full")
	require.NotContains(t, Explain(both), "\n")
}

// TestFoldersAreAskedForWhereTheyAreTheReason, and not for whatever else keeps samples from being used.
func TestFoldersAreAskedForWhereTheyAreTheReason(t *testing.T) {
	const needs = "one folder of good and one folder of defective parts"
	parts := t.TempDir()
	explained := func(folder string) string {
		_, err := dataset.Folder(folder, dataset.FolderOptions{})
		return Explain(err)
	}
	require.Contains(t, explained(parts), needs, "it holds nothing")
	writePictureIn(t, filepath.Join(parts, "ok"))
	require.Contains(t, explained(parts), needs, "one class alone")
	writePictureIn(t, filepath.Join(parts, "odd"))
	require.Contains(t, explained(parts), needs, "a name that says nothing")
	require.NotContains(t, explained(filepath.Join(parts, "nowhere")), needs)
	other := Explain(fmt.Errorf("%w: the checkpoint belongs to another training", inspection.ErrBadDataset))
	require.NotContains(t, other, needs)
	require.Contains(t, other, "These samples cannot be used.")
}

func writePictureIn(t *testing.T, folder string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(folder, 0o750))
	writePicture(t, filepath.Join(folder, "1.png"), 1)
}
