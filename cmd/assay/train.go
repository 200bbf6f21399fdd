package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"assay/inference/architecture"
	"assay/inspection"
	"assay/station"
	"assay/training"
	"assay/training/augment"
	"assay/training/checkpoint"
	"assay/training/dataset"
	"assay/training/gorgonia"
	"assay/training/metrics"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

type trainOptions struct {
	dataset, defective, split, fold                 string
	replay                                          string
	architecture, name, augment, normalize, vary    string
	variants                                        int
	initial, part, description, output, schedule    string
	classWeights, average, calibrate, recalibrate   string
	keep                                            string
	input, views                                    int
	epochs, batch, steps, patience, threads         int
	rate, warmup, smoothing, validation, replayPart float64
	seed                                            uint64
	resume, freeze                                  bool
}

// trainedRow is the last line of `assay train --json`.
type trainedRow struct {
	training.Result
	Version int `json:"version,omitempty"`
	// Name and version as other commands take them.
	Model string `json:"model"`
	File  string `json:"file,omitempty"`
}

func newTrain(g *globals) *cobra.Command {
	var o trainOptions
	cmd := &cobra.Command{
		Use:   "train --dataset DIR --name NAME",
		Short: "Train a model and register it as the next version of its name",
		Long: `DIR has one folder per class, below "train" where that exists. Interrupt (Ctrl+C) stops after the step at hand and keeps
the best epoch so far. The new version is not promoted: see assay models promote.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := required(cmd, "dataset", "name"); err != nil {
				return err
			}
			return train(cmd, g, o)
		},
	}
	o.register(cmd.Flags())
	return cmd
}

func (o *trainOptions) register(f *pflag.FlagSet) {
	o.registerImages(f)
	o.registerMethod(f)
	f.StringVar(&o.name, "name", "", "name to register the model under")
	f.StringVar(&o.part, "part", "", "kind of part, for the card")
	f.StringVar(&o.description, "description", "", "where the data come from and under which licence, for the card")
	f.StringVar(&o.output, "output", "", "write the model to this ONNX `file` instead of registering it")
	f.IntVar(&o.threads, "threads", 0, "threads to use; 0 for one a core")
	f.Uint64Var(&o.seed, "seed", 1, "seed of weights, split, order and augmentation")
	f.BoolVar(&o.resume, "resume", false, "go on from the checkpoint that an interrupted training of this name left")
}

// registerImages adds the flags that say what is trained on.
func (o *trainOptions) registerImages(f *pflag.FlagSet) {
	f.StringVar(&o.dataset, "dataset", "", "`folder` with one folder per class, or a snapshot's NAME[@VERSION]")
	f.StringVar(&o.defective, "defective", "", "name of the folder of defective parts, where its name does not say so")
	f.StringVar(&o.split, "split", "", "how the test part is kept apart: official, random or grouped (default a snapshot's own, else official)")
	f.StringVar(&o.fold, "fold", "", "keep this fold of near-duplicate groups apart as the test part, such as 2/5")
	f.Float64Var(&o.validation, "validation", 0, fmt.Sprintf("share held back to choose by (default %g)", dataset.DefaultShare))
	f.StringVar(&o.augment, "augment", "", "augmentations with or without a strength, such as hflip,quarter,rotate=15; an unknown name lists all")
	f.IntVar(&o.variants, "variants", 0, "variants of each whole picture to make before it is normalised and to draw from in each epoch (default none)")
	f.StringVar(&o.vary, "vary", training.DefaultVariants, "what the variants draw, as for --augment")
	f.StringVar(&o.replay, "replay", "", "`folder` or snapshot of old images to mix into every batch, so that nothing is forgotten")
	f.Float64Var(&o.replayPart, "replay-share", 0, fmt.Sprintf("share of each batch that is replayed (default %g)", training.DefaultReplayShare))
	f.IntVar(&o.input, "input", 0, fmt.Sprintf("width and height of the model's input in pixels (default that of --init, or %d)", training.DefaultInput))
	f.StringVar(&o.normalize, "normalize", "", "disc to find, centre and even out round parts, or none (default that of --init, or none)")
	f.IntVar(&o.views, "views", 0, "flips and turns that each picture is judged in, averaged: 1, 2, 4 or 8 (default that of --init, or 1)")
}

// registerMethod adds the flags that say how it is trained.
func (o *trainOptions) registerMethod(f *pflag.FlagSet) {
	f.StringVar(&o.architecture, "model", architecture.CustomName, "architecture to train")
	f.StringVar(&o.initial, "init", "", "model to start from: a registered name or an ONNX file")
	f.BoolVar(&o.freeze, "freeze", false, "train the last convolution alone; wants --init")
	f.IntVar(&o.epochs, "epochs", 0, fmt.Sprintf("epochs to train (default %d)", training.DefaultEpochs))
	f.IntVar(&o.steps, "steps", 0, "steps of an epoch (default one pass over the images)")
	f.IntVar(&o.batch, "batch", 0, fmt.Sprintf("images of a step (default %d)", training.DefaultBatch))
	f.IntVar(&o.patience, "patience", 0, fmt.Sprintf("stop after so many epochs without improvement (default %d, -1 never)", training.DefaultPatience))
	f.StringVar(&o.keep, "keep", "best", "the epoch to keep: best on the validation part, or last, which never stops early, where that part is no fair judge")
	f.StringVar(&o.schedule, "schedule", string(training.Cosine), "learning rate: cosine, or plateau to reduce it where validation stalls")
	f.Float64Var(&o.rate, "learning-rate", 0, "highest learning rate (default 0.003)")
	f.Float64Var(&o.warmup, "warmup", 1, "epochs over which the learning rate rises to its highest; 0 for none")
	f.StringVar(&o.classWeights, "class-weights", "none", "none, balanced, or what a normal and a defective part count, such as 1,2.5")
	f.Float64Var(&o.smoothing, "label-smoothing", 0, "how far labels are drawn towards one half, 0 to below 1")
	f.StringVar(&o.average, "average", "none", "average weights: none, ema[=0.999] over all steps, swa[=0.25] over the last share of the epochs")
	f.StringVar(&o.recalibrate, "recalibrate", "plain", "images for the statistics of batch norms: plain, or augmented")
	f.StringVar(&o.calibrate, "calibrate", string(training.Temperature), "fit the scores to the validation part: temperature, platt or none")
}

func train(cmd *cobra.Command, g *globals, o trainOptions) error {
	if err := station.CheckModelName(o.name); err != nil {
		return usage(err)
	}
	if err := o.check(cmd); err != nil {
		return usage(err)
	}
	request, err := g.trainRequest(cmd, o)
	if err == nil {
		err = checkOutput(o.output)
	}
	if err != nil {
		return err
	}
	held, err := checkpoint.Hold(request.Checkpoint)
	if err != nil {
		return err
	}
	defer held.Release()
	if err := o.checkResume(request.Checkpoint); err != nil {
		return err
	}
	out := g.printer(cmd)
	stop := watchPause(cmd.Context(), request.Pause, cmd.ErrOrStderr())
	defer stop()
	result, err := training.Run(cmd.Context(), request, trainHooks(cmd, out, request.Pause))
	if err != nil {
		return err
	}
	if result.Warning != "" {
		cmd.PrintErrln("The training was cut short:", result.Warning)
	}
	row := trainedRow{Result: result, Model: o.name}
	if err := g.keep(&row, o); err != nil {
		return notKept(err, request.Checkpoint, row)
	}
	// The model is safe: the checkpoint has done its work.
	if err := checkpoint.Remove(request.Checkpoint); err != nil {
		cmd.PrintErrln("The checkpoint could not be removed:", err)
	}
	return out.row(row, "%s  %s epoch %d  validation %.2f %% of %d  %.1f s  %s", row.place(),
		o.keep, row.BestEpoch, result.Validation.Accuracy, result.Validation.N, row.Seconds, row.SHA256)
}

func (g *globals) trainRequest(cmd *cobra.Command, o trainOptions) (training.Request, error) {
	r, err := o.method()
	if err != nil {
		return r, usage(err)
	}
	r.Version = 1
	if o.output == "" {
		if r.Version, err = g.registry().NextVersion(o.name); err != nil {
			return r, err
		}
	}
	if o.initial != "" {
		if r.Init, err = g.registry().Open(cmd.Context(), o.initial); err != nil {
			return r, err
		}
	}
	folder := dataset.FolderOptions{Defective: o.defective}
	r.Dataset = dataset.Choice{Source: o.dataset, Store: g.datasets(), Folder: folder, Split: r.Dataset.Split}
	r.Replay = dataset.Choice{Source: o.replay, Store: g.datasets(), Folder: folder}
	r.Checkpoint, r.Resume = filepath.Join(g.data, "checkpoints", o.name+".checkpoint"), o.resume
	r.Backend, r.Pause, r.Command = newBackend, &training.Pause{}, trainCommand(cmd, o)
	return r, wrongRequest(r.Validate())
}

// method reads the flags that need nothing from disk. Its errors are wrong usage.
func (o trainOptions) method() (training.Request, error) {
	r := training.Request{
		Name: o.name, Architecture: o.architecture, Input: o.input, Views: o.views, ReplayShare: o.replayPart,
		LabelSmoothing: o.smoothing, Epochs: o.epochs, Batch: o.batch, Steps: o.steps, Patience: o.patience, Seed: o.seed, Threads: o.threads,
		Schedule:    training.Schedule{Kind: training.ScheduleKind(o.schedule), Peak: o.rate, Warmup: o.warmup},
		Calibration: training.Calibration(o.calibrate), Freeze: o.freeze, Part: o.part, Description: o.description,
	}
	if o.warmup == 0 {
		r.Schedule.Warmup = -1
	}
	var problems [8]error
	r.Variants.Count = o.variants
	r.Variants.Augment, problems[6] = augment.Parse(o.vary)
	r.Augment, problems[0] = augment.Parse(o.augment)
	r.ClassWeights, problems[1] = training.ParseClassWeights(o.classWeights)
	r.Averaging, problems[2] = training.ParseAveraging(o.average)
	r.Dataset.Split, problems[3] = dataset.ParseSplit(o.split, o.fold, o.seed)
	r.Dataset.Split.Validation = o.validation
	r.Normalization, problems[4] = parseNormalization(o.normalize)
	r.RecalibrateAugmented, problems[5] = second("recalibrate", o.recalibrate, "plain", "augmented")
	r.KeepLast, problems[7] = second("keep", o.keep, "best", "last")
	return r, errors.Join(problems[:]...)
}

// second reports whether a flag's value is the second of the two that it takes.
func second(flag, value, a, b string) (bool, error) {
	if value != a && value != b {
		return false, fmt.Errorf("--%s %q: want %s or %s", flag, value, a, b)
	}
	return value == b, nil
}

// parseNormalization returns nil for nothing said.
func parseNormalization(text string) (*string, error) {
	switch text {
	case "":
		return nil, nil
	case "none":
		text = inspection.NormalizationNone
	case inspection.NormalizationDisc:
	default:
		return nil, fmt.Errorf("--normalize %q: want %s or none", text, inspection.NormalizationDisc)
	}
	return &text, nil
}

func newBackend(n *architecture.Network, w architecture.Weights, o training.BackendOptions) (training.Backend, error) {
	return gorgonia.New(n, w, gorgonia.Options{Batch: o.Batch, Threads: o.Threads, LearningRate: o.LearningRate})
}

// trainCommand is the command line that makes this model again.
func trainCommand(cmd *cobra.Command, o trainOptions) string {
	line := commandLine(cmd, "assay train", "dataset", "defective", "split", "fold", "validation", "replay", "replay-share", "model", "name", "init", "freeze",
		"augment", "variants", "vary", "input", "normalize", "views", "epochs", "steps", "batch", "patience", "keep", "schedule", "learning-rate", "warmup",
		"class-weights", "label-smoothing", "average", "recalibrate", "calibrate", "seed", "threads")
	if !cmd.Flags().Changed("seed") {
		line += fmt.Sprint(" --seed ", o.seed)
	}
	return line
}

// commandLine lists those flags that were given: the ones that decide the
// weights, and no folder of this machine but the data sets'.
func commandLine(cmd *cobra.Command, command string, names ...string) string {
	words := []string{command}
	for _, name := range names {
		f := cmd.Flags().Lookup(name)
		if f.Changed && f.Value.Type() == "bool" {
			words = append(words, "--"+name)
		} else if f.Changed && f.Value.String() != "" {
			words = append(words, "--"+name, f.Value.String())
		}
	}
	return strings.Join(words, " ")
}

// trainHooks print a row per epoch, and messages and progress to stderr.
func trainHooks(cmd *cobra.Command, out printer, pause *training.Pause) training.Hooks {
	progress := newProgress(cmd.ErrOrStderr(), out.json, "Reading images")
	return training.Hooks{
		Load: func(done, total int) { progress.count("read", done, total) },
		Loaded: func(set *dataset.Set, train, validation int) {
			normal, defective := set.Count()
			cmd.PrintErrf("Training on %d images, validating on %d (%d normal, %d defective)\n", train, validation, normal, defective)
			for _, p := range set.Unreadable {
				cmd.PrintErrf("Left out: %s: %v\n", p.Name, p.Err)
			}
		},
		Step: func(s training.Step) { progress.step(s, pause) },
		Epoch: func(e metrics.Epoch) {
			err := out.row(e, "epoch %2d  loss %.4f  validation loss %.4f  accuracy %6.2f %%  rate %.2g  %.1f s  %.0f images/s",
				e.Epoch, e.TrainLoss, e.ValLoss, e.ValAccuracy, e.LearningRate, e.Seconds, e.ImagesPerSecond)
			if err != nil {
				cmd.PrintErrln("Cannot print the epoch:", err)
			}
		},
		Finish: func() { progress.stage("finish") },
		Warn:   func(err error) { cmd.PrintErrln("Warning:", err) },
	}
}
