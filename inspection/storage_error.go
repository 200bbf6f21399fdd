package inspection

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// StorageError puts the trade's words on what the file system said: an error for
// want of space, or past a quota or a limit, wraps ErrDiskFull as well, one for
// want of permission ErrReadOnly. Other errors, and nil, come back as they are.
func StorageError(err error) error {
	for _, known := range []error{ErrDiskFull, ErrReadOnly} {
		if errors.Is(err, known) {
			return err
		}
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return fmt.Errorf("%w: %w", ErrDiskFull, err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	return err
}
