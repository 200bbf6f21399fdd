package metrics

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

const (
	normal    = inspection.Normal
	defective = inspection.Defective
)

// TestReportByHand: ten images, six defective. Truth and answers make
// TN 3, FP 1, FN 2, TP 4.
func TestReportByHand(t *testing.T) {
	truth := []inspection.Class{normal, normal, normal, normal, defective, defective, defective, defective, defective, defective}
	scores := []float32{0.1, 0.2, 0.3, 0.9, 0.4, 0.2, 0.5, 0.6, 0.8, 1}
	r, err := Compute(scores, truth, 1500*time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, 10, r.N)
	require.Equal(t, [2][2]int{{3, 1}, {2, 4}}, r.Confusion)
	require.InDelta(t, 70, r.Accuracy, 1e-9)
	require.InDelta(t, 70, r.Recall, 1e-9)
	// Precision: normal 3/5, defective 4/5; weights 0.4 and 0.6.
	require.InDelta(t, 100*(0.4*0.6+0.6*0.8), r.Precision, 1e-9)
	// F1: normal 6/9, defective 8/11.
	require.InDelta(t, 100*(0.4*6/9+0.6*8/11), r.F1, 1e-9)
	require.InDelta(t, 100*4.0/6, r.Defective.Recall, 1e-9)
	require.InDelta(t, 80, r.Defective.Precision, 1e-9)
	// Pairs won by each defect over the normals .1 .2 .3 .9: .4→3, .2→1.5, .5→3, .6→3, .8→3, 1→4.
	require.InDelta(t, 17.5/24, r.AUROC, 1e-9)
	require.Equal(t, 1.5, r.Seconds)
}

// TestPaperRow: 4 wrong of 715 is the paper's 99.44 %.
func TestPaperRow(t *testing.T) {
	r := Report{N: 715, Confusion: [2][2]int{{261, 1}, {3, 450}}}
	r.fill()
	require.InDelta(t, 99.44, r.Accuracy, 0.005)
	require.InDelta(t, 98.57, r.CI95[0], 0.005)
	require.InDelta(t, 99.78, r.CI95[1], 0.005)
}

func TestJSONNames(t *testing.T) {
	data, err := json.Marshal(Report{})
	require.NoError(t, err)
	require.JSONEq(t, `{"n":0,"accuracy":0,"recall":0,"precision":0,"f1":0,"defective":{"recall":0,"precision":0},
		"confusion":[[0,0],[0,0]],"ci95":[0,0],"auroc":0,"ece":0,"seconds":0}`, string(data))
	data, err = json.Marshal(Epoch{})
	require.NoError(t, err)
	require.JSONEq(t, `{"epoch":0,"step":0,"train_loss":0,"val_loss":0,"val_accuracy":0,"learning_rate":0,"seconds":0,
		"images_per_second":0}`, string(data))
}

func TestComputeRefuses(t *testing.T) {
	_, err := Compute([]float32{0.1}, nil, 0)
	require.Error(t, err)
	_, err = Compute(nil, nil, 0)
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	_, err = Compute([]float32{0.1, 0.2}, []inspection.Class{normal, normal}, 0)
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	_, err = Compute([]float32{0.1, float32(math.NaN())}, []inspection.Class{normal, defective}, 0)
	require.ErrorIs(t, err, inspection.ErrNotFinite)
}

// TestOneSidedAnswers: a class that is never answered has precision 0, not NaN.
func TestOneSidedAnswers(t *testing.T) {
	r, err := Compute([]float32{0.1, 0.1}, []inspection.Class{normal, defective}, 0)
	require.NoError(t, err)
	require.Equal(t, ClassReport{}, r.Defective)
	require.Equal(t, 25.0, r.Precision)
	require.Equal(t, 0.5, r.AUROC)
}

// TestWilson holds known values: 0 and 10 of 10, and 5 of 10 (0.2366, 0.7634).
func TestWilson(t *testing.T) {
	low, high := Wilson(5, 10)
	require.InDelta(t, 0.2366, low, 5e-5)
	require.InDelta(t, 0.7634, high, 5e-5)
	low, high = Wilson(10, 10)
	require.InDelta(t, 0.7225, low, 5e-5)
	require.Equal(t, 1.0, high)
	low, high = Wilson(0, 10)
	require.InDelta(t, 0, low, 1e-15)
	require.InDelta(t, 0.2775, high, 5e-5)
	low, high = Wilson(0, 0)
	require.Equal(t, [2]float64{0, 1}, [2]float64{low, high})
}

// TestCalibrationByHand: two answers at 0.9 of which one is right (bin 13:
// |1.8-1|), and two at 0.55 both right (bin 8: |1.1-2|), over four images.
func TestCalibrationByHand(t *testing.T) {
	truth := []inspection.Class{defective, defective, normal, defective}
	require.InDelta(t, (0.8+0.9)/4, CalibrationError([]float32{0.9, 0.1, 0.45, 0.55}, truth), 1e-6)
	require.InDelta(t, 0, CalibrationError([]float32{1, 0}, []inspection.Class{defective, normal}), 1e-9)
}

func TestLoss(t *testing.T) {
	require.InDelta(t, math.Ln2, Loss([]float32{0.5, 0.5}, []inspection.Class{normal, defective}), 1e-9)
	require.InDelta(t, -math.Log(1e-7), Loss([]float32{0}, []inspection.Class{defective}), 1e-6)
}

// TestAUROCAgainstPairs compares with counting every pair.
func TestAUROCAgainstPairs(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		n := 2 + random.IntN(40)
		scores, truth := make([]float32, n), make([]inspection.Class, n)
		for i := range scores {
			scores[i] = float32(random.IntN(8)) / 8
			truth[i] = inspection.Class(random.IntN(2))
		}
		truth[0], truth[1] = normal, defective
		var wins, pairs float64
		for i := range scores {
			for j := range scores {
				if truth[i] != defective || truth[j] != normal {
					continue
				}
				pairs++
				if scores[i] > scores[j] {
					wins++
				} else if scores[i] == scores[j] {
					wins += 0.5
				}
			}
		}
		require.InDelta(t, wins/pairs, AUROC(scores, truth), 1e-12)
	}
}

func TestBest(t *testing.T) {
	require.Equal(t, -1, Best(nil))
	require.Equal(t, 2, Best([]Epoch{
		{ValAccuracy: 90, ValLoss: 0.1}, {ValAccuracy: 95, ValLoss: 0.3}, {ValAccuracy: 95, ValLoss: 0.2},
		{ValAccuracy: 95, ValLoss: 0.2}, {ValAccuracy: 94, ValLoss: 0.01},
	}))
}
