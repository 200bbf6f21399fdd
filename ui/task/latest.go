package task

import (
	"sync"
	"time"
)

// Latest hands values to the UI goroutine and keeps only the newest: at most
// one call waits in the UI's queue, however fast values come and however slow
// the UI is. It is safe for concurrent use.
type Latest[T any] struct {
	group *Group
	show  func(T)

	mu      sync.Mutex
	value   T
	pending bool
}

// NewLatest returns a Latest that calls show on the UI goroutine.
func NewLatest[T any](g *Group, show func(T)) *Latest[T] {
	return &Latest[T]{group: g, show: show}
}

// Put offers a value and returns at once.
func (l *Latest[T]) Put(value T) {
	l.mu.Lock()
	l.value = value
	queued := l.pending
	l.pending = true
	l.mu.Unlock()
	if !queued {
		l.group.Post(l.deliver)
	}
}

func (l *Latest[T]) deliver() {
	l.mu.Lock()
	value := l.value
	l.pending = false
	l.mu.Unlock()
	l.show(value)
}

// Throttle calls a function on the UI goroutine at most once an interval, and
// once after the last request. It is safe for concurrent use.
type Throttle struct {
	group    *Group
	interval time.Duration
	call     func()

	mu     sync.Mutex
	waits  bool
	called time.Time
}

// NewThrottle returns a Throttle for call.
func NewThrottle(g *Group, interval time.Duration, call func()) *Throttle {
	return &Throttle{group: g, interval: interval, call: call}
}

// Request asks for a call and returns at once.
func (t *Throttle) Request() {
	wait, asked := t.ask()
	switch {
	case !asked:
	case wait <= 0:
		t.group.Post(t.run) // without the lock: before the app runs, fyne.Do calls at once
	default:
		time.AfterFunc(wait, func() { t.group.Post(t.run) })
	}
}

// ask returns how long to wait, and whether this request is the one that waits.
func (t *Throttle) ask() (wait time.Duration, asked bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waits {
		return 0, false
	}
	t.waits = true
	if t.called.IsZero() {
		return 0, true
	}
	return t.interval - time.Since(t.called), true
}

func (t *Throttle) run() {
	t.mu.Lock()
	t.waits = false
	t.called = time.Now()
	t.mu.Unlock()
	t.call()
}
