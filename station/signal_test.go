package station

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSnapshotsArriveInTheOrderOfTheirChanges lets many goroutines count up: a
// subscriber must never see the count go back or skip.
func TestSnapshotsArriveInTheOrderOfTheirChanges(t *testing.T) {
	var signal Signal[int]
	var guard sync.Mutex
	var seen []int // appended to within Emit, which EmitChange never runs twice at once
	signal.Subscribe(func(n int) {
		assert.False(t, signal.order.TryLock(), "the next change waits until every subscriber has returned")
		if assert.True(t, guard.TryLock(), "the guard is free while subscribers run") {
			guard.Unlock()
		}
		seen = append(seen, n)
	})
	count := 0
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for range 200 {
				signal.EmitChange(&guard, func() int { count++; return count })
			}
		})
	}
	workers.Wait()
	require.Len(t, seen, 1600)
	for i, n := range seen {
		require.Equal(t, i+1, n)
	}
}
