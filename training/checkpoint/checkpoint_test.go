package checkpoint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/inference/architecture"
	"assay/inspection"
	"assay/training/metrics"

	"github.com/stretchr/testify/require"
)

func sample() *State {
	return &State{
		Key:     "a training",
		History: []metrics.Epoch{{Epoch: 1, Step: 10, ValLoss: 0.1 + 0.2}, {Epoch: 2, Step: 20, ValAccuracy: 99}},
		Weights: architecture.Weights{"conv.weight": {1, -2, 1e-30}, "conv.bias": {}},
		Solver:  []byte{0, 1, 2},
		Average: architecture.Weights{"conv.weight": {0.5}}, Averaged: 20,
		Best: architecture.Weights{"conv.weight": {3}},
	}
}

func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoint")
	require.NoError(t, Write(path, &State{Key: "before"}))
	require.NoError(t, Write(path, sample()))
	got, err := Read(path)
	require.NoError(t, err)
	want := sample()
	require.Equal(t, want.History, got.History)
	require.Equal(t, want.Weights["conv.weight"], got.Weights["conv.weight"])
	require.Equal(t, []any{want.Key, want.Solver, want.Best, want.Average, want.Averaged}, []any{got.Key, got.Solver, got.Best, got.Average, got.Averaged})
	require.NoError(t, Remove(path))
	require.NoError(t, Remove(path), "nothing there")
	_, err = Read(path)
	require.ErrorIs(t, err, inspection.ErrNotFound)
}

// TestEveryDamageIsSeen flips each byte and cuts at each length.
func TestEveryDamageIsSeen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoint")
	require.NoError(t, Write(path, sample()))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	for i := range data {
		spoiled := append([]byte(nil), data...)
		spoiled[i] ^= 0x41
		_, err := decode(spoiled)
		require.Error(t, err, "byte %d", i)
		_, err = decode(data[:i])
		require.ErrorIs(t, err, inspection.ErrDamaged, "cut at %d", i)
	}
	newer := strings.Replace(string(data), magic+"2\n", magic+"3\n", 1)
	_, err = decode([]byte(newer))
	require.ErrorIs(t, err, inspection.ErrNewerVersion)
	older := strings.Replace(string(data), magic+"2\n", magic+"1\n", 1)
	_, err = decode([]byte(older))
	require.NoError(t, err)
}

func TestWriteNamesTheCause(t *testing.T) {
	err := Write(filepath.Join(t.TempDir(), "missing", "checkpoint"), sample())
	require.ErrorContains(t, err, "write checkpoint")
}

// TestRemoveClearsWhatAKillLeft beside the checkpoint, and nothing of others.
func TestRemoveClearsWhatAKillLeft(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "mine.checkpoint")
	require.NoError(t, Write(path, sample()))
	others := []string{".mine.checkpoint.old.tmp", ".mine.request.json.12.tmp", ".yours.checkpoint.12.tmp", "mine.checkpoint.12.tmp"}
	for _, name := range append([]string{".mine.checkpoint.1234567.tmp", ".mine.checkpoint.99.tmp"}, others...) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o600))
	}
	require.NoError(t, Remove(path))
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, len(others))
	for i, f := range files {
		require.Equal(t, others[i], f.Name())
	}
	require.NoError(t, Remove(filepath.Join(dir, "none", "mine.checkpoint")))
}
