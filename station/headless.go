package station

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// errFault is what a run without a window ends with where the station would
// have shown a fault and waited.
var errFault = errors.New("The inspection stopped")

// IsFault reports whether err is a fault's sentence, which needs no explanation.
func IsFault(err error) bool { return errors.Is(err, errFault) }

// RunSource judges what the source delivers until its last frame, until the
// limit of Params is reached, or until ctx ends, and closes the station. each is
// called for every part after its commit, in order, from one goroutine; an error
// of its ends the run. It takes the place of Start and Close.
func (s *Station) RunSource(ctx context.Context, source string, each func(Judgement) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := errors.New("done")
	var parts int
	s.judged.Subscribe(func(j Judgement) {
		if context.Cause(ctx) != nil && !errors.Is(context.Cause(ctx), done) {
			return
		}
		parts++
		if err := each(j); err != nil {
			cancel(err)
		}
		if parts == s.params.Limit {
			cancel(done)
		}
	})
	var once sync.Once
	s.changed.Subscribe(func(st Status) {
		switch {
		case st.Fault != "" && st.SourceState != SourceLost:
			once.Do(func() { cancel(fmt.Errorf("%w. %s", errFault, st.Fault)) })
		case st.SourceState == SourceEnded:
			cancel(done)
		}
	})
	s.Start()
	err := s.SelectSource(source)
	if err == nil {
		<-ctx.Done()
	}
	err = errors.Join(err, s.Close())
	if fault := s.Snapshot().Fault; fault != "" && errors.Is(context.Cause(ctx), done) {
		err = errors.Join(fmt.Errorf("%w. %s", errFault, fault), err) // what was pending at the source's end
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, done) && !errors.Is(cause, context.Canceled) {
		err = errors.Join(cause, err)
	}
	return err
}
