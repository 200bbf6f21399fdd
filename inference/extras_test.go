package inference_test

import (
	"context"
	"image"
	"math"
	"testing"

	"assay/inference"
	"assay/inference/familiarity"
	"assay/inference/inferencetest"
	"assay/inference/whitening"
	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// rounds draws a disc with a bore, a little different for each i.
func rounds(i int) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, 120, 120))
	for k := range img.Pix {
		d := math.Hypot(float64(k%120)-60, float64(k/120)-60) / (40 + float64(i%7))
		switch {
		case d > 1:
			img.Pix[k] = 60
		case d < 0.4:
			img.Pix[k] = 20
		default:
			img.Pix[k] = uint8(190 + i%11 + k*7%5)
		}
	}
	return img
}

func TestPredictSaysHowFamiliarThePictureIs(t *testing.T) {
	m := inferencetest.Model(t, 40, 1)
	m.Card.Input.Normalization = inspection.NormalizationDisc
	e := &fakeEngine{infer: forward(t, m)}
	p, err := inference.NewPredictor(m, e)
	require.NoError(t, err)
	strange := image.NewGray(image.Rect(0, 0, 120, 120))
	for k := range strange.Pix {
		strange.Pix[k] = uint8(k % 120 / 20 * 40)
	}
	before, err := p.Predict(inspection.Frame{Image: rounds(1)}, inspection.Rectangle{})
	require.NoError(t, err)
	require.Nil(t, before.Familiarity, "the model carries no description")
	require.InDelta(t, 60, before.Outline.X, 1)
	require.InDelta(t, 41, before.Outline.Major, 1.5)

	preprocessor, err := inference.NewPreprocessor(m.Card.Input)
	require.NoError(t, err)
	pixels := make([]uint8, preprocessor.Size())
	m.Familiarity, err = familiarity.Fit(60, func(i int) []uint8 {
		_, err := preprocessor.Pixels(rounds(i), inspection.Rectangle{}, pixels)
		require.NoError(t, err)
		return pixels
	}, m.Card.Input)
	require.NoError(t, err)
	known, err := p.Predict(inspection.Frame{Image: rounds(100)}, inspection.Rectangle{})
	require.NoError(t, err)
	require.NotNil(t, known.Familiarity)
	require.False(t, known.Familiarity.Unfamiliar, "distance %v", known.Familiarity.Distance)
	unknown, err := p.Predict(inspection.Frame{Image: strange}, inspection.Rectangle{})
	require.NoError(t, err)
	require.True(t, unknown.Familiarity.Unfamiliar, "distance %v", unknown.Familiarity.Distance)
	require.Nil(t, unknown.Outline, "nothing in it is round")
	verdict, reason := inspection.Decide(m.Card.Thresholds, 1, unknown.Familiarity)
	require.Equal(t, inspection.Review, verdict)
	require.Equal(t, inspection.ReasonUnfamiliar, reason)
}

func TestWhiteningIsTheLastStep(t *testing.T) {
	m := inferencetest.Model(t, 40, 1)
	shape := whitening.Shape{Channels: 1, Height: 40, Width: 40}
	plain := make([]float32, shape.Size())
	var err error
	m.Whitening, err = whitening.Fit(context.Background(), func(i int) []float32 {
		_, err := inference.Preprocess(rounds(i), inspection.Rectangle{}, m.Card.Input, plain)
		require.NoError(t, err)
		return plain
	}, 30, shape, whitening.Options{Components: 5})
	require.NoError(t, err)
	_, err = inference.Preprocess(rounds(50), inspection.Rectangle{}, m.Card.Input, plain)
	require.NoError(t, err)
	want := make([]float32, len(plain))
	m.Whitening.Apply(want, plain)
	require.NotEqual(t, plain, want)

	p, err := inference.NewModelPreprocessor(m)
	require.NoError(t, err)
	got := make([]float32, len(plain))
	_, err = p.Floats(rounds(50), inspection.Rectangle{}, got)
	require.NoError(t, err)
	require.Equal(t, want, got)
	pixels := make([]uint8, p.Size())
	_, err = p.Pixels(rounds(50), inspection.Rectangle{}, pixels)
	require.NoError(t, err)
	clear(got)
	require.NoError(t, p.Scale(pixels, got))
	require.Equal(t, want, got, "pixels kept by the trainer come to the same")
	require.ErrorIs(t, p.Scale(pixels[:7], got[:7]), inspection.ErrModelInput)
}
