package disktest

import (
	"strconv"
	"syscall"
	"testing"
)

// Small returns a folder on a disk of that many bytes, which is gone after the
// test. It is a mounted tmpfs, which takes root; without, the test is skipped.
func Small(t testing.TB, bytes int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+strconv.Itoa(bytes)); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount the small disk: %v", err)
		}
	})
	return dir
}

// Seal makes a disk that Small returned read-only.
func Seal(t testing.TB, dir string) {
	t.Helper()
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatalf("make the small disk read-only: %v", err)
	}
}
