package station

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"assay/capture"
	"assay/inspection"
)

// Rates at which a paced station shows folders and the demo line, in frames a second.
const (
	pacedFolderRate = 2
	pacedDemoRate   = 30
)

// sourceRun is the supervised source in use.
type sourceRun struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// SelectSource changes to another source and returns at once: how it goes is
// told by Changed. The old source is closed before the new one is opened.
func (s *Station) SelectSource(text string) error {
	spec, err := capture.ParseSpec(text)
	if err != nil {
		return err
	}
	s.stopSource()
	s.mu.Lock()
	old := s.source
	ctx, cancel := context.WithCancel(s.ctx) //nolint:gosec // the next SelectSource or Close calls it
	s.source = sourceRun{cancel: cancel, done: make(chan struct{})}
	run := s.source
	s.mu.Unlock()
	s.change(func(st *Status) {
		st.Source, st.SourceLabel = spec.String(), label(spec)
		st.SourceState, st.SourceSince, st.FrameRate = SourceOpening, s.params.Clock(), 0
		s.faults.source, s.reopened = "", 0
		s.notices.set(causeSource, "")
		s.notices.set(causePicture, "")
	})
	s.owned.Go(func() {
		defer close(run.done)
		if old.done != nil {
			<-old.done
		}
		s.newest.Store(nil)
		s.judge.resetPresence()
		s.supervise(ctx, spec)
	})
	return nil
}

// stopSource asks the source in use to end; the next one waits for it.
func (s *Station) stopSource() {
	s.mu.Lock()
	cancel := s.source.cancel
	s.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	s.newest.Store(nil)
}

func (s *Station) supervise(ctx context.Context, spec capture.Spec) {
	options := capture.Options{Rate: s.rate(spec.Kind), Logger: s.params.Logger}
	open := func(ctx context.Context) (capture.Source, error) { return s.params.Openers.Open(ctx, spec, options) }
	policy := capture.Policy{RateEvery: time.Second, Skipped: s.skipped, MustOpen: !s.params.Paced}
	mailbox := s.mailboxFor(ctx, spec.Kind)
	deliver := func(f inspection.Frame) {
		if ctx.Err() == nil {
			s.guard("inspection", func() { s.deliver(f, mailbox) })
		}
	}
	err := capture.Supervise(ctx, open, policy, deliver, func(status capture.Status) {
		if ctx.Err() == nil {
			s.sourceChanged(status)
		}
	})
	if err != nil {
		s.params.Logger.Error("source", "source", spec.String(), "error", err)
	}
}

// rate is the source's own for cameras, a person's pace for a window, and as
// fast as frames are judged otherwise.
func (s *Station) rate(kind capture.Kind) float64 {
	if !s.params.Paced {
		return 0
	}
	switch kind {
	case capture.Folder:
		return pacedFolderRate
	case capture.Demo:
		return pacedDemoRate
	case capture.Video:
		return -1
	}
	return 0
}

// mailboxFor returns the mailbox of a source that waits for nobody, with a
// goroutine that empties it until ctx ends; nil for files, which wait.
func (s *Station) mailboxFor(ctx context.Context, kind capture.Kind) *capture.Mailbox {
	live := kind == capture.Camera || kind == capture.Demo && s.params.Paced
	if !live {
		return nil
	}
	mailbox := capture.NewMailbox()
	s.owned.Go(func() { s.mailboxLoop(ctx, mailbox) })
	return mailbox
}

// deliver takes a frame over. Files wait until it is judged; a live source
// leaves the newest frame in the mailbox and goes on.
func (s *Station) deliver(f inspection.Frame, mailbox *capture.Mailbox) {
	s.newest.Store(&f)
	s.frames.Emit(f)
	if mailbox != nil {
		mailbox.Put(f)
		return
	}
	s.consider(f)
}

func (s *Station) skipped(f inspection.Frame, err error) {
	s.params.Logger.Warn("picture left out", "image", f.Name, "error", err)
	s.change(func(st *Status) {
		st.Skipped++
		s.notices.set(causePicture, Explain(err))
	})
}

// sourceStates translates the supervisor's words into the station's.
var sourceStates = map[capture.State]SourceState{
	capture.StateOpening: SourceOpening,
	capture.StateLive:    SourceLive,
	capture.StateLost:    SourceLost,
	capture.StateEnded:   SourceEnded,
	capture.StateFailed:  SourceFailed,
}

func (s *Station) sourceChanged(c capture.Status) {
	s.params.Logger.Debug("source "+string(c.State), "rate", c.Rate, "error", c.Err)
	if c.State == capture.StateLost || c.State == capture.StateFailed {
		s.newest.Store(nil)
	}
	s.change(func(st *Status) {
		// While a lost source is tried again, "opening" would only make the banner flicker.
		if !(c.State == capture.StateOpening && st.SourceState == SourceLost) {
			st.SourceState, st.SourceSince = sourceStates[c.State], c.Since
		}
		st.FrameRate = c.Rate
		switch c.State {
		case capture.StateLost:
			s.faults.source = Explain(lostError(c.Err))
			s.notices.set(causeSource, "")
		case capture.StateFailed:
			s.faults.source = Explain(c.Err)
		case capture.StateLive:
			s.faults.source = ""
			if c.Reopened > s.reopened {
				s.notices.set(causeSource, fmt.Sprintf("The camera is back since %s.", c.Since.Format("15:04:05")))
			}
			s.reopened = c.Reopened
		}
	})
}

// lostError says that a camera which is away comes back by itself: "not found,
// choose another" would send the operator the wrong way.
func lostError(err error) error {
	if errors.Is(err, inspection.ErrSourceMissing) {
		return fmt.Errorf("%w: %s", inspection.ErrSourceLost, err.Error())
	}
	return err
}

// Sources lists what can be selected: the demo line and each camera found.
func (s *Station) Sources() []SourceChoice {
	list := []SourceChoice{{Spec: "demo", Label: "Demo line (simulated)"}}
	if s.params.Devices == nil {
		return list
	}
	devices, err := s.params.Devices()
	if err != nil {
		s.params.Logger.Warn("list cameras", "error", err)
	}
	for _, d := range devices {
		list = append(list, SourceChoice{
			Spec:  "camera:" + d.Path,
			Label: fmt.Sprintf("%s (%s)", d.Name, filepath.Base(d.Path)),
		})
	}
	return list
}

func label(spec capture.Spec) string {
	switch spec.Kind {
	case capture.Demo:
		return "Demo line (simulated)"
	case capture.Camera:
		return "Camera " + spec.Value
	}
	return filepath.Base(spec.Value)
}
