package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"assay/capture"
	"assay/inference"
	"assay/inspection"
	"assay/station"
	"assay/storage"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

type pipelineOptions struct {
	source, model, engine string
	frames                int
	rate                  float64
}

type stageRow struct {
	Stage string  `json:"stage"`
	P50MS float64 `json:"p50_ms"`
	P99MS float64 `json:"p99_ms"`
}

type pipelineRow struct {
	FramesPerSecond float64 `json:"frames_per_second"`
	CPUCores        float64 `json:"cpu_cores"`
	RSSBytes        int64   `json:"rss_bytes"`
	Frames          int     `json:"frames"`
}

func newBenchPipeline(g *globals) *cobra.Command {
	var o pipelineOptions
	cmd := &cobra.Command{
		Use: "pipeline", Short: "Time each stage from a frame to its commit, every frame judged and logged", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.frames < 1 {
				return usage(errors.New("--frames wants 1 or more"))
			}
			return benchPipeline(cmd, g, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.source, "source", "demo", "where frames come from")
	f.StringVar(&o.model, "model", "demo", "what judges them")
	f.StringVar(&o.engine, "engine", "native", "what runs the model")
	f.IntVar(&o.frames, "frames", 300, "frames to judge")
	f.Float64Var(&o.rate, "rate", 0, "frames a second; 0 for as fast as it goes")
	return cmd
}

// pipeline is the way of a part taken apart, so that each stage has its clock.
type pipeline struct {
	source    capture.Source
	predictor *inference.Predictor
	log       *storage.Log

	read, preprocess, infer, postprocess, encode, commit, verdict durations
}

func benchPipeline(cmd *cobra.Command, g *globals, o pipelineOptions) (err error) {
	// The log of a bench is thrown away, but lies on the same disk as the real one, since the disk is what is measured.
	if err := os.MkdirAll(g.data, 0o750); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	dir, err := os.MkdirTemp(g.data, "bench-")
	if err != nil {
		return fmt.Errorf("make bench folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	p, err := openPipeline(cmd.Context(), g, o, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.source.Close(), p.predictor.Close(), p.log.Close()) }()
	start, startCPU := time.Now(), cpuTime()
	frames, err := p.run(cmd.Context(), o.frames)
	if err != nil {
		return err
	}
	took := time.Since(start).Seconds()
	total := pipelineRow{float64(frames) / took, (cpuTime() - startCPU).Seconds() / took, peakRSS(), frames}
	return p.print(g.printer(cmd), total)
}

func openPipeline(ctx context.Context, g *globals, o pipelineOptions, dir string) (*pipeline, error) {
	spec, err := capture.ParseSpec(o.source)
	if err != nil {
		return nil, usage(err)
	}
	factory, known := engines()[o.engine]
	if !known {
		return nil, usage(fmt.Errorf("engine %q is unknown", o.engine))
	}
	m, err := g.registry().Open(ctx, o.model)
	if err != nil {
		return nil, err
	}
	engine, err := factory(m, inference.EngineOptions{Batch: 1})
	if err != nil {
		return nil, err
	}
	predictor, err := inference.NewPredictor(m, engine)
	if err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	log, err := storage.Open(dir, storage.Options{})
	if err != nil {
		return nil, errors.Join(err, predictor.Close())
	}
	source, err := openers().Open(ctx, spec, capture.Options{Rate: o.rate, Loop: true})
	if err != nil {
		return nil, errors.Join(err, log.Close(), predictor.Close())
	}
	return &pipeline{source: source, predictor: predictor, log: log}, nil
}

func (p *pipeline) run(ctx context.Context, frames int) (done int, err error) {
	for ; done < frames; done++ {
		var f inspection.Frame
		err := p.read.clock(func() (err error) { f, err = p.source.Next(ctx); return err })
		if errors.Is(err, io.EOF) {
			return done, nil
		}
		if err == nil {
			err = p.verdict.clock(func() error { return p.judge(ctx, f) })
		}
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

func (p *pipeline) judge(ctx context.Context, f inspection.Frame) error {
	prediction, err := p.predictor.Predict(f, inspection.Rectangle{})
	if err != nil {
		return err
	}
	p.preprocess = append(p.preprocess, prediction.Latency.Preprocess)
	p.infer = append(p.infer, prediction.Latency.Infer)
	p.postprocess = append(p.postprocess, prediction.Latency.Postprocess)
	var data []byte
	r := inspection.Record{Time: time.Now(), Source: f.Source, Frame: f.Sequence, Model: prediction.Model, Engine: prediction.Engine,
		Score: prediction.Score, Heatmap: prediction.Heatmap, Thresholds: p.predictor.Card().Thresholds}
	r.Machine = inspection.Decision{Verdict: r.Thresholds.Judge(r.Score), By: r.Model.Name, At: r.Time}
	if err := p.encode.clock(func() (err error) { data, r.MediaType, err = station.Evidence(f); return err }); err != nil {
		return err
	}
	return p.commit.clock(func() error { _, err := p.log.Append(ctx, r, data); return err })
}

func (p *pipeline) print(out printer, total pipelineRow) error {
	stages := []struct {
		name string
		took durations
	}{
		{"read", p.read}, {"preprocess", p.preprocess}, {"infer", p.infer}, {"postprocess", p.postprocess},
		{"encode", p.encode}, {"commit", p.commit}, {"verdict", p.verdict},
	}
	for _, s := range stages {
		row := stageRow{s.name, s.took.median() * 1e3, s.took.quantile(0.99) * 1e3}
		if err := out.row(row, "%-12s p50 %8.3f ms  p99 %8.3f ms", row.Stage, row.P50MS, row.P99MS); err != nil {
			return err
		}
	}
	return out.row(total, "%.1f frames/s  %.2f cores  %d MB", total.FramesPerSecond, total.CPUCores, total.RSSBytes/1e6)
}

// cpuTime is what this process has used of all processors.
func cpuTime() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakRSS is the largest resident set this program has had, in bytes; 0 where the
// system does not say. Getrusage would count what the parent had before it
// started this program.
func peakRSS() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kilobytes int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kilobytes); n == 1 {
			return kilobytes * 1024
		}
	}
	return 0
}
