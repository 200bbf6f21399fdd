package checkpoint

import (
	"path/filepath"
	"testing"

	"assay/inspection"
	"assay/internal/disktest"

	"github.com/stretchr/testify/require"
)

// TestAFullDiskKeepsTheFormer checkpoint whole, and leaves nothing beside it.
func TestAFullDiskKeepsTheFormer(t *testing.T) {
	disk := disktest.Small(t, 1<<20)
	path := filepath.Join(disk, "checkpoint")
	require.NoError(t, Write(path, sample()))
	ballast := disktest.Fill(t, disk)
	next := sample()
	next.Key, next.Solver = "next", make([]byte, 64<<10)
	require.ErrorIs(t, Write(path, next), inspection.ErrDiskFull)
	kept, err := Read(path)
	require.NoError(t, err)
	require.Equal(t, sample().Key, kept.Key)
	require.Equal(t, []string{"ballast", "checkpoint"}, disktest.Files(t, disk))
	ballast.Free()
	require.NoError(t, Write(path, next))
}
