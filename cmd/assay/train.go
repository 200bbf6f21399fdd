package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"assay/inference/architecture"
	"assay/inference/onnx"
	"assay/internal/atomicfile"
	"assay/station"
	"assay/training"
	"assay/training/augment"
	"assay/training/dataset"
	"assay/training/gorgonia"
	"assay/training/metrics"

	"github.com/spf13/cobra"
)

type trainOptions struct {
	dataset, defective, architecture, name, augment string
	initial, part, description, output, schedule    string
	input, epochs, batch, patience, threads         int
	rate                                            float64
	seed                                            uint64
	resume                                          bool
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
	f := cmd.Flags()
	f.StringVar(&o.dataset, "dataset", "", "`folder` with one folder per class")
	f.StringVar(&o.defective, "defective", "", "name of the folder of defective parts, where its name does not say so")
	f.StringVar(&o.architecture, "model", architecture.CustomName, "architecture to train")
	f.StringVar(&o.name, "name", "", "name to register the model under")
	f.StringVar(&o.augment, "augment", "", "augmentations, separated by commas: hflip, vflip, rotate, quarter")
	f.StringVar(&o.initial, "init", "", "model to start from: a registered name or an ONNX file")
	f.StringVar(&o.part, "part", "", "kind of part, for the card")
	f.StringVar(&o.description, "description", "", "where the data come from and under which licence, for the card")
	f.StringVar(&o.output, "output", "", "write the model to this ONNX `file` instead of registering it")
	f.StringVar(&o.schedule, "schedule", string(training.Cosine), "learning rate: cosine, or plateau to reduce it where validation stalls")
	f.IntVar(&o.input, "input", 0, fmt.Sprintf("width and height of the model's input in pixels (default %d)", training.DefaultInput))
	f.IntVar(&o.epochs, "epochs", 0, fmt.Sprintf("epochs to train (default %d)", training.DefaultEpochs))
	f.IntVar(&o.batch, "batch", 0, fmt.Sprintf("images of a step (default %d)", training.DefaultBatch))
	f.IntVar(&o.patience, "patience", 0, fmt.Sprintf("stop after so many epochs without improvement (default %d, -1 never)", training.DefaultPatience))
	f.IntVar(&o.threads, "threads", 0, "threads to use; 0 for one a core")
	f.Float64Var(&o.rate, "learning-rate", 0, "highest learning rate (default 0.003)")
	f.Uint64Var(&o.seed, "seed", 1, "seed of weights, split, order and augmentation")
	f.BoolVar(&o.resume, "resume", false, "go on from the checkpoint that an interrupted training of this name left")
	return cmd
}

func train(cmd *cobra.Command, g *globals, o trainOptions) error {
	if err := station.CheckModelName(o.name); err != nil {
		return usage(err)
	}
	request, err := g.trainRequest(cmd, o)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(request.Checkpoint), 0o750); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	out := g.printer(cmd)
	result, err := training.Run(cmd.Context(), request, trainHooks(cmd, out))
	if err != nil {
		return err
	}
	if result.Warning != "" {
		cmd.PrintErrln("The training was cut short:", result.Warning)
	}
	row := trainedRow{Result: result, Model: o.name}
	if err := g.keep(&row, o); err != nil {
		return err
	}
	// The model is safe: the checkpoint has done its work.
	if err := os.Remove(request.Checkpoint); err != nil && !errors.Is(err, os.ErrNotExist) {
		cmd.PrintErrln("The checkpoint could not be removed:", err)
	}
	return out.row(row, "%s  best epoch %d  validation %.2f %% of %d  %.1f s  %s", cmp.Or(row.File, fmt.Sprintf("%s@%d", row.Model, row.Version)),
		row.BestEpoch, result.Validation.Accuracy, result.Validation.N, row.Seconds, row.SHA256)
}

// keep writes the model to the registry or the file asked for.
func (g *globals) keep(row *trainedRow, o trainOptions) error {
	if o.output != "" {
		row.File = o.output
		return atomicfile.Write(o.output, row.Result.File, 0o640)
	}
	m, err := g.registry().Add(o.name, row.Result.File)
	row.Version = m.Ref.Version
	return err
}

func (g *globals) trainRequest(cmd *cobra.Command, o trainOptions) (training.Request, error) {
	pipeline, err := augment.Parse(o.augment)
	if err != nil {
		return training.Request{}, usage(err)
	}
	version := 1
	if o.output == "" {
		if version, err = g.registry().NextVersion(o.name); err != nil {
			return training.Request{}, err
		}
	}
	var initial *onnx.Model
	if o.initial != "" {
		if initial, err = g.registry().Open(cmd.Context(), o.initial); err != nil {
			return training.Request{}, err
		}
	}
	return training.Request{
		Name: o.name, Version: version, Architecture: o.architecture, Input: o.input,
		Dataset: o.dataset, Folder: dataset.FolderOptions{Part: dataset.Train, Defective: o.defective},
		Augment: pipeline, Schedule: training.Schedule{Kind: training.ScheduleKind(o.schedule), Peak: o.rate},
		Epochs: o.epochs, Batch: o.batch, Patience: o.patience, Seed: o.seed, Threads: o.threads, Init: initial,
		Checkpoint: filepath.Join(g.data, "checkpoints", o.name+".checkpoint"), Resume: o.resume,
		Backend: newBackend, Part: o.part, Description: o.description, Command: trainCommand(cmd, o),
	}, nil
}

func newBackend(n *architecture.Network, w architecture.Weights, o training.BackendOptions) (training.Backend, error) {
	return gorgonia.New(n, w, gorgonia.Options{Batch: o.Batch, Threads: o.Threads, LearningRate: o.LearningRate})
}

// trainCommand is the command line that makes this model again: the flags that
// decide its weights, and no folder of this machine but the data set's.
func trainCommand(cmd *cobra.Command, o trainOptions) string {
	words := []string{"assay train"}
	for _, name := range []string{"dataset", "defective", "model", "name", "init", "augment", "input", "epochs", "batch", "patience",
		"schedule", "learning-rate", "seed", "threads"} {
		f := cmd.Flags().Lookup(name)
		if f.Changed && f.Value.String() != "" {
			words = append(words, "--"+name, f.Value.String())
		}
	}
	if !cmd.Flags().Changed("seed") {
		words = append(words, "--seed", fmt.Sprint(o.seed))
	}
	return strings.Join(words, " ")
}

// trainHooks print a row per epoch and messages in between to stderr.
func trainHooks(cmd *cobra.Command, out printer) training.Hooks {
	return training.Hooks{
		Load: func(done, total int) {
			if done%1024 == 0 || done == total {
				cmd.PrintErrf("Reading images: %d of %d\n", done, total)
			}
		},
		Loaded: func(set *dataset.Set, train, validation int) {
			normal, defective := set.Count()
			cmd.PrintErrf("Training on %d images, validating on %d (%d normal, %d defective)\n", train, validation, normal, defective)
			for _, p := range set.Unreadable {
				cmd.PrintErrf("Left out: %s: %v\n", p.Name, p.Err)
			}
		},
		Epoch: func(e metrics.Epoch) {
			err := out.row(e, "epoch %2d  loss %.4f  validation loss %.4f  accuracy %6.2f %%  rate %.2g  %.1f s  %.0f images/s",
				e.Epoch, e.TrainLoss, e.ValLoss, e.ValAccuracy, e.LearningRate, e.Seconds, e.ImagesPerSecond)
			if err != nil {
				cmd.PrintErrln("Cannot print the epoch:", err)
			}
		},
		Warn: func(err error) { cmd.PrintErrln(sentence(err)) },
	}
}
