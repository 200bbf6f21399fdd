//go:build !linux

package disktest

import "testing"

// Small skips the test: only Linux mounts a small disk.
func Small(t testing.TB, _ int) string {
	t.Helper()
	t.Skip("a small disk can be mounted on Linux alone")
	return ""
}
