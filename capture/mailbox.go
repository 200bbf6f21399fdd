package capture

import (
	"context"
	"io"
	"sync"

	"assay/inspection"
)

// Mailbox hands over the newest frame: a frame that was not taken before the
// next one arrives is dropped and counted. All methods are safe for use by
// several goroutines; each frame is taken once at most.
type Mailbox struct {
	arrived chan struct{} // capacity 1: wakes one Take after a Put
	closed  chan struct{}

	mu      sync.Mutex
	frame   inspection.Frame
	any     bool // a frame was ever put
	fresh   bool // frame was not taken yet
	ended   bool
	dropped uint64
}

// NewMailbox returns an empty mailbox.
func NewMailbox() *Mailbox {
	return &Mailbox{arrived: make(chan struct{}, 1), closed: make(chan struct{})}
}

// Put replaces the frame in the mailbox. It never blocks. After Close it does nothing.
func (m *Mailbox) Put(f inspection.Frame) {
	m.mu.Lock()
	if m.ended {
		m.mu.Unlock()
		return
	}
	if m.fresh {
		m.dropped++
	}
	m.frame, m.any, m.fresh = f, true, true
	m.mu.Unlock()

	select {
	case m.arrived <- struct{}{}:
	default: // somebody will be woken already
	}
}

// Take waits for a frame that was not taken yet and returns it. It returns
// io.EOF once the mailbox is closed and empty, or the context's error.
func (m *Mailbox) Take(ctx context.Context) (inspection.Frame, error) {
	for {
		if err := ctx.Err(); err != nil {
			return inspection.Frame{}, err
		}
		f, ok, ended := m.take()
		if ok {
			return f, nil
		}
		if ended {
			return inspection.Frame{}, io.EOF
		}
		select {
		case <-m.arrived:
		case <-m.closed:
		case <-ctx.Done():
		}
	}
}

func (m *Mailbox) take() (f inspection.Frame, ok, ended bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.fresh {
		return inspection.Frame{}, false, m.ended
	}
	m.fresh = false
	return m.frame, true, m.ended
}

// Newest returns the last frame put, taken or not, without taking it; false
// before the first.
func (m *Mailbox) Newest() (inspection.Frame, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.frame, m.any
}

// Dropped returns how many frames were replaced before anyone took them.
func (m *Mailbox) Dropped() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dropped
}

// Close says that no frame will follow. A frame still waiting can be taken;
// after it Take returns io.EOF. Close may be called more than once.
func (m *Mailbox) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return
	}
	m.ended = true
	close(m.closed)
}
