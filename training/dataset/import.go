package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"assay/inspection"
)

// Input is a list of images to import and where they come from.
type Input struct {
	Source Source
	Items  []Item
}

// FolderInput lists all class folders below dir as an Input.
func FolderInput(dir string, o FolderOptions) (Input, error) {
	items, err := WholeFolder(dir, o)
	if err != nil {
		return Input{}, err
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return Input{}, fmt.Errorf("import %s: %w", dir, err)
	}
	return Input{Source{Kind: SourceFolder, Path: absolute}, items}, nil
}

// ImportRequest says what becomes the next version of a data set.
type ImportRequest struct {
	Name string
	// Inputs are merged. The names of one input's items must differ.
	Inputs []Input
	// Extend keeps the images of the version before, where they stand; new ones are divided into training and
	// validation, but for near-duplicates of old ones, which go where those are. So the test part stays as it is.
	// Without it the new version holds the inputs alone.
	Extend bool
	// Marks, where it is given, is a snapshot whose relabellings, exclusions and inclusions by people and by programs
	// that follow a source are taken over to images of the same source, name and content; their labels are those of Inputs. It
	// may be nil.
	Marks *Snapshot
	// Split divides, for Extend only by its Seed and Validation.
	Split SplitOptions
	Near  NearOptions
	By    string
	At    time.Time
	Note  string
	// Progress is called while images are read; it may be nil.
	Progress func(done, total int)
}

// Imported is what an import found and made.
type Imported struct {
	Snapshot *Snapshot
	// Unchanged says that Snapshot is the version before: the new one would have held the same images under the same
	// labels in the same parts, with the same said of them, and was not made.
	Unchanged bool
	// Audit is about all images of the new version and those that could not be read.
	Audit Audit
	// Known counts the images that an extended version held already, by content.
	Known int
}

// Import reads all images, finds duplicates, divides and writes the next version
// of the name. Images that cannot be decoded, and identical ones whose labels
// disagree, are listed as excluded with the reason; those that an import excluded
// before are judged anew. Where the newest version holds just that, it is returned
// and nothing is written. Errors wrap inspection.ErrBadDataset,
// inspection.ErrDiskFull, inspection.ErrReadOnly or inspection.ErrExists (another
// import was faster), or are ctx's; then nothing was written.
func (s Store) Import(ctx context.Context, r ImportRequest) (*Imported, error) {
	if err := errors.Join(CheckName(r.Name), r.Near.Validate()); err != nil {
		return nil, err
	}
	draft, parent, err := s.draft(r)
	if err != nil {
		return nil, err
	}
	m := &merger{snapshot: draft, request: r}
	if parent != nil && r.Extend {
		m.keep(parent)
	}
	for _, input := range r.Inputs {
		m.add(input)
	}
	if len(m.items) == 0 {
		return nil, fmt.Errorf("%w: there are no images to import", inspection.ErrBadDataset)
	}
	survey, err := Inspect(ctx, m.items, SurveyOptions{Content: true, Progress: r.Progress})
	if err != nil {
		return nil, err
	}
	if err := survey.unchanged(m.items[:m.old]); err != nil {
		return nil, err
	}
	m.dropKnown(survey)
	groups, err := survey.Groups(ctx, r.Near)
	if err != nil {
		return nil, err
	}
	groups.Label(survey.Items)
	if err := m.fill(survey); err != nil {
		return nil, err
	}
	if err := s.keepImages(ctx, draft, m.entries, survey); err != nil {
		return nil, err
	}
	imported := &Imported{Snapshot: draft, Audit: NewAudit(survey, groups), Known: m.known}
	if err := s.keepVersion(imported, parent); err != nil {
		return nil, err
	}
	return imported, nil
}

// keepVersion writes what was imported, or has it be the version before, nil where
// there is none, if that holds the same.
func (s Store) keepVersion(imported *Imported, parent *Snapshot) error {
	if parent == nil {
		return s.write(imported.Snapshot)
	}
	same, err := imported.Snapshot.holds(parent)
	if err != nil {
		return err
	}
	if !same {
		return s.write(imported.Snapshot)
	}
	imported.Snapshot, imported.Unchanged = parent, true
	return nil
}

// keepImages writes those images to the store that lie in no folder of their own.
func (s Store) keepImages(ctx context.Context, draft *Snapshot, entries []Entry, survey *Survey) error {
	for i, e := range entries {
		if draft.Sources[e.Source].Kind == SourceFolder {
			continue
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("keep images: %w", err)
		}
		if err := os.MkdirAll(s.images(), 0o750); err != nil {
			return fmt.Errorf("keep images: %w", inspection.StorageError(err))
		}
		if err := s.keep(survey.Items[i]); err != nil {
			return err
		}
	}
	return nil
}

// draft returns the next version, still empty, and the version before, nil where there is none.
func (s Store) draft(r ImportRequest) (draft, parent *Snapshot, err error) {
	draft = &Snapshot{Format: snapshotFormat, Name: r.Name, Version: 1, Created: r.At.UTC(), By: r.By, Note: r.Note,
		Split: r.Split.withDefaults(), Near: cmp.Or(r.Near.Threshold, DefaultNear), Sources: []Source{}, Entries: []Entry{}, images: s.images()}
	if draft.Split.Kind == Fold {
		return nil, nil, fmt.Errorf("%w: a data set is imported with one division; choose the fold when you train (--fold)", inspection.ErrBadDataset)
	}
	if err := draft.Split.Validate(); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", inspection.ErrBadDataset, err)
	}
	versions, err := s.Versions(r.Name)
	if err != nil || len(versions) == 0 {
		return draft, nil, err
	}
	draft.Version = versions[len(versions)-1] + 1
	parent, err = s.Read(r.Name, 0)
	if err != nil {
		return nil, nil, err
	}
	draft.Parent = parent.ID
	if r.Extend {
		draft.Split = parent.Split
	}
	return draft, parent, nil
}
