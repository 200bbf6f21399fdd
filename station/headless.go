package station

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"assay/capture"
)

// errFault is what a run without a window ends with where the station would
// have shown a fault and waited.
var errFault = errors.New("inspection stopped")

// IsFault reports whether err is a fault's sentence, which needs no explanation.
func IsFault(err error) bool { return errors.Is(err, errFault) }

// RunSource judges what the source delivers until its last frame, until the
// limit of Params is reached, or until ctx ends, and closes the station. each is
// called for every part after its commit, in order, from one goroutine; an error
// of its ends the run. It takes the place of Start and Close.
func (s *Station) RunSource(ctx context.Context, source string, each func(Judgement) error) error {
	run := headlessRun{limit: s.params.Limit, each: each, ended: make(chan struct{})}
	s.judged.Subscribe(run.judged)
	s.changed.Subscribe(run.changed)
	s.Start()
	err := s.SelectSource(source)
	if err == nil {
		select {
		case <-run.ended:
		case <-ctx.Done():
		}
	}
	err = errors.Join(err, s.Close()) // what is pending is committed here
	if fault := cmp.Or(run.fault(), s.Snapshot().Fault); fault != "" {
		err = errors.Join(fmt.Errorf("%w. %s", errFault, fault), err)
	}
	if finite := !strings.HasPrefix(source, string(capture.Camera)) && !strings.HasPrefix(source, string(capture.Demo)); finite && ctx.Err() != nil {
		err = errors.Join(ctx.Err(), err) // what was not judged is not done
	}
	return errors.Join(run.err, err)
}

// headlessRun watches for the end of a run. The committer's goroutine alone
// touches parts and err; Close has ended it before they are read.
type headlessRun struct {
	limit int
	each  func(Judgement) error
	parts int
	err   error

	once  sync.Once
	ended chan struct{}

	mu    sync.Mutex
	first string // the first fault: a later commit may clear it from the status
}

func (r *headlessRun) fault() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.first
}

func (r *headlessRun) end() { r.once.Do(func() { close(r.ended) }) }

func (r *headlessRun) judged(j Judgement) {
	if r.err != nil {
		return
	}
	r.parts++
	if r.err = r.each(j); r.err != nil || r.parts == r.limit {
		r.end()
	}
}

// changed ends the run at the source's end and at a fault, but for a camera that
// is away: it comes back.
func (r *headlessRun) changed(st Status) {
	stopped := st.Fault != "" && st.SourceState != SourceLost
	if stopped {
		r.mu.Lock()
		r.first = cmp.Or(r.first, st.Fault)
		r.mu.Unlock()
	}
	if stopped || st.SourceState == SourceEnded {
		r.end()
	}
}
