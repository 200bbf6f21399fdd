package dataset

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// folders writes a class folder of n different parts, one third defective, with
// a turned copy of each.
func folders(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		class := "ok"
		if i < n/3 {
			class = "def"
		}
		picture := newScene(uint64(i)).draw(0, 0, 1, 0)
		write(t, filepath.Join(dir, class, strconv.Itoa(i)+".png"), pngOf(t, picture))
		write(t, filepath.Join(dir, class, strconv.Itoa(i)+" turned.jpg"), jpegOf(t, turned(picture, transpose), 85))
	}
	return dir
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
	require.NoError(t, os.WriteFile(path, data, 0o600))
}

func importFolder(t *testing.T, s Store, name, dir string, change func(*ImportRequest)) *Imported {
	t.Helper()
	input, err := FolderInput(dir, FolderOptions{})
	require.NoError(t, err)
	r := ImportRequest{Name: name, Inputs: []Input{input}, Split: SplitOptions{Kind: Grouped, Seed: 2}, By: "Ada", At: noon}
	if change != nil {
		change(&r)
	}
	imported, err := s.Import(t.Context(), r)
	require.NoError(t, err)
	return imported
}

func TestImportAndOpen(t *testing.T) {
	dir := folders(t, 24)
	s := Store{Folder: filepath.Join(t.TempDir(), "datasets")}
	imported := importFolder(t, s, "parts", dir, nil)
	require.Equal(t, "parts@1", imported.Snapshot.Ref())
	require.Equal(t, 48, imported.Audit.Images)
	require.Equal(t, 24, imported.Audit.Groups)
	require.Zero(t, imported.Audit.GroupsAcross)
	require.Equal(t, map[string]int{"96×96": 48}, imported.Audit.Sizes)

	d, err := Open(t.Context(), Choice{Source: "parts", Store: s}, nil)
	require.NoError(t, err)
	require.Equal(t, "parts@1", d.Source)
	require.Equal(t, imported.Snapshot.ID, d.SnapshotID)
	require.Equal(t, 48, len(d.Training.Items())+d.Test.Len())
	require.Equal(t, imported.Snapshot.Summary().TestFingerprint, d.Test.Fingerprint())
	set := load(t, d.Training.Items())
	require.Len(t, set.Part(Train), len(d.Training.Train))
	require.Len(t, set.Part(Validation), len(d.Training.Validation))

	same, err := Open(t.Context(), Choice{Source: dir, Split: SplitOptions{Kind: Grouped, Seed: 2}}, nil)
	require.NoError(t, err)
	require.Equal(t, d.Test.Fingerprint(), same.Test.Fingerprint(), "a folder is divided as its snapshot is")
	require.Equal(t, Fingerprint(d.Training.Validation), Fingerprint(same.Training.Validation))
	fold, err := Open(t.Context(), Choice{Source: "parts@1", Store: s, Split: SplitOptions{Kind: Fold, Fold: 1}}, nil)
	require.NoError(t, err)
	require.NotEqual(t, d.Test.Fingerprint(), fold.Test.Fingerprint())

	again := importFolder(t, Store{Folder: t.TempDir()}, "parts", dir, nil)
	require.Equal(t, imported.Snapshot.ID, again.Snapshot.ID, "the same set at the same time has the same ID")
}

