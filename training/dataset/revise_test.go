package dataset

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// TestRelabelledBackIsNotRelabelled: what counts is whether a label differs from
// the one that the image came with, however often it was changed.
func TestRelabelledBackIsNotRelabelled(t *testing.T) {
	s := Store{Folder: t.TempDir()}
	importFolder(t, s, "parts", folders(t, 12), nil)
	relabel := func(class inspection.Class, reason string) *Snapshot {
		snapshot, err := s.Relabel("parts", class, Revision{Images: []string{"ok/9.png"}, Reason: reason, By: "Ada", At: noon})
		require.NoError(t, err)
		return snapshot
	}
	entry := func(snapshot *Snapshot) Entry {
		indices, err := snapshot.find("ok/9.png")
		require.NoError(t, err)
		return snapshot.Entries[indices[0]]
	}
	require.Equal(t, 1, relabel(inspection.Defective, "a dent").Summary().Relabelled)
	back := relabel(inspection.Normal, "only dust")
	require.Zero(t, back.Summary().Relabelled)
	require.Nil(t, entry(back).Relabelled)
	require.Equal(t, Label("normal"), entry(back).Class)
	require.Equal(t, "labelled normal ok/9.png: only dust", back.Note, "why is still told")

	again := relabel(inspection.Defective, "a dent after all")
	require.Equal(t, &Relabelled{From: "normal", Reason: "a dent after all", By: "Ada", At: noon}, entry(again).Relabelled)
	same := relabel(inspection.Defective, "said twice")
	require.Equal(t, entry(again).Relabelled, entry(same).Relabelled, "nothing changed, so the first reason stands")
}

// TestAPersonsLabelStandsAgainstAPrograms: a program that follows an image's source
// gives no name, and must be able to tell that a person has decided otherwise since.
func TestAPersonsLabelStandsAgainstAPrograms(t *testing.T) {
	s := Store{Folder: t.TempDir()}
	importFolder(t, s, "parts", folders(t, 12), nil)
	relabel := func(class inspection.Class, reason, by string) Entry {
		snapshot, err := s.Relabel("parts", class, Revision{Images: []string{"ok/9.png"}, Reason: reason, By: by, At: noon})
		require.NoError(t, err)
		indices, err := snapshot.find("ok/9.png")
		require.NoError(t, err)
		return snapshot.Entries[indices[0]]
	}
	relabel(inspection.Defective, "reviewed anew", "")
	own := relabel(inspection.Normal, "only dust", "Ada")
	require.Equal(t, Label("normal"), own.Class)
	require.Equal(t, &Relabelled{From: "defective", Reason: "only dust", By: "Ada", At: noon}, own.Relabelled)
	require.Nil(t, relabel(inspection.Defective, "a dent after all", "Ada").Relabelled, "her own is taken back: the source's label again")

	require.Equal(t, "reviewed anew", relabel(inspection.Normal, "reviewed anew", "").Relabelled.Reason)
	require.Nil(t, relabel(inspection.Defective, "reviewed anew", "").Relabelled, "a program takes its own back")
}

// TestAPersonsInclusionIsWrittenDown where it is against a program, which must be
// able to tell; not against a person.
func TestAPersonsInclusionIsWrittenDown(t *testing.T) {
	s := Store{Folder: t.TempDir()}
	importFolder(t, s, "parts", folders(t, 12), nil)
	revised := func(revise func(string, Revision) (*Snapshot, error), reason, by string) Entry {
		snapshot, err := revise("parts", Revision{Images: []string{"ok/9.png"}, Reason: reason, By: by, At: noon})
		require.NoError(t, err)
		indices, err := snapshot.find("ok/9.png")
		require.NoError(t, err)
		return snapshot.Entries[indices[0]]
	}
	revised(s.Exclude, "review withdrawn", "")
	back := revised(s.Include, "it is good", "Ada")
	require.Nil(t, back.Excluded)
	require.Equal(t, &Inclusion{Reason: "it is good", By: "Ada", At: noon}, back.Included)
	out := revised(s.Exclude, "blurred", "Bob")
	require.Nil(t, out.Included)
	require.Equal(t, "Bob", out.Excluded.By)
	require.Nil(t, revised(s.Include, "not blurred", "Ada").Included, "no program took it out")
	revised(s.Exclude, "review withdrawn", "")
	require.Nil(t, revised(s.Include, "reviewed again", "").Included, "a program takes its own back")
}

