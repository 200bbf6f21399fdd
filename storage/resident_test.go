//go:build linux

package storage_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"assay/storage"
	"assay/storage/storagetest"

	"github.com/stretchr/testify/require"
)

// TestAGrowingSegmentIsNotHeldInMemory writes far more than may stay mapped and
// reads each image back, as the window does.
func TestAGrowingSegmentIsNotHeldInMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 96 MB")
	}
	log := storagetest.Open(t, storage.Options{})
	image := make([]byte, 1<<20)
	before := residentFileBytes(t)
	for i := range 96 {
		image[0] = byte(i)
		r, err := log.Append(t.Context(), storagetest.Record(i), image)
		require.NoError(t, err)
		_, _, err = log.Image(r.ID)
		require.NoError(t, err)
	}
	require.Less(t, residentFileBytes(t)-before, 16<<20)
}

func residentFileBytes(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	for line := range strings.Lines(string(status)) {
		var kilobytes int
		if n, _ := fmt.Sscanf(line, "RssFile: %d kB", &kilobytes); n == 1 {
			return kilobytes * 1024
		}
	}
	t.Fatal("no RssFile in /proc/self/status")
	return 0
}
