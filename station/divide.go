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
		Name: before.Name, Inputs: inputsOf(before), Marks: before, By: s.Snapshot().Operator, At: s.params.Clock(), Note: "divided anew: " + string(split),
		Split: dataset.SplitOptions{Kind: dataset.SplitKind(split), Seed: importSeed}, Progress: progress,
	})
	if errors.Is(err, inspection.ErrBadDataset) {
		return DatasetReport{Problem: Explain(err)}, nil
	}
	if err != nil {
		return DatasetReport{}, err
	}
	s.keepSighting(imported.Snapshot.ID, sightingOf(imported))
	return s.report(imported.Snapshot), nil
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
