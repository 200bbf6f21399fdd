package dataset

import (
	"context"
	"path/filepath"
)

// Examination is a survey of the content of a whole data set with its groups.
type Examination struct {
	Survey *Survey
	Groups *Groups
	Audit  Audit
	// Source is the folder or NAME@VERSION.
	Source string
}

// Examine reads all images of the chosen data set, test images included, and
// looks for duplicates across its parts. The Split of the choice counts only
// where it has a kind: then its parts are judged, else those that the set has.
// Nothing is trained or measured on the images. Errors wrap
// inspection.ErrBadDataset, inspection.ErrNotFound or inspection.ErrDamaged, or
// are ctx's.
func Examine(ctx context.Context, c Choice, o NearOptions, progress func(done, total int)) (*Examination, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	items, source, err := c.everything()
	if err != nil {
		return nil, err
	}
	survey, err := Inspect(ctx, items, SurveyOptions{Content: true, Workers: o.Workers, Progress: progress})
	if err != nil {
		return nil, err
	}
	if err := survey.unchanged(items); err != nil {
		return nil, err
	}
	groups, err := survey.Groups(ctx, o)
	if err != nil {
		return nil, err
	}
	groups.Label(survey.Items)
	if c.Split.Kind != "" {
		division, err := survey.divide(c.Split.withDefaults())
		if err != nil {
			return nil, err
		}
		survey.adopt(division)
	}
	return &Examination{Survey: survey, Groups: groups, Audit: NewAudit(survey, groups), Source: source}, nil
}

// everything lists all images that are not excluded, with the parts they have.
func (c Choice) everything() (items []Item, source string, err error) {
	if c.Items != nil {
		return c.Items, "", nil
	}
	if isFolder(c.Source) || !namesSnapshot(c.Source) {
		items, err := WholeFolder(c.Source, c.Folder)
		return items, filepath.Clean(c.Source), err
	}
	snapshot, err := c.Store.find(c.Source)
	if err != nil {
		return nil, "", err
	}
	return snapshot.Items(), snapshot.Ref(), nil
}

// adopt gives the survey's items the parts of a division of them.
func (s *Survey) adopt(d *Division) {
	type key struct{ digest, name string }
	parts := map[key]Part{}
	for _, items := range [][]Item{d.Training.Train, d.Training.Validation, d.Test.items} {
		for _, item := range items {
			parts[key{item.Digest, item.Name}] = item.Part
		}
	}
	for i, item := range s.Items {
		s.Items[i].Part = parts[key{item.Digest, item.Name}]
	}
}
