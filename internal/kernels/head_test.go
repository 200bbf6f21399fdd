package kernels_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"assay/internal/kernels"

	"github.com/stretchr/testify/require"
)

// TestHeadGradient compares loss and gradient of soft labels and weighted images
// with the definition in float64 and its central differences.
func TestHeadGradient(t *testing.T) {
	shape := kernels.Shape{N: 5, C: 1, H: 3, W: 4}
	area := shape.H * shape.W
	random := rand.New(rand.NewPCG(8, 9))
	values := randomValues(random, shape.Size(), 2)
	labels := []float32{0, 1, 0.05, 0.95, 0.5}
	for name, weights := range map[string][]float32{"even": nil, "weighted": {1, 2.5, 0.4, 0, 1}} {
		wide := make([]float64, len(values))
		for i, v := range values {
			wide[i] = float64(v)
		}
		objective := func() float64 {
			sum := 0.0
			for i, label := range labels {
				logit := 0.0
				for _, v := range wide[i*area : (i+1)*area] {
					logit += v / float64(area)
				}
				p, y, weight := 1/(1+math.Exp(-logit)), float64(label), 1.0
				if weights != nil {
					weight = float64(weights[i])
				}
				sum -= weight * (y*math.Log(p) + (1-y)*math.Log(1-p))
			}
			return sum / float64(shape.N)
		}
		gradient, loss := make([]float32, shape.Size()), 0.0
		onThread(t, 1, func(thread *kernels.Thread) error {
			input, err := kernels.NewTensor(thread, shape)
			require.NoError(t, err)
			require.NoError(t, input.Write(thread, values))
			head, err := kernels.NewHead(thread, input)
			require.NoError(t, err)
			loss, err = head.Forward(thread, labels, weights, nil)
			require.NoError(t, err)
			require.NoError(t, head.Backward(thread, 1))
			_, err = head.Forward(thread, labels, []float32{1}, nil)
			require.ErrorContains(t, err, "1 weights")
			return head.InputGradient().Read(thread, gradient)
		})
		require.InDelta(t, objective(), loss, 1e-6, name)
		for i := range wide {
			require.InDelta(t, slope(objective, wide, i, 1e-5), float64(gradient[i]), 1e-7, "%s[%d]", name, i)
		}
	}
}
