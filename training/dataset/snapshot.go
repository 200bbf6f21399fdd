package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"assay/inspection"
)

// Snapshot is one version of a data set: which images, by content, under which
// labels, in which parts. A version is never changed once written; whoever
// relabels or excludes makes the next one. So a model can name exactly what it
// was trained on.
type Snapshot struct {
	// Format is the file's format, 1.
	Format int `json:"format"`
	// ID is the hex SHA-256 of the file with this field left empty.
	ID      string `json:"id"`
	Name    string `json:"name"`
	Version int    `json:"version"`
	// Parent is the ID of the version before; empty for the first.
	Parent  string    `json:"parent,omitempty"`
	Created time.Time `json:"created"`
	By      string    `json:"by,omitempty"`
	// Note says what was done to make this version.
	Note string `json:"note,omitempty"`
	// Split is how the parts were made; Near the correlation from which on images are of one group.
	Split SplitOptions `json:"split"`
	Near  float64      `json:"near,omitempty"`
	// Sources are where images are read from again; Entries the images, sorted by source and name.
	Sources []Source `json:"sources"`
	Entries []Entry  `json:"entries"`

	images string // the store's folder of kept images
}

// Source is a place that images come from.
type Source struct {
	// Kind is SourceFolder or a word for another source, such as SourceLog.
	Kind string `json:"kind"`
	// Path is the folder; of other sources it is a note.
	Path string `json:"path,omitempty"`
}

// The kinds of source. Images of folders stay where they are; those of all other
// kinds are kept in the store, by digest, so that a data set outlives the log's
// retention and any process can read it while the station holds the log.
const (
	SourceFolder = "folder"
	SourceLog    = "log"
)

// Entry is an image of a snapshot.
type Entry struct {
	// Digest is the hex SHA-256 of the encoded image.
	Digest string `json:"digest"`
	// Source is an index into the snapshot's sources; Name the path or ID of the image there.
	Source int    `json:"source"`
	Name   string `json:"name"`
	Class  Label  `json:"class"`
	// Part is where the image stands; Folder where its publisher had it, for the official split.
	Part   Part                  `json:"part"`
	Folder Part                  `json:"folder,omitempty"`
	Group  string                `json:"group,omitempty"`
	Region *inspection.Rectangle `json:"region,omitempty"`
	// Excluded images stay listed and are used for nothing.
	Excluded   *Exclusion  `json:"excluded,omitempty"`
	Included   *Inclusion  `json:"included,omitempty"`
	Relabelled *Relabelled `json:"relabelled,omitempty"`
}

// Exclusion says who took an image out, when and why.
type Exclusion struct {
	Reason string    `json:"reason"`
	By     string    `json:"by,omitempty"`
	At     time.Time `json:"at"`
}

// ByImport reports whether an import has taken the image out, for what it found
// wrong with it, and no person.
func (e *Exclusion) ByImport() bool { return e.By == importer }

