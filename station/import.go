package station

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"assay/inspection"
	"assay/training/dataset"
)

// importSeed divides data sets: the same pictures are divided alike each time.
const importSeed = 1

// ImportDataset reads every image of the choice and keeps a snapshot of it, the
// next version of its name; or the newest one, which a warning then says, if
// nothing has changed since. Where a version before was divided in the same way,
// its images keep their parts, labels and exclusions, and its test part stays
// as it is. progress, which may be nil, is called while images are read, from
// another goroutine. Call it off the window's goroutine.
func (s *Station) ImportDataset(ctx context.Context, c DatasetChoice, split SplitKind, progress func(done, total int)) (DatasetReport, error) {
	if c.Kind == DatasetSnapshot {
		return s.divideSnapshot(ctx, c.Snapshot, split, progress)
	}
	inputs, err := s.inputs(ctx, c)
	if err != nil {
		return DatasetReport{Problem: Explain(err)}, ctx.Err()
	}
	request := dataset.ImportRequest{
		Name: datasetName(c), Inputs: inputs, By: s.Snapshot().Operator, At: s.params.Clock(), Note: "imported in the window",
		Split:    dataset.SplitOptions{Kind: dataset.SplitKind(cmp.Or(split, defaultSplit(inputs))), Seed: importSeed},
		Progress: progress,
	}
	imported, warning, err := s.importVersion(ctx, request)
	if split == "" && request.Split.Kind == dataset.Grouped && errors.Is(err, inspection.ErrBadDataset) {
		// So many pictures are alike that they cannot stand on different sides.
		request.Split.Kind = dataset.Random
		if again, _, randomErr := s.importVersion(ctx, request); randomErr == nil {
			imported, err = again, nil
			warning = "The pictures cannot be divided by groups, so they are divided at random: too many are alike. Figures on the test part look better than they are."
		}
	}
	if err != nil {
		if errors.Is(err, inspection.ErrBadDataset) {
			return refused(inputs, err), nil
		}
		return DatasetReport{}, err
	}
	snapshot, err := s.followReviews(imported.Snapshot, inputs)
	if err != nil {
		return DatasetReport{}, err
	}
	s.keepSighting(snapshot.ID, sightingOf(imported))
	report := s.report(snapshot)
	if warning != "" {
		report.Warnings = append(report.Warnings, warning)
	}
	if imported.Unchanged && snapshot == imported.Snapshot {
		report.warn("Nothing has changed since %s was made, so that is taken.", snapshot.Ref())
	}
	return report, nil
}

// refused says why a data set cannot be used, and what there is of it.
func refused(inputs []dataset.Input, err error) DatasetReport {
	r := DatasetReport{Problem: Explain(err)}
	for _, input := range inputs {
		for _, item := range input.Items {
			r.count(dataset.Entry{Class: dataset.LabelOf(item.Class)})
		}
	}
	return r
}

// importVersion carries the version before on where it can.
func (s *Station) importVersion(ctx context.Context, r dataset.ImportRequest) (imported *dataset.Imported, warning string, err error) {
	store := s.store()
	before, err := store.Read(r.Name, 0)
	if err == nil && before.Split.Kind == r.Split.Kind {
		r.Extend = true
		imported, err = store.Import(ctx, r)
		if err == nil || !errors.Is(err, inspection.ErrBadDataset) {
			return imported, "", err
		}
		r.Extend = false
		warning = "The version before could not be carried on, so its test part, relabelled and excluded pictures are not in this one. (" + oneLine(err) + ")"
	}
	imported, err = store.Import(ctx, r)
	return imported, warning, err
}

// inputs are the images of a choice.
func (s *Station) inputs(ctx context.Context, c DatasetChoice) ([]dataset.Input, error) {
	var list []dataset.Input
	if c.Kind == DatasetFolder || c.Kind == DatasetBoth {
		input, err := dataset.FolderInput(c.Folder, dataset.FolderOptions{})
		if err != nil {
			return nil, err
		}
		list = append(list, input)
	}
	if c.Kind == DatasetReviewed || c.Kind == DatasetUnfamiliar || c.Kind == DatasetBoth {
		input, err := s.reviewedInput(ctx, c.Kind == DatasetUnfamiliar)
		if err != nil {
			return nil, err
		}
		list = append(list, input)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: no data set is chosen", inspection.ErrBadDataset)
	}
	return list, nil
}

// defaultSplit keeps a published test part, and otherwise keeps near-duplicates together.
func defaultSplit(inputs []dataset.Input) SplitKind {
	for _, input := range inputs {
		if slices.ContainsFunc(input.Items, func(i dataset.Item) bool { return i.Part == dataset.Test }) {
			return SplitOfficial
		}
	}
	return SplitGrouped
}

// datasetName is what snapshots of a choice are kept under: the folder's own
// name, and which folder of that name.
func datasetName(c DatasetChoice) string {
	if c.Kind == DatasetReviewed || c.Kind == DatasetUnfamiliar {
		return string(c.Kind)
	}
	folder, err := filepath.Abs(c.Folder)
	if err != nil {
		folder = c.Folder
	}
	name := strings.Map(func(r rune) rune {
		if dataset.CheckName(string(r)) != nil {
			return '-'
		}
		return r
	}, filepath.Base(folder))
	digest := sha256.Sum256([]byte(folder))
	name = name[:min(len(name), 40)] + "-" + hex.EncodeToString(digest[:2])
	if c.Kind == DatasetBoth {
		name += "-reviewed"
	}
	return name
}

// reviewedInput lists the reviewed pictures of the log, or the unfamiliar ones of
// these alone. A snapshot keeps copies of them for good: the log may drop a day,
// and stays closed to the training's process.
func (s *Station) reviewedInput(ctx context.Context, unfamiliar bool) (dataset.Input, error) {
	input := dataset.Input{Source: dataset.Source{Kind: dataset.SourceLog}}
	err := s.eachReviewed(ctx, unfamiliar, func(r inspection.Record, class inspection.Class) error {
		input.Items = append(input.Items, dataset.Item{Name: r.ID, Class: class, Region: s.regionOf(r), Read: func() ([]byte, error) {
			data, _, err := s.params.Log.Image(r.ID)
			return data, err
		}})
		return ctx.Err()
	})
	return input, err
}

// regionOf is the part of the record's picture that was judged.
func (s *Station) regionOf(r inspection.Record) inspection.Rectangle {
	for _, recipe := range s.params.Recipes {
		if recipe.Name == r.Recipe {
			return recipe.Region
		}
	}
	return inspection.Rectangle{}
}

func sightingOf(i *dataset.Imported) DatasetReport {
	r := DatasetReport{Sizes: i.Audit.Sizes, Modes: i.Audit.Colours}
	for _, u := range i.Audit.Unreadable {
		r.Unreadable = append(r.Unreadable, u.Name+": "+strings.ReplaceAll(u.Error, "\n", "; "))
	}
	for _, c := range i.Audit.Conflicts {
		r.Conflicts = append(r.Conflicts, strings.Join(slices.Concat(c.Normal, c.Defective), " = "))
	}
	return r
}
