package inspection_test

import (
	"math"
	"testing"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

func TestDecide(t *testing.T) {
	thresholds := inspection.Thresholds{Pass: 0.25, Fail: 0.75}
	for _, score := range []float64{0, 0.1, 0.25, 0.5, 0.75, 1, math.NaN()} {
		for _, familiarity := range []*inspection.Familiarity{nil, {Distance: 0.4, Limit: 1}} {
			verdict, reason := inspection.Decide(thresholds, score, familiarity)
			require.Equal(t, thresholds.Judge(score), verdict)
			require.Empty(t, reason)
		}
		verdict, reason := inspection.Decide(thresholds, score, &inspection.Familiarity{Distance: 1.5, Limit: 1, Unfamiliar: true})
		require.Equal(t, inspection.Review, verdict, "an unfamiliar picture with score %v", score)
		require.Equal(t, inspection.ReasonUnfamiliar, reason)
	}
}
