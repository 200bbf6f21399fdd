package dataset

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAnUnchangedFolderMakesNoVersion: not by importing it again, nor by adding it
// to what has it, whoever does so, when and why; also with files left out.
func TestAnUnchangedFolderMakesNoVersion(t *testing.T) {
	dir, s := folders(t, 12), Store{Folder: t.TempDir()}
	cutShort(t, filepath.Join(dir, "ok", "9.png"))
	first := importFolder(t, s, "parts", dir, nil)
	require.False(t, first.Unchanged)
	later := func(r *ImportRequest) { r.At, r.By, r.Note = noon.Add(time.Hour), "Bob", "again" }
	extend := func(r *ImportRequest) { later(r); r.Extend = true }
	for _, change := range []func(r *ImportRequest){later, extend} {
		again := importFolder(t, s, "parts", dir, change)
		require.True(t, again.Unchanged)
		require.Equal(t, first.Snapshot, again.Snapshot)
		require.Equal(t, first.Audit.Images, again.Audit.Images)
	}
	versions, err := s.Versions("parts")
	require.NoError(t, err)
	require.Equal(t, []int{1}, versions)

	_, err = s.Exclude("parts", Revision{Images: []string{"ok/8.png"}, Reason: "blurred", By: "Ada", At: noon})
	require.NoError(t, err)
	require.Equal(t, "parts@2", importFolder(t, s, "parts", dir, extend).Snapshot.Ref(), "with what was said of it")
	require.Equal(t, "parts@3", importFolder(t, s, "parts", dir, later).Snapshot.Ref(), "without what was said")
}

// TestWhatDiffersMakesAVersion of its own.
func TestWhatDiffersMakesAVersion(t *testing.T) {
	dir, s := folders(t, 12), Store{Folder: t.TempDir()}
	want := importFolder(t, s, "parts", dir, nil).Snapshot.Version
	next := func(why string, change func(r *ImportRequest)) {
		t.Helper()
		want++
		imported := importFolder(t, s, "parts", dir, change)
		require.False(t, imported.Unchanged, why)
		require.Equal(t, want, imported.Snapshot.Version, why)
	}
	next("another seed", func(r *ImportRequest) { r.Split.Seed = 3 })
	next("another split", func(r *ImportRequest) { r.Split = SplitOptions{Kind: Random, Seed: 3} })
	next("another threshold", func(r *ImportRequest) { r.Split, r.Near.Threshold = SplitOptions{Kind: Random, Seed: 3}, 1 })
	random := func(r *ImportRequest) { r.Split = SplitOptions{Kind: Random, Seed: 3} }
	next("the default threshold", random)
	require.NoError(t, os.Rename(filepath.Join(dir, "ok", "9.png"), filepath.Join(dir, "ok", "nine.png")))
	next("another name", random)
	require.NoError(t, os.Remove(filepath.Join(dir, "ok", "nine.png")))
	next("one image less", random)
	entries, err := os.ReadDir(filepath.Join(dir, "ok"))
	require.NoError(t, err)
	write(t, filepath.Join(dir, "ok", entries[0].Name()), pngOf(t, newScene(77).draw(0, 0, 1, 0)))
	next("another content", random)
	require.True(t, importFolder(t, s, "parts", dir, random).Unchanged)
}

// TestHolds: what a version holds is all but which version it is, and when an
// import judged an image.
func TestHolds(t *testing.T) {
	excluded := func(by string, at time.Time) *Exclusion { return &Exclusion{Reason: "dark", By: by, At: at} }
	made := func(change func(s *Snapshot)) *Snapshot {
		s := &Snapshot{Name: "parts", Version: 1, Split: SplitOptions{Kind: Random, Seed: 1}, Near: 0.9, Sources: []Source{{SourceFolder, "/parts"}},
			Entries: []Entry{{Digest: "a", Class: "normal", Excluded: excluded(importer, noon)}, {Digest: "b", Class: "defective", Excluded: excluded("Ada", noon)}}}
		change(s)
		return s
	}
	one, later := made(func(*Snapshot) {}), noon.Add(time.Hour)
	for name, change := range map[string]func(s *Snapshot){
		"split":               func(s *Snapshot) { s.Split.Validation = 0.3 },
		"near":                func(s *Snapshot) { s.Near = 0.95 },
		"source":              func(s *Snapshot) { s.Sources[0].Path = "/elsewhere" },
		"entries":             func(s *Snapshot) { s.Entries = s.Entries[:1] },
		"label":               func(s *Snapshot) { s.Entries[1].Class = "normal" },
		"what a person said":  func(s *Snapshot) { s.Entries[1].Excluded = excluded("Ada", later) },
		"who said it":         func(s *Snapshot) { s.Entries[1].Excluded = excluded(importer, noon) },
		"what an import said": func(s *Snapshot) { s.Entries[0].Excluded.Reason = "cut" },
	} {
		same, err := one.holds(made(change))
		require.NoError(t, err, name)
		require.False(t, same, name)
	}
	other := made(func(s *Snapshot) {
		s.ID, s.Version, s.Parent, s.Created, s.By, s.Note = "id", 2, "parent", later, "Bob", "again"
		s.Entries[0].Excluded = excluded(importer, later)
	})
	same, err := one.holds(other)
	require.NoError(t, err)
	require.True(t, same)
	require.Equal(t, later, other.Entries[0].Excluded.At, "it only looks")
}