// TestImportOfBadImages: each is listed with its reason, and the others serve.
func TestImportOfBadImages(t *testing.T) {
	dir := folders(t, 12)
	whole := pngOf(t, newScene(0).draw(0, 0, 1, 0))
	write(t, filepath.Join(dir, "ok", "cut.png"), whole[:len(whole)/2])
	write(t, filepath.Join(dir, "ok", "text.jpg"), []byte("no picture"))
	write(t, filepath.Join(dir, "ok", "empty.png"), nil)
	write(t, filepath.Join(dir, "ok", "disputed.png"), whole) // 0.png is defective
	colour := image.NewNRGBA(image.Rect(0, 0, 40, 30))
	for i := range colour.Pix {
		colour.Pix[i] = uint8(i * i)
	}
	write(t, filepath.Join(dir, "ok", "colour.png"), pngOf(t, colour))
	s := Store{Folder: t.TempDir()}
	imported := importFolder(t, s, "parts", dir, nil)
	a := imported.Audit
	require.Len(t, a.Unreadable, 3)
	require.Len(t, a.Conflicts, 1)
	require.Equal(t, Conflict{Digest: digestOf(whole), Normal: []string{"ok/disputed.png"}, Defective: []string{"def/0.png"}}, a.Conflicts[0])
	require.Equal(t, 1, a.Copies)
	require.Equal(t, map[string]int{"96×96": 25, "40×30": 1}, a.Sizes)
	require.Equal(t, map[string]int{"gray": 25, "colour": 1}, a.Colours)
	excluded := map[string]string{}
	for _, e := range imported.Snapshot.Entries {
		if e.Excluded != nil {
			excluded[e.Name] = e.Excluded.Reason
		}
	}
	require.Len(t, excluded, 5)
	require.Contains(t, excluded["def/0.png"], "labels disagree")
	require.Contains(t, excluded["ok/cut.png"], "cannot be read")
	require.Len(t, imported.Snapshot.Items(), 24)

	_, err := Open(t.Context(), Choice{Source: dir}, nil)
	require.ErrorIs(t, err, inspection.ErrBadDataset, "a plain folder has nobody to exclude them")
	require.ErrorContains(t, err, "identical images are labelled differently")

	fixed, err := s.Relabel("parts", inspection.Defective, Revision{Images: []string{"ok/disputed.png"}, Reason: "a crack", By: "Ada", At: noon})
	require.NoError(t, err)
	require.Len(t, fixed.Items(), 26, "both copies are back")
	_, err = s.Include("parts", Revision{Images: []string{"ok/cut.png"}, Reason: "trying", At: noon})
	require.NoError(t, err)
}

func TestImportRefuses(t *testing.T) {
	one := t.TempDir()
	write(t, filepath.Join(one, "ok", "a.png"), pngOf(t, newScene(1).draw(0, 0, 1, 0)))
	s := Store{Folder: t.TempDir()}
	for name, r := range map[string]ImportRequest{
		"nothing":   {Name: "x"},
		"no name":   {Name: "../x"},
		"a fold":    {Name: "x", Split: SplitOptions{Kind: Fold, Fold: 1}},
		"no kind":   {Name: "x", Split: SplitOptions{Kind: "half"}},
		"one class": {Name: "x", Inputs: []Input{{Source{SourceFolder, one}, []Item{item("ok/a.png", 0, pngOf(t, newScene(1).draw(0, 0, 1, 0)))}}}},
	} {
		_, err := s.Import(t.Context(), r)
		require.ErrorIs(t, err, inspection.ErrBadDataset, name)
		require.Equal(t, name == "one class", errors.Is(err, inspection.ErrOneClass), name)
	}
	_, err := FolderInput(t.TempDir(), FolderOptions{})
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	names, err := s.Names()
	require.NoError(t, err)
	require.Empty(t, names, "nothing was written")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.Import(ctx, ImportRequest{Name: "x", Inputs: []Input{{Source{SourceFolder, one}, items(t, 9)}}})
	require.ErrorIs(t, err, context.Canceled)
}

