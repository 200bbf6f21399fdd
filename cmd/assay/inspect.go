package main

import (
	"cmp"
	"errors"

	"assay/capture"
	"assay/inspection"
	"assay/station"

	"github.com/spf13/cobra"
)

// inspectRow is a line of `assay inspect --json`; the first ten fields are the contract's.
type inspectRow struct {
	ID        string             `json:"id"`
	Source    string             `json:"source"`
	Frame     uint64             `json:"frame"`
	Image     string             `json:"image"`
	Score     float64            `json:"score"`
	Verdict   inspection.Verdict `json:"verdict"`
	Model     string             `json:"model"`
	Engine    string             `json:"engine"`
	LatencyMS float64            `json:"latency_ms"`
	Truth     *inspection.Truth  `json:"truth,omitempty"`
	// Reason is "unfamiliar" where the verdict was withheld for that; Familiarity is there where the model can tell.
	Reason      string                  `json:"reason,omitempty"`
	Familiarity *inspection.Familiarity `json:"familiarity,omitempty"`
}

type inspectOptions struct {
	source, model, recipe, engine, trigger string
	lot                                    string
	limit, threads                         int
	noLog                                  bool
}

func newInspect(g *globals) *cobra.Command {
	var o inspectOptions
	cmd := &cobra.Command{
		Use:   "inspect --source SOURCE [--model MODEL]",
		Short: "Judge what a source delivers, without a window",
		Long: `SOURCE is camera:N, camera:/dev/…, video:FILE, folder:DIR or demo. MODEL is a registered name, name@version or an ONNX
file. Every picture of a folder or video is judged; of a camera or the demo line each part that comes to rest.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := required(cmd, "source"); err != nil {
				return err
			}
			return inspect(cmd, g, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.source, "source", "", "where pictures come from")
	f.StringVar(&o.model, "model", "", "what judges them; the recipe's model where not given")
	f.StringVar(&o.recipe, "recipe", "", "recipe to apply: thresholds and region")
	f.StringVar(&o.engine, "engine", "", "what runs the model: native or opencv")
	f.StringVar(&o.trigger, "trigger", "", "continuous or part-present")
	f.StringVar(&o.lot, "lot", "", "lot that the records carry")
	f.IntVar(&o.limit, "limit", 0, "end after this many parts")
	f.IntVar(&o.threads, "threads", 1, "threads of the engine; 0 for one a processor")
	f.BoolVar(&o.noLog, "no-log", false, "keep no record")
	return cmd
}

func inspect(cmd *cobra.Command, g *globals, o inspectOptions) (err error) {
	spec, err := capture.ParseSpec(o.source)
	if err != nil {
		return usage(err)
	}
	trigger, err := chooseTrigger(o.trigger, spec.Kind)
	if err != nil {
		return usage(err)
	}
	if err := o.check(cmd); err != nil {
		return err // before a log is made for nothing
	}
	p, err := g.params()
	if err != nil {
		return err
	}
	p.Engine, p.Limit, p.Threads = o.engine, o.limit, o.threads
	if !o.noLog {
		log, openErr := g.openLog()
		if openErr != nil {
			return openErr
		}
		defer func() { err = errors.Join(err, log.Close()) }()
		p.Log = log
	}
	s, err := station.New(p)
	if err != nil {
		return err
	}
	if err := prepare(cmd, s, o, spec.Kind); err != nil {
		return err
	}
	if notice := s.Snapshot().Notice; notice != "" {
		cmd.PrintErrln(notice)
	}
	s.SetTrigger(trigger)
	s.SetLot(o.lot)
	out := g.printer(cmd)
	err = s.RunSource(cmd.Context(), spec.String(), func(j station.Judgement) error { return printPart(out, j.Record) })
	if n := s.Snapshot().Skipped; n > 0 && err == nil {
		err = plainError{errors.New(plural(n, "picture") + " could not be read and were left out; every other one was judged")}
	}
	return err
}

// check refuses values that no station takes.
func (o inspectOptions) check(cmd *cobra.Command) error {
	if o.limit < 0 || o.threads < 0 {
		return usage(errors.New("--limit and --threads want 0 or more"))
	}
	if _, known := engines()[cmp.Or(o.engine, "native")]; !known {
		return usage(errors.New("--engine wants native or opencv"))
	}
	if cmd.Flags().Changed("model") {
		return station.CheckModel(o.model)
	}
	return nil
}

// prepare applies the recipe, which is the one for the kind of source unless
// named, and then the model.
func prepare(cmd *cobra.Command, s *station.Station, o inspectOptions, kind capture.Kind) error {
	if o.recipe != "" {
		if err := s.UseRecipe(o.recipe); err != nil {
			return err
		}
	}
	if o.model != "" {
		return s.OpenModel(cmd.Context(), o.model)
	}
	if o.recipe == "" {
		return s.UseRecipe(recipeFor(s.Recipes(), kind))
	}
	return nil
}

// recipeFor returns the first recipe that expects the kind of source, else the
// last.
func recipeFor(recipes []inspection.Recipe, kind capture.Kind) string {
	name := ""
	for _, r := range recipes {
		if r.SourceKind == string(kind) {
			return r.Name
		}
		name = r.Name
	}
	return name
}

// triggerFor judges every picture of a file, and of what runs on by itself each
// part that comes to rest.
func triggerFor(kind capture.Kind) inspection.Trigger {
	if kind == capture.Camera || kind == capture.Demo {
		return inspection.TriggerPartPresent
	}
	return inspection.TriggerContinuous
}

func chooseTrigger(text string, kind capture.Kind) (inspection.Trigger, error) {
	switch t := cmp.Or(inspection.Trigger(text), triggerFor(kind)); t {
	case inspection.TriggerContinuous, inspection.TriggerPartPresent:
		return t, nil
	}
	return "", errors.New("--trigger wants continuous or part-present")
}

func printPart(out printer, r inspection.Record) error {
	row := inspectRow{
		ID: r.ID, Source: r.Source, Frame: r.Frame, Image: r.Image, Score: r.Score, Verdict: r.Machine.Verdict,
		Model: r.Model.Name, Engine: r.Engine, LatencyMS: r.LatencyMS, Truth: r.Truth,
		Reason: r.Machine.Reason, Familiarity: r.Familiarity,
	}
	return out.row(row, "%-6s  %.4f  %6.2f ms  %s  %s", r.Machine.Verdict, r.Score, r.LatencyMS, cmp.Or(r.Image, r.ID), r.Machine.Reason)
}
