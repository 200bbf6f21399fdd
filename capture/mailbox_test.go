package capture

import (
	"context"
	"io"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"assay/inspection"
)

func numbered(n uint64) inspection.Frame { return inspection.Frame{Sequence: n} }

func TestMailboxKeepsTheNewest(t *testing.T) {
	m := NewMailbox()
	_, ok := m.Newest()
	require.False(t, ok)
	for n := range uint64(5) {
		m.Put(numbered(n + 1))
	}
	require.EqualValues(t, 4, m.Dropped())
	f, err := m.Take(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 5, f.Sequence)
	f, ok = m.Newest()
	require.True(t, ok, "taken frames stay visible")
	require.EqualValues(t, 5, f.Sequence)
}

func TestMailboxTakeWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMailbox()
		m.Put(numbered(1))
		_, err := m.Take(t.Context())
		require.NoError(t, err)
		got := make(chan uint64)
		go func() {
			f, _ := m.Take(t.Context())
			got <- f.Sequence
		}()
		synctest.Wait() // Take is blocked: the first frame is not given twice
		m.Put(numbered(2))
		require.EqualValues(t, 2, <-got)
	})
}

func TestMailboxTakeEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMailbox()
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error)
		go func() {
			_, err := m.Take(ctx)
			result <- err
		}()
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-result, context.Canceled)
		m.Put(numbered(1))
		_, err := m.Take(ctx)
		require.ErrorIs(t, err, context.Canceled, "even with a frame waiting")
	})
}

func TestMailboxClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMailbox()
		m.Put(numbered(1))
		m.Close()
		m.Close()
		m.Put(numbered(2))
		f, err := m.Take(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 1, f.Sequence)
		_, err = m.Take(t.Context())
		require.ErrorIs(t, err, io.EOF)

		waiting := NewMailbox()
		results := make(chan error)
		for range 3 {
			go func() {
				_, err := waiting.Take(t.Context())
				results <- err
			}()
		}
		synctest.Wait()
		waiting.Close()
		for range 3 {
			require.ErrorIs(t, <-results, io.EOF)
		}
	})
}

// Whatever the interleaving: each frame is taken once at most, in order for
// each taker, the last one is not lost, and the rest is counted as dropped.
func TestMailboxManyGoroutines(t *testing.T) {
	const frames, takers = 5000, 4
	m := NewMailbox()
	taken := make([][]uint64, takers)
	var group sync.WaitGroup
	for i := range takers {
		group.Go(func() {
			for {
				f, err := m.Take(t.Context())
				if err != nil {
					return
				}
				taken[i] = append(taken[i], f.Sequence)
			}
		})
	}
	for n := range uint64(frames) {
		m.Put(numbered(n + 1))
	}
	m.Close()
	group.Wait()
	seen := map[uint64]bool{}
	for _, list := range taken {
		last := uint64(0)
		for _, n := range list {
			require.Greater(t, n, last)
			require.False(t, seen[n], "frame %d taken twice", n)
			seen[n], last = true, n
		}
	}
	require.True(t, seen[frames], "the last frame was lost")
	require.EqualValues(t, frames-len(seen), m.Dropped())
}
