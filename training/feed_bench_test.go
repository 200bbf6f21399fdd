package training

import (
	"testing"

	"assay/inspection"
	"assay/training/augment"
	"assay/training/dataset"
)

// BenchmarkFeed prepares batches of 32 with every augmentation on and reports
// images a second, for comparison with the steps'.
func BenchmarkFeed(b *testing.B) {
	pipe, err := augment.Parse("hflip,vflip,quarter,rotate,zoom,shear,shift,tilt,brightness,contrast,light,gamma,blur,noise,background")
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name          string
		size, workers int
		pipe          augment.Pipeline
	}{
		{"100 plain", 100, 1, augment.Pipeline{}}, {"100 turns", 100, 1, augment.Pipeline{HorizontalFlip: true, QuarterTurns: true}},
		{"100 all, 1 worker", 100, 1, pipe}, {"100 all, 2 workers", 100, 2, pipe}, {"300 all, 2 workers", 300, 2, pipe},
	} {
		b.Run(c.name, func(b *testing.B) {
			const images = 64
			spec := inspection.InputSpec{Channels: 1, Height: c.size, Width: c.size, Scale: 1.0 / 255}
			set := &dataset.Set{Spec: spec, Samples: make([]dataset.Sample, images), Pixels: make([]uint8, images*c.size*c.size)}
			for i := range set.Pixels {
				set.Pixels[i] = uint8(i * 7)
			}
			data := &feed{set: set, train: set.All(), batch: 32, seed: 1, pipe: c.pipe, workers: c.workers, stepsPerEpoch: b.N}
			b.ResetTimer()
			for range data.epoch(b.Context(), 1) {
			}
			b.ReportMetric(float64(32*b.N)/b.Elapsed().Seconds(), "images/s")
		})
	}
}
