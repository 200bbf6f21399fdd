package dataset

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"assay/inspection"
)

// Division is a data set divided into parts. What trains gets Training, which
// holds no test image; the test images come out of Test alone, which counts
// each use.
type Division struct {
	Training TrainingView
	Test     LockedTest
	// Split says how it was divided; Source which folder or snapshot (NAME@VERSION) it came from; SnapshotID is the
	// snapshot's, empty for a folder.
	Split      SplitOptions
	Source     string
	SnapshotID string
	// Lost lists the images that could not be read and belong to no part.
	Lost []Problem
}

// TrainingView is what a training may read. The items carry their Part and their
// Digest and are sorted by digest.
type TrainingView struct {
	Train, Validation []Item
}

// Items returns both parts in one list, sorted by digest and name; after Load,
// Set.Part tells them apart again.
func (v TrainingView) Items() []Item {
	all := slices.Concat(v.Train, v.Validation)
	sortItems(all)
	return all
}

func sortItems(items []Item) {
	slices.SortFunc(items, func(a, b Item) int { return cmp.Or(cmp.Compare(a.Digest, b.Digest), cmp.Compare(a.Name, b.Name)) })
}

// Divide reads the digests of the items, finds near-duplicates where the split
// needs them and an item has no group, and divides. An item's Part counts for
// the Official split only. Errors wrap inspection.ErrBadDataset: a class is
// missing, identical images are labelled differently, an item no longer has the
// digest it carries, more than half of the items cannot be read; or they are
// ctx's. progress may be nil.
func Divide(ctx context.Context, items []Item, o SplitOptions, progress func(done, total int)) (*Division, error) {
	o = o.withDefaults()
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("divide data set: %w", err)
	}
	search := o.NeedsGroups() && slices.ContainsFunc(items, func(item Item) bool { return item.Group == "" })
	survey, err := Inspect(ctx, items, SurveyOptions{Content: search, Progress: progress})
	if err != nil {
		return nil, err
	}
	if err := survey.check(items); err != nil {
		return nil, err
	}
	if search {
		groups, err := survey.Groups(ctx, NearOptions{})
		if err != nil {
			return nil, err
		}
		groups.Label(survey.Items)
	}
	return survey.divide(o)
}

// check refuses a set that cannot be divided.
func (s *Survey) check(items []Item) error {
	if err := checkClasses(s.Items, "the data set"); err != nil {
		if len(s.Lost) > 0 {
			return fmt.Errorf("%w; %d images cannot be read, the first is %s: %w", err, len(s.Lost), s.Lost[0].Name, s.Lost[0].Err)
		}
		return err
	}
	if 2*len(s.Lost) > len(items) {
		return fmt.Errorf("%w: %d of %d images cannot be read; the first is %s: %w",
			inspection.ErrBadDataset, len(s.Lost), len(items), s.Lost[0].Name, s.Lost[0].Err)
	}
	if conflicts := s.decodable(s.Conflicts()); len(conflicts) > 0 {
		c := conflicts[0]
		return fmt.Errorf("%w: identical images are labelled differently (%d times): %s is normal but %s, the same image, defective; correct one or exclude both",
			inspection.ErrBadDataset, len(conflicts), c.Normal[0], c.Defective[0])
	}
	return s.unchanged(items)
}

// unchanged holds those items that carried a digest before, the first of the
// list given to Inspect, to it.
func (s *Survey) unchanged(items []Item) error {
	found := make([]string, len(items))
	for i, index := range s.Index {
		if index < len(items) {
			found[index] = s.Items[i].Digest
		}
	}
	var names []string
	for i, item := range items {
		if item.Digest != "" && item.Digest != found[i] {
			names = append(names, item.Name)
		}
	}
	return changedError(names, len(items))
}

func (s *Survey) divide(o SplitOptions) (*Division, error) {
	members := make([]Member, len(s.Items))
	for i, item := range s.Items {
		members[i] = Member{Digest: item.Digest, Class: item.Class, Group: item.Group, Part: item.Part}
	}
	parts, err := Assign(members, o)
	if err != nil {
		return nil, err
	}
	items := slices.Clone(s.Items)
	for i := range items {
		items[i].Part = parts[i]
	}
	d := divisionOf(items)
	d.Split, d.Lost = o, s.Lost
	return d, nil
}

// divisionOf deals items out by the Part they carry.
func divisionOf(items []Item) *Division {
	sortItems(items)
	d := &Division{}
	for _, item := range items {
		switch item.Part {
		case Test:
			d.Test.items = append(d.Test.items, item)
		case Validation:
			d.Training.Validation = append(d.Training.Validation, item)
		default:
			d.Training.Train = append(d.Training.Train, item)
		}
	}
	return d
}
