package gorgonia

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"assay/inference/architecture"
	"assay/inference/native"
	"assay/internal/kernels"
	"assay/internal/kernels/reference"

	"github.com/stretchr/testify/require"
)

// lossOf computes the training loss of a network in float64.
func lossOf(t *testing.T, parts []native.Part, w map[string][]float64, x reference.Array, labels []float64) float64 {
	t.Helper()
	for _, p := range parts {
		s := p.Spec
		s.Training = true
		var err error
		x, err = reference.Block(s, x, reference.Parameters{Weight: w[p.Conv+".weight"], Bias: w[p.Conv+".bias"],
			Scale: w[p.Norm+".scale"], Shift: w[p.Norm+".bias"]})
		require.NoError(t, err)
	}
	_, loss := reference.Head(x, labels)
	return loss
}

func widen(v []float32) []float64 {
	w := make([]float64, len(v))
	for i := range v {
		w[i] = float64(v[i])
	}
	return w
}

// differentiate computes loss and gradients for images and the labels that there are.
func (t *Trainer) differentiate(images []float32) error {
	return t.executor.Do(func(thread *kernels.Thread) error {
		return errors.Join(t.network.input.Write(thread, images), t.network.run(thread))
	})
}

// TestGradient compares the gradient that Gorgonia's graph computes, through all
// blocks, with finite differences of the float64 reference.
func TestGradient(t *testing.T) {
	const size, batch = 17, 3
	n := architecture.Custom(size)
	trainer := newTrainer(t, n, 11, Options{Batch: batch, Threads: 2, LearningRate: 1e-3})
	images, labels := toy(2, batch, size)
	for range 3 { // so that scales and shifts are not 1 and 0
		_, err := trainer.Step(images, labels, nil)
		require.NoError(t, err)
	}
	require.NoError(t, trainer.differentiate(images))
	wide := map[string][]float64{}
	for name, v := range weightsOf(t, trainer) {
		wide[name] = widen(v)
	}
	parts, err := native.Plan(n)
	require.NoError(t, err)
	x := reference.From(kernels.Shape{N: batch, C: 1, H: size, W: size}, images)
	loss := func() float64 { return lossOf(t, parts, wide, x, widen(labels)) }
	require.InDelta(t, loss(), trainer.network.loss, 1e-5)
	for _, p := range trainer.network.parameters {
		got := p.slope()
		kinks := 0
		step := max(len(got)/12, 1)
		for i := 0; i < len(got); i += step {
			coarse, fine := slopeAt(loss, wide[p.name], i, 1e-5), slopeAt(loss, wide[p.name], i, 1e-6)
			if math.Abs(coarse-fine) > 1e-6+1e-4*math.Abs(fine) {
				kinks++ // two values of a pool's window change places here
				continue
			}
			require.InDelta(t, fine, float64(got[i]), 2e-5+1e-3*math.Abs(fine), fmt.Sprintf("%s[%d]", p.name, i))
		}
		require.LessOrEqual(t, kinks, 3, p.name)
	}
}

func slopeAt(f func() float64, values []float64, i int, h float64) float64 {
	v := values[i]
	defer func() { values[i] = v }()
	values[i] = v + h
	above := f()
	values[i] = v - h
	return (above - f()) / (2 * h)
}

// TestAdam compares the solver's steps with Adam's definition, on the gradients
// that the graph gives.
func TestAdam(t *testing.T) {
	const size, batch = 16, 4
	trainer := newTrainer(t, architecture.Custom(size), 4, Options{Batch: batch, Threads: 1, LearningRate: 2e-3})
	type moments struct{ value, mean, square []float64 }
	adam := map[string]*moments{}
	for _, p := range trainer.network.parameters {
		adam[p.name] = &moments{widen(p.floats()), make([]float64, len(p.floats())), make([]float64, len(p.floats()))}
	}
	for step := 1; step <= 6; step++ {
		images, labels := toy(uint64(step), batch, size)
		copy(trainer.network.labels.Data().([]float32), labels)
		require.NoError(t, trainer.differentiate(images))
		for _, p := range trainer.network.parameters {
			m := adam[p.name]
			for i, d := range widen(p.slope()) {
				m.mean[i] = 0.9*m.mean[i] + 0.1*d
				m.square[i] = 0.999*m.square[i] + 0.001*d*d
				m.value[i] -= 2e-3 * m.mean[i] / (1 - math.Pow(0.9, float64(step))) /
					(math.Sqrt(m.square[i]/(1-math.Pow(0.999, float64(step)))) + 1e-8)
			}
		}
		require.NoError(t, trainer.solver.Step(trainer.network.model))
		for _, p := range trainer.network.parameters {
			require.InDeltaSlice(t, adam[p.name].value, widen(p.floats()), 2e-5, "%s after step %d", p.name, step)
			copy(adam[p.name].value, widen(p.floats()))
		}
	}
}

// TestOtherChains: other chains of layers train too.
func TestOtherChains(t *testing.T) {
	const size, batch = 20, 4
	for name, change := range map[string]func(n *architecture.Network){
		"norm first": func(n *architecture.Network) {
			n.Layers = append([]architecture.Layer{{Name: "norm0", Kind: architecture.BatchNorm, Inputs: []string{architecture.InputName}, Epsilon: 1e-3}}, n.Layers...)
			n.Layers[1].Inputs = []string{"norm0"}
		},
		"no bias, strided": func(n *architecture.Network) { n.Layers[3].Bias, n.Layers[3].Stride = false, 2 },
		"pool first": func(n *architecture.Network) {
			n.Layers = append([]architecture.Layer{{Name: "pool0", Kind: architecture.MaxPool, Kernel: 2, Stride: 1, Inputs: []string{architecture.InputName}}}, n.Layers...)
			n.Layers[1].Inputs = []string{"pool0"}
		},
		"colour": func(n *architecture.Network) { n.Input.Channels, n.Input.Height = 2, size/2 },
	} {
		t.Run(name, func(t *testing.T) {
			n := architecture.Custom(size)
			change(n)
			trainer := newTrainer(t, n, 1, Options{Batch: batch, Threads: 2, LearningRate: 1e-2})
			images, labels := toy(3, batch, size)
			first, err := trainer.Step(images, labels, nil)
			require.NoError(t, err)
			var last float64
			for range 25 {
				last, err = trainer.Step(images, labels, nil)
				require.NoError(t, err)
			}
			require.Less(t, last, first/2)
		})
	}
}

func BenchmarkStep(b *testing.B) {
	for _, size := range []int{75, 100, 150, 300} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			n := architecture.Custom(size)
			w, err := n.Initialize(1)
			require.NoError(b, err)
			trainer, err := New(n, w, Options{Batch: 32, Threads: 2, LearningRate: 1e-3})
			require.NoError(b, err)
			defer func() { require.NoError(b, trainer.Close()) }()
			images, labels := toy(1, 32, size)
			for b.Loop() {
				_, err := trainer.Step(images, labels, nil)
				require.NoError(b, err)
			}
		})
	}
}
