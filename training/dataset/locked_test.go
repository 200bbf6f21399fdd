package dataset

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// TestTestPartIsCounted: each release is a line of the log, and without a line there are no images.
func TestTestPartIsCounted(t *testing.T) {
	d, err := Divide(t.Context(), items(t, 60), SplitOptions{Kind: Random, Seed: 1}, nil)
	require.NoError(t, err)
	uses := NewTestUses(filepath.Join(t.TempDir(), "deep", "test-uses.jsonl"))
	n, err := uses.Count(d.Test.Fingerprint())
	require.NoError(t, err)
	require.Zero(t, n)
	for range 3 {
		released, err := d.Test.Release(uses, TestUse{Time: noon, By: "Ada", Purpose: "evaluate", Model: "abc"})
		require.NoError(t, err)
		require.Len(t, released, d.Test.Len())
		require.Equal(t, d.Test.Fingerprint(), load(t, released).Fingerprint())
	}
	require.NoError(t, uses.Append(TestUse{Fingerprint: "of another test part"}))
	n, err = uses.Count(d.Test.Fingerprint())
	require.NoError(t, err)
	require.Equal(t, 3, n)
	list, err := uses.Of(d.Test.Fingerprint())
	require.NoError(t, err)
	require.Equal(t, TestUse{Time: noon, By: "Ada", Purpose: "evaluate", Model: "abc", Fingerprint: d.Test.Fingerprint(), N: d.Test.Len()}, list[1])

	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	released, err := d.Test.Release(NewTestUses(filepath.Join(file, "log")), TestUse{})
	require.Error(t, err)
	require.Nil(t, released)
	_, err = LockedTest{}.Release(uses, TestUse{})
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	for _, item := range d.Training.Items() {
		require.False(t, d.Test.Holds(item.Digest))
	}
}

// TestUsesSurviveACrash: a line cut short spoils neither those before nor the next.
func TestUsesSurviveACrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	uses := NewTestUses(path)
	require.NoError(t, uses.Append(TestUse{Fingerprint: "a"}))
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString(`{"fingerprint":"b","ti`)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.NoError(t, uses.Append(TestUse{Fingerprint: "c"}))
	list, err := uses.List()
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, "c", list[1].Fingerprint)
}

func TestUsesOfSeveralWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			for range 20 {
				if err := NewTestUses(path).Append(TestUse{Fingerprint: "a", Purpose: strings.Repeat("p", 300)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	n, err := NewTestUses(path).Count("a")
	require.NoError(t, err)
	require.Equal(t, 160, n)
}

func TestLoadHeedsTheBudget(t *testing.T) {
	_, err := Load(t.Context(), items(t, 12), small, LoadOptions{MemoryBudget: 12*64 - 1})
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	require.ErrorContains(t, err, "memory")
	_, err = Load(t.Context(), items(t, 12), small, LoadOptions{MemoryBudget: 12 * 64})
	require.NoError(t, err)
}

// TestWholeFolder lists both parts under names that tell them apart.
func TestWholeFolder(t *testing.T) {
	root := tree(t, "train/def/a.png", "train/ok/b.png", "test/def/a.png", "test/ok/b.png")
	all, err := WholeFolder(root, FolderOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"test/def/a.png", "test/ok/b.png", "train/def/a.png", "train/ok/b.png"}, names(all))
	require.Equal(t, []Part{Test, Test, Train, Train}, []Part{all[0].Part, all[1].Part, all[2].Part, all[3].Part})
	all, err = WholeFolder(filepath.Join(root, "test"), FolderOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"def/a.png", "ok/b.png"}, names(all))
	require.Empty(t, all[0].Part)
	all, err = WholeFolder(tree(t, "test/def/a.png", "test/ok/b.png"), FolderOptions{})
	require.NoError(t, err)
	require.Len(t, all, 2, "a set may have the one part alone")
	_, err = WholeFolder(t.TempDir(), FolderOptions{})
	require.ErrorIs(t, err, inspection.ErrBadDataset)
}
