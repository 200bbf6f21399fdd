package dataset

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"assay/inspection"
)

// LockedTest is the test part of a division. Its images cannot be read but
// through Release, which logs the use first.
type LockedTest struct {
	items []Item
}

// Len returns the number of test images.
func (l LockedTest) Len() int { return len(l.items) }

// Count returns the number of normal and of defective test images.
func (l LockedTest) Count() (normal, defective int) { return CountItems(l.items) }

// Fingerprint names the content of the test part, as Set.Fingerprint does.
func (l LockedTest) Fingerprint() string { return Fingerprint(l.items) }

// Holds tells whether an image with that digest is in the test part.
func (l LockedTest) Holds(digest string) bool {
	for _, item := range l.items {
		if item.Digest == digest {
			return true
		}
	}
	return false
}

// TestUse is one evaluation on a test part: a line of the log of uses.
type TestUse struct {
	Time time.Time `json:"time"`
	// By is who asked for it; Purpose says which evaluation it was: "evaluate", "compare with" a model, or "adapt" with the
	// points of its learning curve. Model is the SHA-256 of the model's file.
	By      string `json:"by,omitempty"`
	Purpose string `json:"purpose,omitempty"`
	Model   string `json:"model,omitempty"`
	// Dataset is the folder or snapshot, Split how it was divided, Fingerprint the content of the test part, of N
	// images. Release fills in the latter two.
	Dataset     string `json:"dataset,omitempty"`
	Split       string `json:"split,omitempty"`
	Fingerprint string `json:"fingerprint"`
	N           int    `json:"n"`
}

// Release logs the use and returns the test images, sorted by digest. Where the
// use cannot be logged there are no images. It fails with
// inspection.ErrBadDataset where the test part is empty.
func (l LockedTest) Release(uses *TestUses, use TestUse) ([]Item, error) {
	if len(l.items) == 0 {
		return nil, fmt.Errorf("%w: it has no test part; divide it (--split random or grouped) or judge the validation part", inspection.ErrBadDataset)
	}
	use.Fingerprint, use.N = l.Fingerprint(), len(l.items)
	if err := uses.Append(use); err != nil {
		return nil, err
	}
	return append([]Item(nil), l.items...), nil
}

// TestUses is the log of the uses of test parts: a file of JSON lines that only
// grows. Several processes may share it.
type TestUses struct {
	path string
}

// NewTestUses returns the log in that file, which need not exist yet.
func NewTestUses(path string) *TestUses { return &TestUses{path} }

// Append adds a line in one write and syncs it. Errors wrap
// inspection.ErrDiskFull or inspection.ErrReadOnly where that is the reason.
func (u *TestUses) Append(use TestUse) error {
	line, err := json.Marshal(use)
	if err != nil {
		return fmt.Errorf("log test use: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(u.path), 0o750); err != nil {
		return fmt.Errorf("log test use: %w", inspection.StorageError(err))
	}
	file, err := os.OpenFile(u.path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o640) //nolint:gosec // readable by the plant's group, as all data
	if err != nil {
		return fmt.Errorf("log test use: %w", inspection.StorageError(err))
	}
	line = append(line, '\n')
	if cut(file) { // a former write was cut short by a crash: begin a line of our own
		line = append([]byte{'\n'}, line...)
	}
	_, err = file.Write(line)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("log test use: %w", inspection.StorageError(err))
	}
	return nil
}

// cut tells whether the file ends in the middle of a line.
func cut(file *os.File) bool {
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return false
	}
	var last [1]byte
	_, err = file.ReadAt(last[:], info.Size()-1)
	return err == nil && last[0] != '\n'
}

// List returns all uses, oldest first. A line that a crash cut short is passed
// over.
func (u *TestUses) List() ([]TestUse, error) {
	data, err := os.ReadFile(u.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read test uses: %w", err)
	}
	var uses []TestUse
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, len(data)+1)
	for lines.Scan() {
		var use TestUse
		if json.Unmarshal(lines.Bytes(), &use) == nil && use.Fingerprint != "" {
			uses = append(uses, use)
		}
	}
	return uses, lines.Err()
}

// Of returns the uses of the test part with that fingerprint, oldest first.
func (u *TestUses) Of(fingerprint string) ([]TestUse, error) {
	uses, err := u.List()
	return slices.DeleteFunc(uses, func(use TestUse) bool { return use.Fingerprint != fingerprint }), err
}

// Count returns how often the test part with that fingerprint was used.
func (u *TestUses) Count(fingerprint string) (int, error) {
	uses, err := u.Of(fingerprint)
	return len(uses), err
}
