package capture

import (
	"time"

	"assay/inspection"
)

// State says how a supervised source is.
type State string

// The states of a supervised source.
const (
	// StateOpening: being opened for the first time, or anew after a loss.
	StateOpening State = "opening"
	// StateLive: frames arrive.
	StateLive State = "live"
	// StateLost: no frames; it is tried again after a pause. Status.Err says why.
	StateLost State = "lost"
	// StateEnded: the last frame of a finite source was delivered, or the context ended.
	StateEnded State = "ended"
	// StateFailed: given up, since trying again cannot help. Status.Err says why.
	StateFailed State = "failed"
)

// Status is what Supervise reports.
type Status struct {
	State State
	// Err is why the source is lost or failed; nil otherwise.
	Err error
	// Since is when the state was entered.
	Since time.Time
	// Rate is in frames a second: measured where frames were counted for a while, else as the source states it.
	Rate float64
	// Reopened counts how often the source came back after a loss.
	Reopened int
	// Info is of the source last opened; zero before.
	Info Info
}

// Policy says how patient Supervise is. Zero fields take the defaults named.
type Policy struct {
	// Deadline is how long one Next may take before the source counts as frozen: 2 s.
	Deadline time.Duration
	// OpenDeadline is how long opening may take: 15 s.
	OpenDeadline time.Duration
	// FirstRetry is the pause before the first new try, doubled up to MaxRetry: 250 ms and 4 s.
	FirstRetry, MaxRetry time.Duration
	// MustOpen makes Supervise return an error of the first opening instead of trying again, for commands that
	// should fail at once on a missing camera.
	MustOpen bool
	// RateEvery makes Supervise report also while nothing changes, this often, with the measured Rate; 0 means never.
	RateEvery time.Duration
	// Skipped is called for each frame that came with ErrBadImage: its Name is set, its Image is not. Nil ignores it.
	Skipped func(f inspection.Frame, err error)
}

func (p Policy) withDefaults() Policy {
	defaultTo(&p.Deadline, 2*time.Second)
	defaultTo(&p.OpenDeadline, 15*time.Second)
	defaultTo(&p.FirstRetry, 250*time.Millisecond)
	defaultTo(&p.MaxRetry, 4*time.Second)
	return p
}

func defaultTo(d *time.Duration, value time.Duration) {
	if *d <= 0 {
		*d = value
	}
}
