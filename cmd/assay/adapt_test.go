package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAdaptRefusesAName before it reads anything, also where nothing is registered.
func TestAdaptRefusesAName(t *testing.T) {
	code, _, messages := assay(t, t.TempDir(), "adapt", "--model", "nobody", "--dataset", "x", "--replay", "y", "--name", "a/b", "--output", "o.onnx")
	require.Equal(t, exitUsage, code, messages)
}
