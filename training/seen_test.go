package training

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/inspection"
	"assay/training/dataset"

	"github.com/stretchr/testify/require"
)

// cardOf is the card of a model trained on a folder so divided.
func cardOf(t *testing.T, dir string, split dataset.SplitOptions, command string) inspection.ModelCard {
	t.Helper()
	d, err := dataset.Open(t.Context(), dataset.Choice{Source: dir, Split: split}, nil)
	require.NoError(t, err)
	return inspection.ModelCard{Dataset: dataset.Fingerprint(d.Training.Items()), Command: "assay train --dataset " + dir + command}
}

func TestSeen(t *testing.T) {
	whole, divided, other := partFolder(t, 20, "train"), partFolder(t, 20, "train", "test"), partFolder(t, 10, "")
	five := dataset.SplitOptions{Kind: dataset.Random, Seed: 5}
	official := dataset.SplitOptions{Seed: 1}
	onWhole := cardOf(t, whole, official, " --name a --seed 1")
	onDivided := cardOf(t, divided, official, " --name a --seed 1")
	onFive := cardOf(t, divided, five, " --split random --name a --seed 5")
	changed := onFive
	changed.Dataset = onWhole.Dataset
	moved := onFive
	moved.Command = strings.Replace(onFive.Command, divided, filepath.Join("/gone", filepath.Base(divided)), 1)
	namesake := filepath.Join(t.TempDir(), filepath.Base(divided)) // holds half of the images of the one trained on
	require.NoError(t, os.Rename(partFolder(t, 20, "train"), namesake))
	for name, c := range map[string]struct {
		dir     string
		split   dataset.SplitOptions
		part    PartName
		lineage []inspection.ModelCard
		whole   bool
		is      Seen
	}{
		"trained on the folder":    {whole, official, PartTest, []inspection.ModelCard{onWhole}, true, Seen{SeenAll, 40, 40, true, "official, seed 1"}},
		"its test part":            {divided, official, PartTest, []inspection.ModelCard{onDivided}, true, Seen{SeenNone, 0, 40, true, "official, seed 1"}},
		"its validation part":      {divided, official, PartValidation, []inspection.ModelCard{onDivided}, true, Seen{SeenAll, 8, 8, true, "official, seed 1"}},
		"same division":            {divided, five, PartTest, []inspection.ModelCard{onFive}, true, Seen{SeenNone, 0, 16, true, "random, seed 5"}},
		"divided otherwise":        {divided, dataset.SplitOptions{Kind: dataset.Random, Seed: 1}, PartTest, []inspection.ModelCard{onFive}, true, Seen{SeenSome, 12, 16, true, "random, seed 5"}},
		"ancestor divided so":      {divided, official, PartTest, []inspection.ModelCard{onDivided, onFive}, true, Seen{SeenSome, 31, 40, true, "random, seed 5"}},
		"an ancestor is not known": {divided, official, PartTest, []inspection.ModelCard{onDivided}, false, Seen{SeenUnknown, 0, 40, true, "official, seed 1"}},
		"changed since":            {divided, five, PartTest, []inspection.ModelCard{changed}, true, Seen{SeenUnknown, 0, 16, true, ""}},
		"by the fingerprint alone": {divided, official, PartTest, []inspection.ModelCard{{Dataset: onDivided.Dataset}}, true, Seen{SeenNone, 0, 40, true, "official, seed 1"}},
		"moved since":              {divided, dataset.SplitOptions{Kind: dataset.Random, Seed: 1}, PartTest, []inspection.ModelCard{moved}, true, Seen{SeenSome, 12, 16, true, "random, seed 5"}},
		"a namesake of it":         {namesake, official, PartTest, []inspection.ModelCard{onFive}, true, Seen{SeenSome, 33, 40, true, "random, seed 5"}},
		"another set":              {other, official, PartTest, []inspection.ModelCard{onFive}, true, Seen{SeenUnknown, 0, 20, false, ""}},
		"a foreign model":          {other, official, PartTest, []inspection.ModelCard{{}}, true, Seen{SeenUnknown, 0, 20, false, ""}},
	} {
		uses := dataset.NewTestUses(filepath.Join(t.TempDir(), "uses"))
		chosen, err := Select(t.Context(), Selection{Choice: dataset.Choice{Source: c.dir, Split: c.split}, Part: c.part, Uses: uses})
		require.NoError(t, err, name)
		seen, err := chosen.Seen(t.Context(), c.lineage, c.whole)
		require.NoError(t, err, name)
		require.Equal(t, c.is, seen, name)
	}
	chosen, err := Select(t.Context(), Selection{Choice: dataset.Choice{Source: divided, Split: official}, Part: PartValidation})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = chosen.Seen(ctx, []inspection.ModelCard{onFive}, true)
	require.ErrorIs(t, err, context.Canceled)
}

func TestNameOfADataset(t *testing.T) {
	for source, name := range map[string]string{"parts": "parts", "parts@2": "parts", "/data/parts/": "parts", "../parts": "parts"} {
		require.Equal(t, name, nameOf(source), source)
	}
}

func TestDatasetOfACommand(t *testing.T) {
	source, split, ok := datasetOf("assay train --dataset my parts/one --fold 2/5 --validation 0.3 --name a --freeze --seed 4")
	require.True(t, ok)
	require.Equal(t, "my parts/one", source)
	require.Equal(t, dataset.SplitOptions{Kind: dataset.Fold, Fold: 2, Folds: 5, Seed: 4, Validation: 0.3}, split)
	for _, command := range []string{"", "keras fit.py", "assay adapt --dataset x --seed 1", "assay train --dataset x", "assay train --seed 1", "assay train --dataset x --fold a --seed 1"} {
		_, _, ok := datasetOf(command)
		require.False(t, ok, command)
	}
}
