package training

import (
	"context"
	"fmt"

	"assay/inspection"
	"assay/training/dataset"
)

// PartName names the images of a data set that a model is measured on.
type PartName string

// The parts that Select knows.
const (
	// PartTest is the locked test part; every image of a folder that has no parts.
	PartTest PartName = "test"
	// PartTrain is what a training reads, what it holds back for validation included.
	PartTrain PartName = "train"
	// PartValidation is what a training with the same split holds back.
	PartValidation PartName = "validation"
	// PartAuto is PartTest where there is a test part, PartValidation otherwise.
	PartAuto PartName = "auto"
)

// Selection says which part of which data set is wanted, and what for.
type Selection struct {
	dataset.Choice
	Part PartName
	// Uses logs each use of the test part, and Use says for what: the images of a test part are handed out for nothing
	// less. Dataset and Split of Use are filled in.
	Uses *dataset.TestUses
	Use  dataset.TestUse
	// Progress is called while images are read; it may be nil.
	Progress func(done, total int)
}

// Select lists the images of one part of a data set and says which part that is.
// Errors wrap inspection.ErrBadDataset, inspection.ErrNotFound (snapshot), or
// are those of logging the use.
func Select(ctx context.Context, s Selection) ([]dataset.Item, PartName, error) {
	switch s.Part {
	case PartTest, PartTrain, PartValidation, PartAuto:
	default:
		return nil, s.Part, fmt.Errorf("%w: part %q: want test, train, validation or auto", inspection.ErrBadDataset, s.Part)
	}
	division, err := dataset.Open(ctx, s.Choice, s.Progress)
	if err != nil {
		return nil, s.Part, err
	}
	part := s.Part
	if part == PartAuto {
		part = PartValidation
		if division.Test.Len() > 0 {
			part = PartTest
		}
	}
	switch {
	case part == PartValidation:
		return division.Training.Validation, part, nil
	case part == PartTrain, division.Test.Len() == 0 && s.undivided(division):
		return division.Training.Items(), part, nil
	}
	use := s.Use
	use.Dataset, use.Split = division.Source, division.Split.String()
	items, err := division.Test.Release(s.Uses, use)
	return items, part, err
}

// undivided tells whether the set is a plain folder that serves whole for any part.
func (s Selection) undivided(d *dataset.Division) bool {
	return d.SnapshotID == "" && d.Split.Kind == dataset.Official
}
