package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"strings"
	"syscall"

	bolterrors "go.etcd.io/bbolt/errors"

	"assay/inspection"
)

// classify wraps an error of the database or the operating system with the
// sentinel that says what it means for the log, and with what was being done.
func classify(doing string, err error) error {
	if err == nil {
		return nil
	}
	sentinel := meaning(err)
	if sentinel == nil || errors.Is(err, sentinel) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return fmt.Errorf("%s: %w: %w", doing, sentinel, err)
}

// meaning returns the sentinel for err, nil where there is none.
func meaning(err error) error {
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return inspection.ErrLocked
	case errors.Is(err, bolterrors.ErrDatabaseNotOpen):
		return inspection.ErrClosed
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch):
		return inspection.ErrDamaged
	case isDiskFull(err):
		return inspection.ErrDiskFull
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission), errors.Is(err, bolterrors.ErrDatabaseReadOnly):
		return inspection.ErrReadOnly
	}
	return nil
}

// isDiskFull also looks at the text: bbolt formats the error of growing a file with %s.
func isDiskFull(err error) bool {
	if err == nil {
		return false
	}
	for _, number := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, number) || strings.Contains(err.Error(), number.Error()) {
			return true
		}
	}
	return false
}

// guard runs fn, which reads or writes a bbolt file, and turns the panics and
// page faults that bbolt answers damaged or truncated files with into
// inspection.ErrDamaged.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", inspection.ErrDamaged, p)
		}
	}()
	return fn()
}
