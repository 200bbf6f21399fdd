package storage

import (
	"errors"
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"

	"assay/inspection"
)

// openBolt opens a bbolt file, refusing one that is damaged or cut short instead
// of panicking. Errors are raw; the caller classifies them.
func openBolt(path string, mode os.FileMode, o bolt.Options) (*bolt.DB, error) {
	var file *os.File // closed here where bbolt panics half-way, or its lock would stay
	o.OpenFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, mode)
		file = f
		return f, err
	}
	o.FreelistType = bolt.FreelistMapType
	var db *bolt.DB
	err := guard(func() (err error) {
		if err := checkLength(path, o.ReadOnly); err != nil {
			return err
		}
		db, err = bolt.Open(path, mode, &o)
		return err
	})
	if err == nil {
		return db, nil
	}
	if file != nil {
		if closeErr := file.Close(); closeErr != nil && !errors.Is(closeErr, os.ErrClosed) {
			err = errors.Join(err, closeErr)
		}
	}
	return nil, err
}

// checkLength refuses a file that ends before the pages its meta page speaks of,
// which bbolt would run into as a page fault. A missing or empty file is fine
// where bbolt may make a new one.
func checkLength(path string, readOnly bool) error {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // read only
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Size() == 0 {
		if readOnly {
			return fmt.Errorf("%w: the file is empty", inspection.ErrDamaged)
		}
		return nil
	}
	meta, err := readMeta(file)
	if err != nil {
		return err
	}
	if want := int64(meta.highWater) * int64(meta.pageSize); want > info.Size() {
		return fmt.Errorf("%w: the file ends at %d bytes of %d", inspection.ErrDamaged, info.Size(), want)
	}
	return nil
}
