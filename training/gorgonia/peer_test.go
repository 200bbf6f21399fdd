package gorgonia

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"assay/inference/architecture"
	"assay/inference/native"
	"assay/internal/kernels"
	"assay/internal/kernels/rawstep"

	"github.com/stretchr/testify/require"
)

// BenchmarkAgainstRaw steps the trainer and its raw oneDNN peer in turn and
// reports the median and the fastest of each, in milliseconds.
func BenchmarkAgainstRaw(b *testing.B) {
	for _, size := range []int{75, 100, 150, 300} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			n := architecture.Custom(size)
			w, err := n.Initialize(1)
			require.NoError(b, err)
			trainer, err := New(n, w, Options{Batch: 32, Threads: 2, LearningRate: 1e-3})
			require.NoError(b, err)
			defer func() { require.NoError(b, trainer.Close()) }()
			parts, err := native.Plan(n)
			require.NoError(b, err)
			var specs []kernels.Spec
			for _, p := range parts {
				specs = append(specs, p.Spec)
			}
			raw, err := rawstep.New(specs, kernels.Shape{N: 32, C: 1, H: size, W: size}, 2)
			require.NoError(b, err)
			defer func() { require.NoError(b, raw.Close()) }()
			images, labels := toy(1, 32, size)
			var ours, theirs []time.Duration
			for b.Loop() {
				took, err := raw.Step()
				require.NoError(b, err)
				theirs = append(theirs, took)
				start := time.Now()
				_, err = trainer.Step(images, labels, nil)
				require.NoError(b, err)
				ours = append(ours, time.Since(start))
			}
			b.ReportMetric(middle(ours), "ms-median")
			b.ReportMetric(middle(theirs), "ms-raw-median")
			b.ReportMetric(middle(ours)/middle(theirs), "of-raw")
			b.ReportMetric(slices.Min(ours).Seconds()*1e3, "ms-min")
			b.ReportMetric(slices.Min(theirs).Seconds()*1e3, "ms-raw-min")
		})
	}
}

func middle(d []time.Duration) float64 {
	slices.Sort(d)
	return d[len(d)/2].Seconds() * 1e3
}
