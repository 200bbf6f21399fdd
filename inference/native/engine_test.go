package native

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"assay/inference"
	"assay/inference/architecture"
	"assay/inference/inferencetest"
	"assay/inspection"

	"github.com/stretchr/testify/require"
)

func TestConformance(t *testing.T) {
	inferencetest.Run(t, New)
}

// layer makes a layer of a hand-made chain.
func layer(kind architecture.Kind, outputs, kernel int) architecture.Layer {
	l := architecture.Layer{Kind: kind, Outputs: outputs, Kernel: kernel, Stride: 1, Epsilon: 1e-3}
	if kind == architecture.Conv {
		l.Bias, l.Pads = true, [4]int{kernel / 2, kernel / 2, kernel / 2, kernel / 2}
	}
	return l
}

// chainOf strings layers, then GAP and sigmoid where tail is set, into a network.
func chainOf(mapLayer int, tail bool, layers ...architecture.Layer) *architecture.Network {
	if tail {
		layers = append(layers, layer(architecture.GlobalAveragePool, 0, 0), layer(architecture.Sigmoid, 0, 0))
	}
	last := architecture.InputName
	for i := range layers {
		layers[i].Name, layers[i].Inputs = fmt.Sprint("layer", i), []string{last}
		last = layers[i].Name
	}
	n := &architecture.Network{Name: "experiment", Input: inspection.InputSpec{Channels: 1, Height: 21, Width: 18, Scale: 1.0 / 255}, Layers: layers, Score: last}
	if mapLayer >= 0 {
		n.Map = layers[mapLayer].Name
	}
	return n
}

// TestOtherChains: whatever architecture can describe as a chain runs, in any order of layers.
func TestOtherChains(t *testing.T) {
	const (
		conv    = architecture.Conv
		norm    = architecture.BatchNorm
		relu    = architecture.ReLU
		pool    = architecture.MaxPool
		gap     = architecture.GlobalAveragePool
		sigmoid = architecture.Sigmoid
	)
	strided := layer(conv, 4, 3)
	strided.Stride, strided.Pads, strided.Bias = 2, [4]int{0, 1, 2, 1}, false
	grouped := layer(conv, 8, 3)
	grouped.Groups = 4
	for name, n := range map[string]*architecture.Network{
		"one conv":              chainOf(0, true, layer(conv, 1, 3)),
		"norm first":            chainOf(1, true, layer(norm, 0, 0), layer(conv, 1, 3)),
		"activation before map": chainOf(0, true, layer(conv, 1, 3), layer(relu, 0, 0)),
		"relu, norm, pool":      chainOf(-1, true, layer(conv, 6, 3), layer(relu, 0, 0), layer(norm, 0, 0), layer(pool, 0, 2), layer(conv, 1, 1)),
		"two pools":             chainOf(-1, true, layer(pool, 0, 3), layer(conv, 4, 3), layer(pool, 0, 2), layer(pool, 0, 2), layer(conv, 1, 1)),
		"dense tail":            chainOf(-1, false, layer(conv, 5, 3), layer(relu, 0, 0), layer(gap, 0, 0), layer(conv, 1, 1), layer(sigmoid, 0, 0)),
		"sigmoid within":        chainOf(-1, true, layer(conv, 5, 3), layer(sigmoid, 0, 0), layer(conv, 1, 3)),
		"strided, grouped":      chainOf(-1, true, strided, grouped, layer(norm, 0, 0), layer(relu, 0, 0), layer(conv, 1, 3)),
		"map is the average":    chainOf(1, false, layer(conv, 1, 3), layer(gap, 0, 0), layer(sigmoid, 0, 0)),
	} {
		t.Run(name, func(t *testing.T) {
			w, err := n.Initialize(7)
			require.NoError(t, err)
			images := inferencetest.Images(n.Input, 3, 1)
			want, err := inferencetest.Forward(n, w, images, 3)
			require.NoError(t, err)
			e, err := NewEngine(n, w, inference.EngineOptions{Threads: 2, Batch: 3})
			require.NoError(t, err)
			defer func() { require.NoError(t, e.Close()) }()
			var out inference.Output
			require.NoError(t, e.Infer(images, 3, &out))
			require.Len(t, out.Maps, len(want.Maps))
			for i, v := range want.Scores {
				require.InDelta(t, v, float64(out.Scores[i]), 1e-5)
			}
			for i, v := range want.Maps {
				require.InDelta(t, v, float64(out.Maps[i]), 1e-4)
			}
		})
	}
}

