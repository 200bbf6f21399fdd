package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"assay/station"
	"assay/training"
	"assay/training/augment"
	"assay/training/compare"
	"assay/training/dataset"

	"github.com/spf13/cobra"
)

type adaptOptions struct {
	model, dataset, replay, defective, split string
	name, output, augment, samples, average  string
	steps, batch, threads                    int
	rate, replayShare, target                float64
	seed                                     uint64
	curveOnly                                bool
}

// adaptedRow is the last line of `assay adapt --json`.
type adaptedRow struct {
	trainedRow
	Estimate compare.Estimate `json:"estimate"`
}

func newAdapt(g *globals) *cobra.Command {
	var o adaptOptions
	cmd := &cobra.Command{
		Use:   "adapt --model MODEL --dataset NEW --replay OLD",
		Short: "Fine-tune a model on a few new samples without forgetting the old ones",
		Long: `Trains the model on the first 25, 50, 100 and 200 images of NEW (see --samples), with images of OLD in every batch, and
measures each result on the images of NEW that were held out and on the validation part of OLD. The model of the most samples
is registered as the next version of its name, not promoted. Interrupt (Ctrl+C) keeps the last one that was finished.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := required(cmd, "model", "dataset", "replay"); err != nil {
				return err
			}
			return adapt(cmd, g, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.model, "model", "", "model to start from: a registered name, name@version or ONNX file")
	f.StringVar(&o.dataset, "dataset", "", "new images: a `folder` with one folder per class, or a snapshot's NAME[@VERSION]")
	f.StringVar(&o.replay, "replay", "", "`folder` or snapshot that the model was trained on")
	f.StringVar(&o.defective, "defective", "", "name of the folder of defective parts, where its name does not say so")
	f.StringVar(&o.split, "split", "", "how the new images' test part is kept apart: official, random or grouped (default a snapshot's own, else official)")
	f.StringVar(&o.name, "name", "", "name to register the result under (default the model's)")
	f.StringVar(&o.output, "output", "", "write the result to this ONNX `file` instead of registering it")
	f.BoolVar(&o.curveOnly, "curve-only", false, "keep no model: only draw the curve")
	f.StringVar(&o.samples, "samples", "25,50,100,200", "numbers of new images to train on, one training each")
	f.StringVar(&o.augment, "augment", "", "augmentations (default the model's own)")
	f.StringVar(&o.average, "average", "ema=0.998", "average weights: none, ema[=0.999] or swa[=0.25]")
	f.IntVar(&o.steps, "steps", training.DefaultAdaptSteps, "steps of each training")
	f.IntVar(&o.batch, "batch", training.DefaultBatch, "images of a step")
	f.Float64Var(&o.replayShare, "replay-share", training.DefaultAdaptReplayShare, "share of each batch that is replayed")
	f.Float64Var(&o.rate, "learning-rate", training.DefaultAdaptRate, "highest learning rate")
	f.Float64Var(&o.target, "target", training.DefaultTarget, "accuracy in per cent that the estimate is for")
	f.IntVar(&o.threads, "threads", 0, "threads to use; 0 for one a core")
	f.Uint64Var(&o.seed, "seed", 1, "seed of the choice of images, their order and augmentation")
	return cmd
}

func adapt(cmd *cobra.Command, g *globals, o adaptOptions) error {
	if err := notZero(cmd, "steps", "batch", "replay-share", "learning-rate", "target"); err != nil {
		return err
	}
	request, err := g.adaptRequest(cmd, &o)
	if err == nil {
		err = checkOutput(o.output)
	}
	if err != nil {
		return err
	}
	out := g.printer(cmd)
	stop := watchPause(cmd.Context(), request.Pause, cmd.ErrOrStderr())
	defer stop()
	a, err := training.Adapt(cmd.Context(), request, adaptHooks(cmd, out, request.Pause))
	if err != nil {
		return err
	}
	if a.Warning != "" {
		cmd.PrintErrln("The adaptation was cut short:", a.Warning)
	}
	row := adaptedRow{trainedRow: trainedRow{Result: a.Result, Model: o.name}, Estimate: a.Estimate}
	words := "nothing kept, as asked for"
	if !o.curveOnly {
		if err := g.keep(&row.trainedRow, trainOptions{name: o.name, output: o.output}); err != nil {
			return notKept(err, "", row.trainedRow)
		}
		words = row.place() + "  " + row.SHA256
	}
	return out.row(row, "%s\n%s  %.1f s", a.Estimate.Text, words, row.Seconds)
}

func (g *globals) adaptRequest(cmd *cobra.Command, o *adaptOptions) (training.AdaptRequest, error) {
	r := training.AdaptRequest{Steps: o.steps, Batch: o.batch, ReplayShare: o.replayShare, Rate: o.rate, Target: o.target,
		Seed: o.seed, Threads: o.threads, Backend: newBackend, Pause: &training.Pause{}}
	var problems [5]error
	r.Samples, problems[0] = parseSamples(o.samples)
	r.Augment, problems[1] = augment.Parse(o.augment)
	r.Averaging, problems[2] = training.ParseAveraging(o.average)
	split, err := dataset.ParseSplit(o.split, "", o.seed)
	problems[3] = err
	if o.name != "" {
		problems[4] = station.CheckModelName(o.name)
	}
	if err := errors.Join(problems[:]...); err != nil {
		return r, usage(err)
	}
	if r.Current, err = g.registry().Open(cmd.Context(), o.model); err != nil {
		return r, err
	}
	if o.augment == "" {
		r.Augment = training.AugmentationOf(r.Current.Card)
	}
	if o.name == "" {
		o.name = r.Current.Card.Name
	}
	r.Name, r.Version = o.name, 1
	if o.output == "" {
		if r.Version, err = g.registry().NextVersion(o.name); err != nil {
			return r, err
		}
	}
	folder := dataset.FolderOptions{Defective: o.defective}
	r.New = dataset.Choice{Source: o.dataset, Store: g.datasets(), Folder: folder, Split: split}
	r.Old = dataset.Choice{Source: o.replay, Store: g.datasets(), Folder: folder}
	r.Uses = g.datasets().Uses()
	r.Use = dataset.TestUse{Time: time.Now(), By: userName(), Purpose: "adapt", Model: r.Current.SHA256}
	r.Command = commandLine(cmd, "assay adapt", "model", "dataset", "replay", "defective", "split", "name", "samples", "augment", "average", "steps", "batch",
		"replay-share", "learning-rate", "seed", "threads")
	return r, wrongRequest(r.Validate())
}

func parseSamples(text string) ([]int, error) {
	var samples []int
	for word := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 2 || (len(samples) > 0 && n <= samples[len(samples)-1]) {
			return nil, fmt.Errorf("--samples %q: want rising numbers from 2 up, such as 25,50,100", text)
		}
		samples = append(samples, n)
	}
	return samples, nil
}

// adaptHooks print a row per point of the curve, and progress to stderr.
func adaptHooks(cmd *cobra.Command, out printer, pause *training.Pause) training.AdaptHooks {
	progress := newProgress(cmd.ErrOrStderr(), out.json, "Reading images")
	return training.AdaptHooks{
		Load: func(done, total int) { progress.count("read", done, total) },
		Step: func(samples int, s training.Step) {
			progress.samples = samples
			progress.step(s, pause)
		},
		Row: func(row training.AdaptRow) {
			err := out.row(row, "%4d samples  new %6.2f %% of %d (%.2f to %.2f)  old %6.2f %% of %d, %d wrong  %.1f s", row.Samples,
				row.AccuracyNew, row.NNew, row.CI95New[0], row.CI95New[1], row.AccuracyOld, row.NOld, row.ErrorsOld, row.Seconds)
			if err != nil {
				cmd.PrintErrln("Cannot print the row:", err)
			}
		},
		Warn: func(err error) { cmd.PrintErrln("Warning:", err) },
	}
}
