// Package task runs the window's work off the UI goroutine and brings results
// back to it: every goroutine has an owner (a Group) and a context, and ends with
// one function on the UI goroutine that only assigns and refreshes.
package task

import (
	"context"
	"sync"

	"fyne.io/fyne/v2"
)

// Post queues a function for the UI goroutine and returns at once.
type Post func(func())

// Group owns the goroutines of a window. It is safe for concurrent use.
type Group struct {
	ctx    context.Context
	cancel context.CancelFunc
	post   Post
	mu     sync.Mutex // orders Go against Close: no Add after Wait
	wait   sync.WaitGroup
}

// NewGroup returns a group whose results go through post; nil means fyne.Do.
func NewGroup(post Post) *Group {
	if post == nil {
		post = fyne.Do
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Group{ctx: ctx, cancel: cancel, post: post}
}

// Context ends when the group is closed.
func (g *Group) Context() context.Context { return g.ctx }

// Post queues f for the UI goroutine. What is still queued when the group is
// closed is dropped.
func (g *Group) Post(f func()) {
	g.post(func() {
		if g.ctx.Err() == nil {
			f()
		}
	})
}

// Go runs f on its own goroutine with the group's context. After Close it does nothing.
func (g *Group) Go(f func(ctx context.Context)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ctx.Err() != nil {
		return
	}
	g.wait.Add(1)
	go func() {
		defer g.wait.Done()
		f(g.ctx)
	}()
}

// Cancel ends the context; results that have not been shown are dropped.
func (g *Group) Cancel() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cancel()
}

// Close cancels the context and waits until every goroutine has returned.
func (g *Group) Close() {
	g.Cancel()
	g.wait.Wait()
}

// Run calls work on its own goroutine and then done on the UI goroutine.
func Run[T any](g *Group, work func(ctx context.Context) (T, error), done func(T, error)) {
	g.Go(func(ctx context.Context) {
		value, err := work(ctx)
		g.Post(func() { done(value, err) })
	})
}

// Slot holds one piece of work at a time: starting the next cancels the one
// before and drops its result. The zero value is ready; use it on the UI
// goroutine only.
type Slot struct {
	cancel     context.CancelFunc
	generation int
}

// Busy reports whether the newest work has not finished.
func (s *Slot) Busy() bool { return s.cancel != nil }

// Stop cancels the work in the slot and drops its result.
func (s *Slot) Stop() {
	s.generation++
	if s.cancel != nil {
		s.cancel()
		s.cancel = nil
	}
}

// RunIn is Run in a slot.
func RunIn[T any](g *Group, s *Slot, work func(ctx context.Context) (T, error), done func(T, error)) {
	s.Stop()
	ctx, cancel := context.WithCancel(g.Context())
	generation := s.generation
	s.cancel = cancel
	g.Go(func(context.Context) {
		defer cancel()
		value, err := work(ctx)
		g.Post(func() {
			if s.generation != generation {
				return
			}
			s.cancel = nil
			done(value, err)
		})
	})
}
