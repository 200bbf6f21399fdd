package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"image/png"
	"maps"
	"slices"
	"strings"
	"time"

	"assay/inspection"
	"assay/internal/atomicfile"
	"assay/training/dataset"

	"github.com/spf13/cobra"
)

type auditOptions struct {
	dataset, defective, split, fold, page string
	seed                                  uint64
	pairs, workers                        int
	near                                  float64
}

// auditRow is the line that `assay dataset audit --json` prints.
type auditRow struct {
	Dataset string `json:"dataset"`
	dataset.Audit
	Seconds float64   `json:"seconds"`
	Pairs   []pairRow `json:"pairs,omitempty"`
}

// pairRow is an example of two near-duplicates.
type pairRow struct {
	A           string       `json:"a"`
	B           string       `json:"b"`
	PartA       dataset.Part `json:"part_a,omitempty"`
	PartB       dataset.Part `json:"part_b,omitempty"`
	Correlation float64      `json:"correlation"`
	Orientation string       `json:"orientation"`
}

func newDatasetAudit(g *globals) *cobra.Command {
	var o auditOptions
	cmd := &cobra.Command{
		Use: "audit --dataset DIR|NAME", Short: "Look for duplicates across the parts, unreadable images and wrong balance", Args: noArguments,
		Long: `Reads every image of a data set and reports exact and near-duplicates across its parts, groups of near-duplicates, unreadable
files, sizes and class balance. Near-duplicates are pictures whose gray 48x48 thumbnails correlate at --near or above in any
flip or quarter turn, small shifts allowed. With --split it judges the parts that this split would make.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := required(cmd, "dataset"); err != nil {
				return err
			}
			return audit(cmd, g, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.dataset, "dataset", "", "`folder` with one folder per class, or the name of an imported data set")
	f.StringVar(&o.defective, "defective", "", "name of the folder of defective parts, where its name does not say so")
	f.StringVar(&o.split, "split", "", "judge the parts of this split: official, random or grouped")
	f.StringVar(&o.fold, "fold", "", "judge the parts of one fold of several by group, such as 2/5")
	f.Uint64Var(&o.seed, "seed", 1, "seed of the split")
	f.Float64Var(&o.near, "near", dataset.DefaultNear, "least correlation of near-duplicates")
	f.IntVar(&o.pairs, "pairs", 0, "list so many examples of near-duplicates across parts")
	f.StringVar(&o.page, "page", "", "write a page of pictures of the groups to this PNG `file`")
	f.IntVar(&o.workers, "threads", 0, "threads to use; 0 for one a core")
	return cmd
}

// pageMargin is how far below the threshold the page shows pairs that were not linked.
const pageMargin = 0.005

func audit(cmd *cobra.Command, g *globals, o auditOptions) error {
	start := time.Now()
	if o.workers < 0 || o.pairs < 0 {
		return usage(errors.New("--threads and --pairs want 0 or more"))
	}
	split, err := dataset.ParseSplit(o.split, o.fold, o.seed)
	if err != nil {
		return usage(err)
	}
	choice := dataset.Choice{Source: o.dataset, Store: g.datasets(), Folder: dataset.FolderOptions{Defective: o.defective}, Split: split}
	near := dataset.NearOptions{Threshold: o.near, Workers: o.workers}
	if err := near.Validate(); err != nil {
		return usage(err)
	}
	if err := checkOutput(o.page); err != nil {
		return err
	}
	e, err := dataset.Examine(cmd.Context(), choice, near, readProgress(cmd))
	if err != nil {
		return err
	}
	row := auditRow{Dataset: e.Source, Audit: e.Audit, Seconds: time.Since(start).Seconds(), Pairs: pairRows(e, o.pairs)}
	err = g.printer(cmd).audit(row) // first: it stands, whatever becomes of the page
	if o.page != "" {
		err = errors.Join(err, writePage(cmd, e, near, o.page))
	}
	return err
}

// writePage draws the groups, with the pairs that just missed the threshold.
func writePage(cmd *cobra.Command, e *dataset.Examination, near dataset.NearOptions, file string) error {
	near.Threshold -= pageMargin
	pairs, err := e.Survey.Near(cmd.Context(), near)
	if err != nil {
		return err
	}
	rejected := slices.DeleteFunc(pairs, func(p dataset.Pair) bool { return p.Correlation >= e.Groups.Threshold })
	var b bytes.Buffer
	if err := png.Encode(&b, dataset.Page(e, rejected, 8)); err != nil {
		return fmt.Errorf("draw page: %w", err)
	}
	return inspection.StorageError(atomicfile.Write(file, b.Bytes(), 0o640))
}

// pairRows lists examples, those across parts first, the nearest first.
func pairRows(e *dataset.Examination, n int) []pairRow {
	pairs := slices.Clone(e.Groups.Pairs)
	items := e.Survey.Items
	within := func(p dataset.Pair) int {
		if items[p.A].Part == items[p.B].Part {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(pairs, func(a, b dataset.Pair) int {
		return cmp.Or(cmp.Compare(within(a), within(b)), cmp.Compare(b.Correlation, a.Correlation))
	})
	var rows []pairRow
	for _, p := range pairs[:max(min(n, len(pairs)), 0)] {
		a, b := items[p.A], items[p.B]
		rows = append(rows, pairRow{a.Name, b.Name, a.Part, b.Part, p.Correlation, p.Orientation.String()})
	}
	return rows
}

func (p printer) audit(row auditRow) error {
	if p.json {
		return p.row(row, "")
	}
	var b strings.Builder
	line := func(format string, words ...any) { fmt.Fprintf(&b, format+"\n", words...) }
	line("%s: %s, read and compared in %.1f s", row.Dataset, plural(row.Images, "image"), row.Seconds)
	for _, part := range row.Parts {
		line("  %s", partWords(part))
	}
	line("sizes        %s", tally(row.Sizes))
	line("colours      %s", tally(row.Colours))
	line("unreadable   %d", len(row.Unreadable))
	for _, u := range row.Unreadable {
		line("  %s: %s", u.Name, u.Error)
	}
	line("copies       %s that repeat another exactly, %d of them in another part", plural(row.Copies, "image"), row.CopiesAcross)
	line("conflicts    %s labelled both normal and defective", plural(len(row.Conflicts), "image"))
	for _, c := range row.Conflicts {
		line("  normal %s, defective %s", strings.Join(c.Normal, ", "), strings.Join(c.Defective, ", "))
	}
	line("near         %s at r ≥ %g, %d of them of different classes", plural(row.NearPairs, "pair"), row.Threshold, row.MixedPairs)
	for _, l := range row.Leaks {
		how := fmt.Sprintf("in place at r > %g", l.Correlation)
		if l.Shifts {
			how = fmt.Sprintf("at r ≥ %g, small shifts allowed", l.Correlation)
		}
		line("  %.1f %% of the part %s (%s) have a near-duplicate in another part %s", l.Percent, l.Part, plural(l.Images, "image"), how)
	}
	line("groups       %d, the largest of %s, %d across parts", row.Groups, plural(row.LargestGroup, "image"), row.GroupsAcross)
	line("  of size    %s", tally(row.GroupSizes))
	for _, r := range row.Pairs {
		line("  r %.4f  %s  %s  (%s)", r.Correlation, r.A, r.B, r.Orientation)
	}
	return p.row(nil, "%s", strings.TrimSuffix(b.String(), "\n"))
}

func partWords(p dataset.PartCount) string {
	n := p.Normal + p.Defective
	return fmt.Sprintf("%s %d (%d normal, %d defective: %.1f %%)", cmp.Or(p.Part, "all"), n, p.Normal, p.Defective, 100*float64(p.Defective)/float64(max(n, 1)))
}

// tally lists counts, sorted by what is counted.
func tally[K cmp.Ordered](counts map[K]int) string {
	var words []string
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		words = append(words, fmt.Sprintf("%v: %d", k, counts[k]))
	}
	return cmp.Or(strings.Join(words, ", "), "none")
}
