package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"

	"assay/inference/architecture"
	"assay/inference/native"
	"assay/internal/kernels"
	"assay/internal/kernels/rawstep"
	"assay/training/gorgonia"

	"github.com/spf13/cobra"
)

type trainingBenchOptions struct {
	models                        []string
	input, batch, threads, rounds int
	alone                         bool
}

// trainingRow is a row of `assay bench training`; Engine is "gorgonia", or
// "onednn" for the same network written straight on oneDNN.
type trainingRow struct {
	Model           string  `json:"model"`
	Engine          string  `json:"engine"`
	Input           int     `json:"input"`
	Batch           int     `json:"batch"`
	Threads         int     `json:"threads"`
	SecondsPerStep  float64 `json:"seconds_per_step"`
	FastestSeconds  float64 `json:"fastest_seconds"`
	ImagesPerSecond float64 `json:"images_per_second"`
	// Instructions names what the step runs on: the variant of our kernels, or what oneDNN chose.
	Instructions string `json:"instructions"`
	// Versions names the libraries.
	Versions string `json:"versions"`
	// PeakRSSBytes is this process's peak; with a competitor in it, that of a child which trains alone; 0 where it was not measured.
	PeakRSSBytes int64 `json:"peak_rss_bytes"`
	// Ratio is the step's time over that of oneDNN alone.
	Ratio float64 `json:"ratio,omitempty"`
}

func newBenchTraining(g *globals) *cobra.Command {
	var o trainingBenchOptions
	cmd := &cobra.Command{
		Use: "training", Short: "Time a training step beside the same network straight on oneDNN, in turn", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.input < 1 || o.batch < 1 || o.threads < 1 || o.rounds < 1 {
				return usage(errors.New("--input, --batch, --threads and --steps want 1 or more"))
			}
			for _, name := range o.models {
				if _, err := architecture.New(name, o.input); err != nil {
					return usage(fmt.Errorf("--models %s, --input %d: %w", name, o.input, err))
				}
				if err := benchTraining(cmd, g, name, o); err != nil {
					return err
				}
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.models, "models", []string{architecture.CustomName}, "architectures to time")
	f.IntVar(&o.input, "input", 300, "width and height of the input in pixels")
	f.IntVar(&o.batch, "batch", 32, "images of a step")
	f.IntVar(&o.threads, "threads", 2, "threads")
	f.IntVar(&o.rounds, "steps", 10, "steps that each has its turn")
	f.BoolVar(&o.alone, "alone", false, "leave the comparison out, to see the memory that training takes")
	return cmd
}

func benchTraining(cmd *cobra.Command, g *globals, name string, o trainingBenchOptions) (err error) {
	n, err := architecture.New(name, o.input)
	if err != nil {
		return err
	}
	w, err := n.Initialize(1)
	if err != nil {
		return err
	}
	trainer, err := gorgonia.New(n, w, gorgonia.Options{Batch: o.batch, Threads: o.threads, LearningRate: 1e-3})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, trainer.Close()) }()
	images, labels := noise(n.Input, o.batch), make([]float32, o.batch)
	for i := range labels {
		labels[i] = float32(i % 2)
	}
	step := func() error { _, err := trainer.Step(images, labels, nil); return err }
	instructions, _ := kernels.Instructions()
	ours := trainingRow{Model: name, Engine: "gorgonia", Input: o.input, Batch: o.batch, Threads: o.threads,
		Instructions: instructions, Versions: "Gorgonia " + versionOf("gorgonia.org/gorgonia") + ", " + kernels.OneDNN().String()}
	if o.alone {
		took, err := steps(cmd.Context(), step, nil, o.rounds)
		if err != nil {
			return err
		}
		ours.PeakRSSBytes = peakRSS()
		return g.printer(cmd).training(ours, took[0])
	}
	return benchBesideOneDNN(cmd, g, n, o, step, ours)
}

