package training

import (
	"math/rand/v2"
	"testing"

	"assay/inference"
	"assay/inference/architecture"
	"assay/inference/inferencetest"
	"assay/inference/onnx"
	"assay/inspection"
	"assay/training/dataset"
	"assay/training/metrics"

	"github.com/stretchr/testify/require"
)

// TestViewsChangeNothingButTheJudgement: the epochs and the weights are those of
// one view, and one view asked for is the same file as none.
func TestViewsChangeNothingButTheJudgement(t *testing.T) {
	r := request(t)
	r.Calibration = NoCalibration
	plain := train(t, r)
	r.Views = 1
	require.Equal(t, plain.File, train(t, r).File)
	r.Views = 8
	viewed := train(t, r)
	require.Equal(t, 8, viewed.Card.Input.Views)
	require.Equal(t, plain.BestEpoch, viewed.BestEpoch)
	for i := range plain.History {
		require.Equal(t, plain.History[i].ValLoss, viewed.History[i].ValLoss)
	}
	weights := func(r Result) any {
		m, err := onnx.Decode(r.File)
		require.NoError(t, err)
		return m.Weights
	}
	require.Equal(t, weights(plain), weights(viewed))
	require.NotEqual(t, plain.Validation.ECE, viewed.Validation.ECE, "measured on the mean of all views")
}

// inViews judges as the model's engine does.
func inViews(t *testing.T, m *onnx.Model, batch int) Subject {
	t.Helper()
	engine, err := inference.InViews(m, inference.EngineOptions{Batch: batch}, func(_ *onnx.Model, o inference.EngineOptions) (inference.Engine, error) {
		return &fakeEngine{fake: newFake(t, m.Weights, BackendOptions{}), most: o.Batch}, nil
	})
	require.NoError(t, err)
	return Subject{Engine: engine, Input: m.Card.Input, Thresholds: m.Card.Thresholds}
}

// validationOf judges what a training has held back as a station does.
func validationOf(t *testing.T, r Request, m *onnx.Model) ([]dataset.Item, Evaluation) {
	t.Helper()
	selection := Selection{Choice: r.Dataset, Part: PartValidation}
	selection.Split.Seed = r.Seed
	chosen, err := Select(t.Context(), selection)
	require.NoError(t, err)
	e, err := Evaluate(t.Context(), EvaluateRequest{Subject: inViews(t, m, 8), Items: chosen.Items, Batch: 8})
	require.NoError(t, err)
	return chosen.Items, e
}

// scoresOf lists what was judged, with the labels.
func scoresOf(e Evaluation) (scores []float32, truth []inspection.Class) {
	for _, j := range e.Judged {
		scores, truth = append(scores, float32(j.Score)), append(truth, j.Class)
	}
	return scores, truth
}

// TestEpochsAreComparedAsCalibrated: by what would be left wrong if one were kept.
// The fake's engine knows no calibration; that folding one in is the same is
// tested elsewhere.
func TestEpochsAreComparedAsCalibrated(t *testing.T) {
	for _, calibration := range []Calibration{NoCalibration, Temperature, Platt} {
		r := request(t)
		r.Calibration, r.Epochs = calibration, 3
		result := train(t, r)
		m, err := onnx.Decode(result.File)
		require.NoError(t, err)
		_, e := validationOf(t, r, m)
		scores, truth := scoresOf(e)
		calibration.fit(scores, truth).apply(scores)
		chosen := result.History[result.BestEpoch-1]
		require.InDelta(t, metrics.Loss(scores, truth), chosen.ValLoss, 1e-6, "%s", calibration)
		require.Equal(t, metrics.Accuracy(scores, truth), chosen.ValAccuracy, "%s", calibration)
	}
}

