package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"assay/inference"
	"assay/inference/architecture"
	"assay/inference/onnx"
	"assay/inspection"

	"github.com/spf13/cobra"
)

type latencyOptions struct {
	models, engines []string
	batches         []int
	threads, rounds int
	input, views    int
}

type latencyRow struct {
	Model           string  `json:"model"`
	Input           int     `json:"input"`
	Views           int     `json:"views"`
	Engine          string  `json:"engine"`
	Batch           int     `json:"batch"`
	Threads         int     `json:"threads"`
	SecondsPerBatch float64 `json:"seconds_per_batch"`
	ImagesPerSecond float64 `json:"images_per_second"`
	P50MS           float64 `json:"p50_ms"`
	P99MS           float64 `json:"p99_ms"`
}

func newBenchLatency(g *globals) *cobra.Command {
	var o latencyOptions
	cmd := &cobra.Command{
		Use: "latency", Short: "Time the engines on the models, in turn, the network alone", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.threads < 1 || o.rounds < 1 || o.input < 0 || len(o.batches) == 0 || slices.Min(o.batches) < 1 {
				return usage(errors.New("--threads, --rounds and --batch want 1 or more, --input 0 or more"))
			}
			if err := (inspection.InputSpec{Views: o.views}).ValidateViews(); err != nil {
				return usage(fmt.Errorf("--views: %w", err))
			}
			return benchLatency(cmd, g, o)
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.models, "models", []string{"casting", "demo"}, "models to time")
	f.StringSliceVar(&o.engines, "engines", []string{"native", "opencv"}, "engines to time")
	f.IntSliceVar(&o.batches, "batch", []int{1}, "batch sizes")
	f.IntVar(&o.threads, "threads", 2, "threads of an engine")
	f.IntVar(&o.rounds, "rounds", 100, "times that each engine has its turn")
	f.IntVar(&o.input, "input", 0, "width and height to run the models at instead of their own")
	f.IntVar(&o.views, "views", 0, "views to judge each picture in instead of the models' own: 1, 2, 4 or 8")
	return cmd
}

func benchLatency(cmd *cobra.Command, g *globals, o latencyOptions) error {
	for _, name := range o.models {
		m, err := g.registry().Open(cmd.Context(), name)
		if err != nil {
			return err
		}
		if m, err = changed(m, o); err != nil {
			return err
		}
		for _, batch := range o.batches {
			if err := benchModel(cmd, g, m, batch, o); err != nil {
				return fmt.Errorf("model %s, batch %d: %w", name, batch, err)
			}
		}
	}
	return nil
}

// changed returns the model with the same weights for another input size, since
// the networks average over whatever size there is, or other views.
func changed(m *onnx.Model, o latencyOptions) (*onnx.Model, error) {
	size, views := cmp.Or(o.input, m.Card.Input.Width), cmp.Or(o.views, m.Card.Input.Views)
	if size == m.Card.Input.Width && views == m.Card.Input.Views {
		return m, nil
	}
	n, err := architecture.New(m.Network.Name, size)
	if err != nil {
		return nil, err
	}
	n.Input.Views = views
	data, err := onnx.Encode(m.Card, n, m.Weights)
	if err != nil {
		return nil, err
	}
	return onnx.Decode(data)
}

// contender is one engine in the race.
type contender struct {
	name   string
	engine inference.Engine
	took   durations
}

// benchModel gives each engine its turn in every round, so that a machine that
// slows down slows them all.
func benchModel(cmd *cobra.Command, g *globals, m *onnx.Model, batch int, o latencyOptions) (err error) {
	var field []*contender
	defer func() {
		for _, c := range field {
			err = errors.Join(err, c.engine.Close())
		}
	}()
	for _, name := range o.engines {
		factory, known := engines()[name]
		if !known {
			return usage(fmt.Errorf("engine %q is unknown", name))
		}
		engine, err := factory(m, inference.EngineOptions{Threads: o.threads, Batch: batch})
		if err != nil {
			return err
		}
		field = append(field, &contender{name: name, engine: engine})
	}
	if err := race(cmd.Context(), field, noise(m.Card.Input, batch), batch, o.rounds); err != nil {
		return err
	}
	for _, c := range field {
		row := latencyRow{
			Model: m.Card.Name, Input: m.Card.Input.Width, Views: max(m.Card.Input.Views, 1), Engine: c.name, Batch: batch, Threads: o.threads,
			SecondsPerBatch: c.took.median(), ImagesPerSecond: float64(batch) / c.took.median(),
			P50MS: c.took.median() * 1e3, P99MS: c.took.quantile(0.99) * 1e3,
		}
		err := g.printer(cmd).row(row, "%-10s %3d×%-3d  %d views  %-7s  batch %3d  %d threads  p50 %8.3f ms  p99 %8.3f ms  %7.0f images/s",
			row.Model, row.Input, row.Input, row.Views, row.Engine, row.Batch, row.Threads, row.P50MS, row.P99MS, row.ImagesPerSecond)
		if err != nil {
			return err
		}
	}
	return nil
}

// warmUp is the number of first rounds that do not count.
const warmUp = 3

func race(ctx context.Context, field []*contender, images []float32, batch, rounds int) error {
	var out inference.Output
	for round := range rounds + warmUp {
		for _, c := range field {
			if err := ctx.Err(); err != nil {
				return err
			}
			err := c.took.clock(func() error { return c.engine.Infer(images, batch, &out) })
			if err != nil {
				return err
			}
			if round < warmUp {
				c.took = c.took[:0]
			}
		}
	}
	return nil
}
