// Package tasktest stands in for the UI goroutine in tests: what the window
// posts runs on the test's own goroutine, when the test says so.
package tasktest

import (
	"testing"
	"time"
)

// Patience is how long Until waits before it fails the test.
const Patience = 20 * time.Second

// Queue is a queue of functions for the UI goroutine.
type Queue struct {
	calls chan func()
}

// NewQueue returns an empty queue.
func NewQueue() *Queue { return &Queue{calls: make(chan func(), 4096)} }

// Post queues f; it is a task.Post.
func (q *Queue) Post(f func()) { q.calls <- f }

// Len returns how many calls wait.
func (q *Queue) Len() int { return len(q.calls) }

// Drain runs what is queued now.
func (q *Queue) Drain() {
	for range len(q.calls) {
		(<-q.calls)()
	}
}

// Until runs queued calls as they come until the condition holds, and fails the
// test where that takes too long.
func (q *Queue) Until(t testing.TB, what string, condition func() bool) {
	t.Helper()
	deadline := time.After(Patience)
	for !condition() {
		select {
		case f := <-q.calls:
			f()
		case <-deadline:
			t.Fatalf("waited %v in vain: %s", Patience, what)
		}
	}
}
