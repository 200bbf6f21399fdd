package inspection

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDecide(t *testing.T) {
	thresholds := Thresholds{Pass: 0.25, Fail: 0.75}
	for _, score := range []float64{0, 0.1, 0.25, 0.5, 0.75, 1, math.NaN()} {
		for _, familiarity := range []*Familiarity{nil, {Distance: 0.4, Limit: 1}} {
			verdict, reason := Decide(thresholds, score, familiarity)
			require.Equal(t, thresholds.Judge(score), verdict)
			require.Empty(t, reason)
		}
		verdict, reason := Decide(thresholds, score, &Familiarity{Distance: 1.5, Limit: 1, Unfamiliar: true})
		require.Equal(t, Review, verdict, "an unfamiliar picture with score %v", score)
		require.Equal(t, ReasonUnfamiliar, reason)
	}
}
