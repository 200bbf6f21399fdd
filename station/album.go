package station

import (
	"fmt"
	"slices"
	"sync"

	"assay/inspection"
	"assay/training/augment"
	"assay/training/dataset"
)

// album finds the pictures of the snapshot that was asked for last: a grid of
// thumbnails asks for thousands, and a version never changes.
type album struct {
	mu  sync.Mutex
	ref string
	// items are all images by digest, excluded ones too: those are looked at as well.
	items map[string]dataset.Item
	// some are a few images in use that do not judge, spread over the snapshot: the first is shown where none is named, and
	// all lend their looks in previews. The slice is replaced, never changed.
	some []dataset.Item
	// looks are those lent last: a slider that moves asks for the same ones again and again.
	looks *augment.Looks
	lent  lending
}

// lending is what looks depend on: the version that lends them, and the input.
type lending struct {
	ref  string
	spec inspection.InputSpec
}

// lookLenders is how many samples lend their looks in a preview.
const lookLenders = 8

// turnTo opens the snapshot that a reference names unless it is at hand; mu is
// held. A name alone is opened each time: it means another version tomorrow.
func (a *album) turnTo(s *Station, ref string) error {
	if a.ref == ref {
		return nil
	}
	snapshot, err := s.openSnapshot(ref)
	if err != nil {
		return err
	}
	a.fill(snapshot)
	return nil
}

// fill takes the images of a snapshot.
func (a *album) fill(snapshot *dataset.Snapshot) {
	a.ref = snapshot.Ref()
	a.items = make(map[string]dataset.Item, len(snapshot.Entries))
	var used []dataset.Item
	for i, item := range allItems(snapshot) {
		if _, known := a.items[item.Digest]; !known {
			a.items[item.Digest] = item
		}
		if snapshot.Entries[i].Excluded == nil && item.Part != dataset.Test {
			used = append(used, item)
		}
	}
	a.some = nil
	count := min(lookLenders, len(used))
	for i := range count {
		a.some = append(a.some, used[i*len(used)/count])
	}
}

// sampleItem returns the image of that digest in a snapshot; digest "" takes
// some image that is in use.
func (s *Station) sampleItem(ref, digest string) (dataset.Item, error) {
	a := &s.album
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.turnTo(s, ref); err != nil {
		return dataset.Item{}, err
	}
	if digest == "" && len(a.some) > 0 {
		return a.some[0], nil
	}
	item, known := a.items[digest]
	if !known {
		return dataset.Item{}, fmt.Errorf("picture %.12s of %s: %w", digest, ref, inspection.ErrNotFound)
	}
	return item, nil
}

// lenders returns the images of a snapshot that lend their looks, and the looks
// themselves where they were kept under the lending, else nil.
func (s *Station) lenders(ref string, spec inspection.InputSpec) (items []dataset.Item, l lending, known *augment.Looks, err error) {
	a := &s.album
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.turnTo(s, ref); err != nil {
		return nil, lending{}, nil, err
	}
	l = lending{a.ref, spec}
	if a.lent == l {
		known = a.looks
	}
	return a.some, l, known, nil
}

func (a *album) keepLooks(l lending, looks *augment.Looks) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lent, a.looks = l, looks
}

// allItems lists every image of a snapshot, one for each entry, excluded ones too.
func allItems(snapshot *dataset.Snapshot) []dataset.Item {
	whole := *snapshot
	whole.Entries = slices.Clone(snapshot.Entries)
	for i := range whole.Entries {
		whole.Entries[i].Excluded = nil
	}
	return whole.Items()
}
