// Package atomicfile writes whole files so that a reader, or a computer that
// loses power at any moment, sees the old content or the new, never a part of it.
package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Write replaces the file at path by data: it writes a temporary file in the
// same folder, syncs it, renames it over path and syncs the folder. The folder
// must exist. On any error the former file is untouched and the temporary one
// is removed. Errors are those of the operating system, wrapped with context,
// so that errors.Is finds syscall.ENOSPC or fs.ErrPermission. Safe for
// concurrent use; of several writers of one path the last rename wins.
func Write(path string, data []byte, mode os.FileMode) error {
	return WriteTo(path, mode, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// WriteTo is Write for content that is produced as it is written, such as an
// archive. An error from fill leaves the former file untouched.
func WriteTo(path string, mode os.FileMode, fill func(w io.Writer) error) error {
	folder, name := filepath.Split(path)
	if folder == "" {
		folder = "."
	}
	file, err := os.CreateTemp(folder, temporaryOf(name))
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	temporary := file.Name()
	if err := complete(file, mode, fill); err != nil {
		return fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(temporary)))
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(temporary)))
	}
	return SyncFolder(folder)
}

// temporaryOf is the pattern of the temporary files of that name.
func temporaryOf(name string) string { return "." + name + ".*.tmp" }

// Leftovers lists the temporary files that processes which were killed while they
// wrote the file at path left in its folder. Those of writers at work are among
// them.
func Leftovers(path string) ([]string, error) {
	folder, name := filepath.Split(path)
	entries, err := os.ReadDir(filepath.Clean(folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for leftovers of %s: %w", path, err)
	}
	prefix, suffix, _ := strings.Cut(temporaryOf(name), "*")
	var list []string
	for _, e := range entries {
		random, isPrefixed := strings.CutPrefix(e.Name(), prefix)
		random, isSuffixed := strings.CutSuffix(random, suffix)
		if isPrefixed && isSuffixed && random != "" && strings.Trim(random, "0123456789") == "" {
			list = append(list, filepath.Join(folder, e.Name()))
		}
	}
	return list, nil
}

// complete fills, syncs and closes the file. It is closed before the rename
// because Windows refuses to rename an open file.
func complete(file *os.File, mode os.FileMode, fill func(w io.Writer) error) error {
	err := fill(file)
	if err == nil {
		err = file.Chmod(mode)
	}
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// SyncFolder makes renames and removals in the folder durable. File systems
// that cannot sync a folder (some network mounts) are taken as they are.
func SyncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return fmt.Errorf("sync folder %s: %w", folder, err)
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("sync folder %s: %w", folder, err)
	}
	return nil
}
