package station

import "image"

// DatasetReport says what an import found. It describes one snapshot, which is
// kept in the data folder and never changed.
type DatasetReport struct {
	// Snapshot is "NAME@VERSION"; empty where nothing could be kept (see Problem).
	Snapshot string
	Split    SplitKind
	// Train, Validation and Test count the images of each part. Where the set was refused, Train counts all that were found.
	Train, Validation, Test ClassCount
	// Sizes counts the images of each size in pixels ("300×300"), Modes those of each colour mode ("grey", "colour").
	Sizes, Modes map[string]int
	// Unreadable lists files that could not be read, each with the reason after a colon, Conflicts identical images with different labels.
	Unreadable, Conflicts []string
	// ExactDuplicates counts images that are copies of another, Groups the groups of near-duplicates.
	ExactDuplicates, Groups int
	// Crossing counts test images with a near-duplicate in the training or validation part.
	Crossing int
	// Excluded counts images that a person has taken out, in the set or the log, Relabelled those whose label a person has
	// changed.
	Excluded, Relabelled int
	// Problem is a sentence where the set cannot be trained on; empty where it can. Warnings are sentences that do not
	// stop a training, such as classes of very different sizes.
	Problem  string
	Warnings []string
}

// ClassCount counts images of each class.
type ClassCount struct{ Normal, Defective int }

// Total returns the number of images.
func (c ClassCount) Total() int { return c.Normal + c.Defective }

// SampleImage is one image of a snapshot.
type SampleImage struct {
	Name, Digest string
	// Class is "normal" or "defective"; Part "train", "validation" or "test".
	Class, Part string
	Excluded    bool
	// Reason says why the image was excluded or relabelled; empty where it was not.
	Reason string
}

// Augmentation describes one toggle of the Retrain page with its strength.
type Augmentation struct {
	// Name is the word of `assay train --augment`, Label what a person reads: "Rotate".
	Name, Label string
	// Help is a sentence on what it does to a picture.
	Help string
	// Unit is "°", "%", "px" or empty. Min, Max and Default bound the strength; all are 0 where there is a toggle alone.
	Unit              string
	Min, Max, Default float64
}

// PreviewRequest says which picture is to be shown in which variants.
type PreviewRequest struct {
	// Snapshot is "NAME@VERSION"; Digest names the picture, and "" takes some picture of it.
	Snapshot, Digest string
	// Augment is a list as of `assay train --augment`.
	Augment string
	Seed    uint64
	// Count is the number of variants, InputSize the model's input in pixels; 0 takes the default.
	Count, InputSize int
	// Normalization is how the picture is brought into the input: "disc", or empty.
	Normalization string
}

// Preview shows what a list of augmentations makes of one image, at the model's
// input size.
type Preview struct {
	Name     string
	Original image.Image
	Variants []image.Image
}
