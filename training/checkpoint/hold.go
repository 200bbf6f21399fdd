//go:build unix

package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"assay/inspection"
)

// lockSuffix ends the name of the file beside a checkpoint that its training locks.
const lockSuffix = ".lock"

// Held is a checkpoint that this process alone trains on.
type Held struct{ file *os.File }

// Hold takes the checkpoint at path, which need not exist, for one training until
// Release; its folder is made. The operating system lets go of it when the process
// ends, however it ends. The error wraps inspection.ErrInTraining where another
// training holds it, in whatever process, inspection.ErrDiskFull or
// inspection.ErrReadOnly.
func Hold(path string) (*Held, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("make the checkpoint's folder: %w", inspection.StorageError(err))
	}
	for {
		held, err := lock(path + lockSuffix)
		if held != nil || err != nil {
			return held, err
		}
	}
}

// lock opens the file and takes it; nil where it has to be opened anew.
func lock(name string) (*Held, error) {
	file, err := os.OpenFile(filepath.Clean(name), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("hold checkpoint: %w", inspection.StorageError(err))
	}
	held, err := take(file)
	if held == nil {
		err = errors.Join(err, file.Close())
	}
	return held, err
}

// take returns nil where a training that has just ended removed the file meanwhile.
func take(file *os.File) (*Held, error) {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case errors.Is(err, syscall.EINTR):
		return nil, nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, fmt.Errorf("%s: %w", file.Name(), inspection.ErrInTraining)
	case err != nil:
		return nil, fmt.Errorf("hold checkpoint: %w", err)
	}
	locked, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("hold checkpoint: %w", err)
	}
	if present, err := os.Stat(file.Name()); err != nil || !os.SameFile(locked, present) {
		return nil, nil //nolint:nilerr // removed: who comes next would lock another file
	}
	return &Held{file}, nil
}

// Release lets others train on the checkpoint. Call it once.
func (h *Held) Release() {
	_ = os.Remove(h.file.Name()) // before it is let go of; one that is left holds nobody up
	_ = h.file.Close()
}
