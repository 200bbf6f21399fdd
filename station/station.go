package station

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"assay/inspection"
)

// pendingLength bounds the verdicts that wait for their commit. A full queue
// stops the trigger; it never drops a verdict.
const pendingLength = 8

// Station is one inspection station. Make it with New, end it with Close.
type Station struct {
	params Params

	frames   Signal[inspection.Frame]
	judged   Signal[Judgement]
	changed  Signal[Status]
	training Signal[TrainingStatus]
	shadowed Signal[ShadowStatus]

	ctx    context.Context
	cancel context.CancelFunc
	// owned counts the station's goroutines but for the committer, which ends last.
	owned     sync.WaitGroup
	committed chan struct{}
	pending   chan pendingRecord
	manual    chan struct{}
	newest    atomic.Pointer[inspection.Frame]

	// selecting lets one change of recipe, model, engine or source finish before the next.
	selecting sync.Mutex
	mu        sync.Mutex // guards what follows
	status    Status
	faults    faults
	notices   notices
	source    sourceRun
	reopened  int

	judge    judge
	trainer  trainer
	compared compared
	album    album
	shadow   shadow
}

// New returns a station that has chosen the first recipe and waits for Start.
func New(p Params) (*Station, error) {
	p, err := p.withDefaults()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Station{
		params:    p,
		ctx:       ctx,
		cancel:    cancel,
		committed: make(chan struct{}),
		pending:   make(chan pendingRecord, pendingLength),
		manual:    make(chan struct{}, 1),
	}
	s.status = Status{Engine: p.Engine, SourceState: SourceNone, Trigger: inspection.TriggerManual}
	s.judge.remaining, s.judge.limited = p.Limit, p.Limit > 0
	if _, known := p.Engines[p.Engine]; !known {
		return nil, fmt.Errorf("engine %q: %w (known: %v)", p.Engine, inspection.ErrNotFound, s.Engines())
	}
	s.trainer.status.State = TrainingIdle
	for _, text := range p.Notices {
		s.notices.add(text)
	}
	s.status.Notice = s.notices.text()
	return s, nil
}

// Start begins to judge what the selected source delivers, now and later.
func (s *Station) Start() {
	s.settleFormers()
	go s.commitLoop()
	s.owned.Go(s.manualLoop)
}

// Close stops the source and any training, waits until every verdict given is
// committed, and frees the model. It must be called once, after Start; the log
// is closed by whoever opened it.
func (s *Station) Close() error {
	s.cancel() // a training that this kills can be resumed
	s.owned.Wait()
	s.compared.forget()
	close(s.pending)
	<-s.committed
	return s.judge.close()
}

// Frames announces every frame that arrives, on the source's goroutine.
func (s *Station) Frames() *Signal[inspection.Frame] { return &s.frames }

// Judged announces every part after the commit of its record and image.
func (s *Station) Judged() *Signal[Judgement] { return &s.judged }

// Changed announces a snapshot after every change of the station's state.
func (s *Station) Changed() *Signal[Status] { return &s.changed }

// TrainingChanged announces a snapshot after every change of the training.
func (s *Station) TrainingChanged() *Signal[TrainingStatus] { return &s.training }

// Snapshot returns the station's state. Recent is the caller's own copy.
func (s *Station) Snapshot() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.snapshot()
}

func (s *Station) snapshot() Status {
	status := s.status
	status.Recent = slices.Clone(status.Recent)
	return status
}

// faults are sentences on what stops the station, by where it stops; each is
// cleared by the part that set it.
type faults struct{ log, source, judge string }

// text returns the gravest: a verdict that cannot be saved before a picture
// that does not come.
func (f faults) text() string {
	for _, text := range []string{f.log, f.source, f.judge} {
		if text != "" {
			return text
		}
	}
	return ""
}

// change applies f to the status and faults under the lock and announces the
// result. Neither f nor a subscriber may call it in turn.
func (s *Station) change(f func(*Status)) {
	s.changed.EmitChange(&s.mu, func() Status {
		f(&s.status)
		s.status.Fault, s.status.Notice = s.faults.text(), s.notices.text()
		return s.snapshot()
	})
}

// Engines returns the names of the engines, sorted.
func (s *Station) Engines() []string { return slices.Sorted(maps.Keys(s.params.Engines)) }

// Recipes returns the recipes, bundled ones first.
func (s *Station) Recipes() []inspection.Recipe { return slices.Clone(s.params.Recipes) }

// SetTrigger chooses what starts an inspection.
func (s *Station) SetTrigger(t inspection.Trigger) {
	s.judge.resetPresence()
	s.change(func(st *Status) { st.Trigger = t })
}

// SetLot names the lot that the next records carry and starts the counters anew
// where the lot changes.
func (s *Station) SetLot(lot string) {
	s.change(func(st *Status) {
		if st.Lot != lot {
			st.Counters = Counters{}
		}
		st.Lot = lot
	})
}

// SetOperator names the person at the station.
func (s *Station) SetOperator(name string) {
	s.change(func(st *Status) { st.Operator = name })
}
