package station

import (
	"errors"
	"fmt"

	"assay/inspection"
	"assay/training/dataset"
)

// Reasons for what follows the log; what a program says in a set has nobody's name.
const (
	reviewedAnew = "reviewed anew"
	takenBack    = "the decision was taken back in the log"
)

// followReviews brings a snapshot up to date with what was reviewed anew since
// the version before, which carries the labels of its time on: labels that have
// changed, records that are open again and records that no longer are. What a
// person has said in the set itself stays, and so does what the log has dropped.
func (s *Station) followReviews(snapshot *dataset.Snapshot, inputs []dataset.Input) (*dataset.Snapshot, error) {
	now := make(map[string]dataset.Label)
	for _, input := range inputs {
		if input.Source.Kind == dataset.SourceLog {
			for _, item := range input.Items {
				now[item.Name] = dataset.LabelOf(item.Class)
			}
		}
	}
	changed := relabelledInLog(snapshot, now)
	var err error
	for _, class := range []inspection.Class{inspection.Normal, inspection.Defective} {
		relabel := func(store dataset.Store, name string, r dataset.Revision) (*dataset.Snapshot, error) {
			return store.Relabel(name, class, r)
		}
		if snapshot, err = s.reviseAll(snapshot, changed[dataset.LabelOf(class)], reviewedAnew, relabel); err != nil {
			return nil, err
		}
	}
	open, err := s.openedInLog(snapshot, now)
	if err != nil {
		return nil, err
	}
	if snapshot, err = s.reviseAll(snapshot, open, takenBack, dataset.Store.Exclude); err != nil {
		return nil, err
	}
	return s.reviseAll(snapshot, decidedInLog(snapshot, now), "decided again in the log", dataset.Store.Include)
}

// reviseAll makes the next version of a snapshot where there are images to change.
func (s *Station) reviseAll(snapshot *dataset.Snapshot, images []string, reason string, change revision) (*dataset.Snapshot, error) {
	if len(images) == 0 {
		return snapshot, nil
	}
	return change(s.store(), snapshot.Name, dataset.Revision{Images: images, Reason: reason, At: s.params.Clock()})
}

// follows reports whether an image's label is the log's, and not a person's of the set.
func follows(e dataset.Entry) bool { return e.Relabelled == nil || e.Relabelled.By == "" }

// relabelledInLog lists by their label in the log the images that have another one in the snapshot.
func relabelledInLog(snapshot *dataset.Snapshot, now map[string]dataset.Label) map[dataset.Label][]string {
	changed := make(map[dataset.Label][]string)
	for _, e := range snapshot.Entries {
		if label, known := now[e.Name]; known && label != e.Class && follows(e) {
			changed[label] = append(changed[label], e.Name)
		}
	}
	return changed
}

// openedInLog lists the images in use whose record is open again: nobody's decision
// for a class stands on it. One that a person has included since is not among them.
func (s *Station) openedInLog(snapshot *dataset.Snapshot, now map[string]dataset.Label) (names []string, err error) {
	for _, e := range snapshot.Entries {
		if snapshot.Sources[e.Source].Kind != dataset.SourceLog || now[e.Name] != "" || e.Excluded != nil || !follows(e) {
			continue
		}
		r, err := s.Record(e.Name)
		if errors.Is(err, inspection.ErrNotFound) || errors.Is(err, inspection.ErrDamaged) {
			continue // the log cannot say any more
		}
		if err != nil {
			return nil, fmt.Errorf("look sample %s up: %w", e.Name, err)
		}
		if e.Included != nil && !r.Final().At.After(e.Included.At) {
			continue
		}
		names = append(names, e.Name)
	}
	return names, nil
}

// decidedInLog lists the images that were left out as open and are decided again,
// but for those that a copy in use disagrees with: of these the label is still open.
func decidedInLog(snapshot *dataset.Snapshot, now map[string]dataset.Label) (names []string) {
	used := make(map[string]dataset.Label)
	for _, e := range snapshot.Entries {
		if e.Excluded == nil {
			used[e.Digest] = e.Class
		}
	}
	for _, e := range snapshot.Entries {
		if e.Excluded == nil || e.Excluded.By != "" || now[e.Name] == "" {
			continue
		}
		if label, known := used[e.Digest]; !known || label == e.Class {
			used[e.Digest] = e.Class
			names = append(names, e.Name)
		}
	}
	return names
}
