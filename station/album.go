package station

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"assay/inspection"
	"assay/training/dataset"
)

// album finds the pictures of the snapshot that was asked for last: a grid of
// thumbnails asks for thousands, and a version never changes.
type album struct {
	mu  sync.Mutex
	ref string
	// items are all images by digest, excluded ones too: those are looked at as well.
	items map[string]dataset.Item
	// some is the digest of an image in use that does not judge; empty where there is none.
	some string
	// lenders are the digests of some such images, spread over the snapshot.
	lenders []string
}

// lookLenders is how many samples lend their looks in a preview.
const lookLenders = 8

// sampleItem returns the image of that digest in a snapshot; digest "" takes
// some image that is in use.
func (s *Station) sampleItem(ref, digest string) (dataset.Item, error) {
	s.album.mu.Lock()
	defer s.album.mu.Unlock()
	if s.album.ref != ref {
		snapshot, err := s.openSnapshot(ref)
		if err != nil {
			return dataset.Item{}, err
		}
		s.album.fill(snapshot)
	}
	item, known := s.album.items[cmp.Or(digest, s.album.some)]
	if !known {
		return dataset.Item{}, fmt.Errorf("picture %.12s of %s: %w", digest, ref, inspection.ErrNotFound)
	}
	return item, nil
}

// fill takes the images of a snapshot. It notes the version: a name alone means
// another one tomorrow.
func (a *album) fill(snapshot *dataset.Snapshot) {
	a.ref, a.some = snapshot.Ref(), ""
	a.items = make(map[string]dataset.Item, len(snapshot.Entries))
	var used []string
	for i, item := range allItems(snapshot) {
		if _, known := a.items[item.Digest]; !known {
			a.items[item.Digest] = item
		}
		if snapshot.Entries[i].Excluded == nil && item.Part != dataset.Test {
			used = append(used, item.Digest)
		}
	}
	a.lenders = nil
	for i := range min(lookLenders, len(used)) {
		a.lenders = append(a.lenders, used[i*len(used)/min(lookLenders, len(used))])
	}
	if len(used) > 0 {
		a.some = used[0]
	}
}

// lenders returns images in use of a snapshot, spread over it.
func (s *Station) lenders(ref string) ([]dataset.Item, error) {
	if _, err := s.sampleItem(ref, ""); err != nil {
		return nil, err
	}
	s.album.mu.Lock()
	defer s.album.mu.Unlock()
	if s.album.ref != ref {
		return nil, nil // another snapshot was asked for meanwhile: the next preview shows them
	}
	items := make([]dataset.Item, len(s.album.lenders))
	for i, digest := range s.album.lenders {
		items[i] = s.album.items[digest]
	}
	return items, nil
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