// TestReviseMakesVersions: no version is ever changed, and each names the one before.
func TestReviseMakesVersions(t *testing.T) {
	dir := folders(t, 12)
	s := Store{Folder: t.TempDir()}
	first := importFolder(t, s, "parts", dir, nil).Snapshot
	before, err := os.ReadFile(s.path("parts", 1))
	require.NoError(t, err)
	second, err := s.Exclude("parts", Revision{Images: []string{"def/1.png"}, Reason: "blurred", By: "Ada", At: noon})
	require.NoError(t, err)
	require.Equal(t, first.ID, second.Parent)
	require.Len(t, second.Items(), 23)
	digest := ""
	for _, e := range second.Entries {
		if e.Name == "ok/9.png" {
			digest = e.Digest
		}
	}
	third, err := s.Relabel("parts", inspection.Defective, Revision{Images: []string{digest[:10]}, Reason: "a dent", By: "Bo", At: noon})
	require.NoError(t, err)
	require.Equal(t, 1, third.Summary().Relabelled)
	read, err := s.Read("parts", 0)
	require.NoError(t, err)
	require.Equal(t, third.ID, read.ID)
	require.Equal(t, "labelled defective "+digest[:10]+": a dent", read.Note)
	for _, e := range read.Entries {
		if e.Digest == digest {
			require.Equal(t, &Relabelled{From: "normal", Reason: "a dent", By: "Bo", At: noon}, e.Relabelled)
		}
	}
	after, err := os.ReadFile(s.path("parts", 1))
	require.NoError(t, err)
	require.Equal(t, before, after)

	require.ErrorIs(t, s.write(first), inspection.ErrExists)
	_, err = s.Exclude("parts", Revision{Images: []string{"def/77.png"}, Reason: "x"})
	require.ErrorIs(t, err, inspection.ErrNotFound)
	_, err = s.Exclude("parts", Revision{Images: []string{"def/1.png"}})
	require.ErrorIs(t, err, inspection.ErrBadDataset, "a reason is required")
	_, err = s.Exclude("others", Revision{Images: []string{"def/1.png"}, Reason: "x"})
	require.ErrorIs(t, err, inspection.ErrNotFound)
	versions, err := s.Versions("parts")
	require.NoError(t, err)
	require.Equal(t, []int{1, 2, 3}, versions)
	left, err := filepath.Glob(filepath.Join(s.Folder, "parts", ".*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// TestExtendWithRecords adds images of the log, which the store keeps, and
// leaves the test part as it is.
func TestExtendWithRecords(t *testing.T) {
	dir := folders(t, 18)
	s := Store{Folder: t.TempDir()}
	first := importFolder(t, s, "parts", dir, nil).Snapshot
	var records []Item
	for i := range 12 {
		records = append(records, item("record"+strconv.Itoa(i), inspection.Class(i%2), pngOf(t, newScene(uint64(100+i)).draw(0, 0, 1, 0))))
	}
	testItem := Entry{}
	for _, e := range first.Entries {
		if e.Part == Test && strings.HasSuffix(e.Name, ".png") {
			testItem = e
		}
	}
	testImage, err := os.ReadFile(filepath.Join(dir, testItem.Name))
	require.NoError(t, err)
	img, err := Decode(testImage)
	require.NoError(t, err)
	class, _ := testItem.Class.Class()
	near := jpegOf(t, turned(img.(*image.Gray), mirrorX), 90)
	records = append(records, item("near", class, near), item("known", class, testImage))
	second, err := s.Import(t.Context(), ImportRequest{Name: "parts", Extend: true, At: noon,
		Inputs: []Input{{Source{Kind: SourceLog}, records}}})
	require.NoError(t, err)
	require.Equal(t, 1, second.Known)
	require.Zero(t, second.Audit.GroupsAcross)
	require.Equal(t, len(first.Entries)+13, len(second.Snapshot.Entries))
	parts := map[string]Part{}
	for _, e := range first.Entries {
		parts[e.Name] = e.Part
	}
	for _, e := range second.Snapshot.Entries {
		before, old := parts[e.Name]
		switch {
		case old:
			require.Equal(t, before, e.Part)
		case e.Name == "near":
			require.Equal(t, Test, e.Part, "a near-duplicate of a test image")
		default:
			require.NotEqual(t, Test, e.Part)
		}
	}
	reopened, err := s.Read("parts", 2)
	require.NoError(t, err)
	changed, err := reopened.Changed(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, changed, "the images of the log can be read again")
}

// TestChangedSet: a file that changed since is found before anything is trained on it.
func TestChangedSet(t *testing.T) {
	dir := folders(t, 12)
	s := Store{Folder: t.TempDir()}
	importFolder(t, s, "parts", dir, nil)
	d, err := Open(t.Context(), Choice{Source: "parts", Store: s}, nil)
	require.NoError(t, err)
	changed := d.Training.Train[0].Name
	write(t, filepath.Join(dir, changed), pngOf(t, newScene(77).draw(0, 0, 1, 0)))
	require.NoError(t, os.Remove(filepath.Join(dir, d.Training.Train[1].Name)))
	_, err = Load(t.Context(), d.Training.Items(), small, LoadOptions{})
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	require.ErrorContains(t, err, "2 of "+strconv.Itoa(len(d.Training.Items()))+" images changed or vanished")
	require.ErrorContains(t, err, changed)
	snapshot, err := s.Read("parts", 1)
	require.NoError(t, err)
	list, err := snapshot.Changed(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, list, 2)
	_, err = s.Import(t.Context(), ImportRequest{Name: "parts", Extend: true, Inputs: []Input{{Source{Kind: SourceLog}, items(t, 3)}}, At: noon})
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	_, err = Examine(t.Context(), Choice{Source: "parts", Store: s}, NearOptions{}, nil)
	require.ErrorIs(t, err, inspection.ErrBadDataset)
}

func TestDamagedSnapshot(t *testing.T) {
	s := Store{Folder: t.TempDir()}
	importFolder(t, s, "parts", folders(t, 12), nil)
	data, err := os.ReadFile(s.path("parts", 1))
	require.NoError(t, err)
	for name, broken := range map[string][]byte{
		"cut":        data[:len(data)/2],
		"empty":      nil,
		"label":      bytes.Replace(data, []byte(`"normal"`), []byte(`"defective"`), 1),
		"other name": bytes.Replace(data, []byte(`"parts"`), []byte(`"party"`), 1),
		"outside":    bytes.Replace(data, []byte(`"source": 0`), []byte(`"source": 9`), 1),
		"upwards":    bytes.Replace(data, []byte(`"source": 0`), []byte(`"source": -1`), 1),
	} {
		_, err := ParseSnapshot(broken)
		require.ErrorIs(t, err, inspection.ErrDamaged, name)
	}
	_, err = ParseSnapshot([]byte(`{"format": 2}`))
	require.ErrorIs(t, err, inspection.ErrNewerVersion)
	require.NoError(t, os.WriteFile(s.path("parts", 2), data, 0o600))
	_, err = s.Read("parts", 2)
	require.ErrorIs(t, err, inspection.ErrDamaged, "version 1 in the place of 2")
	_, err = Open(t.Context(), Choice{Source: "parts@7", Store: s}, nil)
	require.ErrorIs(t, err, inspection.ErrNotFound)
	_, err = Open(t.Context(), Choice{Source: "nobody", Store: s}, nil)
	require.ErrorIs(t, err, inspection.ErrNotFound)
	_, err = Open(t.Context(), Choice{Source: "no/folder", Store: s}, nil)
	require.ErrorIs(t, err, inspection.ErrBadDataset)
}

// TestSnapshotReadsNothingOutside: a snapshot from elsewhere cannot name a file above its folder.
func TestSnapshotReadsNothingOutside(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret.png")
	write(t, secret, []byte("x"))
	s := Snapshot{Sources: []Source{{SourceFolder, filepath.Join(filepath.Dir(secret), "set")}},
		Entries: []Entry{{Name: "../secret.png", Digest: digestOf([]byte("x")), Class: "normal"}}}
	_, err := s.Items()[0].Read()
	require.ErrorIs(t, err, inspection.ErrDamaged)
}

func FuzzParseSnapshot(f *testing.F) {
	s := &Snapshot{Format: 1, Name: "a", Version: 1, Created: noon, Sources: []Source{{SourceFolder, "x"}}, Entries: []Entry{
		{Digest: digestOf(nil), Name: "n", Class: "normal", Part: Train, Excluded: &Exclusion{Reason: "r", At: noon}},
		{Digest: digestOf(nil), Name: "o", Class: "defective", Part: Test, Region: &inspection.Rectangle{Width: 3, Height: 4}}}}
	data, err := s.encode()
	require.NoError(f, err)
	f.Add(data)
	f.Add([]byte(`{"format":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ParseSnapshot(data)
		if err != nil {
			return
		}
		s.Items()
		_ = s.Summary()
		again, err := s.encode()
		require.NoError(t, err)
		require.True(t, json.Valid(again))
		same, err := ParseSnapshot(again)
		require.NoError(t, err)
		require.Equal(t, s.ID, same.ID)
	})
}
