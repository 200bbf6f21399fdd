package storage

import (
	"log/slog"
	"time"
)

const (
	// DefaultSegmentBytes is the size above which a segment is never let grow: 1 GiB.
	DefaultSegmentBytes = 1 << 30
	// MinSegmentBytes is the smallest size a segment may be limited to: 256 KiB.
	MinSegmentBytes = 256 << 10
	// DefaultLockTimeout is how long Open waits for another process to let go of the folder.
	DefaultLockTimeout = time.Second
)

// Options tune a Log. The zero value is what a station uses.
type Options struct {
	// SegmentBytes limits a segment's file size; 0 means DefaultSegmentBytes, less than MinSegmentBytes means that.
	SegmentBytes int64
	// Clock returns the present time; its location decides where days begin. nil means time.Now.
	Clock func() time.Time
	// Logger takes what happens in the background; nil means slog.Default.
	Logger *slog.Logger
	// LockTimeout is how long to wait for another process; 0 means DefaultLockTimeout.
	LockTimeout time.Duration
	// ReadOnly opens without writing a byte in the folder: for listing and verifying. Append and the other writing
	// calls then return inspection.ErrReadOnly.
	ReadOnly bool
}

// withDefaults returns the options with every zero field filled.
func (o Options) withDefaults() Options {
	if o.SegmentBytes == 0 {
		o.SegmentBytes = DefaultSegmentBytes
	}
	o.SegmentBytes = max(o.SegmentBytes, MinSegmentBytes)
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.LockTimeout <= 0 {
		o.LockTimeout = DefaultLockTimeout
	}
	return o
}
