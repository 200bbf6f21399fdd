package training

import (
	"context"
	"sync"
)

// Pause lets a training rest between two steps. The zero value is not paused;
// it must not be copied. All methods may be called from any goroutine.
type Pause struct {
	mu sync.Mutex
	// resumed is nil while not paused, and closed when the pause ends.
	resumed chan struct{}
}

// Hold makes the training stop after the step at hand. It reports whether it was
// running.
func (p *Pause) Hold() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.resumed != nil {
		return false
	}
	p.resumed = make(chan struct{})
	return true
}

// Release lets it go on. It reports whether it was paused.
func (p *Pause) Release() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.resumed == nil {
		return false
	}
	close(p.resumed)
	p.resumed = nil
	return true
}

// Held reports whether it is paused.
func (p *Pause) Held() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.resumed != nil
}

// wait returns once it is not paused, or with the context's error.
func (p *Pause) wait(ctx context.Context) error {
	p.mu.Lock()
	resumed := p.resumed
	p.mu.Unlock()
	if resumed == nil {
		return ctx.Err()
	}
	select {
	case <-resumed:
		return p.wait(ctx) // paused again in between
	case <-ctx.Done():
		return ctx.Err()
	}
}
