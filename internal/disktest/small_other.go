//go:build !linux

package disktest

import "testing"

// Small skips the test: only Linux mounts a small disk.
func Small(t testing.TB, _ int) string {
	t.Helper()
	t.Skip("a small disk can be mounted on Linux alone")
	return ""
}

// Seal is not reached, since Small skips the test.
func Seal(testing.TB, string) {}
