package atomicfile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"assay/internal/atomicfile"
)

func TestWriteReplacesContentAndMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	require.NoError(t, os.WriteFile(path, []byte("old and longer"), 0o644))

	require.NoError(t, atomicfile.Write(path, []byte("new"), 0o600))

	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "new", string(content))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	requireOnly(t, filepath.Dir(path), "a.json")
}

func TestFailedFillLeavesTheFormerFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	require.NoError(t, atomicfile.Write(path, []byte("old"), 0o644))
	broken := errors.New("broken")

	err := atomicfile.WriteTo(path, 0o644, func(w io.Writer) error {
		if _, err := w.Write([]byte("half")); err != nil {
			return err
		}
		return broken
	})

	require.ErrorIs(t, err, broken)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "old", string(content))
	requireOnly(t, filepath.Dir(path), "a.json")
}

func TestMissingFolderIsAnError(t *testing.T) {
	err := atomicfile.Write(filepath.Join(t.TempDir(), "none", "a"), nil, 0o644)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestConcurrentWritersNeverMix(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	contents := []string{"aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc"}
	var writers sync.WaitGroup
	for _, content := range contents {
		writers.Go(func() {
			for range 10 {
				if err := atomicfile.Write(path, []byte(content), 0o644); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, contents, string(got))
	requireOnly(t, filepath.Dir(path), "a")
}

func requireOnly(t *testing.T, folder string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	var found []string
	for _, entry := range entries {
		found = append(found, entry.Name())
	}
	require.Equal(t, names, found)
}
