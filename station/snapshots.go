package station

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/inspection"
	"assay/internal/atomicfile"
	"assay/training/dataset"
)

// store holds the snapshots of this data folder.
func (s *Station) store() dataset.Store {
	return dataset.Store{Folder: filepath.Join(s.params.Data, "datasets")}
}

// Snapshots lists the newest version of each data set, the one made last first.
func (s *Station) Snapshots() ([]DatasetReport, error) {
	store := s.store()
	names, err := store.Names()
	if err != nil {
		return nil, err
	}
	var list []DatasetReport
	var newest []*dataset.Snapshot
	for _, name := range names {
		snapshot, err := store.Read(name, 0)
		if err != nil {
			list = append(list, DatasetReport{Snapshot: name, Problem: Explain(err)})
			continue
		}
		newest = append(newest, snapshot)
	}
	slices.SortStableFunc(newest, func(a, b *dataset.Snapshot) int { return b.Created.Compare(a.Created) })
	reports := make([]DatasetReport, 0, len(names))
	for _, snapshot := range newest {
		reports = append(reports, s.report(snapshot))
	}
	return append(reports, list...), nil
}

// openSnapshot reads the snapshot that a reference names.
func (s *Station) openSnapshot(ref string) (*dataset.Snapshot, error) {
	name, version, err := dataset.ParseRef(ref)
	if err != nil {
		return nil, err
	}
	return s.store().Read(name, version)
}

// report says what a snapshot holds: what follows from its list, and what only
// its import has seen.
func (s *Station) report(snapshot *dataset.Snapshot) DatasetReport {
	r := s.seen(snapshot)
	r.Snapshot, r.Split = snapshot.Ref(), SplitKind(snapshot.Split.Kind)
	groups := make(map[string]map[dataset.Part]bool)
	digests := make(map[string]bool)
	for _, e := range snapshot.Entries {
		if e.Relabelled != nil {
			r.Relabelled++
		}
		if e.Excluded != nil {
			if !e.Excluded.ByImport() { // what cannot be read, or has two labels, is listed as that
				r.Excluded++
			}
			continue
		}
		r.count(e)
		if digests[e.Digest] {
			r.ExactDuplicates++
		}
		digests[e.Digest] = true
		group := cmp.Or(e.Group, e.Digest)
		if groups[group] == nil {
			groups[group] = make(map[dataset.Part]bool)
		}
		groups[group][e.Part] = true
	}
	r.Groups = len(groups)
	for _, e := range snapshot.Entries {
		in := groups[cmp.Or(e.Group, e.Digest)]
		if e.Excluded == nil && e.Part == dataset.Test && (in[dataset.Train] || in[dataset.Validation]) {
			r.Crossing++
		}
	}
	r.judge()
	return r
}

func (r *DatasetReport) count(e dataset.Entry) {
	count := &r.Train
	switch e.Part {
	case dataset.Validation:
		count = &r.Validation
	case dataset.Test:
		count = &r.Test
	}
	if e.Class == dataset.LabelOf(inspection.Defective) {
		count.Defective++
	} else {
		count.Normal++
	}
}

// leastSamples is how many images of each kind a training needs to learn more
// than chance.
const leastSamples = 20

// unevenSamples is the ratio of the classes from which on a weight is advised.
const unevenSamples = 4

// judge says what keeps the set from being trained on, and what is worth knowing.
func (r *DatasetReport) judge() {
	train := r.Train
	few, many := min(train.Normal, train.Defective), max(train.Normal, train.Defective)
	switch {
	case few == 0:
		r.Problem = "The training part needs pictures of both kinds, good and defective. Add some of the kind that is missing."
	case r.Validation.Normal == 0 || r.Validation.Defective == 0:
		r.Problem = "There are too few pictures to hold some of both kinds back for validation. Add more."
	case few < leastSamples:
		r.warn("Only %d pictures of one kind are there to learn from: expect little of the result.", few)
	}
	if few > 0 && many >= unevenSamples*few {
		r.warn("One kind has %d times as many pictures as the other: balance the classes when you train.", many/few)
	}
	if r.Crossing > 0 {
		r.warn("%d test pictures have a near-duplicate to learn from, so figures on the test part look better than they are. Divide by groups to avoid that.", r.Crossing)
	}
	if len(r.Sizes) > 1 || len(r.Modes) > 1 {
		r.warn("The pictures differ in size or colour mode; each is brought to the model's input.")
	}
	if len(r.Conflicts) > 0 {
		r.warn("Some identical pictures carry different labels and were left out. Relabel them to use them.")
	}
	if len(r.Unreadable) > 0 {
		r.warn("Some files cannot be read and were left out.")
	}
	if r.Test.Total() == 0 {
		r.warn("There is no test part: models will be compared on the validation part.")
	}
}

