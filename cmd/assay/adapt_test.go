package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/capture/demo"
	"assay/training"

	"github.com/stretchr/testify/require"
)

// TestAdaptRefusesAName before it reads anything, also where nothing is registered.
func TestAdaptRefusesAName(t *testing.T) {
	code, _, messages := assay(t, t.TempDir(), "adapt", "--model", "nobody", "--dataset", "x", "--replay", "y", "--name", "a/b", "--output", "o.onnx")
	require.Equal(t, exitUsage, code, messages)
}

// TestAdaptDrawsTheCurve and registers the result as the next version.
func TestAdaptDrawsTheCurve(t *testing.T) {
	dir := t.TempDir()
	parts := filepath.Join(dir, "parts")
	writeParts(t, parts, 40)
	code, out, messages := assay(t, dir, "adapt", "--model", "casting", "--dataset", parts, "--replay", parts, "--split", "random",
		"--samples", "4,8", "--steps", "16", "--name", "casting", "--json")
	require.Equal(t, exitFailed, code, "nothing old is left once the new images are taken out")
	require.Contains(t, messages, "needed")
	require.Empty(t, out)

	old := filepath.Join(dir, "old")
	require.NoError(t, os.Mkdir(old, 0o750))
	studio := demo.NewStudio(77)
	for part := uint64(1); part <= 30; part++ {
		require.NoError(t, exportPart(old, studio, 77, part))
	}
	code, out, messages = assay(t, dir, "adapt", "--model", "demo", "--dataset", parts, "--replay", old, "--samples", "4,8", "--steps", "16", "--json")
	require.Equal(t, exitDone, code, messages)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 4)
	rows := decodeRows[training.AdaptRow](t, strings.Join(lines[:3], "\n")+"\n")
	require.Equal(t, []int{0, 4, 8}, []int{rows[0].Samples, rows[1].Samples, rows[2].Samples})
	last := decodeRows[adaptedRow](t, lines[3]+"\n")[0]
	require.Equal(t, "demo", last.Model)
	require.Equal(t, 2, last.Version)
	require.NotEmpty(t, last.Estimate.Text)
	_, out, _ = assay(t, dir, "models", "show", "demo@2", "--json")
	require.Contains(t, out, "assay adapt --model demo --dataset "+parts)
}