// TestMarksAreTakenOver from a version to the same images, wherever it names them
// as they were; what an import found wrong is found again or not.
func TestMarksAreTakenOver(t *testing.T) {
	dir, s := folders(t, 12), Store{Folder: t.TempDir()}
	broken := filepath.Join(dir, "ok", "9.png")
	whole := cutShort(t, broken)
	disputed, copied := pngOf(t, newScene(78).draw(0, 0, 1, 0)), filepath.Join(dir, "def", "disputed.png")
	write(t, copied, disputed)
	write(t, filepath.Join(dir, "ok", "disputed.png"), disputed)
	importFolder(t, s, "parts", dir, nil)
	marks := func(name string, revise func(string, Revision) (*Snapshot, error), by string) *Snapshot {
		snapshot, err := revise("parts", Revision{Images: []string{name}, Reason: "marked", By: by, At: noon})
		require.NoError(t, err)
		return snapshot
	}
	marks("ok/8.png", s.Exclude, "Ada")
	marks("ok/7.png", s.Exclude, "")
	marks("ok/6.png", s.Exclude, "")
	marks("ok/6.png", s.Include, "Ada")
	relabel := func(name string, r Revision) (*Snapshot, error) { return s.Relabel(name, inspection.Defective, r) }
	marks("ok/5.png", s.Exclude, "Ada")
	before := marks("ok/4.png", relabel, "Ada")
	write(t, broken, whole)
	require.NoError(t, os.Remove(copied))
	write(t, filepath.Join(dir, "ok", "5.png"), pngOf(t, newScene(77).draw(0, 0, 1, 0))) // another picture under its name
	next := importFolder(t, s, "parts", dir, func(r *ImportRequest) { r.Marks = before }).Snapshot
	of := map[string]Entry{}
	for _, e := range next.Entries {
		of[e.Name] = e
	}
	require.Equal(t, &Exclusion{Reason: "marked", By: "Ada", At: noon}, of["ok/8.png"].Excluded)
	require.Equal(t, &Exclusion{Reason: "marked", At: noon}, of["ok/7.png"].Excluded)
	require.Equal(t, &Inclusion{Reason: "marked", By: "Ada", At: noon}, of["ok/6.png"].Included)
	require.Nil(t, of["ok/5.png"].Excluded)
	require.Equal(t, Label("normal"), of["ok/4.png"].Relabelled.From)
	require.Nil(t, of["ok/9.png"].Excluded)
	require.Nil(t, of["ok/disputed.png"].Excluded, "nobody disputes it any more")
	require.Nil(t, of["ok/3.png"].Excluded)
}

// cutShort leaves the first half of a file and returns what it was.
func cutShort(t *testing.T, file string) (whole []byte) {
	t.Helper()
	whole, err := os.ReadFile(file)
	require.NoError(t, err)
	write(t, file, whole[:len(whole)/2])
	return whole
}

// TestAnImportJudgesAnewWhatImportsExcluded: a picture that was truncated and is
// whole again comes back with the next import, and what a person excluded stays.
func TestAnImportJudgesAnewWhatImportsExcluded(t *testing.T) {
	dir, s := folders(t, 12), Store{Folder: t.TempDir()}
	broken := filepath.Join(dir, "ok", "9.png")
	whole := cutShort(t, broken)
	first := importFolder(t, s, "parts", dir, nil).Snapshot
	require.Len(t, first.Items(), 23)
	_, err := s.Exclude("parts", Revision{Images: []string{"ok/8.png"}, Reason: "blurred", By: "Ada", At: noon})
	require.NoError(t, err)

	again := importFolder(t, s, "parts", dir, func(r *ImportRequest) { r.Extend = true }).Snapshot
	indices, err := again.find("ok/9.png")
	require.NoError(t, err)
	require.NotNil(t, again.Entries[indices[0]].Excluded, "it is still truncated")

	write(t, broken, whole)
	mended := importFolder(t, s, "parts", dir, func(r *ImportRequest) { r.Extend = true }).Snapshot
	require.Len(t, mended.Entries, 24)
	for _, e := range mended.Entries {
		switch e.Name {
		case "ok/9.png":
			require.Nil(t, e.Excluded)
			require.Equal(t, digestOf(whole), e.Digest)
		case "ok/8.png":
			require.NotNil(t, e.Excluded)
			require.Equal(t, "Ada", e.Excluded.By)
		}
	}
}

// TestNearWantsACorrelation that means something; all else would glue everything
// together, or could not be written down.
func TestNearWantsACorrelation(t *testing.T) {
	dir, s := folders(t, 12), Store{Folder: t.TempDir()}
	input, err := FolderInput(dir, FolderOptions{})
	require.NoError(t, err)
	for _, near := range []float64{-1, 0.2, 1.01, math.NaN(), math.Inf(1)} {
		o := NearOptions{Threshold: near}
		_, err := s.Import(t.Context(), ImportRequest{Name: "parts", Inputs: []Input{input}, Split: SplitOptions{Kind: Grouped, Seed: 2}, Near: o, At: noon})
		require.ErrorIs(t, err, inspection.ErrBadDataset, "%g", near)
		require.ErrorContains(t, err, "near-duplicates")
		_, err = Examine(t.Context(), Choice{Source: dir}, o, nil)
		require.ErrorIs(t, err, inspection.ErrBadDataset, "%g", near)
	}
	names, err := s.Names()
	require.NoError(t, err)
	require.Empty(t, names)
	importFolder(t, s, "parts", dir, func(r *ImportRequest) { r.Near.Threshold = 1 })
}
