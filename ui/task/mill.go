package task

import (
	"context"
	"sync"
)

// Mill works on values off the UI goroutine, one at a time: while it works, only
// the newest of the values that come is kept. It is safe for concurrent use.
type Mill[T any] struct {
	wake chan struct{}

	mu    sync.Mutex
	value T
	full  bool
}

// NewMill returns a mill whose goroutine belongs to the group.
func NewMill[T any](g *Group, work func(ctx context.Context, value T)) *Mill[T] {
	m := &Mill[T]{wake: make(chan struct{}, 1)}
	g.Go(func(ctx context.Context) {
		for {
			select {
			case <-ctx.Done():
				return
			case <-m.wake:
			}
			if value, ok := m.take(); ok {
				work(ctx, value)
			}
		}
	})
	return m
}

// Put offers a value and returns at once.
func (m *Mill[T]) Put(value T) {
	m.mu.Lock()
	m.value, m.full = value, true
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

func (m *Mill[T]) take() (value T, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	value, ok = m.value, m.full
	var zero T
	m.value, m.full = zero, false
	return value, ok
}

// PostWait runs f on the UI goroutine and returns when it has run or the group
// is closed. It must not be called on the UI goroutine.
func (g *Group) PostWait(f func()) {
	ran := make(chan struct{})
	g.post(func() {
		defer close(ran)
		if g.ctx.Err() == nil {
			f()
		}
	})
	select {
	case <-ran:
	case <-g.ctx.Done():
	}
}
