package disktest

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAFilledDiskHasNoRoomUntilItIsFreed(t *testing.T) {
	disk := Small(t, 1<<20)
	file := filepath.Join(disk, "file")
	require.NoError(t, os.WriteFile(file, []byte("small"), 0o600))
	ballast := Fill(t, disk)
	require.ErrorIs(t, os.WriteFile(file+"2", []byte("small"), 0o600), syscall.ENOSPC)
	kept, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "small", string(kept))
	ballast.Free()
	require.NoError(t, os.WriteFile(file+"2", make([]byte, 512<<10), 0o600))
}

func TestASealedDiskCanBeReadAlone(t *testing.T) {
	disk := Small(t, 1<<20)
	file := filepath.Join(disk, "file")
	require.NoError(t, os.WriteFile(file, []byte("small"), 0o600))
	Seal(t, disk)
	_, err := os.ReadFile(file)
	require.NoError(t, err)
	require.ErrorIs(t, os.Remove(file), syscall.EROFS)
}
