package station

import (
	"context"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"

	"assay/inspection"
	"assay/internal/atomicfile"
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
	err := s.eachReviewed(ctx, func(r inspection.Record, folder string) error {
		if folder == inspection.Defective.String() {
			summary.Defective++
		} else {
			summary.Normal++
		}
		return nil
	})
	if summary.Normal == 0 || summary.Defective == 0 {
		summary.Problem = "The log needs reviewed parts of both kinds, good and defective. Review some on the Log page first."
	}
	return summary, err
}

// eachReviewed calls f for every record that a person has decided on, with the
// class folder it belongs to, page by page so that the log is never held in
// memory.
func (s *Station) eachReviewed(ctx context.Context, f func(r inspection.Record, folder string) error) error {
	for cursor := ""; ; {
		page, err := s.Records(ctx, reviewedQuery(cursor))
		if err != nil {
			return err
		}
		for _, r := range page.Records {
			folder, ok := classOf(r.Final().Verdict)
			if !ok {
				continue
			}
			if err := f(r, folder); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		cursor = page.Next
	}
}

// datasetFolder returns the folder to train on; reviewed records are written
// out below the data folder, one folder a class.
func (s *Station) datasetFolder(ctx context.Context, c DatasetChoice) (string, error) {
	if c.Kind != DatasetReviewed {
		return c.Folder, nil
	}
	dir := filepath.Join(s.params.Data, "datasets", "reviewed")
	if err := os.RemoveAll(dir); err != nil {
		return "", fmt.Errorf("clear the old data set: %w", storageError(err))
	}
	err := s.eachReviewed(ctx, func(r inspection.Record, folder string) error { return s.writeSample(dir, folder, r.ID) })
	return dir, err
}

func (s *Station) writeSample(dir, folder, id string) error {
	data, mediaType, err := s.params.Log.Image(id)
	if err != nil {
		return fmt.Errorf("read reviewed image: %w", err)
	}
	folder = filepath.Join(dir, folder)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return storageError(err)
	}
	return storageError(atomicfile.Write(filepath.Join(folder, id+"."+strings.TrimPrefix(mediaType, "image/")), data, 0o640))
}
