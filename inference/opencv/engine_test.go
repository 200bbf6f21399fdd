package opencv

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"assay/inference"
	"assay/inference/architecture"
	"assay/inference/inferencetest"
	"assay/inference/native"
	"assay/inference/onnx"
	"assay/inspection"

	"github.com/stretchr/testify/require"
)

func TestConformance(t *testing.T) {
	inferencetest.Run(t, New)
}

// TestOtherNetworks: whatever inference/onnx can write, OpenCV runs.
func TestOtherNetworks(t *testing.T) {
	for name, change := range map[string]func(n *architecture.Network){
		"colour": func(n *architecture.Network) { n.Input.Channels = 3 },
		"wide":   func(n *architecture.Network) { n.Input.Width = 50 },
		"grouped, strided, uneven": func(n *architecture.Network) {
			n.Layers[3].Groups, n.Layers[3].Stride, n.Layers[3].Pads = 4, 2, [4]int{0, 1, 2, 1}
			n.Layers[3].Bias = false
		},
		"padded pool": func(n *architecture.Network) {
			n.Layers[2].Kernel, n.Layers[2].Pads = 3, [4]int{1, 1, 1, 1}
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := architecture.Custom(33)
			n.Name = "experiment"
			change(n)
			m := inferencetest.ModelOf(t, n, 1)
			images := inferencetest.Images(n.Input, 2, 1)
			want, err := inferencetest.Forward(n, m.Weights, images, 2)
			require.NoError(t, err)
			e, err := New(m, inference.EngineOptions{Batch: 2})
			require.NoError(t, err)
			defer func() { require.NoError(t, e.Close()) }()
			var out inference.Output
			require.NoError(t, e.Infer(images, 2, &out))
			for i, v := range want.Scores {
				require.InDelta(t, v, float64(out.Scores[i]), 1e-4)
			}
			for i, v := range want.Maps {
				require.InDelta(t, v, float64(out.Maps[i]), 1e-3)
			}
		})
	}
}

// TestViewsAgreeWithNative on several pictures in all views.
func TestViewsAgreeWithNative(t *testing.T) {
	n := architecture.Custom(64)
	n.Input.Views = inspection.MaxViews
	m := inferencetest.ModelOf(t, n, 6)
	images := inferencetest.Images(n.Input, 4, 6)
	var outputs [2]inference.Output
	for i, factory := range []inference.EngineFactory{New, native.New} {
		e, err := factory(m, inference.EngineOptions{Threads: 2, Batch: 4})
		require.NoError(t, err)
		require.NoError(t, e.Infer(images, 4, &outputs[i]))
		require.NoError(t, e.Close())
	}
	require.InDeltaSlice(t, outputs[1].Scores, outputs[0].Scores, 1e-4)
	require.InDeltaSlice(t, outputs[1].Maps, outputs[0].Maps, 1e-3)
}

func TestLoad(t *testing.T) {
	m := inferencetest.Model(t, 64, 1)
	require.NoError(t, Load(m.Bytes))
	require.ErrorIs(t, Load(m.Bytes[:len(m.Bytes)/2]), inspection.ErrBadModel)
	require.ErrorIs(t, Load([]byte("no model at all")), inspection.ErrBadModel)
	require.ErrorIs(t, Load(nil), inspection.ErrBadModel)
	overflowing := m.Weights.Clone()
	for i := range overflowing["conv1.weight"] {
		overflowing["conv1.weight"][i] = 0
	}
	overflowing["conv1.bias"][0] = 3e38 // finite by itself
	for i := range overflowing["conv2.weight"] {
		overflowing["conv2.weight"][i] = 3e38
	}
	data, err := onnx.Encode(m.Card, m.Network, overflowing)
	require.NoError(t, err)
	require.ErrorIs(t, Load(data), inspection.ErrNotFinite)
}

// TestMemoryStaysLevel: nothing of a run stays behind in C++.
func TestMemoryStaysLevel(t *testing.T) {
	m := inferencetest.Model(t, 64, 2)
	images := inferencetest.Images(m.Card.Input, 1, 2)
	e, err := New(m, inference.EngineOptions{Threads: 1})
	require.NoError(t, err)
	defer func() { require.NoError(t, e.Close()) }()
	var out inference.Output
	run := func(times int) {
		for range times {
			require.NoError(t, e.Infer(images, 1, &out))
		}
	}
	run(200)
	before := residentBytes(t)
	run(2000)
	require.Less(t, residentBytes(t)-before, 4<<20, "2,000 inputs of 16 kB")
}

func residentBytes(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skipf("no /proc here: %v", err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	require.NoError(t, err)
	return pages * os.Getpagesize()
}

func BenchmarkInfer(b *testing.B) {
	for _, size := range []int{100, 150, 300} {
		for _, batch := range []int{1, 10} {
			for _, threads := range []int{1, 2} {
				b.Run(fmt.Sprintf("size=%d/batch=%d/threads=%d", size, batch, threads), func(b *testing.B) {
					m := inferencetest.Model(b, size, 1)
					images := inferencetest.Images(m.Card.Input, batch, 1)
					e, err := New(m, inference.EngineOptions{Threads: threads, Batch: batch})
					require.NoError(b, err)
					defer func() { require.NoError(b, e.Close()) }()
					var out inference.Output
					require.NoError(b, e.Infer(images, batch, &out))
					for b.Loop() {
						require.NoError(b, e.Infer(images, batch, &out))
					}
					b.ReportMetric(float64(batch*b.N)/b.Elapsed().Seconds(), "images/s")
				})
			}
		}
	}
}
