package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"assay/training"

	"github.com/stretchr/testify/require"
)

// TestEvaluateBeside judges two models on the same images and says which is better.
func TestEvaluateBeside(t *testing.T) {
	dir := t.TempDir()
	parts := filepath.Join(dir, "parts")
	writeParts(t, parts, 30)
	code, out, messages := assay(t, dir, "evaluate", "--dataset", parts, "--model", "demo", "--beside", "casting", "--scores", "--json")
	require.Equal(t, exitDone, code, messages)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 3)
	rows := decodeRows[evaluateRow](t, lines[0]+"\n"+lines[1]+"\n")
	require.Equal(t, []string{"demo", "casting"}, []string{rows[0].Model, rows[1].Model})
	require.Len(t, rows[0].Images, 30)
	require.Equal(t, rows[0].Images[7].Digest, rows[1].Images[7].Digest)
	require.Equal(t, 30, rows[0].Decided.N+count(rows[0].Images, "review"))
	c := decodeRows[comparisonRow](t, lines[2])[0].Comparison
	require.Equal(t, 30, c.Paired.N)
	require.Equal(t, rows[0].Confusion, c.Candidate.Confusion)
	require.NotEmpty(t, c.Words)
	require.Zero(t, rows[0].TestUses, "a folder without parts has no test part to lock")
}

func count[T any](list []T, verdict string) (n int) {
	for _, v := range list {
		data, _ := json.Marshal(v)
		if strings.Contains(string(data), `"verdict":"`+verdict+`"`) {
			n++
		}
	}
	return n
}

// TestTestPartIsCounted: each evaluation on a test part of its own adds to the count.
func TestTestPartIsCounted(t *testing.T) {
	dir := t.TempDir()
	parts := filepath.Join(dir, "parts")
	writeParts(t, parts, 24)
	for use := 1; use <= 2; use++ {
		code, out, messages := assay(t, dir, "evaluate", "--dataset", parts, "--model", "demo", "--split", "random", "--json")
		require.Equal(t, exitDone, code, messages)
		row := decodeRows[evaluateRow](t, out)[0]
		require.Equal(t, use, row.TestUses)
		require.Equal(t, "test", row.Part)
		require.Less(t, row.N, 24)
	}
}

// TestPerturbPrintsATable for both models, and judges the paper's augmented test
// the same for all.
func TestPerturbPrintsATable(t *testing.T) {
	dir := t.TempDir()
	parts := filepath.Join(dir, "parts")
	writeParts(t, parts, 12)
	code, out, messages := assay(t, dir, "evaluate", "--dataset", parts, "--model", "demo", "--beside", "casting", "--perturb", "--json")
	require.Equal(t, exitDone, code, messages)
	rows := decodeRows[training.PerturbationRow](t, out)
	half := len(training.PerturbationSuite()) + 2
	require.Len(t, rows, 2*half)
	require.Equal(t, []string{"none", "mean", "worst"}, []string{rows[0].Perturbation, rows[half-2].Perturbation, rows[half-1].Perturbation})
	require.Equal(t, "casting", rows[half].Model)
	sum, least := 0.0, 100.0
	for _, row := range rows[1 : half-2] {
		sum, least = sum+row.Accuracy, min(least, row.Accuracy)
		require.Equal(t, 12, row.N)
	}
	require.InDelta(t, sum/float64(half-3), rows[half-2].Accuracy, 1e-9)
	require.Equal(t, least, rows[half-1].Accuracy)

	_, plain, _ := assay(t, dir, "evaluate", "--dataset", parts, "--model", "demo", "--json")
	require.Equal(t, rows[0].Accuracy, decodeRows[evaluateRow](t, plain)[0].Accuracy)
	code, augmented, messages := assay(t, dir, "evaluate", "--dataset", parts, "--model", "demo", "--augment", "paper", "--scores", "--json")
	require.Equal(t, exitDone, code, messages)
	_, again, _ := assay(t, dir, "evaluate", "--dataset", parts, "--model", "demo", "--augment", "paper", "--scores", "--json", "--batch", "5")
	require.Equal(t, decodeRows[evaluateRow](t, augmented)[0].Images, decodeRows[evaluateRow](t, again)[0].Images)
}
