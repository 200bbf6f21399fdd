//go:build linux

package storage_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/storage"
	"assay/storage/storagetest"
)

// makeReadOnly takes the right to write in the folder away: by its mode, which
// root does not care about, or for root by mounting it again read-only.
func makeReadOnly(t *testing.T, dir string) {
	t.Helper()
	if os.Geteuid() != 0 {
		setModes(t, dir, 0o500, 0o400)
		t.Cleanup(func() { setModes(t, dir, 0o700, 0o600) })
		return
	}
	if err := syscall.Mount(dir, dir, "", syscall.MS_BIND, ""); err != nil {
		t.Skipf("root ignores permissions, and a read-only mount cannot be made here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	if err := syscall.Mount("", dir, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("root ignores permissions, and a mount cannot be made read-only here: %v", err)
	}
}

// setModes gives every folder and file below dir its mode.
func setModes(t *testing.T, dir string, folders, files os.FileMode) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.Chmod(path, folders)
		}
		return os.Chmod(path, files)
	}))
}

func TestAReadOnlyFolderIsReported(t *testing.T) {
	dir := t.TempDir()
	makeReadOnly(t, dir)
	_, err := storage.Open(dir, storage.Options{Logger: storagetest.Quiet()})
	require.ErrorIs(t, err, inspection.ErrReadOnly)
}

func TestALogInAReadOnlyFolderCanBeRead(t *testing.T) {
	dir := t.TempDir()
	l := storagetest.OpenIn(t, dir, storage.Options{})
	r, err := l.Append(context.Background(), storagetest.Record(1), storagetest.JPEG(1))
	require.NoError(t, err)
	require.NoError(t, l.Close())
	makeReadOnly(t, dir)

	_, err = storage.Open(dir, storage.Options{Logger: storagetest.Quiet()})
	require.ErrorIs(t, err, inspection.ErrReadOnly)
	reader := storagetest.OpenIn(t, dir, storage.Options{ReadOnly: true})
	got, err := reader.Get(r.ID)
	require.NoError(t, err)
	require.Equal(t, r, got)
	requireSound(t, reader)
	_, err = reader.Thumbnail(r.ID)
	require.NoError(t, err)
	require.ErrorIs(t, reader.Rebuild(context.Background()), inspection.ErrReadOnly)
}
