package capture

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"assay/inspection"
)

func TestPacerKeepsTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(25)
		start := time.Now()
		for range 26 {
			require.NoError(t, p.Wait(t.Context(), nil))
		}
		require.Equal(t, time.Second, time.Since(start), "26 frames span 25 intervals")
	})
}

func TestPacerCatchesUpButDoesNotRush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(10)
		waits := func() time.Duration {
			start := time.Now()
			require.NoError(t, p.Wait(t.Context(), nil))
			return time.Since(start)
		}
		require.Zero(t, waits())
		time.Sleep(250 * time.Millisecond) // a little late
		require.Zero(t, waits())
		require.Zero(t, waits())
		require.Equal(t, 50*time.Millisecond, waits())
		time.Sleep(time.Minute)
		require.Zero(t, waits())
		require.Equal(t, 100*time.Millisecond, waits(), "a minute is not caught up")
	})
}

func TestPacerWithoutRateNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		for range 100 {
			require.NoError(t, NewPacer(0).Wait(t.Context(), nil))
		}
		require.Zero(t, time.Since(start))
	})
}

func TestPacerEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(0.001)
		closed := make(chan struct{})
		require.NoError(t, p.Wait(t.Context(), closed))
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error)
		wait := func(ctx context.Context) { result <- p.Wait(ctx, closed) }

		go wait(ctx)
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-result, context.Canceled)

		go wait(t.Context())
		synctest.Wait()
		close(closed)
		require.ErrorIs(t, <-result, inspection.ErrClosed)
	})
}