func (r *DatasetReport) warn(format string, words ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, words...))
}

// sighting is what an import saw of the images themselves. It is kept beside
// the snapshots, which name only content.
type sighting struct {
	Sizes      map[string]int `json:"sizes"`
	Modes      map[string]int `json:"modes"`
	Unreadable []string       `json:"unreadable,omitempty"`
	Conflicts  []string       `json:"conflicts,omitempty"`
}

func (s *Station) sightingFile(id string) string {
	return filepath.Join(s.params.Data, "datasets", ".seen", id+".json")
}

// seen returns what the import of the snapshot, or of the nearest version before
// it, saw; empty where that was made elsewhere.
func (s *Station) seen(snapshot *dataset.Snapshot) DatasetReport {
	for _, id := range []string{snapshot.ID, snapshot.Parent} {
		data, err := os.ReadFile(s.sightingFile(id))
		var seen sighting
		if err != nil || json.Unmarshal(data, &seen) != nil {
			continue
		}
		return DatasetReport{Sizes: seen.Sizes, Modes: seen.Modes, Unreadable: seen.Unreadable, Conflicts: seen.Conflicts}
	}
	return DatasetReport{}
}

// keepSighting writes what was seen for a snapshot. Losing it loses no image.
func (s *Station) keepSighting(id string, r DatasetReport) {
	data, err := json.Marshal(sighting{r.Sizes, r.Modes, r.Unreadable, r.Conflicts})
	if err == nil {
		file := s.sightingFile(id)
		if err = os.MkdirAll(filepath.Dir(file), 0o750); err == nil {
			err = atomicfile.Write(file, data, 0o640)
		}
	}
	if err != nil {
		s.params.Logger.Warn("keep what the import saw", "error", err)
	}
}

// RelabelSample makes the next version of the data set, in which that image is
// of the class "normal" or "defective".
func (s *Station) RelabelSample(snapshot, digest, class, by, reason string) (DatasetReport, error) {
	label, known := dataset.Label(class).Class()
	if !known {
		return DatasetReport{}, fmt.Errorf("relabel: class %q: want normal or defective", class)
	}
	return s.revise(snapshot, digest, by, reason, func(store dataset.Store, name string, r dataset.Revision) (*dataset.Snapshot, error) {
		return store.Relabel(name, label, r)
	})
}

// ExcludeSample makes the next version of the data set, in which that image is
// used for nothing. The image itself stays.
func (s *Station) ExcludeSample(snapshot, digest, by, reason string) (DatasetReport, error) {
	return s.revise(snapshot, digest, by, reason, dataset.Store.Exclude)
}

// IncludeSample makes the next version of the data set, in which an image that
// was excluded is used again.
func (s *Station) IncludeSample(snapshot, digest, by, reason string) (DatasetReport, error) {
	return s.revise(snapshot, digest, by, reason, dataset.Store.Include)
}

// revision makes the next version of the data set of that name.
type revision func(store dataset.Store, name string, r dataset.Revision) (*dataset.Snapshot, error)

func (s *Station) revise(ref, digest, by, reason string, change revision) (DatasetReport, error) {
	if strings.TrimSpace(reason) == "" {
		return DatasetReport{}, fmt.Errorf("%w: say why: the reason is kept with the picture", inspection.ErrBadDataset)
	}
	before, err := s.openSnapshot(ref)
	if err != nil {
		return DatasetReport{}, err
	}
	// A revision applies to the newest version: of an older one it would drop what came since.
	next, err := change(s.store(), before.Name, dataset.Revision{Images: []string{digest}, Reason: reason, By: by, At: s.params.Clock()})
	if err != nil {
		return DatasetReport{}, err
	}
	s.keepSighting(next.ID, s.seen(before))
	return s.report(next), nil
}

// SampleImages lists the images of a snapshot, by name.
func (s *Station) SampleImages(ctx context.Context, ref string) ([]SampleImage, error) {
	snapshot, err := s.openSnapshot(ref)
	if err != nil {
		return nil, err
	}
	list := make([]SampleImage, 0, len(snapshot.Entries))
	for _, e := range snapshot.Entries {
		i := SampleImage{Name: e.Name, Digest: e.Digest, Class: string(e.Class), Part: string(e.Part), Excluded: e.Excluded != nil}
		switch {
		case e.Excluded != nil:
			i.Reason = e.Excluded.Reason
		case e.Relabelled != nil:
			i.Reason = e.Relabelled.Reason
		}
		list = append(list, i)
	}
	return list, ctx.Err()
}
