package dataset

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// tree writes files with those names below a new folder; content decides by name.
func tree(t *testing.T, names ...string) string {
	t.Helper()
	root := t.TempDir()
	for i, name := range names {
		path := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, picture(t, uint8(i)), 0o600))
	}
	return root
}

// picture returns a PNG of one gray value.
func picture(t *testing.T, value uint8) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 12, 8))
	for i := range img.Pix {
		img.Pix[i] = value
	}
	img.SetGray(0, 0, color.Gray{Y: 255 - value})
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

func TestClassOf(t *testing.T) {
	for name, want := range map[string]string{
		"def_front": "defective", "ok_front": "normal", "NG": "defective", "OK": "normal", "good": "normal",
		"Bad parts": "defective", "failed": "defective", "passed": "normal", "normal": "normal", "defective": "defective",
		"casting_ok": "normal", "casting_ng": "defective", "OK1": "normal", "1-defects": "defective", "xdefx": "defective",
		"allgood": "normal", "not_ok": "?", "nok": "?", "defect_free": "?", "abnormal": "?", "ok_and_ng": "?", "blowhole": "?", "": "?",
	} {
		class, ok := classOf(name)
		got := class.String()
		if !ok {
			got = "?"
		}
		require.Equal(t, want, got, name)
	}
}

func TestFolderFindsParts(t *testing.T) {
	root := tree(t, "train/def/b.png", "train/def/a.PNG", "train/ok/deep/c.jpeg", "train/ok/.hidden.png", "train/ok/notes.txt",
		"test/def/d.jpg", "test/ok/e.jpg", "stray.png")
	items, err := Folder(root, FolderOptions{Part: Train})
	require.NoError(t, err)
	require.Equal(t, []string{"def/a.PNG", "def/b.png", "ok/deep/c.jpeg"}, names(items))
	require.Equal(t, inspection.Defective, items[0].Class)
	require.Equal(t, inspection.Normal, items[2].Class)
	items, err = Folder(root, FolderOptions{Part: Test})
	require.NoError(t, err)
	require.Equal(t, []string{"def/d.jpg", "ok/e.jpg"}, names(items))
	items, err = Folder(filepath.Join(root, "train"), FolderOptions{Part: Test})
	require.NoError(t, err, "a folder without parts serves whole")
	require.Len(t, items, 3)
}

func TestFolderByName(t *testing.T) {
	root := tree(t, "scratch/a.png", "dent/b.png", "plain/c.png")
	_, err := Folder(root, FolderOptions{})
	require.ErrorIs(t, err, inspection.ErrOneClass)
	require.ErrorContains(t, err, "--defective")
	items, err := Folder(root, FolderOptions{Defective: "scratch, dent"})
	require.NoError(t, err)
	for _, item := range items {
		require.Equal(t, item.Name != "plain/c.png", item.Class == inspection.Defective, item.Name)
	}
	_, err = Folder(root, FolderOptions{Defective: "scratches"})
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	require.ErrorContains(t, err, "dent, plain, scratch")
}

func TestFolderRefuses(t *testing.T) {
	one := tree(t, "def/a.png")
	parts := tree(t, "train/def/a.png", "train/ok/b.png")
	for name, c := range map[string]struct {
		dir  string
		part Part
		says string
	}{
		"missing":   {filepath.Join(one, "nowhere"), Train, "does not exist"},
		"a file":    {filepath.Join(one, "def", "a.png"), Train, "is a file"},
		"empty":     {t.TempDir(), Train, "no folder with images"},
		"one class": {one, Train, "no normal images (0 normal, 1 defective)"},
		"the other": {tree(t, "ok/a.png"), Train, "no defective images (1 normal, 0 defective)"},
		"no test":   {parts, Test, "has no folder \"test\""},
	} {
		_, err := Folder(c.dir, FolderOptions{Part: c.part})
		require.ErrorIs(t, err, inspection.ErrBadDataset, name)
		require.ErrorContains(t, err, c.says, name)
		require.Equal(t, slices.Contains([]string{"empty", "one class", "the other"}, name), errors.Is(err, inspection.ErrOneClass), name)
	}
}

func names(items []Item) []string {
	var list []string
	for _, item := range items {
		list = append(list, item.Name)
	}
	return list
}
