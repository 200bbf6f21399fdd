package dataset

import (
	"fmt"
	"strings"
	"time"

	"assay/inspection"
)

// Revision is a change of single images: by whom, when and why. A reason is
// required.
type Revision struct {
	// Images are names or digests (of which eight digits do); a digest means every copy of the image.
	Images []string
	Reason string
	// By is a person; empty where a program follows the images' source.
	By string
	At time.Time
}

// Exclude makes the next version of a data set, in which those images are used
// for nothing. Errors wrap inspection.ErrNotFound, inspection.ErrBadDataset or
// what Store.Import says of writing; then nothing was written.
func (s Store) Exclude(name string, r Revision) (*Snapshot, error) {
	return s.revise(name, r, "excluded", func(snapshot *Snapshot, i int) {
		e := &snapshot.Entries[i]
		if e.Excluded == nil {
			e.Excluded, e.Included = &Exclusion{Reason: r.Reason, By: r.By, At: r.At.UTC()}, nil
		}
	})
}

// Include is the reverse of Exclude.
func (s Store) Include(name string, r Revision) (*Snapshot, error) {
	return s.revise(name, r, "included", func(snapshot *Snapshot, i int) {
		e := &snapshot.Entries[i]
		if e.Excluded != nil && e.Excluded.By == "" && r.By != "" {
			e.Included = &Inclusion{Reason: r.Reason, By: r.By, At: r.At.UTC()}
		}
		e.Excluded = nil
	})
}

// Relabel makes the next version of a data set, in which those images, and all
// copies of them, have that class. Images that were excluded because labels
// disagreed come back with it.
func (s Store) Relabel(name string, class inspection.Class, r Revision) (*Snapshot, error) {
	return s.revise(name, r, "labelled "+class.String(), func(snapshot *Snapshot, i int) {
		digest := snapshot.Entries[i].Digest
		for j := range snapshot.Entries {
			if e := &snapshot.Entries[j]; e.Digest == digest {
				e.relabel(LabelOf(class), r)
			}
		}
	})
}

func (e *Entry) relabel(class Label, r Revision) {
	follows := e.Relabelled != nil && e.Relabelled.By == "" // the label is what the image's source says now
	switch {
	case e.Class == class:
	case e.Relabelled != nil && (!follows || r.By == ""): // there are two labels: this one is what the image came with
		e.Relabelled, e.Class = nil, class
	default:
		e.Relabelled, e.Class = &Relabelled{From: e.Class, Reason: r.Reason, By: r.By, At: r.At.UTC()}, class
	}
	if e.Excluded != nil && e.Excluded.ByImport() && strings.HasPrefix(e.Excluded.Reason, disputedReason) {
		e.Excluded = nil
	}
}

// revise applies a change to the newest version and writes the result as the next.
func (s Store) revise(name string, r Revision, done string, change func(snapshot *Snapshot, i int)) (*Snapshot, error) {
	if strings.TrimSpace(r.Reason) == "" || len(r.Images) == 0 {
		return nil, fmt.Errorf("%w: name the images and say why", inspection.ErrBadDataset)
	}
	snapshot, err := s.Read(name, 0)
	if err != nil {
		return nil, err
	}
	for _, image := range r.Images {
		indices, err := snapshot.find(image)
		if err != nil {
			return nil, err
		}
		for _, i := range indices {
			change(snapshot, i)
		}
	}
	if err := snapshot.agree(); err != nil {
		return nil, err
	}
	snapshot.Parent, snapshot.Version = snapshot.ID, snapshot.Version+1
	snapshot.Created, snapshot.By = r.At.UTC(), r.By
	snapshot.Note = fmt.Sprintf("%s %s: %s", done, strings.Join(r.Images, ", "), r.Reason)
	return snapshot, s.write(snapshot)
}

// agree refuses a version in which identical images in use are labelled differently.
func (s *Snapshot) agree() error {
	if conflicts := (&Survey{Items: s.Items()}).Conflicts(); len(conflicts) > 0 {
		c := conflicts[0]
		return fmt.Errorf("%w: %s would be normal and %s, the same image, defective; relabel them instead",
			inspection.ErrBadDataset, c.Normal[0], c.Defective[0])
	}
	return nil
}