func TestRefusesWhatIsNoChain(t *testing.T) {
	for name, spoil := range map[string]func(n *architecture.Network){
		"branch": func(n *architecture.Network) { n.Layers[2].Inputs = []string{n.Layers[0].Name} },
		"score early": func(n *architecture.Network) {
			n.Layers = append(n.Layers, architecture.Layer{Name: "more", Kind: architecture.Sigmoid, Inputs: []string{"score"}})
		},
		"no sigmoid": func(n *architecture.Network) { n.Layers = n.Layers[:len(n.Layers)-1]; n.Score = "logit" },
		"map of score": func(n *architecture.Network) {
			n.Map = n.Score
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := architecture.Custom(16)
			spoil(n)
			w, err := n.Initialize(1)
			require.NoError(t, err)
			_, err = NewEngine(n, w, inference.EngineOptions{})
			require.ErrorIs(t, err, inspection.ErrBadModel)
		})
	}
	n := architecture.Custom(16)
	_, err := NewEngine(n, architecture.Weights{}, inference.EngineOptions{})
	require.ErrorIs(t, err, inspection.ErrBadModel)
}

func TestPlanOfCustom(t *testing.T) {
	parts, err := Plan(architecture.Custom(64))
	require.NoError(t, err)
	var names []string
	for _, p := range parts {
		names = append(names, p.Conv+" "+p.Norm+" "+p.Last)
	}
	require.Equal(t, []string{"conv1  pool1", "conv2 norm2 pool2", "conv3 norm3 relu3", "conv4 norm4 pool4", "conv5  conv5"}, names)
}

// TestOneViewIsUntouched: models of one view, whether their card says so or says
// nothing, run as the network alone does, bit for bit.
func TestOneViewIsUntouched(t *testing.T) {
	for _, views := range []int{0, 1} {
		n := architecture.Custom(40)
		n.Input.Views = views
		m := inferencetest.ModelOf(t, n, 2)
		images := inferencetest.Images(n.Input, 3, 2)
		e, err := New(m, inference.EngineOptions{Threads: 2, Batch: 3})
		require.NoError(t, err)
		require.IsType(t, &Engine{}, e)
		alone, err := NewEngine(n, m.Weights, inference.EngineOptions{Threads: 2, Batch: 3})
		require.NoError(t, err)
		var got, want inference.Output
		require.NoError(t, e.Infer(images, 3, &got))
		require.NoError(t, alone.Infer(images, 3, &want))
		require.Equal(t, want, got)
		require.NoError(t, errors.Join(e.Close(), alone.Close()))
	}
}

// TestCallsInViewsTakeTurns, as this engine's calls do, and its name stays.
func TestCallsInViewsTakeTurns(t *testing.T) {
	n := architecture.Custom(30)
	n.Input.Views = 4
	m := inferencetest.ModelOf(t, n, 2)
	e, err := New(m, inference.EngineOptions{Threads: 1, Batch: 2})
	require.NoError(t, err)
	defer func() { require.NoError(t, e.Close()) }()
	require.Equal(t, Name, e.Name())
	var group sync.WaitGroup
	outputs, failures := make([]inference.Output, 4), make([]error, 4)
	images := inferencetest.Images(n.Input, 2*len(outputs), 1)
	for i := range outputs {
		group.Go(func() {
			for range 20 {
				failures[i] = errors.Join(failures[i], e.Infer(images[2*i*900:2*(i+1)*900], 2, &outputs[i]))
			}
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(failures...))
	want, err := inferencetest.Judge(n, m.Weights, images, 2*len(outputs))
	require.NoError(t, err)
	for i, s := range want.Scores {
		require.InDelta(t, s, float64(outputs[i/2].Scores[i%2]), 1e-5)
	}
}

// BenchmarkViews is one picture in all views.
func BenchmarkViews(b *testing.B) {
	for _, size := range []int{100, 128} {
		for _, views := range []int{1, inspection.MaxViews} {
			b.Run(fmt.Sprintf("%d/%d", size, views), func(b *testing.B) {
				n := architecture.Custom(size)
				n.Input.Views = views
				m := inferencetest.ModelOf(b, n, 1)
				e, err := New(m, inference.EngineOptions{Threads: 2})
				require.NoError(b, err)
				defer func() { require.NoError(b, e.Close()) }()
				images := inferencetest.Images(n.Input, 1, 1)
				var out inference.Output
				b.ReportAllocs()
				for b.Loop() {
					require.NoError(b, e.Infer(images, 1, &out))
				}
			})
		}
	}
}

func BenchmarkInfer(b *testing.B) {
	for _, size := range []int{75, 100, 150, 300} {
		for _, batch := range []int{1, 10, 100} {
			b.Run(fmt.Sprintf("%d/%d", size, batch), func(b *testing.B) {
				n := architecture.Custom(size)
				w, err := n.Initialize(1)
				require.NoError(b, err)
				e, err := NewEngine(n, w, inference.EngineOptions{Threads: 2, Batch: batch})
				require.NoError(b, err)
				defer func() { require.NoError(b, e.Close()) }()
				images := make([]float32, batch*size*size)
				var out inference.Output
				for b.Loop() {
					require.NoError(b, e.Infer(images, batch, &out))
				}
			})
		}
	}
}
