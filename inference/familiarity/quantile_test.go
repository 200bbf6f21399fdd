package familiarity

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheLimitLetsOneInAHundredLieBeyond, counting the next picture with those that
// set it.
func TestTheLimitLetsOneInAHundredLieBeyond(t *testing.T) {
	for n, want := range map[int]float64{20: 20, 99: 99, 100: 100, 199: 198, 1000: 991} {
		distances := make([]float64, n)
		for i := range distances {
			distances[i] = float64(n - i)
		}
		require.InDelta(t, want, quantile(distances), 0, "of %d", n)
	}
}
