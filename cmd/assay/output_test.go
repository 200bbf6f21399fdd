package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAFolderToWriteToMustExist, and that is looked at before the work.
func TestAFolderToWriteToMustExist(t *testing.T) {
	dir := t.TempDir()
	parts := filepath.Join(dir, "parts")
	writeParts(t, parts, 24)
	missing := filepath.Join(dir, "missing", "file")
	below := filepath.Join(parts, "normal.png", "file")
	require.NoError(t, os.WriteFile(filepath.Dir(below), nil, 0o600))
	for _, line := range [][]string{
		{"dataset", "audit", "--dataset", parts, "--page"}, {"models", "export", "casting"}, {"log", "backup"}, {"log", "show", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "--image"},
		{"train", "--dataset", parts, "--name", "a", "--output"},
		{"adapt", "--dataset", parts, "--replay", parts, "--model", "demo", "--output"},
	} {
		for file, want := range map[string]string{missing: "the folder " + filepath.Dir(missing) + " does not exist", below: "is no folder", dir: "is a folder"} {
			code, out, messages := assay(t, dir, append(line, file)...)
			require.Equal(t, exitFailed, code, line)
			require.Empty(t, out, line)
			require.Contains(t, messages, want, line)
			require.NotContains(t, messages, "unexpected", line)
			require.NotContains(t, messages, "Reading images", line)
		}
	}
}
