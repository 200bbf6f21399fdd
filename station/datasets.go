package station

import (
	"context"
	"image"
	"strings"

	"assay/inspection"
	"assay/training/dataset"
)

// InspectDataset says what a data set holds and whether it can be trained on. It
// reads the head of every image, so call it off the window's goroutine.
func (s *Station) InspectDataset(ctx context.Context, c DatasetChoice) (DatasetSummary, error) {
	if c.Kind == DatasetReviewed {
		return s.inspectReviewed(ctx)
	}
	items, err := dataset.Folder(c.Folder, dataset.FolderOptions{Part: dataset.Train})
	if err != nil {
		return DatasetSummary{Problem: Explain(err)}, nil
	}
	var summary DatasetSummary
	for _, item := range items {
		if ctx.Err() != nil {
			return summary, ctx.Err()
		}
		summary.add(item.Class)
		if !readable(item) {
			summary.Unreadable = append(summary.Unreadable, item.Name)
		}
	}
	return summary, nil
}

func (d *DatasetSummary) add(c inspection.Class) {
	if c == inspection.Defective {
		d.Defective++
		return
	}
	d.Normal++
}

func readable(item dataset.Item) bool {
	data, err := item.Read()
	if err != nil {
		return false
	}
	_, _, err = image.DecodeConfig(strings.NewReader(string(data)))
	return err == nil
}

func (s *Station) inspectReviewed(ctx context.Context) (DatasetSummary, error) {
	var summary DatasetSummary
	err := s.eachReviewed(ctx, func(_ inspection.Record, class inspection.Class) error {
		summary.add(class)
		return nil
	})
	if summary.Normal == 0 || summary.Defective == 0 {
		summary.Problem = "The log needs reviewed parts of both kinds, good and defective. Review some on the Log page first."
	}
	return summary, err
}

// eachReviewed calls f for every record that a person has decided on, with its
// class, page by page so that the log is never held in memory.
func (s *Station) eachReviewed(ctx context.Context, f func(r inspection.Record, class inspection.Class) error) error {
	for cursor := ""; ; {
		page, err := s.Records(ctx, reviewedQuery(cursor))
		if err != nil {
			return err
		}
		for _, r := range page.Records {
			class, ok := classOf(r.Final().Verdict)
			if !ok {
				continue
			}
			if err := f(r, class); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		cursor = page.Next
	}
}

// reviewedQuery selects what a person has decided on.
func reviewedQuery(cursor string) Query {
	reviewed := true
	return Query{Reviewed: &reviewed, Limit: 500, Before: cursor}
}

// classOf returns the class that a final verdict means; ok is false for review,
// which teaches nothing.
func classOf(v inspection.Verdict) (class inspection.Class, ok bool) {
	switch v {
	case inspection.Pass:
		return inspection.Normal, true
	case inspection.Fail:
		return inspection.Defective, true
	}
	return 0, false
}
