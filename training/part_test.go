package training

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"assay/inspection"
	"assay/training/dataset"

	"github.com/stretchr/testify/require"
)

// partFolder writes n pictures of each class below each of the folders.
func partFolder(t *testing.T, n int, below ...string) string {
	t.Helper()
	dir := t.TempDir()
	value := 0
	for _, part := range below {
		for _, class := range []string{"ok", "def"} {
			folder := filepath.Join(dir, part, class)
			require.NoError(t, os.MkdirAll(folder, 0o750))
			for i := range n {
				img := image.NewGray(image.Rect(0, 0, 9, 9))
				for p := range img.Pix {
					img.Pix[p] = uint8((value + 1) * (p + 3))
				}
				value++
				var b bytes.Buffer
				require.NoError(t, png.Encode(&b, img))
				require.NoError(t, os.WriteFile(filepath.Join(folder, strconv.Itoa(i)+".png"), b.Bytes(), 0o600))
			}
		}
	}
	return dir
}

func TestSelect(t *testing.T) {
	divided, whole := partFolder(t, 20, "train", "test"), partFolder(t, 20, "")
	for name, c := range map[string]struct {
		dir   string
		split dataset.SplitKind
		part  PartName
		is    PartName
		n     int
		uses  int
	}{
		"test":                {divided, "", PartTest, PartTest, 40, 1},
		"train":               {divided, "", PartTrain, PartTrain, 40, 0},
		"validation":          {divided, "", PartValidation, PartValidation, 8, 0},
		"auto":                {divided, "", PartAuto, PartTest, 40, 1},
		"auto, no parts":      {whole, "", PartAuto, PartValidation, 8, 0},
		"test, no parts":      {whole, "", PartTest, PartWhole, 40, 0},
		"train, no parts":     {whole, "", PartTrain, PartTrain, 40, 0},
		"only train":          {partFolder(t, 20, "train"), "", PartTest, PartWhole, 40, 0},
		"random test":         {whole, dataset.Random, PartTest, PartTest, 8, 1},
		"random over parts":   {divided, dataset.Random, PartTest, PartTest, 16, 1},
		"random's validation": {divided, dataset.Random, PartValidation, PartValidation, 12, 0},
	} {
		uses := dataset.NewTestUses(filepath.Join(t.TempDir(), "uses"))
		choice := dataset.Choice{Source: c.dir, Split: dataset.SplitOptions{Kind: c.split, Seed: 3}}
		chosen, err := Select(t.Context(), Selection{Choice: choice, Part: c.part, Uses: uses, Use: dataset.TestUse{Purpose: name}})
		require.NoError(t, err, name)
		require.Equal(t, c.is, chosen.Part, name)
		require.Len(t, chosen.Items, c.n, name)
		logged, err := uses.List()
		require.NoError(t, err)
		require.Len(t, logged, c.uses, name)
		for _, use := range logged {
			require.Equal(t, dataset.Fingerprint(chosen.Items), use.Fingerprint)
			require.Equal(t, c.dir, use.Dataset)
			require.Equal(t, c.n, use.N)
		}
	}
	for _, part := range []PartName{"half", "", PartWhole} {
		_, err := Select(t.Context(), Selection{Part: part, Choice: dataset.Choice{Source: whole}})
		require.ErrorIs(t, err, inspection.ErrBadDataset, part)
	}
}
