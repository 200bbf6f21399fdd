package capture

import (
	"context"
	"time"

	"assay/inspection"
)

// Pacer spaces frames evenly in time. It is used by one goroutine at a time.
type Pacer struct {
	interval time.Duration
	due      time.Time
}

// NewPacer returns a pacer for rate frames a second; rate ≤ 0 never waits.
func NewPacer(rate float64) *Pacer {
	if rate <= 0 {
		return &Pacer{}
	}
	return &Pacer{interval: time.Duration(float64(time.Second) / rate)}
}

// Wait returns when the next frame is due; or earlier with the context's error
// when that ends, or with inspection.ErrClosed when closed is. The first frame
// is due at once. A caller late by up to four frames catches up; beyond that
// the schedule starts anew instead of rushing.
func (p *Pacer) Wait(ctx context.Context, closed <-chan struct{}) error {
	select {
	case <-closed:
		return inspection.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	default:
	}
	if p.interval == 0 {
		return nil
	}
	now := time.Now()
	if p.due.IsZero() || now.Sub(p.due) > 4*p.interval {
		p.due = now
	}
	timer := time.NewTimer(p.due.Sub(now))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-closed:
		return inspection.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	p.due = p.due.Add(p.interval)
	return nil
}
