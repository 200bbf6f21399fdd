package inference_test

import (
	"errors"
	"image"
	"math"
	"slices"
	"testing"

	"assay/inference"
	"assay/inference/architecture"
	"assay/inference/inferencetest"
	"assay/inference/native"
	"assay/inference/onnx"
	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// viewed returns a model of the custom network in so many views.
func viewed(t *testing.T, size, views int) *onnx.Model {
	t.Helper()
	n := architecture.Custom(size)
	n.Input.Views = views
	return inferencetest.ModelOf(t, n, 1)
}

// factoryOf makes the engine whatever the model.
func factoryOf(e inference.Engine) inference.EngineFactory {
	return func(*onnx.Model, inference.EngineOptions) (inference.Engine, error) { return e, nil }
}

func TestOneViewIsTheEngineItself(t *testing.T) {
	for _, views := range []int{0, 1} {
		e := &fakeEngine{}
		options := inference.EngineOptions{Threads: 3, Batch: 7}
		got, err := inference.InViews(viewed(t, 16, views), options, func(_ *onnx.Model, o inference.EngineOptions) (inference.Engine, error) {
			require.Equal(t, options, o)
			return e, nil
		})
		require.NoError(t, err)
		require.Same(t, e, got)
	}
}

// TestViewsThatCannotBe are refused before an engine is made.
func TestViewsThatCannotBe(t *testing.T) {
	for name, spoil := range map[string]func(n *architecture.Network){
		"three":        func(n *architecture.Network) { n.Input.Views = 3 },
		"negative":     func(n *architecture.Network) { n.Input.Views = -2 },
		"sixteen":      func(n *architecture.Network) { n.Input.Views = 16 },
		"input":        func(n *architecture.Network) { n.Input.Width = 24 },
		"map":          func(n *architecture.Network) { n.Layers[len(n.Layers)-3].Pads[1] += 2 },
		"broken graph": func(n *architecture.Network) { n.Layers[3].Inputs = []string{"nothing"} },
	} {
		m := viewed(t, 16, 8)
		spoil(m.Network)
		_, err := inference.InViews(m, inference.EngineOptions{}, func(*onnx.Model, inference.EngineOptions) (inference.Engine, error) {
			require.Fail(t, "an engine was made", name)
			return nil, nil
		})
		require.ErrorIs(t, err, inspection.ErrBadModel, name)
	}
	broken := errors.New("broken")
	_, err := inference.InViews(viewed(t, 16, 8), inference.EngineOptions{}, func(*onnx.Model, inference.EngineOptions) (inference.Engine, error) {
		return nil, broken
	})
	require.ErrorIs(t, err, broken)
}

// TestErrorInViewsLeavesTheOutput as it was, though images before went well.
func TestErrorInViewsLeavesTheOutput(t *testing.T) {
	broken := errors.New("broken")
	for name, last := range map[string]func(out *inference.Output) error{
		"error":        func(*inference.Output) error { return broken },
		"scores short": func(out *inference.Output) error { out.Resize(3, 2, 2); return nil },
		"map small":    func(out *inference.Output) error { out.Resize(4, 1, 1); return nil },
		"map oblong":   func(out *inference.Output) error { out.Resize(4, 2, 1); return nil },
		"maps short":   func(out *inference.Output) error { out.Maps = out.Maps[:13]; return nil },
	} {
		m := viewed(t, 16, 4)
		calls := 0
		e := &fakeEngine{infer: func(_ []float32, out *inference.Output) error {
			out.Resize(4, 2, 2)
			if calls++; calls == 3 {
				return last(out)
			}
			return nil
		}}
		viewed, err := inference.InViews(m, inference.EngineOptions{Batch: 3}, factoryOf(e))
		require.NoError(t, err)
		out := inference.Output{Scores: []float32{0.25}, Maps: []float32{1, 2}, MapWidth: 2, MapHeight: 1}
		before := inference.Output{Scores: slices.Clone(out.Scores), Maps: slices.Clone(out.Maps), MapWidth: 2, MapHeight: 1}
		err = viewed.Infer(make([]float32, 3*256), 3, &out)
		require.Error(t, err, name)
		if name == "error" {
			require.ErrorIs(t, err, broken)
		}
		require.Equal(t, 3, calls)
		require.Equal(t, before, out, name)
		require.NoError(t, viewed.Close())
		require.Equal(t, 1, e.closed)
		require.Equal(t, "fake", viewed.Name())
	}
}

// TestViewsAreGroups: the first 2, 4 and 8 are different from one another, and
// each view of each of them is among them, in every channel.
func TestViewsAreGroups(t *testing.T) {
	const side, channels = 3, 2
	picture := make([]float32, channels*side*side)
	for i := range picture {
		picture[i] = float32(i)
	}
	require.Equal(t, []float32{2, 1, 0, 5, 4, 3, 8, 7, 6}, view(picture, side, 1)[:9], "mirrored")
	require.Equal(t, []float32{15, 16, 17, 12, 13, 14, 9, 10, 11}, view(picture, side, 2)[9:], "upside down")
	require.Equal(t, []float32{0, 3, 6, 1, 4, 7, 2, 5, 8}, view(picture, side, 4)[:9], "rows for columns")
	for _, count := range []int{2, 4, inspection.MaxViews} {
		var views [][]float32
		for k := range count {
			v := view(picture, side, k)
			require.NotContains(t, views, v)
			views = append(views, v)
		}
		for _, v := range views {
			for k := range count {
				require.Contains(t, views, view(v, side, k))
			}
		}
	}
}

func view(picture []float32, side, k int) []float32 {
	dst := make([]float32, len(picture))
	inference.View(dst, picture, side, k)
	return dst
}

func TestMeanScore(t *testing.T) {
	require.Equal(t, float32(0.123), inference.MeanScore([]float32{0.123}))
	require.Equal(t, float32(0.5), inference.MeanScore([]float32{0.2, 0.8}))
	odds := 9.0 * 9 * 1 / 4 // logits add where odds multiply
	want := math.Cbrt(odds) / (1 + math.Cbrt(odds))
	require.InDelta(t, want, float64(inference.MeanScore([]float32{0.9, 0.9, 0.2})), 1e-7)
	require.InDelta(t, 1, float64(inference.MeanScore([]float32{1, 1})), 1e-6)
	require.InDelta(t, 0.5, float64(inference.MeanScore([]float32{0, 1})), 1e-7)
	for _, none := range []float32{float32(math.NaN()), -0.1, 1.5, float32(math.Inf(1))} {
		require.True(t, math.IsNaN(float64(inference.MeanScore([]float32{0.5, none}))), "%v", none)
	}
}

// TestPredictionTurnsAlong: a frame that is mirrored or turned has the same score
// in all views, and its heatmap is mirrored or turned; in one view it has not.
func TestPredictionTurnsAlong(t *testing.T) {
	const side = 48
	for _, views := range []int{1, inspection.MaxViews} {
		m := viewed(t, side, views)
		e, err := native.New(m, inference.EngineOptions{Threads: 1})
		require.NoError(t, err)
		p, err := inference.NewPredictor(m, e)
		require.NoError(t, err)
		upright, err := p.Predict(grayFrame(side, side), inspection.Rectangle{})
		require.NoError(t, err)
		for k := 1; k < inspection.MaxViews; k++ {
			turned, err := p.Predict(turnedFrame(side, k), inspection.Rectangle{})
			require.NoError(t, err)
			heatmap := view(upright.Heatmap.Values, upright.Heatmap.Width, k)
			require.NotEqual(t, upright.Heatmap.Values, heatmap, "a map that tells its sides apart")
			if views == 1 {
				require.NotEqual(t, heatmap, turned.Heatmap.Values)
				continue
			}
			require.InDelta(t, upright.Score, turned.Score, 1e-5)
			require.InDeltaSlice(t, heatmap, turned.Heatmap.Values, 1e-4)
		}
		require.NoError(t, p.Close())
	}
}

// turnedFrame is grayFrame in a view.
func turnedFrame(side, k int) inspection.Frame {
	f := grayFrame(side, side)
	pixels := make([]float32, side*side)
	upright, _ := f.Image.(*image.Gray)
	for i, v := range upright.Pix {
		pixels[i] = float32(v)
	}
	img := image.NewGray(upright.Rect)
	for i, v := range view(pixels, side, k) {
		img.Pix[i] = uint8(v)
	}
	f.Image = img
	return f
}
