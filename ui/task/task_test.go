package task_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"assay/ui/task"
	"assay/ui/task/tasktest"
)

func TestRunBringsTheResultToTheQueue(t *testing.T) {
	// given a group whose UI goroutine is the test
	queue := tasktest.NewQueue()
	group := task.NewGroup(queue.Post)
	defer group.Close()
	want := errors.New("no such part")
	// when work ends
	var got error
	task.Run(group, func(context.Context) (int, error) { return 0, want }, func(_ int, err error) { got = err })
	// then its result arrives there
	queue.Until(t, "result", func() bool { return got != nil })
	require.ErrorIs(t, got, want)
}

func TestCloseWaitsForWorkAndDropsItsResult(t *testing.T) {
	queue := tasktest.NewQueue()
	group := task.NewGroup(queue.Post)
	shown := false
	task.Run(group, func(ctx context.Context) (int, error) { <-ctx.Done(); return 1, nil }, func(int, error) { shown = true })
	group.Close()
	require.Equal(t, 1, queue.Len(), "the goroutine has ended and posted")
	queue.Drain()
	require.False(t, shown)
	group.Go(func(context.Context) { panic("after Close") })
}

func TestSlotShowsOnlyTheNewestResult(t *testing.T) {
	queue := tasktest.NewQueue()
	group := task.NewGroup(queue.Post)
	defer group.Close()
	var slot task.Slot
	var shown []int
	// given work that ends only when it is cancelled
	task.RunIn(group, &slot, func(ctx context.Context) (int, error) { <-ctx.Done(); return 1, nil },
		func(n int, _ error) { shown = append(shown, n) })
	require.True(t, slot.Busy())
	// when the next is started
	task.RunIn(group, &slot, func(context.Context) (int, error) { return 2, nil },
		func(n int, _ error) { shown = append(shown, n) })
	// then the first was cancelled and is never shown
	queue.Until(t, "second result", func() bool { return len(shown) > 0 && !slot.Busy() })
	group.Close()
	queue.Drain()
	require.Equal(t, []int{2}, shown)
}

func TestLatestNeverQueuesTwice(t *testing.T) {
	queue := tasktest.NewQueue()
	group := task.NewGroup(queue.Post)
	defer group.Close()
	var shown []int
	latest := task.NewLatest(group, func(n int) { shown = append(shown, n) })
	for n := range 1000 {
		latest.Put(n)
	}
	require.Equal(t, 1, queue.Len())
	queue.Drain()
	latest.Put(1000)
	queue.Drain()
	require.Equal(t, []int{999, 1000}, shown)
}

func TestEverythingWorksWherePostCallsAtOnce(t *testing.T) {
	// given a UI goroutine that does not run yet: fyne.Do calls inline
	group := task.NewGroup(func(f func()) { f() })
	defer group.Close()
	calls := 0
	throttle := task.NewThrottle(group, time.Hour, func() { calls++ })
	throttle.Request()
	task.NewLatest(group, func(int) { calls++ }).Put(1)
	group.PostWait(func() { calls++ })
	require.Equal(t, 3, calls)
}

func TestMillKeepsTheNewest(t *testing.T) {
	queue := tasktest.NewQueue()
	group := task.NewGroup(queue.Post)
	defer group.Close()
	// given a mill that is at work
	started, release := make(chan struct{}, 8), make(chan struct{})
	worked := make(chan int, 8)
	mill := task.NewMill(group, func(_ context.Context, n int) {
		started <- struct{}{}
		<-release
		worked <- n
	})
	mill.Put(1)
	<-started
	// when values come meanwhile
	for n := 2; n <= 9; n++ {
		mill.Put(n)
	}
	close(release)
	// then it goes on with the newest
	require.Equal(t, 1, <-worked)
	require.Equal(t, 9, <-worked)
	require.Empty(t, worked)
}

func TestPostWaitEndsWithTheGroup(t *testing.T) {
	queue := tasktest.NewQueue()
	group := task.NewGroup(queue.Post)
	group.Go(func(context.Context) { group.PostWait(func() { t.Error("shown after Close") }) })
	group.Close() // must return although nobody drains the queue
	queue.Drain()
}

func TestThrottleCallsAtOnceThenOnceAnInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue := tasktest.NewQueue()
		group := task.NewGroup(queue.Post)
		defer group.Close()
		calls := 0
		throttle := task.NewThrottle(group, time.Second, func() { calls++ })
		throttle.Request()
		queue.Drain()
		require.Equal(t, 1, calls, "the first at once")
		for range 10 {
			throttle.Request()
		}
		time.Sleep(999 * time.Millisecond) // virtual time
		queue.Drain()
		require.Equal(t, 1, calls, "none within the interval")
		time.Sleep(2 * time.Millisecond)
		queue.Drain()
		require.Equal(t, 2, calls, "one for the ten")
		time.Sleep(time.Minute)
		queue.Drain()
		require.Equal(t, 2, calls, "none unasked")
	})
}
