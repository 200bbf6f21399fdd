// Package disktest gives tests a disk of their own that can really be full. It
// mounts one, which it knows how to do on Linux alone, and so are its tests and
// those that use it.
package disktest

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Ballast is a file that takes up all the space that a disk has left.
type Ballast struct {
	t    testing.TB
	path string
}

// Fill takes up what is left of the disk that the folder lies on, to the last
// page. The disk must be one that Small made.
func Fill(t testing.TB, folder string) *Ballast {
	t.Helper()
	b := &Ballast{t, filepath.Join(folder, "ballast")}
	f, err := os.Create(b.path)
	if err != nil {
		t.Fatalf("fill the disk: %v", err)
	}
	for page := make([]byte, os.Getpagesize()); err == nil; {
		_, err = f.Write(page)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("fill the disk: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Errorf("fill the disk: %v", err)
	}
	return b
}

// Free gives the space back.
func (b *Ballast) Free() {
	b.t.Helper()
	if err := os.Remove(b.path); err != nil {
		b.t.Errorf("free the disk: %v", err)
	}
}

// Files returns the sorted names of what lies in the folder, so that a test sees
// what a write that found no room has left.
func Files(t testing.TB, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatalf("list %s: %v", folder, err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
