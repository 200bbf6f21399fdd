package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"assay/inspection"
	"assay/storage"

	"github.com/spf13/cobra"
)

func newLog(g *globals) *cobra.Command {
	return group("log", "List, show, export, verify, back up and restore the log",
		newLogList(g), newLogShow(g), newLogExport(g), newLogVerify(g), newLogBackup(g), newLogRestore(g))
}

// withLog opens the log to read, runs f and closes it. A data folder that does
// not exist has no log that could be empty.
func (g *globals) withLog(f func(*storage.Log) error) error {
	if _, err := os.Stat(g.data); errors.Is(err, fs.ErrNotExist) {
		return plainError{fmt.Errorf("the data folder %s does not exist, so there is no log in it. Name another one with --data (%w)", g.data, inspection.ErrNotFound)}
	}
	log, err := storage.Open(g.logFolder(), storage.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	return errors.Join(f(log), log.Close())
}

// queryFlags are the filters that list and export share.
type queryFlags struct {
	from, to, verdict, model, lot, serial string
	limit                                 int
	unfamiliar                            bool
}

func (q *queryFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&q.from, "from", "", "first day or time: 2026-11-24 or 2026-11-24T14:00:00Z")
	f.StringVar(&q.to, "to", "", "day or time before which to end")
	f.StringVar(&q.verdict, "verdict", "", "verdicts, separated by commas: pass, review, fail")
	f.StringVar(&q.model, "model", "", "name of the model")
	f.StringVar(&q.lot, "lot", "", "lot")
	f.StringVar(&q.serial, "serial", "", "serial number")
	f.BoolVar(&q.unfamiliar, "unfamiliar", false, "only pictures unlike what the model had learnt from")
}

func (q *queryFlags) query() (storage.Query, error) {
	result := storage.Query{Model: q.model, Lot: q.lot, Serial: q.serial, Limit: q.limit}
	if q.unfamiliar {
		result.Unfamiliar = &q.unfamiliar
	}
	var problems [2]error
	result.From, problems[0] = parseTime(q.from)
	result.To, problems[1] = parseTime(q.to)
	if err := errors.Join(problems[:]...); err != nil {
		return result, usage(err)
	}
	for _, text := range strings.FieldsFunc(q.verdict, func(c rune) bool { return c == ',' }) {
		v, err := inspection.ParseVerdict(text)
		if err != nil {
			return result, usage(err)
		}
		result.Verdicts = append(result.Verdicts, v)
	}
	return result, nil
}

func parseTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fmt.Errorf("time %q: want 2026-11-24 or 2026-11-24T14:00:00Z", text)
	}
	return t, nil
}

func newLogList(g *globals) *cobra.Command {
	var flags queryFlags
	cmd := &cobra.Command{
		Use: "list", Short: "List records, newest first", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			q, err := flags.query()
			if err != nil {
				return err
			}
			return g.withLog(func(log *storage.Log) error {
				page, err := log.List(cmd.Context(), q)
				if err != nil {
					return err
				}
				for _, r := range page.Records {
					if err := g.printer(cmd).record(r); err != nil {
						return err
					}
				}
				if !g.json {
					cmd.PrintErrf("%d of %s\n", len(page.Records), plural(page.Total, "record"))
				}
				return nil
			})
		},
	}
	flags.register(cmd)
	cmd.Flags().IntVar(&flags.limit, "limit", 100, "largest number of records")
	return cmd
}

func (p printer) record(r inspection.Record) error {
	return p.row(r, "%s  %s  %-6s  %.4f  %s %d  %s  %s", r.ID, r.Time.Format(time.RFC3339), r.Final().Verdict, r.Score,
		r.Model.Name, r.Model.Version, r.Source, r.Image)
}

func newLogShow(g *globals) *cobra.Command {
	var image string
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show a record and, with --image, write its picture", Args: exactly(1),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			if err := checkOutput(image); err != nil {
				return err
			}
			return g.withLog(func(log *storage.Log) error {
				r, err := log.Get(arguments[0])
				if err != nil {
					return err
				}
				if err := writeImage(log, r.ID, image); err != nil {
					return err
				}
				return g.printer(cmd).record(r)
			})
		},
	}
	cmd.Flags().StringVar(&image, "image", "", "`file` to write the picture to")
	return cmd
}

func newLogExport(g *globals) *cobra.Command {
	var flags queryFlags
	cmd := &cobra.Command{
		Use: "export DIR", Short: "Write records as CSV, with their pictures, to a folder", Args: exactly(1),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			q, err := flags.query()
			if err != nil {
				return err
			}
			return g.withLog(func(log *storage.Log) error {
				n, err := log.Export(cmd.Context(), q, arguments[0])
				if err != nil {
					return err
				}
				return g.printer(cmd).row(map[string]int{"records": n}, "%s written to %s", plural(n, "record"), arguments[0])
			})
		},
	}
	flags.register(cmd)
	return cmd
}

// verifyRow is what `assay log verify` prints.
type verifyRow struct {
	Segments int      `json:"segments"`
	Records  int      `json:"records"`
	Images   int      `json:"images"`
	Reviews  int      `json:"reviews"`
	Problems []string `json:"problems"`
}

func newLogVerify(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Walk every record, image and the audit chain", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return g.withLog(func(log *storage.Log) error {
				report, err := log.Verify(cmd.Context(), nil)
				if err != nil {
					return err
				}
				row := verifyRow{report.Segments, report.Records, report.Images, report.Reviews, report.Problems}
				err = g.printer(cmd).row(row, "%s, %s, %s, %s: %s", plural(row.Segments, "segment"), plural(row.Records, "record"),
					plural(row.Images, "image"), plural(row.Reviews, "review"), plural(len(row.Problems), "problem"))
				if len(report.Problems) > 0 {
					return errors.Join(err, fmt.Errorf("%w: %s", inspection.ErrDamaged, strings.Join(report.Problems, "; ")))
				}
				return err
			})
		},
	}
}

func newLogBackup(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "backup FILE", Short: "Write a consistent copy of the whole log to one file", Args: exactly(1),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			if err := checkOutput(arguments[0]); err != nil {
				return err
			}
			return g.withLog(func(log *storage.Log) error { return log.Backup(cmd.Context(), arguments[0]) })
		},
	}
}

func newLogRestore(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "restore FILE", Short: "Unpack a backup into a data folder that has no log yet", Args: exactly(1),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			return storage.Restore(cmd.Context(), arguments[0], g.logFolder())
		},
	}
}
