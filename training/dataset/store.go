package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"assay/inspection"
	"assay/internal/atomicfile"
)

// Store holds the snapshots of data sets: FOLDER/NAME/VERSION.json, images that
// lie in no folder of their own, FOLDER/.images/DIGEST, and the log of the uses of
// test parts, FOLDER/test-uses.jsonl. It is a plain value that goroutines and
// processes may share.
type Store struct {
	Folder string
}

func (s Store) images() string { return filepath.Join(s.Folder, ".images") }

// Uses returns the log of the uses of test parts.
func (s Store) Uses() *TestUses { return NewTestUses(filepath.Join(s.Folder, "test-uses.jsonl")) }

// ParseRef splits NAME or NAME@VERSION; the version is 0, the newest, where none
// is given.
func ParseRef(text string) (name string, version int, err error) {
	name, number, found := strings.Cut(text, "@")
	if found {
		if version, err = strconv.Atoi(number); err != nil || version < 1 {
			return "", 0, fmt.Errorf("%w: data set %q: want NAME or NAME@VERSION", inspection.ErrBadDataset, text)
		}
	}
	return name, version, CheckName(name)
}

// Versions lists the versions of a name, oldest first; none where it is unknown.
func (s Store) Versions(name string) ([]int, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	files, err := os.ReadDir(filepath.Join(s.Folder, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list data set %s: %w", name, err)
	}
	var versions []int
	for _, f := range files {
		number, isVersion := strings.CutSuffix(f.Name(), ".json")
		if v, err := strconv.Atoi(number); isVersion && err == nil && v > 0 && strconv.Itoa(v) == number {
			versions = append(versions, v)
		}
	}
	slices.Sort(versions)
	return versions, nil
}

// Names lists the names that have a version, sorted.
func (s Store) Names() ([]string, error) {
	if s.Folder == "" {
		return nil, nil
	}
	folders, err := os.ReadDir(s.Folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list data sets: %w", err)
	}
	var names []string
	for _, f := range folders {
		if !f.IsDir() || CheckName(f.Name()) != nil {
			continue
		}
		versions, err := s.Versions(f.Name())
		if err != nil {
			return nil, err
		}
		if len(versions) > 0 {
			names = append(names, f.Name())
		}
	}
	return names, nil
}

// Read returns that version of a data set, the newest for 0. Errors wrap
// inspection.ErrNotFound, inspection.ErrDamaged or inspection.ErrNewerVersion.
func (s Store) Read(name string, version int) (*Snapshot, error) {
	versions, err := s.Versions(name)
	if err != nil {
		return nil, err
	}
	if len(versions) == 0 || s.Folder == "" {
		return nil, fmt.Errorf("%w: data set %s", inspection.ErrNotFound, name)
	}
	version = cmp.Or(version, versions[len(versions)-1])
	data, err := os.ReadFile(s.path(name, version))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: data set %s@%d", inspection.ErrNotFound, name, version)
	}
	if err != nil {
		return nil, fmt.Errorf("read data set %s@%d: %w", name, version, err)
	}
	snapshot, err := ParseSnapshot(data)
	if err != nil {
		return nil, fmt.Errorf("read data set %s@%d: %w", name, version, err)
	}
	if snapshot.Name != name || snapshot.Version != version {
		return nil, fmt.Errorf("%w: the file of data set %s@%d holds %s", inspection.ErrDamaged, name, version, snapshot.Ref())
	}
	snapshot.images = s.images()
	return snapshot, nil
}

func (s Store) path(name string, version int) string {
	return filepath.Join(s.Folder, name, strconv.Itoa(version)+".json")
}

// write adds the snapshot as the next version of its name. No version is ever
// written twice: of two writers one fails with inspection.ErrExists.
func (s Store) write(snapshot *Snapshot) error {
	data, err := snapshot.encode()
	if err != nil {
		return err
	}
	path := s.path(snapshot.Name, snapshot.Version)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("write data set: %w", inspection.StorageError(err))
	}
	draft, err := os.MkdirTemp(filepath.Dir(path), ".draft")
	if err != nil {
		return fmt.Errorf("write data set: %w", inspection.StorageError(err))
	}
	defer func() { _ = os.RemoveAll(draft) }()
	file := filepath.Join(draft, filepath.Base(path))
	if err := atomicfile.Write(file, data, 0o640); err != nil {
		return fmt.Errorf("write data set: %w", inspection.StorageError(err))
	}
	if err := publish(file, path); err != nil {
		return fmt.Errorf("write data set %s: %w", snapshot.Ref(), err)
	}
	return atomicfile.SyncFolder(filepath.Dir(path))
}

// keep writes an image to the store, under its digest.
func (s Store) keep(item Item) error {
	path := filepath.Join(s.images(), item.Digest)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	data, err := item.Content()
	if err != nil {
		return fmt.Errorf("keep image %s: %w", item.Name, err)
	}
	return inspection.StorageError(atomicfile.Write(path, data, 0o640))
}

// publish gives a complete file its name unless that is taken. A link does so
// in one step; where the file system has no links, a look before the rename
// must do.
func publish(file, path string) error {
	err := os.Link(file, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return exists(err)
	}
	if _, err := os.Stat(path); err == nil {
		return exists(fs.ErrExist)
	}
	return inspection.StorageError(os.Rename(file, path))
}

func exists(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", inspection.ErrExists, err)
}

// open divides a snapshot of the store.
func (s Store) open(c Choice) (*Division, error) {
	snapshot, err := s.find(c.Source)
	if err != nil {
		return nil, err
	}
	d, err := snapshot.divide(c.Split)
	if err != nil {
		return nil, err
	}
	d.Source, d.SnapshotID = snapshot.Ref(), snapshot.ID
	return d, nil
}

// find returns the snapshot that NAME or NAME@VERSION means.
func (s Store) find(ref string) (*Snapshot, error) {
	name, version, err := ParseRef(ref)
	if err != nil {
		return nil, err
	}
	return s.Read(name, version)
}
