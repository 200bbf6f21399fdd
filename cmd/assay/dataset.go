package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"assay/inspection"
	"assay/training/dataset"

	"github.com/spf13/cobra"
)

func newDataset(g *globals) *cobra.Command {
	return group("dataset", "Audit, import, list, show and correct data sets",
		newDatasetAudit(g), newDatasetImport(g), newDatasetList(g), newDatasetShow(g),
		newDatasetExclude(g), newDatasetInclude(g), newDatasetRelabel(g))
}

// datasets are the snapshots of this data folder.
func (g *globals) datasets() dataset.Store {
	return dataset.Store{Folder: filepath.Join(g.data, "datasets")}
}

// readProgress tells on stderr how far reading images has come.
func readProgress(cmd *cobra.Command) func(done, total int) {
	return func(done, total int) {
		if done%1024 == 0 || done == total {
			cmd.PrintErrf("Reading images: %d of %d\n", done, total)
		}
	}
}

// datasetRow is a line of `assay dataset list` and `show`.
type datasetRow struct {
	Name     string               `json:"name"`
	Version  int                  `json:"version"`
	ID       string               `json:"id"`
	Created  time.Time            `json:"created"`
	By       string               `json:"by,omitempty"`
	Note     string               `json:"note,omitempty"`
	Split    dataset.SplitOptions `json:"split"`
	Parts    []dataset.PartCount  `json:"parts"`
	Groups   int                  `json:"groups"`
	Excluded int                  `json:"excluded"`
	// Relabelled counts images whose label a person changed; TestUses the evaluations on the test part.
	Relabelled int `json:"relabelled"`
	TestUses   int `json:"test_uses"`
	// Uses are those evaluations. They, Sources, Changed and Images are printed by `show` alone, the latter two where
	// asked for.
	Uses    []dataset.TestUse `json:"uses,omitempty"`
	Sources []dataset.Source  `json:"sources,omitempty"`
	Changed []string          `json:"changed,omitempty"`
	Images  []dataset.Entry   `json:"images,omitempty"`
}

func newDatasetRow(s *dataset.Snapshot, uses *dataset.TestUses) (datasetRow, error) {
	summary := s.Summary()
	n, err := uses.Count(summary.TestFingerprint)
	return datasetRow{Name: s.Name, Version: s.Version, ID: s.ID, Created: s.Created, By: s.By, Note: s.Note, Split: s.Split,
		Parts: summary.Parts, Groups: summary.Groups, Excluded: summary.Excluded, Relabelled: summary.Relabelled, TestUses: n}, err
}

// readDataset returns a version, and the line about it.
func readDataset(store dataset.Store, name string, version int) (*dataset.Snapshot, datasetRow, error) {
	snapshot, err := store.Read(name, version)
	if err != nil {
		return nil, datasetRow{}, err
	}
	row, err := newDatasetRow(snapshot, store.Uses())
	return snapshot, row, err
}

func (p printer) dataset(row datasetRow) error {
	words := ""
	for _, part := range row.Parts {
		words += "  " + partWords(part)
	}
	return p.row(row, "%s@%d  %s  %s%s  %s, %d excluded, %d relabelled, test part used %s  %.12s", row.Name, row.Version,
		row.Created.Local().Format(time.DateTime), row.Split, words, plural(row.Groups, "group"), row.Excluded, row.Relabelled,
		plural(row.TestUses, "time"), row.ID)
}

func newDatasetList(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List every version of the imported data sets", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := g.checkData(cmd); err != nil {
				return err
			}
			store := g.datasets()
			names, err := store.Names()
			if err != nil {
				return err
			}
			var damaged error // one damaged file must not hide the others
			for _, name := range names {
				if err := listVersions(cmd, g, store, name); err != nil {
					damaged = errors.Join(damaged, err)
				}
			}
			return damaged
		},
	}
}

// listVersions prints what can be read, and returns what cannot.
func listVersions(cmd *cobra.Command, g *globals, store dataset.Store, name string) error {
	versions, err := store.Versions(name)
	if err != nil {
		return err
	}
	var problems error
	for _, v := range versions {
		problems = errors.Join(problems, listVersion(cmd, g, store, name, v))
	}
	return problems
}

func listVersion(cmd *cobra.Command, g *globals, store dataset.Store, name string, version int) error {
	_, row, err := readDataset(store, name, version)
	if err != nil {
		return err
	}
	return g.printer(cmd).dataset(row)
}

func newDatasetShow(g *globals) *cobra.Command {
	var images, check bool
	cmd := &cobra.Command{
		Use: "show NAME[@VERSION]", Short: "Show a data set and the uses of its test part; with --check, what has changed since it was taken", Args: exactly(1),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			store := g.datasets()
			name, version, err := dataset.ParseRef(arguments[0])
			if err != nil {
				return usage(err)
			}
			if err := g.checkData(cmd); err != nil {
				return err
			}
			snapshot, row, err := readDataset(store, name, version)
			if err != nil {
				return err
			}
			row.Sources = snapshot.Sources
			if row.Uses, err = store.Uses().Of(snapshot.Summary().TestFingerprint); err != nil {
				return err
			}
			if images && g.json {
				row.Images = snapshot.Entries
			}
			if check {
				changed, err := snapshot.Changed(cmd.Context(), readProgress(cmd))
				if err != nil {
					return err
				}
				for _, c := range changed {
					row.Changed = append(row.Changed, c.Name+": "+c.Err.Error())
				}
			}
			return g.printer(cmd).datasetDetails(row, snapshot, images)
		},
	}
	cmd.Flags().BoolVar(&images, "images", false, "list the images")
	cmd.Flags().BoolVar(&check, "check", false, "read every image and list those that changed or are gone; exit 1 where there are any")
	return cmd
}

