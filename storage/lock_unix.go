//go:build unix

package storage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"assay/inspection"
)

// lockFile is what a station holds while it has the folder open. The operating
// system lets go of it when the process ends, however it ends.
const lockFile = "station.lock"

// lockRetry is the time between two tries.
const lockRetry = 20 * time.Millisecond

// folderLock is a lock held on a folder.
type folderLock struct{ file *os.File }

// lockFolder takes the folder for this process alone, or to read beside other
// readers. It fails with inspection.ErrLocked once the timeout has passed.
func lockFolder(dir string, readOnly bool, timeout time.Duration) (*folderLock, error) {
	path := filepath.Join(dir, lockFile)
	flags, how := os.O_RDWR|os.O_CREATE, syscall.LOCK_EX
	if readOnly {
		flags, how = os.O_RDONLY, syscall.LOCK_SH
	}
	file, err := os.OpenFile(path, flags, 0o600)
	if readOnly && errors.Is(err, os.ErrNotExist) {
		return &folderLock{}, nil // no station has ever written here
	}
	if err != nil {
		return nil, classify("lock data folder", err)
	}
	for begun := time.Now(); ; time.Sleep(lockRetry) {
		err = syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB)
		if err == nil {
			return &folderLock{file: file}, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return nil, errors.Join(classify("lock "+path, err), file.Close())
		}
		if time.Since(begun) >= timeout {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", path, inspection.ErrLocked), file.Close())
		}
	}
}

// release lets go of the folder.
func (l *folderLock) release() error {
	if l == nil || l.file == nil {
		return nil
	}
	return l.file.Close()
}
