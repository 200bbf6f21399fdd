package inspection

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStorageErrorNamesWhatTheFileSystemSaid(t *testing.T) {
	for number, want := range map[syscall.Errno]error{
		syscall.ENOSPC: ErrDiskFull, syscall.EDQUOT: ErrDiskFull, syscall.EFBIG: ErrDiskFull,
		syscall.EROFS: ErrReadOnly, syscall.EACCES: ErrReadOnly, syscall.EPERM: ErrReadOnly,
	} {
		plain := fmt.Errorf("write x: %w", &os.PathError{Op: "write", Path: "x", Err: number})
		err := StorageError(plain)
		require.ErrorIs(t, err, want)
		require.ErrorIs(t, err, number, "the system's own words stay")
		again := fmt.Errorf("twice: %w", err)
		require.Equal(t, again, StorageError(again), "it is named once")
	}
	other := errors.New("other")
	require.Equal(t, other, StorageError(other))
	require.NoError(t, StorageError(nil))
}
