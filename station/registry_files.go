package station

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"assay/inference/onnx"
	"assay/inspection"
	"assay/internal/atomicfile"

	"golang.org/x/sys/unix"
)

// lock waits until no other process changes the promotions of this folder.
func (r *Registry) lock() (unlock func(), err error) {
	if err := os.MkdirAll(r.dir, 0o750); err != nil {
		return nil, inspection.StorageError(err)
	}
	f, err := os.OpenFile(filepath.Join(r.dir, "promotions.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, inspection.StorageError(err)
	}
	for {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the promotions: %w", err), f.Close())
	}
	return func() { _ = f.Close() }, nil // closing it unlocks it
}

// create writes a new file whole, and fails with fs.ErrExist where another
// process was first.
func (r *Registry) create(file string, data []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(file), ".model.*.tmp")
	if err != nil {
		return inspection.StorageError(err)
	}
	defer func() { _ = os.Remove(temporary.Name()) }()
	_, err = temporary.Write(data)
	if err == nil {
		err = temporary.Chmod(0o640)
	}
	if err == nil {
		err = temporary.Sync()
	}
	if err := errors.Join(err, temporary.Close()); err != nil {
		return inspection.StorageError(err)
	}
	if err := publish(temporary.Name(), file); err != nil {
		return inspection.StorageError(err)
	}
	return atomicfile.SyncFolder(filepath.Dir(file))
}

// publish gives the file its name where that is free. A file system without hard
// links has the name taken first and the file put over it.
func publish(temporary, file string) error {
	err := os.Link(temporary, file)
	if !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.ENOTSUP) && !errors.Is(err, unix.ENOSYS) {
		return err
	}
	taken, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(taken.Close(), os.Rename(temporary, file))
}

func (r *Registry) write(file string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		return inspection.StorageError(err)
	}
	return inspection.StorageError(atomicfile.Write(file, data, 0o640))
}

// versions returns the numbers that files of the name have taken in the folder,
// sorted, whether or not a model can be read from them.
func (r *Registry) versions(name string) []int {
	files, _ := filepath.Glob(filepath.Join(r.dir, name, "*.onnx")) // the pattern is sound
	var list []int
	for _, file := range files {
		if version, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(file), ".onnx")); err == nil && version > 0 {
			list = append(list, version)
		}
	}
	slices.Sort(list)
	return list
}

// activeVersion is the one promoted last, whether or not it can be read, or the
// first of the name where none was promoted.
func (r *Registry) activeVersion(events []Promotion, name string) (int, error) {
	if row := history(events, name); len(row) > 0 {
		return row[len(row)-1].version, nil
	}
	taken := r.versions(name)
	bundled, err := r.scanBundled()
	if err != nil {
		return 0, err
	}
	for _, m := range bundled {
		if m.Ref.Name == name {
			taken = append(taken, m.Ref.Version)
		}
	}
	if len(taken) == 0 {
		return 0, fmt.Errorf("model %q: %w", name, inspection.ErrNotFound)
	}
	return slices.Min(taken), nil
}

// readable returns what keeps a version from being used; r.mu is held.
func (r *Registry) readable(name string, version int) error {
	list, err := r.list()
	if err != nil {
		return err
	}
	for _, m := range list {
		if m.Ref.Name == name && m.Ref.Version == version {
			return nil
		}
	}
	return r.absent(name, version)
}

// absent says why a version is not in the list: its file is damaged, or there is none.
func (r *Registry) absent(name string, version int) error {
	_, err := os.Stat(r.file(inspection.ModelRef{Name: name, Version: version}))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("model %s@%d: %w", name, version, inspection.ErrNotFound)
	}
	return fmt.Errorf("model %s@%d: its file is damaged: %w", name, version, inspection.ErrBadModel)
}

// Damaged lists the model files of the folder that cannot be read.
func (r *Registry) Damaged() ([]string, error) {
	files, err := filepath.Glob(filepath.Join(r.dir, "*", "*.onnx"))
	if err != nil {
		return nil, fmt.Errorf("list models: %w", err)
	}
	var damaged []string
	for _, file := range files {
		if _, err := onnx.ReadFile(file); err != nil {
			damaged = append(damaged, file)
		}
	}
	return damaged, nil
}
