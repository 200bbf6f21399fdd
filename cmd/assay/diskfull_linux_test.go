package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/disktest"

	"github.com/stretchr/testify/require"
)

// TestAFullDiskAtTheModel: a training whose model finds no room says so, leaves
// the models as they are, and is not lost: once there is room it is resumed to
// the same file.
func TestAFullDiskAtTheModel(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dir, disk := t.TempDir(), disktest.Small(t, 1<<20)
	parts, data, models := filepath.Join(dir, "parts"), filepath.Join(dir, "data"), filepath.Join(disk, "models")
	writeParts(t, parts, 24)
	require.NoError(t, os.MkdirAll(data, 0o750))
	require.NoError(t, os.Mkdir(models, 0o750))
	require.NoError(t, os.Symlink(models, filepath.Join(data, "models")))
	command := func(more ...string) []string {
		return append([]string{"train", "--json", "--dataset", parts, "--name", "mine", "--epochs", "3", "--input", "32", "--threads", "1"}, more...)
	}
	code, out, messages := assay(t, data, command()...)
	require.Equal(t, exitDone, code, messages)
	want := decodeRows[trainedRow](t, lastLine([]byte(out)))[0]
	former, err := os.ReadFile(filepath.Join(models, "mine", "1.onnx"))
	require.NoError(t, err)

	ballast := disktest.Fill(t, disk)
	code, out, messages = assay(t, data, command()...)
	require.Equal(t, exitFailed, code)
	require.NotContains(t, out, want.SHA256, "no result is announced")
	require.Contains(t, messages, "the disk is full: the new model could not be written")
	require.Contains(t, messages, "--resume")
	require.NotContains(t, messages, "inspection waits")
	kept, err := os.ReadFile(filepath.Join(models, "mine", "1.onnx"))
	require.NoError(t, err)
	require.Equal(t, former, kept)
	require.Equal(t, []string{"1.onnx"}, disktest.Files(t, filepath.Join(models, "mine")))
	require.Equal(t, []string{"mine.checkpoint"}, disktest.Files(t, filepath.Join(data, "checkpoints")))

	ballast.Free()
	code, out, messages = assay(t, data, command("--resume")...)
	require.Equal(t, exitDone, code, messages)
	require.Equal(t, 2, decodeRows[trainedRow](t, lastLine([]byte(out)))[0].Version)
	require.Equal(t, []string{"1.onnx", "2.onnx"}, disktest.Files(t, filepath.Join(models, "mine")))
	require.Empty(t, disktest.Files(t, filepath.Join(data, "checkpoints")))

	file := filepath.Join(disk, "mine.onnx")
	ballast = disktest.Fill(t, disk)
	code, _, messages = assay(t, data, command("--output", file)...)
	require.Equal(t, exitFailed, code)
	require.Contains(t, messages, "the disk is full: the new model could not be written")
	require.Equal(t, []string{"ballast", "models"}, disktest.Files(t, disk))
	ballast.Free()
	code, out, messages = assay(t, data, command("--output", file, "--resume")...)
	require.Equal(t, exitDone, code, messages)
	require.Equal(t, want.SHA256, decodeRows[trainedRow](t, lastLine([]byte(out)))[0].SHA256)
}

// TestAFullDiskFromTheStart: with no room for a checkpoint either, it does not
// promise what it cannot keep.
func TestAFullDiskFromTheStart(t *testing.T) {
	dir, disk := t.TempDir(), disktest.Small(t, 1<<20)
	parts, data := filepath.Join(dir, "parts"), filepath.Join(disk, "data")
	writeParts(t, parts, 24)
	require.NoError(t, os.MkdirAll(filepath.Join(data, "checkpoints"), 0o750))
	ballast, elsewhere := disktest.Fill(t, disk), t.TempDir()
	t.Setenv("TMPDIR", elsewhere)
	code, _, messages := assay(t, data, "train", "--dataset", parts, "--name", "mine", "--epochs", "2", "--input", "32", "--threads", "1")
	require.Equal(t, exitFailed, code)
	require.Contains(t, messages, "the training goes on")
	require.Contains(t, messages, "the disk is full: the new model could not be written")
	require.NotContains(t, messages, "--resume", "there is nothing to go on from")
	require.Empty(t, disktest.Files(t, filepath.Join(data, "checkpoints")))

	saved := filepath.Join(elsewhere, disktest.Files(t, elsewhere)[0])
	require.Contains(t, messages, saved, "the model is not lost")
	ballast.Free()
	code, out, messages := assay(t, data, "models", "import", saved)
	require.Equal(t, exitDone, code, messages)
	require.Contains(t, out, "mine")
}

// TestAReadOnlyDataFolder is named as such, before anything is trained.
func TestAReadOnlyDataFolder(t *testing.T) {
	parts, data := t.TempDir(), disktest.Small(t, 1<<20)
	writeParts(t, parts, 24)
	disktest.Seal(t, data)
	for _, line := range []string{
		"train --name mine --epochs 1 --input 32 --dataset " + parts,
		"dataset import --name parts --split random --dataset " + parts,
		"evaluate --model demo --split random --dataset " + parts,
	} {
		code, out, messages := assay(t, data, strings.Fields(line)...)
		require.Equal(t, exitFailed, code, line)
		require.Empty(t, out, line)
		require.Contains(t, messages, "The data folder cannot be written", line)
	}
	code, out, messages := assay(t, data, "evaluate", "--model", "demo", "--dataset", parts, "--json")
	require.Equal(t, exitDone, code, messages)
	require.Equal(t, 24, decodeRows[evaluateRow](t, out)[0].N, "what needs no writing works")
}
