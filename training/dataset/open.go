package dataset

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"assay/inspection"
)

// Choice says which data set is wanted and how it is divided.
type Choice struct {
	// Source is a class folder, or a snapshot of Store as NAME or NAME@VERSION. Where a folder of that name exists it
	// is the folder.
	Source string
	// Items takes the place of Source where it is not nil.
	Items []Item
	// Store holds the snapshots; its zero value holds none.
	Store Store
	// Folder says how a class folder is read; its Part does not count.
	Folder FolderOptions
	// Split divides. Its zero Kind takes a snapshot's own parts, and Official for the rest.
	Split SplitOptions
}

// Open finds the chosen data set and divides it. Errors wrap
// inspection.ErrBadDataset, inspection.ErrNotFound (snapshot) or
// inspection.ErrDamaged (snapshot), or are ctx's. progress may be nil.
func Open(ctx context.Context, c Choice, progress func(done, total int)) (*Division, error) {
	if c.Items != nil {
		return Divide(ctx, c.Items, c.Split, progress)
	}
	if !isFolder(c.Source) && namesSnapshot(c.Source) {
		return c.Store.open(c)
	}
	items, err := WholeFolder(c.Source, c.Folder)
	if err != nil {
		return nil, err
	}
	d, err := Divide(ctx, items, c.Split, progress)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Source, err)
	}
	d.Source = filepath.Clean(c.Source)
	return d, nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// namesSnapshot tells whether the text can be the name of a snapshot rather than a path.
func namesSnapshot(text string) bool {
	name, _, _ := strings.Cut(text, "@")
	return CheckName(name) == nil
}

// CheckName returns an error unless the name can be a folder on any system.
func CheckName(name string) error {
	ok := name != "" && len(name) <= 64 && !strings.ContainsFunc(name, func(c rune) bool {
		return c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
	})
	if !ok {
		return fmt.Errorf("%w: data set name %q: want 1 to 64 letters, digits, - or _", inspection.ErrBadDataset, name)
	}
	return nil
}
