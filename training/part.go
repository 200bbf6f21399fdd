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
	// PartTest is the locked test part; PartWhole where a folder has none and is not divided.
	PartTest PartName = "test"
	// PartWhole is every image of a folder that has no test part. It cannot be asked for: it is what PartTest turns out
	// to be there.
	PartWhole PartName = "whole"
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

// Selected are the images of one part of a data set. It does not change.
type Selected struct {
	// Items are sorted by digest and carry theirs; Part is what they are.
	Items []dataset.Item
	Part  PartName

	choice   dataset.Choice
	division *dataset.Division
}

// Check refuses a part that cannot be asked for.
func (p PartName) Check() error {
	switch p {
	case PartTest, PartTrain, PartValidation, PartAuto:
		return nil
	}
	return fmt.Errorf("part %q: want test, train, validation or auto", p)
}

// Select lists the images of one part of a data set and says which part that is.
// Errors wrap inspection.ErrBadDataset, inspection.ErrNotFound (snapshot), or
// are those of logging the use.
func Select(ctx context.Context, s Selection) (Selected, error) {
	if err := s.Part.Check(); err != nil {
		return Selected{}, fmt.Errorf("%w: %w", inspection.ErrBadDataset, err)
	}
	division, err := dataset.Open(ctx, s.Choice, s.Progress)
	if err != nil {
		return Selected{}, err
	}
	chosen := Selected{Part: s.Part, choice: s.Choice, division: division}
	if s.Part == PartAuto {
		chosen.Part = PartValidation
		if division.Test.Len() > 0 {
			chosen.Part = PartTest
		}
	}
	switch {
	case chosen.Part == PartValidation:
		chosen.Items = division.Training.Validation
	case chosen.Part == PartTrain:
		chosen.Items = division.Training.Items()
	case division.Test.Len() == 0 && s.undivided(division):
		chosen.Items, chosen.Part = division.Training.Items(), PartWhole
	default:
		use := s.Use
		use.Dataset, use.Split = division.Source, division.Split.String()
		chosen.Items, err = division.Test.Release(s.Uses, use)
	}
	return chosen, err
}

// undivided tells whether the set is a plain folder that serves whole for any part.
func (s Selection) undivided(d *dataset.Division) bool {
	return d.SnapshotID == "" && d.Split.Kind == dataset.Official
}
