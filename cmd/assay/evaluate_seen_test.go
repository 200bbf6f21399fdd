package main

import (
	"path/filepath"
	"strings"
	"testing"

	"assay/inspection"
	"assay/training"

	"github.com/stretchr/testify/require"
)

// TestEvaluateSaysWhatTheModelHasSeen: a folder without a test part, a part of
// another division, and both models of a comparison.
func TestEvaluateSaysWhatTheModelHasSeen(t *testing.T) {
	dir := t.TempDir()
	set, data := filepath.Join(dir, "set"), filepath.Join(dir, "data")
	writeParts(t, filepath.Join(set, "train"), 60)
	for name, arguments := range map[string][]string{"whole": nil, "divided": {"--split", "random", "--seed", "5"}} {
		code, _, messages := assay(t, data, append([]string{"train", "--dataset", set, "--name", name, "--epochs", "1", "--input", "32"}, arguments...)...)
		require.Equal(t, exitDone, code, messages)
	}
	evaluate := func(arguments ...string) ([]evaluateRow, string, string) {
		code, out, messages := assay(t, data, append([]string{"evaluate", "--dataset", set}, arguments...)...)
		require.Equal(t, exitDone, code, messages)
		if arguments[len(arguments)-1] != "--json" {
			return nil, out, messages
		}
		return decodeRows[evaluateRow](t, out), out, messages
	}
	_, out, messages := evaluate("--model", "whole")
	require.Contains(t, out, "on 60 images of the whole folder\n")
	require.Contains(t, messages, "whole@1 was trained on these 60 images")

	rows, _, messages := evaluate("--model", "divided", "--split", "random", "--seed", "5", "--json")
	require.Equal(t, training.SeenNone, rows[0].Seen)
	require.Equal(t, "test", rows[0].Part)
	require.NotContains(t, messages, "unseen")

	rows, out, messages = evaluate("--model", "divided", "--beside", "whole", "--split", "random", "--json")
	require.Equal(t, []training.SeenKind{training.SeenSome, training.SeenAll}, []training.SeenKind{rows[0].Seen, rows[1].Seen})
	require.Positive(t, rows[0].SeenImages)
	require.Contains(t, out, `"seen":"some"`)
	require.Contains(t, messages, "trained on this data set divided otherwise (random, seed 5)")
	require.Contains(t, messages, "whole@1 was trained on these 12 images")
}

// TestModelsAreNamedWithTheirVersion in a comparison, and metrics in words.
func TestModelsAreNamedWithTheirVersion(t *testing.T) {
	dir := t.TempDir()
	parts, file := filepath.Join(dir, "parts"), filepath.Join(dir, "demo.onnx")
	writeParts(t, parts, 16)
	code, _, messages := assay(t, dir, "models", "export", "demo", file)
	require.Equal(t, exitDone, code, messages)
	code, _, messages = assay(t, dir, "models", "import", file, "--name", "twin")
	require.Equal(t, exitDone, code, messages)
	code, _, messages = assay(t, dir, "models", "import", file, "--name", "twin")
	require.Equal(t, exitDone, code, messages)
	code, out, messages := assay(t, dir, "evaluate", "--model", "twin@2", "--beside", "demo", "--dataset", parts)
	require.Equal(t, exitDone, code, messages)
	require.Contains(t, out, "twin@2 (native engine) on 16 images")
	require.Contains(t, out, "demo@1 (native engine) on 16 images")
	require.Contains(t, out, "twin@2 beside demo@1: ")
	_, out, _ = assay(t, dir, "evaluate", "--model", "twin@2", "--beside", "demo", "--dataset", parts, "--json")
	rows := strings.Split(strings.TrimSpace(out), "\n")
	require.Contains(t, rows[0], `"model":"twin","version":2,`)
	require.Contains(t, rows[2], `"candidate":"twin@2","current":"demo@1"`)
	_, out, _ = assay(t, dir, "evaluate", "--model", file, "--perturb", "--dataset", parts)
	require.Contains(t, out, "demo@1 ")
	_, out, _ = assay(t, dir, "evaluate", "--model", "twin@1", "--perturb", "--dataset", parts, "--json")
	require.Contains(t, out, `{"model":"twin","version":1,`)

	_, out, _ = assay(t, dir, "models", "show", "casting")
	require.NotContains(t, out, "map[")
	require.Regexp(t, `\nmetrics      accuracy 99\.\d+, auroc 0\.99\d+, calibration_shift `, out)
	require.Contains(t, out, "augmentations hflip, vflip, rotate=180, ")
}

func TestLineage(t *testing.T) {
	registered := map[string]inspection.ModelCard{"a": {Name: "a"}, "b": {Name: "b", Parent: "a"}, "x": {Name: "x", Parent: "gone"}, "loop": {Parent: "loop"}}
	for parent, c := range map[string]struct {
		n     int
		whole bool
	}{"": {1, true}, "a": {2, true}, "b": {3, true}, "x": {2, false}, "gone": {1, false}, "loop": {5, false}} {
		lineage, whole := lineageOf(inspection.ModelCard{Parent: parent}, registered)
		require.Len(t, lineage, c.n, parent)
		require.Equal(t, c.whole, whole, parent)
	}
}

// TestSeenInWords gives the reason that is nearest, where it is not known.
func TestSeenInWords(t *testing.T) {
	learnt := inspection.ModelCard{Dataset: "abc"}
	for want, c := range map[string]struct {
		card inspection.ModelCard
		seen training.Seen
	}{
		"divided otherwise or has changed since":     {learnt, training.Seen{Kind: training.SeenUnknown, SameSource: true}},
		"trained further from another model":         {inspection.ModelCard{Dataset: "abc", Parent: "p"}, training.Seen{Kind: training.SeenUnknown}},
		"does not say what it was trained on":        {inspection.ModelCard{}, training.Seen{Kind: training.SeenUnknown}},
		"other images than this data set's training": {learnt, training.Seen{Kind: training.SeenUnknown}},
	} {
		require.Contains(t, seenInWords("mine@1", c.card, c.seen), want)
	}
	require.Empty(t, seenInWords("mine@1", learnt, training.Seen{Kind: training.SeenNone}))
}