// benchBesideOneDNN gives step and the same network straight on oneDNN their turns.
func benchBesideOneDNN(cmd *cobra.Command, g *globals, n *architecture.Network, o trainingBenchOptions, step func() error, ours trainingRow) (err error) {
	raw, err := newRawStep(n, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, raw.Close()) }()
	took, err := steps(cmd.Context(), step, func() error { _, err := raw.Step(); return err }, o.rounds)
	if err != nil {
		return err
	}
	if ours.PeakRSSBytes, err = rssAlone(cmd, ours.Model, o); err != nil {
		return err
	}
	ours.Ratio = took[0].median() / took[1].median()
	peer := trainingRow{Model: ours.Model, Engine: "onednn", Input: o.input, Batch: o.batch, Threads: o.threads,
		Instructions: kernels.OneDNN().InstructionSet, Versions: kernels.OneDNN().String()}
	p := g.printer(cmd)
	return errors.Join(p.training(ours, took[0]), p.training(peer, took[1]))
}

func newRawStep(n *architecture.Network, o trainingBenchOptions) (*rawstep.Stepper, error) {
	parts, err := native.Plan(n)
	if err != nil {
		return nil, err
	}
	blocks := make([]kernels.Spec, len(parts))
	for i, p := range parts {
		blocks[i] = p.Spec
	}
	return rawstep.New(blocks, kernels.Shape{N: o.batch, C: n.Input.Channels, H: n.Input.Height, W: n.Input.Width}, o.threads)
}

// steps gives ours and, where there is one, the peer its turn in every round. A
// turn begins with a step that is not timed: the other's threads go on spinning
// for a while after its last step, and nobody trains two networks in turn.
func steps(ctx context.Context, ours, peer func() error, rounds int) (took [2]durations, err error) {
	for round := range rounds + 1 {
		if err := ctx.Err(); err != nil {
			return took, err
		}
		for who, step := range []func() error{ours, peer} {
			if step == nil {
				continue
			}
			if err := errors.Join(step(), took[who].clock(step)); err != nil {
				return took, err
			}
		}
		if round == 0 {
			took = [2]durations{} // the first round warms up
		}
	}
	return took, nil
}

// rssAlone asks a child of this program what training alone takes: in this
// process the peer's memory counts too.
func rssAlone(cmd *cobra.Command, name string, o trainingBenchOptions) (int64, error) {
	program, err := os.Executable()
	if err != nil {
		return 0, fmt.Errorf("find own program: %w", err)
	}
	child := exec.CommandContext(cmd.Context(), program, "bench", "training", "--json", "--alone", "--steps", "2", "--models", name, //nolint:gosec // our own program
		"--input", fmt.Sprint(o.input), "--batch", fmt.Sprint(o.batch), "--threads", fmt.Sprint(o.threads))
	child.Stderr = cmd.ErrOrStderr() // it says there what went wrong
	output, err := child.Output()
	if err != nil {
		return 0, fmt.Errorf("measure memory: %w", err)
	}
	var row trainingRow
	if err := json.Unmarshal(output, &row); err != nil {
		return 0, fmt.Errorf("measure memory: %w", err)
	}
	return row.PeakRSSBytes, nil
}

func (p printer) training(row trainingRow, took durations) error {
	row.SecondsPerStep, row.FastestSeconds = took.median(), took.quantile(0)
	row.ImagesPerSecond = float64(row.Batch) / row.SecondsPerStep
	text := fmt.Sprintf("%-8s %-9s %d×%d  batch %d  %d threads  %.4f s a step (min %.4f)  %.0f images/s  %s",
		row.Model, row.Engine, row.Input, row.Input, row.Batch, row.Threads, row.SecondsPerStep, row.FastestSeconds, row.ImagesPerSecond, row.Instructions)
	if row.Ratio > 0 {
		text += fmt.Sprintf("  ratio %.2f", row.Ratio)
	}
	if row.PeakRSSBytes > 0 {
		text += fmt.Sprintf("  peak %d MB", row.PeakRSSBytes/1e6)
	}
	return p.row(row, "%s", text)
}

// versionOf returns the version of a module that this program is built with.
func versionOf(module string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if d.Path == module {
				return strings.TrimPrefix(d.Version, "v")
			}
		}
	}
	return "(unknown)"
}
