package main

import (
	"math/rand/v2"
	"slices"
	"time"

	"assay/inspection"

	"github.com/spf13/cobra"
)

func newBench(g *globals) *cobra.Command {
	return group("bench", "Measure training, latency and the way of a part", newBenchTraining(g), newBenchLatency(g), newBenchPipeline(g))
}

// durations collects how long one thing took, again and again.
type durations []time.Duration

// quantile returns the value below which the share q of the durations lie, in
// seconds; 0 for none.
func (d durations) quantile(q float64) float64 {
	if len(d) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(d))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)].Seconds()
}

func (d durations) median() float64 { return d.quantile(0.5) }

// clock runs f and appends how long it took.
func (d *durations) clock(f func() error) error {
	start := time.Now()
	err := f()
	*d = append(*d, time.Since(start))
	return err
}

// noise fills a batch of inputs: the time does not depend on what is in them.
func noise(in inspection.InputSpec, batch int) []float32 {
	images := make([]float32, batch*in.Channels*in.Height*in.Width)
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // noise needs no secrecy
	for i := range images {
		images[i] = random.Float32()
	}
	return images
}