func (p printer) datasetDetails(row datasetRow, s *dataset.Snapshot, images bool) error {
	if err := p.dataset(row); err != nil {
		return err
	}
	if !p.json {
		for _, line := range row.details(s, images) {
			if err := p.row(nil, "%s", line); err != nil {
				return err
			}
		}
	}
	if len(row.Changed) > 0 {
		return plainError{errors.New(plural(len(row.Changed), "image") + " changed or vanished since " + s.Ref() + " was taken; put the files back or import the data set again")}
	}
	return nil
}

// details are the lines below the first: all images, or those of which something was said.
func (r datasetRow) details(s *dataset.Snapshot, images bool) (lines []string) {
	for _, source := range r.Sources {
		lines = append(lines, "from "+source.Kind+" "+source.Path)
	}
	for _, use := range r.Uses {
		lines = append(lines, fmt.Sprintf("test part used %s  %s  model %.12s  (%s)", use.Time.Local().Format(time.DateTime), use.Purpose, use.Model, cmp.Or(use.By, "?")))
	}
	for _, e := range s.Entries {
		if words := entryWords(e); images || words != "" {
			lines = append(lines, fmt.Sprintf("%.12s  %-10s  %-9s  %s%s", e.Digest, e.Part, e.Class, e.Name, words))
		}
	}
	for _, c := range r.Changed {
		lines = append(lines, "changed: "+c)
	}
	return lines
}

func entryWords(e dataset.Entry) string {
	words := ""
	if r := e.Relabelled; r != nil {
		words += "  was " + string(r.From) + ": " + r.Reason + " (" + cmp.Or(r.By, "?") + ")"
	}
	if i := e.Included; i != nil {
		words += "  included again: " + i.Reason + " (" + i.By + ")"
	}
	if x := e.Excluded; x != nil {
		words += "  excluded: " + x.Reason + " (" + cmp.Or(x.By, "?") + ")"
	}
	return words
}

// revisionFlags are what the commands that correct a data set take.
type revisionFlags struct{ reason, by string }

func (f *revisionFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.reason, "reason", "", "why (required)")
	cmd.Flags().StringVar(&f.by, "by", userName(), "who decides so")
}

// revise runs one correction and prints the version it made.
func (g *globals) revise(cmd *cobra.Command, f revisionFlags, images []string, do func(dataset.Revision) (*dataset.Snapshot, error)) error {
	if err := required(cmd, "reason"); err != nil {
		return err
	}
	snapshot, err := do(dataset.Revision{Images: images, Reason: f.reason, By: f.by, At: time.Now()})
	if err != nil {
		return err
	}
	row, err := newDatasetRow(snapshot, g.datasets().Uses())
	if err != nil {
		return err
	}
	return g.printer(cmd).dataset(row)
}

func newDatasetExclude(g *globals) *cobra.Command {
	var f revisionFlags
	cmd := &cobra.Command{
		Use: "exclude NAME IMAGE...", Short: "Make a version in which images, by name or digest, are used for nothing", Args: atLeast(2),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			return g.revise(cmd, f, arguments[1:], func(r dataset.Revision) (*dataset.Snapshot, error) {
				return g.datasets().Exclude(arguments[0], r)
			})
		},
	}
	f.register(cmd)
	return cmd
}

func newDatasetInclude(g *globals) *cobra.Command {
	var f revisionFlags
	cmd := &cobra.Command{
		Use: "include NAME IMAGE...", Short: "Make a version in which excluded images are back", Args: atLeast(2),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			return g.revise(cmd, f, arguments[1:], func(r dataset.Revision) (*dataset.Snapshot, error) {
				return g.datasets().Include(arguments[0], r)
			})
		},
	}
	f.register(cmd)
	return cmd
}

func newDatasetRelabel(g *globals) *cobra.Command {
	var f revisionFlags
	var label string
	cmd := &cobra.Command{
		Use: "relabel NAME IMAGE... --as normal|defective", Short: "Make a version in which images, and all copies of them, have another label", Args: atLeast(2),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			class, ok := dataset.Label(label).Class()
			if !ok {
				return usage(errors.New("--as wants normal or defective"))
			}
			return g.revise(cmd, f, arguments[1:], func(r dataset.Revision) (*dataset.Snapshot, error) {
				return g.datasets().Relabel(arguments[0], class, r)
			})
		},
	}
	f.register(cmd)
	cmd.Flags().StringVar(&label, "as", "", "the right label: "+inspection.Normal.String()+" or "+inspection.Defective.String())
	return cmd
}

// atLeast refuses fewer arguments as wrong usage.
func atLeast(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, arguments []string) error {
		return usage(cobra.MinimumNArgs(n)(cmd, arguments))
	}
}
