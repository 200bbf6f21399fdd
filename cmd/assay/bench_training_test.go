package main

import (
	"bytes"
	"context"
	"testing"

	"assay/inference/architecture"

	"github.com/stretchr/testify/require"
)

func TestBenchTraining(t *testing.T) {
	line := []string{"bench", "training", "--json", "--input", "16", "--batch", "2", "--threads", "1", "--steps", "1"}
	code, out, messages := assay(t, t.TempDir(), line...)
	require.Equal(t, exitDone, code, messages)
	rows := decodeRows[trainingRow](t, out)
	require.Len(t, rows, 2)
	for i, engine := range []string{"gorgonia", "onednn"} {
		r := rows[i]
		require.Equal(t, engine, r.Engine)
		require.Equal(t, architecture.CustomName, r.Model)
		require.Equal(t, []int{16, 2, 1}, []int{r.Input, r.Batch, r.Threads})
		require.Positive(t, r.FastestSeconds)
		require.GreaterOrEqual(t, r.SecondsPerStep, r.FastestSeconds)
		require.NotEmpty(t, r.Instructions)
	}
	require.InDelta(t, rows[0].SecondsPerStep/rows[1].SecondsPerStep, rows[0].Ratio, 1e-9)
	require.Positive(t, rows[0].PeakRSSBytes, "a child has told")

	code, out, messages = assay(t, t.TempDir(), append(line, "--alone")...)
	require.Equal(t, exitDone, code, messages)
	rows = decodeRows[trainingRow](t, out)
	require.Len(t, rows, 1)
	require.Positive(t, rows[0].PeakRSSBytes)
	require.Zero(t, rows[0].Ratio)
}

// TestBenchTrainingStopped prints no row of what it has not measured.
func TestBenchTrainingStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	for _, more := range [][]string{nil, {"--alone"}} {
		var out, messages bytes.Buffer
		code := run(ctx, append([]string{"bench", "training", "--input", "16", "--batch", "2", "--threads", "1", "--data", t.TempDir()}, more...), &out, &messages)
		require.Equal(t, exitFailed, code)
		require.Empty(t, out.String(), more)
	}
}