// TestValidationIsWhatAnEngineSays: with views the report, its calibration and the
// thresholds are of the averaged score, as evaluation finds it.
func TestValidationIsWhatAnEngineSays(t *testing.T) {
	for _, batch := range []int{16, 3} { // more than the views, and fewer
		r := request(t)
		r.Views, r.Calibration, r.Batch, r.Epochs = 4, NoCalibration, batch, 3
		result := train(t, r)
		m, err := onnx.Decode(result.File)
		require.NoError(t, err)
		items, e := validationOf(t, r, m)
		require.Equal(t, result.Validation.Confusion, e.Confusion)
		require.InDelta(t, result.Validation.AUROC, e.AUROC, 1e-12)
		require.InDelta(t, result.Validation.ECE, e.ECE, 1e-12)
		altered, err := EvaluateAltered(t.Context(), AlteredRequest{Subjects: []Subject{inViews(t, m, 8)}, Alterations: []Alteration{{Name: Unchanged}}, Items: items, Batch: 8})
		require.NoError(t, err)
		require.InDelta(t, e.ECE, altered[0][0].ECE, 1e-12)
		scores, truth := scoresOf(e)
		require.Equal(t, chooseThresholds(scores, truth), result.Card.Thresholds)
		require.Equal(t, metrics.CalibrationError(scores, truth), result.Card.Metrics["ece_uncalibrated"])
	}
}

// TestViewsAreKept by a training that starts from a model, unless others are
// asked for.
func TestViewsAreKept(t *testing.T) {
	r := request(t)
	r.Views, r.Epochs = 8, 1
	parent, err := onnx.Decode(train(t, r).File)
	require.NoError(t, err)
	r.Init, r.Views = parent, 0
	require.Equal(t, 8, train(t, r).Card.Input.Views)
	r.Views = 2
	require.Equal(t, 2, train(t, r).Card.Input.Views)
	r.Views = 1
	require.Zero(t, train(t, r).Card.Input.Views)
	r.Init = nil
	for _, views := range []int{-1, 3, 16} {
		r.Views = views
		_, err := Run(t.Context(), r, Hooks{})
		require.ErrorContains(t, err, "views")
	}
}

// countingBackend counts the images that are judged.
type countingBackend struct {
	*fake
	judged *int
}

func (c countingBackend) Scores(images, scores []float32) error {
	*c.judged += len(scores)
	return c.fake.Scores(images, scores)
}

// TestAdaptMeasuresInViews what the current model does, and the new one, which
// keeps the views.
func TestAdaptMeasuresInViews(t *testing.T) {
	r := adaptRequest(t)
	r.Samples = []int{10}
	judged := 0
	inner := r.Backend
	r.Backend = func(n *architecture.Network, w architecture.Weights, o BackendOptions) (Backend, error) {
		b, err := inner(n, w, o)
		return countingBackend{b.(*fake), &judged}, err
	}
	atEnds := map[int]int{}
	for _, views := range []int{1, 8} {
		r.Current.Card.Input.Views = views
		judged = 0
		before := 0
		a, err := Adapt(t.Context(), r, AdaptHooks{Row: func(row AdaptRow) {
			if row.Samples == 0 {
				before = judged
			}
		}})
		require.NoError(t, err)
		require.Equal(t, 114*views, before, "90 new and 24 old images, the current model")
		atEnds[views] = judged - before
		require.Equal(t, views > 1, a.Card.Input.Views == 8)
	}
	const validations, last = 4 * 24, 24 + 114 // one view an epoch; the report and the curve's point
	require.Equal(t, map[int]int{1: validations + last, 8: validations + 8*last}, atEnds)
}

// TestFoldCommutesWithViews: a line folded into the weights is that line of the
// mean logit.
func TestFoldCommutesWithViews(t *testing.T) {
	n := architecture.Custom(24)
	n.Input.Views = 8
	m := inferencetest.ModelOf(t, n, 3)
	line := calibrated{0.4, -0.3}
	folded, ok := line.fold(m.Network, m.Weights)
	require.True(t, ok)
	images := inferencetest.Images(n.Input, 3, 1)
	before, err := inferencetest.Judge(m.Network, m.Weights, images, 3)
	require.NoError(t, err)
	after, err := inferencetest.Judge(m.Network, folded, images, 3)
	require.NoError(t, err)
	requireLine(t, line, before.Scores, after.Scores)
	random := rand.New(rand.NewPCG(1, 1)) // and of scores as engines give them
	plain, moved := make([]float32, 8), make([]float32, 8)
	for range 100 {
		for i := range plain {
			z := 4 * random.NormFloat64()
			plain[i], moved[i] = float32(sigmoid(z)), float32(sigmoid(line.slope*z+line.shift))
		}
		z := inference.Logit(inference.MeanScore(plain))
		require.InDelta(t, sigmoid(line.slope*z+line.shift), float64(inference.MeanScore(moved)), 1e-3)
	}
}
