package station

import (
	"context"
	"errors"

	"assay/inspection"
	"assay/training/dataset"
)

// divideSnapshot returns the report of a snapshot or, where it is to be divided
// in another way, of the next version of its name, which holds the same images.
// That version has another test part: figures of before do not compare.
func (s *Station) divideSnapshot(ctx context.Context, ref string, split SplitKind, progress func(done, total int)) (DatasetReport, error) {
	before, err := s.openSnapshot(ref)
	if err != nil {
		return DatasetReport{}, err
	}
	if split == "" || dataset.SplitKind(split) == before.Split.Kind {
		return s.report(before), nil
	}
	imported, err := s.store().Import(ctx, dataset.ImportRequest{
		Name: before.Name, Inputs: inputsOf(before), By: s.Snapshot().Operator, At: s.params.Clock(), Note: "divided anew: " + string(split),
		Split: dataset.SplitOptions{Kind: dataset.SplitKind(split), Seed: importSeed}, Progress: progress,
	})
	if errors.Is(err, inspection.ErrBadDataset) {
		return DatasetReport{Problem: Explain(err)}, nil
	}
	if err != nil {
		return DatasetReport{}, err
	}
	snapshot, err := s.excludeAgain(before, imported.Snapshot)
	if err != nil {
		return DatasetReport{}, err
	}
	s.keepSighting(snapshot.ID, sightingOf(imported))
	return s.report(snapshot), nil
}

// inputsOf lists all images of a snapshot by source, excluded ones too, with
// their present labels, and in the parts that their publisher had them in.
func inputsOf(snapshot *dataset.Snapshot) []dataset.Input {
	inputs := make([]dataset.Input, len(snapshot.Sources))
	for i, source := range snapshot.Sources {
		inputs[i].Source = source
	}
	for i, item := range allItems(snapshot) {
		e := snapshot.Entries[i]
		item.Part, item.Group, item.Digest = e.Folder, "", ""
		inputs[e.Source].Items = append(inputs[e.Source].Items, item)
	}
	return inputs
}

// excludeAgain carries over what people have taken out of the version before.
func (s *Station) excludeAgain(before, snapshot *dataset.Snapshot) (*dataset.Snapshot, error) {
	in := make(map[string]bool)
	for _, e := range snapshot.Entries {
		in[e.Digest] = e.Excluded == nil
	}
	type ground struct{ by, reason string }
	out := make(map[ground][]string)
	for _, e := range before.Entries {
		if e.Excluded != nil && in[e.Digest] {
			g := ground{e.Excluded.By, e.Excluded.Reason}
			out[g] = append(out[g], e.Digest)
		}
	}
	for g, digests := range out {
		next, err := s.store().Exclude(snapshot.Name, dataset.Revision{Images: digests, By: g.by, Reason: g.reason, At: s.params.Clock()})
		if err != nil {
			return nil, err
		}
		snapshot = next
	}
	return snapshot, nil
}
