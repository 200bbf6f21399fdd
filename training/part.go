package training

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"assay/inspection"
	"assay/training/dataset"
)

// PartName names the images of a data set that a model is measured on.
type PartName string

// The parts that SelectPart knows.
const (
	// PartTest is the folder "test" where there is one, else every image.
	PartTest PartName = "test"
	// PartTrain is the folder "train" where there is one, else every image.
	PartTrain PartName = "train"
	// PartValidation is what a training with the same seed holds back of PartTrain.
	PartValidation PartName = "validation"
	// PartAuto is PartTest where the data set has a folder "test", PartValidation otherwise.
	PartAuto PartName = "auto"
)

// SelectPart lists the images of one part of the data set in dir and says which
// part that is. Errors wrap inspection.ErrBadDataset.
func SelectPart(ctx context.Context, dir string, part PartName, folder dataset.FolderOptions, seed uint64) ([]dataset.Item, PartName, error) {
	if part == PartAuto {
		part = PartValidation
		if info, err := os.Stat(filepath.Join(dir, string(dataset.Test))); err == nil && info.IsDir() {
			part = PartTest
		}
	}
	folder.Part = dataset.Train
	switch part {
	case PartTest:
		folder.Part = dataset.Test
	case PartTrain, PartValidation:
	default:
		return nil, part, fmt.Errorf("%w: part %q: want test, train, validation or auto", inspection.ErrBadDataset, part)
	}
	items, err := dataset.Folder(dir, folder)
	if err != nil || part != PartValidation {
		return items, part, err
	}
	items, err = validationItems(ctx, items, seed)
	return items, part, err
}

// validationItems repeats the split of a training. The split depends on content
// alone, so the images are read at the smallest size there is.
func validationItems(ctx context.Context, items []dataset.Item, seed uint64) ([]dataset.Item, error) {
	set, err := dataset.Load(ctx, items, inspection.InputSpec{Channels: 1, Height: 1, Width: 1, Scale: 1}, dataset.LoadOptions{})
	if err != nil {
		return nil, err
	}
	_, validation, err := set.Split(seed, DefaultValidation)
	if err != nil {
		return nil, err
	}
	byName := make(map[string]dataset.Item, len(items))
	for _, item := range items {
		byName[item.Name] = item
	}
	held := make([]dataset.Item, len(validation))
	for i, index := range validation {
		held[i] = byName[set.Samples[index].Name]
	}
	return held, nil
}
