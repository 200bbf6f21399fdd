package training

import (
	"math"
	"math/rand/v2"
	"testing"

	"assay/inference"
	"assay/inference/inferencetest"
	"assay/inspection"
	"assay/training/metrics"

	"github.com/stretchr/testify/require"
)

// TestCalibrationFindsTheLine that spoiled the scores: z' = 3z - 1 undone by Platt,
// z' = 3z by a temperature of 3.
func TestCalibrationFindsTheLine(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 5))
	const n = 20000
	scores, shifted, truth := make([]float32, n), make([]float32, n), make([]inspection.Class, n)
	for i := range scores {
		z := 1.5 * random.NormFloat64()
		if random.Float64() < 1/(1+math.Exp(-z)) {
			truth[i] = inspection.Defective
		}
		scores[i] = float32(1 / (1 + math.Exp(-3*z)))
		shifted[i] = float32(1 / (1 + math.Exp(-(3*z - 1))))
	}
	line := Temperature.fit(scores, truth)
	require.InDelta(t, 1.0/3, line.slope, 0.02)
	require.Zero(t, line.shift)
	platt := Platt.fit(shifted, truth)
	require.InDelta(t, 1.0/3, platt.slope, 0.02)
	require.InDelta(t, 1.0/3, platt.shift, 0.04)
	require.Equal(t, uncalibrated, NoCalibration.fit(scores, truth))
	require.Error(t, Calibration("isotonic").validate())

	better := make([]float32, n)
	for i, s := range scores {
		better[i] = float32(1 / (1 + math.Exp(-line.slope*inference.Logit(s))))
	}
	require.Less(t, metrics.CalibrationError(better, truth), metrics.CalibrationError(scores, truth)/5)
}

// TestCalibrationStaysWithinReason where validation has no error, or only one
// answer, or scores of exactly 0 and 1.
func TestCalibrationStaysWithinReason(t *testing.T) {
	truth := []inspection.Class{0, 0, 0, 1, 1, 1}
	for _, c := range []Calibration{Temperature, Platt} {
		for _, scores := range [][]float32{{0, 0, 0, 1, 1, 1}, {1, 1, 1, 0, 0, 0}, {0.5, 0.5, 0.5, 0.5, 0.5, 0.5}, {1e-30, 0.2, 0.4, 0.6, 0.9, 1}} {
			line := c.fit(scores, truth)
			require.GreaterOrEqual(t, line.slope, leastSlope)
			require.LessOrEqual(t, line.slope, float64(mostSlope))
			require.False(t, math.IsNaN(line.shift) || math.Abs(line.shift) > 100, "%s %v: %v", c, scores, line)
		}
	}
}

// TestFoldIsTheLine: the folded network's logit is slope·z + shift.
func TestFoldIsTheLine(t *testing.T) {
	m := inferencetest.Model(t, 24, 3)
	line := calibrated{0.4, -0.3}
	folded, ok := line.fold(m.Network, m.Weights)
	require.True(t, ok)
	images := inferencetest.Images(m.Network.Input, 3, 1)
	before, err := inferencetest.Forward(m.Network, m.Weights, images, 3)
	require.NoError(t, err)
	after, err := inferencetest.Forward(m.Network, folded, images, 3)
	require.NoError(t, err)
	requireLine(t, line, before.Scores, after.Scores)
	require.NotEqual(t, folded["conv5.weight"], m.Weights["conv5.weight"], "a copy")
	n := *m.Network
	n.Map = ""
	_, ok = line.fold(&n, m.Weights)
	require.False(t, ok)
}

// requireLine fails unless the logits of the scores after are the line of those
// before.
func requireLine(t *testing.T, line calibrated, before, after []float64) {
	t.Helper()
	for i, s := range before {
		require.InDelta(t, line.slope*math.Log(s/(1-s))+line.shift, math.Log(after[i]/(1-after[i])), 1e-5)
	}
}

// TestApplyIsTheLine too; without calibration scores stay what they are, also 0 and 1.
func TestApplyIsTheLine(t *testing.T) {
	scores := []float32{0.02, 0.5, 0.75, 0.98}
	var before, after []float64
	for _, s := range scores {
		before = append(before, float64(s))
	}
	line := calibrated{0.4, -0.3}
	line.apply(scores)
	for _, s := range scores {
		after = append(after, float64(s))
	}
	requireLine(t, line, before, after)
	sure := []float32{0, 0.3, 1}
	uncalibrated.apply(sure)
	require.Equal(t, []float32{0, 0.3, 1}, sure)
}

// TestTemperatureKeepsAnswers and says in the card what it did.
func TestTemperatureKeepsAnswers(t *testing.T) {
	r := request(t)
	calibrated := train(t, r)
	r.Calibration = NoCalibration
	plain := train(t, r)
	require.Equal(t, plain.Validation.Confusion, calibrated.Validation.Confusion)
	require.InDelta(t, plain.Validation.AUROC, calibrated.Validation.AUROC, 1e-9)
	require.Equal(t, plain.Validation.ECE, calibrated.Card.Metrics["ece_uncalibrated"])
	require.NotZero(t, calibrated.Card.Metrics["calibration_slope"])
	require.NotContains(t, plain.Card.Metrics, "calibration_slope")
}
