package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"assay/inspection"
)

// Supervise opens a source and hands each of its frames to deliver, in order,
// from one goroutine, until ctx ends (it returns nil), a finite source has
// delivered its last frame (nil) or the source cannot be opened for good (the
// error).
//
// A source that is lost, or whose Next takes longer than the policy's deadline,
// is closed and opened again, after a pause that doubles with each failure.
// A Next or Close that hangs is left behind, never waited for. deliver may
// block to hold the source back: only the time inside Next counts. report is
// called from the same goroutine at each change of state and may be nil.
func Supervise(ctx context.Context, open func(context.Context) (Source, error), p Policy,
	deliver func(inspection.Frame), report func(Status)) error {
	s := supervisor{open: open, policy: p.withDefaults(), deliver: deliver, report: report}
	s.pause = s.policy.FirstRetry
	defer s.abandon()
	for {
		err := s.runOnce(ctx)
		switch {
		case ctx.Err() != nil || errors.Is(err, io.EOF):
			s.enter(StateEnded, nil)
			return nil
		case s.givesUp(err):
			s.enter(StateFailed, err)
			return err
		}
		s.enter(StateLost, err)
		if !sleep(ctx, s.pause) {
			continue // ctx ended: the next turn says so
		}
		s.pause = min(2*s.pause, s.policy.MaxRetry)
	}
}

// supervisor is the state of one Supervise call; only its goroutine touches it.
type supervisor struct {
	open    func(context.Context) (Source, error)
	policy  Policy
	deliver func(inspection.Frame)
	report  func(Status)

	status Status
	pause  time.Duration
	opened int // sources that delivered at least one frame
	// pending delivers the result of an opening that took too long; nil if there is none.
	pending chan opening
	meter   rateMeter
}

// givesUp reports whether trying again makes no sense after err: a file that
// broke off would start again at its first frame.
func (s *supervisor) givesUp(err error) bool {
	never := s.status.Info == Info{}
	return IsPermanent(err) || s.finite() || s.policy.MustOpen && never
}

// finite reports whether the source last opened is one that comes to an end.
func (s *supervisor) finite() bool {
	kind := s.status.Info.Spec.Kind
	return kind == Video || kind == Folder
}

// deadline is the longest that one Next may take. Files get the longer one:
// a slow disk is worth waiting for, since a file cannot be reopened midway.
func (s *supervisor) deadline() time.Duration {
	if s.finite() {
		return max(s.policy.Deadline, s.policy.OpenDeadline)
	}
	return s.policy.Deadline
}

// runOnce opens the source and delivers its frames until something ends them.
func (s *supervisor) runOnce(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.enter(StateOpening, nil)
	source, err := s.openWithin(ctx, s.policy.OpenDeadline)
	if err != nil {
		return err
	}
	s.status.Info = source.Info()
	s.status.Rate = s.status.Info.Rate
	defer closeWithin(source, s.policy.Deadline)

	// Cancelled before the source is closed, so that a Next which heeds its context is gone by then.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for first := true; ; {
		f, err := nextWithin(ctx, source, s.deadline())
		if errors.Is(err, inspection.ErrBadImage) {
			if s.policy.Skipped != nil {
				s.policy.Skipped(f, err)
			}
			continue
		}
		if err != nil {
			return err
		}
		if first {
			first = false
			s.live()
		}
		s.count()
		s.deliver(f)
	}
}

// opening is the result of one call of open.
type opening struct {
	source Source
	err    error
}

// openWithin opens the source, but waits no longer than the deadline. What
// takes longer is waited for again at the next try: openings that hang must not
// pile up.
func (s *supervisor) openWithin(ctx context.Context, deadline time.Duration) (Source, error) {
	if s.pending == nil {
		done := make(chan opening, 1)
		go func() {
			source, err := s.open(ctx)
			done <- opening{source, err}
		}()
		s.pending = done
	}
	timer := time.NewTimer(deadline)
	defer timer.Stop()
	select {
	case o := <-s.pending:
		s.pending = nil
		return o.source, o.err
	case <-timer.C:
		return nil, fmt.Errorf("opening takes longer than %v: %w", deadline, inspection.ErrSourceLost)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// abandon closes the source that nobody waits for any more, should it still open.
func (s *supervisor) abandon() {
	if s.pending == nil {
		return
	}
	go func() {
		if o := <-s.pending; o.err == nil {
			_ = o.source.Close()
		}
	}()
}

// live notes that the source just opened has proved itself with a frame.
func (s *supervisor) live() {
	s.pause = s.policy.FirstRetry
	if s.opened > 0 {
		s.status.Reopened++
	}
	s.opened++
	s.meter = rateMeter{every: s.policy.RateEvery, from: time.Now()}
	s.enter(StateLive, nil)
}

func (s *supervisor) count() {
	rate, ok := s.meter.count(time.Now())
	if !ok {
		return
	}
	s.status.Rate = rate
	s.send()
}

func (s *supervisor) enter(state State, err error) {
	s.status.State, s.status.Err, s.status.Since = state, err, time.Now()
	s.send()
}

func (s *supervisor) send() {
	if s.report != nil {
		s.report(s.status)
	}
}

// rateMeter measures frames a second over stretches of every.
type rateMeter struct {
	every  time.Duration
	from   time.Time
	frames int
}

// count adds a frame; at a stretch's end it returns the rate over it and true.
func (m *rateMeter) count(now time.Time) (float64, bool) {
	if m.every <= 0 {
		return 0, false
	}
	m.frames++
	took := now.Sub(m.from)
	if took < m.every {
		return 0, false
	}
	rate := float64(m.frames) / took.Seconds()
	m.from, m.frames = now, 0
	return rate, true
}

// nextWithin returns the source's next frame, or ErrSourceLost once the
// deadline has passed.
func nextWithin(ctx context.Context, source Source, deadline time.Duration) (inspection.Frame, error) {
	type result struct {
		frame inspection.Frame
		err   error
	}
	done := make(chan result, 1)
	go func() {
		f, err := source.Next(ctx)
		done <- result{f, err}
	}()
	timer := time.NewTimer(deadline)
	defer timer.Stop()
	select {
	case r := <-done:
		return r.frame, r.err
	case <-timer.C:
		return inspection.Frame{}, fmt.Errorf("no picture for %v: %w", deadline, inspection.ErrSourceLost)
	case <-ctx.Done():
		return inspection.Frame{}, ctx.Err()
	}
}

// closeWithin closes the source but waits no longer than the deadline.
func closeWithin(source Source, deadline time.Duration) {
	done := make(chan struct{})
	go func() {
		_ = source.Close()
		close(done)
	}()
	timer := time.NewTimer(deadline)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

// sleep waits for d and reports whether it passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
