package inference_test

import (
	"errors"
	"image"
	"math"
	"testing"

	"assay/inference"
	"assay/inference/inferencetest"
	"assay/inference/onnx"
	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// fakeEngine answers with what the test tells it.
type fakeEngine struct {
	infer  func(images []float32, out *inference.Output) error
	closed int
}

func (e *fakeEngine) Name() string { return "fake" }

func (e *fakeEngine) Infer(images []float32, _ int, out *inference.Output) error {
	return e.infer(images, out)
}

func (e *fakeEngine) Close() error {
	e.closed++
	return nil
}

// forward runs the plain forward pass.
func forward(t *testing.T, m *onnx.Model) func(images []float32, out *inference.Output) error {
	shapes, err := m.Network.Shapes()
	require.NoError(t, err)
	s := shapes[m.Network.Map]
	return func(images []float32, out *inference.Output) error {
		r, err := inferencetest.Forward(m.Network, m.Weights, images, 1)
		if err != nil {
			return err
		}
		out.Resize(1, s.W, s.H)
		out.Scores[0] = float32(r.Scores[0])
		for i, v := range r.Maps {
			out.Maps[i] = float32(v)
		}
		return nil
	}
}

func grayFrame(width, height int) inspection.Frame {
	img := image.NewGray(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * 7 % 251)
	}
	return inspection.Frame{Sequence: 4, Source: "demo", Image: img}
}

func TestPredict(t *testing.T) {
	m := inferencetest.Model(t, 40, 1)
	e := &fakeEngine{infer: forward(t, m)}
	p, err := inference.NewPredictor(m, e)
	require.NoError(t, err)
	require.Equal(t, m.Card, p.Card())
	require.Equal(t, m.Ref(), p.Ref())
	frame := grayFrame(64, 48)
	got, err := p.Predict(frame, inspection.Rectangle{})
	require.NoError(t, err)

	input := make([]float32, 40*40)
	region, err := inference.Preprocess(frame.Image, inspection.Rectangle{}, m.Card.Input, input)
	require.NoError(t, err)
	want, err := inferencetest.Forward(m.Network, m.Weights, input, 1)
	require.NoError(t, err)
	require.InDelta(t, want.Scores[0], got.Score, 1e-7)
	require.Equal(t, inspection.Rectangle{X: 8, Width: 48, Height: 48}, got.Heatmap.Region)
	require.Equal(t, region, got.Heatmap.Region)
	require.Equal(t, [2]int{5, 5}, [2]int{got.Heatmap.Width, got.Heatmap.Height})
	require.InDelta(t, want.Maps[7], float64(got.Heatmap.Values[7]), 1e-6)
	require.Equal(t, "fake", got.Engine)
	require.Equal(t, m.Ref(), got.Model)
	require.Positive(t, got.Latency.Preprocess)
	require.Positive(t, got.Latency.Infer)

	kept := append([]float32(nil), got.Heatmap.Values...)
	other, err := p.Predict(frame, inspection.Rectangle{X: 1, Y: 2, Width: 20, Height: 20})
	require.NoError(t, err)
	require.Equal(t, inspection.Rectangle{X: 1, Y: 2, Width: 20, Height: 20}, other.Heatmap.Region)
	require.NotEqual(t, got.Score, other.Score)
	require.Equal(t, kept, got.Heatmap.Values, "a heatmap is the caller's to keep")
}

func TestPredictClosed(t *testing.T) {
	m := inferencetest.Model(t, 16, 1)
	e := &fakeEngine{infer: forward(t, m)}
	p, err := inference.NewPredictor(m, e)
	require.NoError(t, err)
	require.NoError(t, p.Close())
	require.NoError(t, p.Close())
	require.Equal(t, 1, e.closed)
	_, err = p.Predict(grayFrame(20, 20), inspection.Rectangle{})
	require.ErrorIs(t, err, inspection.ErrClosed)
}

// TestPredictNeverInvents: where the engine fails there is an error, no score.
func TestPredictNeverInvents(t *testing.T) {
	m := inferencetest.Model(t, 16, 1)
	broken := errors.New("broken")
	score := func(v float32) func([]float32, *inference.Output) error {
		return func(_ []float32, out *inference.Output) error {
			out.Resize(1, 2, 2)
			clear(out.Maps)
			out.Scores[0] = v
			return nil
		}
	}
	for name, c := range map[string]struct {
		infer func([]float32, *inference.Output) error
		want  error
	}{
		"error":      {func([]float32, *inference.Output) error { return broken }, broken},
		"NaN":        {score(float32(math.NaN())), inspection.ErrNotFinite},
		"infinite":   {score(float32(math.Inf(1))), inspection.ErrNotFinite},
		"above one":  {score(1.0001), inspection.ErrNotFinite},
		"below zero": {score(-0.0001), inspection.ErrNotFinite},
		"panic":      {func([]float32, *inference.Output) error { panic("index out of range") }, nil},
		"nil panic":  {func([]float32, *inference.Output) error { panic(error(nil)) }, nil},
		"no score":   {func(_ []float32, out *inference.Output) error { out.Resize(0, 0, 0); return nil }, nil},
		"half a map": {func(_ []float32, out *inference.Output) error {
			out.Resize(1, 2, 2)
			out.Maps = out.Maps[:3]
			return nil
		}, nil},
		"infinite map": {func(_ []float32, out *inference.Output) error {
			out.Resize(1, 1, 1)
			out.Maps[0] = float32(math.Inf(-1))
			return nil
		}, inspection.ErrNotFinite},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := inference.NewPredictor(m, &fakeEngine{infer: c.infer})
			require.NoError(t, err)
			got, err := p.Predict(grayFrame(20, 20), inspection.Rectangle{})
			require.Error(t, err)
			require.Zero(t, got)
			if c.want != nil {
				require.ErrorIs(t, err, c.want)
			}
		})
	}
}

func TestPredictOutsideTheFrame(t *testing.T) {
	m := inferencetest.Model(t, 16, 1)
	p, err := inference.NewPredictor(m, &fakeEngine{infer: forward(t, m)})
	require.NoError(t, err)
	_, err = p.Predict(grayFrame(20, 20), inspection.Rectangle{X: 10, Y: 10, Width: 20, Height: 20})
	require.ErrorIs(t, err, inspection.ErrModelInput)
	require.ErrorContains(t, err, "frame 4 of demo")
	_, err = p.Predict(inspection.Frame{}, inspection.Rectangle{})
	require.ErrorIs(t, err, inspection.ErrModelInput)
}

func TestPredictWithoutMap(t *testing.T) {
	m := inferencetest.Model(t, 16, 1)
	p, err := inference.NewPredictor(m, &fakeEngine{infer: func(_ []float32, out *inference.Output) error {
		out.Resize(1, 0, 0)
		out.Scores[0] = 0.25
		return nil
	}})
	require.NoError(t, err)
	got, err := p.Predict(grayFrame(20, 20), inspection.Rectangle{})
	require.NoError(t, err)
	require.Nil(t, got.Heatmap)
	require.Equal(t, 0.25, got.Score)
}
