package main

import (
	"errors"
	"time"

	"assay/training/dataset"

	"github.com/spf13/cobra"
)

type importOptions struct {
	datasets                         []string
	defective, name, split, by, note string
	seed                             uint64
	near, validation, test           float64
	extend                           bool
}

// importRow is the line that `assay dataset import --json` prints.
type importRow struct {
	datasetRow
	Audit dataset.Audit `json:"audit"`
	// Known counts the images that the version before held already; Unchanged says that it holds all of this one.
	Known     int  `json:"known"`
	Unchanged bool `json:"unchanged,omitempty"`
}

func newDatasetImport(g *globals) *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use: "import --dataset DIR --name NAME", Short: "Take a snapshot of class folders: a data set that can be named exactly", Args: noArguments,
		Long: `Reads every image, divides the set and keeps the list of content digests, labels, groups and parts as the next version of NAME.
The images stay where they are. What cannot be decoded and identical images with different labels are listed as excluded.
Where nothing has changed since, the newest version stands.
With --extend the images of the version before stay where they stand, its test part as it is, and DIR is added.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := required(cmd, "dataset", "name"); err != nil {
				return err
			}
			return importDataset(cmd, g, o)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.datasets, "dataset", nil, "`folder` with one folder per class; may be given several times")
	f.StringVar(&o.defective, "defective", "", "name of the folder of defective parts, where its name does not say so")
	f.StringVar(&o.name, "name", "", "name to keep it under")
	f.StringVar(&o.split, "split", string(dataset.Grouped), "official, random or grouped")
	f.Uint64Var(&o.seed, "seed", 1, "seed of the split")
	f.Float64Var(&o.validation, "validation", dataset.DefaultShare, "share of what is no test image that validates")
	f.Float64Var(&o.test, "test", dataset.DefaultShare, "share of test images, for random and grouped")
	f.Float64Var(&o.near, "near", dataset.DefaultNear, "least correlation of near-duplicates")
	f.BoolVar(&o.extend, "extend", false, "add to the version before")
	f.StringVar(&o.by, "by", userName(), "who imports")
	f.StringVar(&o.note, "note", "", "what for")
	return cmd
}

func importDataset(cmd *cobra.Command, g *globals, o importOptions) error {
	if err := notZero(cmd, "test", "validation"); err != nil {
		return err
	}
	split, err := dataset.ParseSplit(o.split, "", o.seed)
	if err != nil {
		return usage(err)
	}
	split.Validation, split.Test = o.validation, o.test
	near := dataset.NearOptions{Threshold: o.near}
	if err := errors.Join(split.Validate(), dataset.CheckName(o.name), near.Validate()); err != nil {
		return usage(err)
	}
	request := dataset.ImportRequest{Name: o.name, Extend: o.extend, Split: split, Near: near,
		By: o.by, At: time.Now(), Note: o.note, Progress: readProgress(cmd)}
	for _, dir := range o.datasets {
		input, err := dataset.FolderInput(dir, dataset.FolderOptions{Defective: o.defective})
		if err != nil {
			return err
		}
		request.Inputs = append(request.Inputs, input)
	}
	store := g.datasets()
	imported, err := store.Import(cmd.Context(), request)
	if err != nil {
		return err
	}
	row, err := newDatasetRow(imported.Snapshot, store.Uses())
	if err != nil {
		return err
	}
	out := g.printer(cmd)
	if imported.Unchanged {
		cmd.PrintErrf("Nothing has changed since %s was made, so that stands.\n", imported.Snapshot.Ref())
	}
	if g.json {
		return out.row(importRow{row, imported.Audit, imported.Known, imported.Unchanged}, "")
	}
	if err := out.audit(auditRow{Dataset: imported.Snapshot.Ref(), Audit: imported.Audit, Seconds: time.Since(request.At).Seconds()}); err != nil {
		return err
	}
	return out.dataset(row)
}