// Inclusion says who brought an image back that a program, which has no name, had
// taken out for what its source says; when and why. So the program can tell what
// the source has said since.
type Inclusion struct {
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// Relabelled says who changed the label that an image came with, when and why,
// and what it was. An image that has its first label back is not relabelled,
// unless a person gave it back against a program, which has no name: there From
// is what the program had taken from the image's source.
type Relabelled struct {
	From   Label     `json:"from"`
	Reason string    `json:"reason"`
	By     string    `json:"by,omitempty"`
	At     time.Time `json:"at"`
}

// Label is a class as files have it: "normal" or "defective".
type Label string

// LabelOf returns the label of a class.
func LabelOf(c inspection.Class) Label { return Label(c.String()) }

// Class returns the label's class; ok is false where it is none.
func (l Label) Class() (class inspection.Class, ok bool) {
	switch l {
	case "normal":
		return inspection.Normal, true
	case "defective":
		return inspection.Defective, true
	}
	return inspection.Normal, false
}

// Ref returns NAME@VERSION.
func (s *Snapshot) Ref() string { return fmt.Sprintf("%s@%d", s.Name, s.Version) }

// Items lists the images that are not excluded, with digest, part and group.
func (s *Snapshot) Items() []Item {
	var items []Item
	for _, e := range s.Entries {
		if e.Excluded == nil {
			items = append(items, s.item(e))
		}
	}
	return items
}

func (s *Snapshot) item(e Entry) Item {
	class, _ := e.Class.Class()
	item := Item{Name: e.Name, Class: class, Digest: e.Digest, Part: e.Part, Group: e.Group,
		Read: func() ([]byte, error) { return s.read(e) }}
	if e.Region != nil {
		item.Region = *e.Region
	}
	return item
}

func (s *Snapshot) read(e Entry) ([]byte, error) {
	source := s.Sources[e.Source]
	if source.Kind != SourceFolder {
		return readFile(filepath.Join(s.images, e.Digest))
	}
	if !filepath.IsLocal(filepath.FromSlash(e.Name)) {
		return nil, fmt.Errorf("%w: %s does not lie within its folder", inspection.ErrDamaged, e.Name)
	}
	return readFile(filepath.Join(source.Path, filepath.FromSlash(e.Name)))
}

// divide deals the images out: as they stand for a split without a kind, else anew.
func (s *Snapshot) divide(o SplitOptions) (*Division, error) {
	items := s.Items()
	if err := checkClasses(items, s.Ref()); err != nil {
		return nil, err
	}
	if o.Kind == "" {
		d := divisionOf(items)
		d.Split = s.Split.withDefaults()
		return d, nil
	}
	survey := &Survey{Items: items}
	i := 0
	for _, e := range s.Entries {
		if e.Excluded == nil {
			survey.Items[i].Part = e.Folder
			i++
		}
	}
	return survey.divide(o.withDefaults())
}

// Changed reads every image that is not excluded and lists those that are gone
// or hold something else than when the snapshot was taken. It fails with ctx's
// error alone. progress may be nil.
func (s *Snapshot) Changed(ctx context.Context, progress func(done, total int)) ([]Problem, error) {
	items := s.Items()
	problems := make([]error, len(items))
	err := forEach(ctx, len(items), 0, progress, func() (func(i int), error) {
		return func(i int) {
			data, err := items[i].Read()
			if err == nil && digestOf(data) != items[i].Digest {
				err = errors.New("its content has changed")
			}
			problems[i] = err
		}, nil
	})
	if err != nil {
		return nil, fmt.Errorf("check data set %s: %w", s.Ref(), err)
	}
	var list []Problem
	for i, problem := range problems {
		if problem != nil {
			list = append(list, Problem{items[i].Name, problem})
		}
	}
	return list, nil
}

// find returns the entries that the text names: by name, or by at least eight
// digits of the digest, which finds all copies. It fails with
// inspection.ErrNotFound, or where the text could mean several images.
func (s *Snapshot) find(text string) ([]int, error) {
	var named, prefixed []int
	digests := map[string]bool{}
	for i, e := range s.Entries {
		switch {
		case e.Name == text:
			named = append(named, i)
		case len(text) >= 8 && strings.HasPrefix(e.Digest, text):
			prefixed = append(prefixed, i)
			digests[e.Digest] = true
		}
	}
	switch {
	case len(named) == 1:
		return named, nil
	case len(named) > 1:
		return nil, fmt.Errorf("%w: %d images of %s are named %s; give the digest instead", inspection.ErrBadDataset, len(named), s.Ref(), text)
	case len(digests) > 1:
		return nil, fmt.Errorf("%w: the digests of %d images of %s begin with %s; give more digits", inspection.ErrBadDataset, len(digests), s.Ref(), text)
	case len(prefixed) > 0:
		return prefixed, nil
	}
	return nil, fmt.Errorf("%w: data set %s has no image %s", inspection.ErrNotFound, s.Ref(), text)
}

func (s *Snapshot) sort() {
	slices.SortFunc(s.Entries, func(a, b Entry) int { return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Name, b.Name)) })
}

// Summary counts what a snapshot holds.
type Summary struct {
	// Parts counts the images in use, Groups their groups.
	Parts                        []PartCount
	Groups, Excluded, Relabelled int
	// TestFingerprint names the content of the test part, as the log of test uses does.
	TestFingerprint string
}

// Summary reads no image.
func (s *Snapshot) Summary() Summary {
	items := s.Items()
	sum := Summary{Excluded: len(s.Entries) - len(items)}
	groups := map[string]bool{}
	var test []Item
	for _, item := range items {
		groups[cmp.Or(item.Group, item.Digest)] = true
		if item.Part == Test {
			test = append(test, item)
		}
	}
	for _, e := range s.Entries {
		if e.Relabelled != nil {
			sum.Relabelled++
		}
	}
	sum.Parts, sum.Groups, sum.TestFingerprint = countParts(items), len(groups), Fingerprint(test)
	return sum
}
