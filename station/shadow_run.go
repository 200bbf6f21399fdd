package station

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"assay/inference/onnx"
	"assay/inspection"
)

// shadowQueue is how many parts may wait for the shadow. What comes while it is
// full is skipped: the line never waits.
const shadowQueue = 4

// shadow runs at most one candidate beside the line.
type shadow struct {
	// switching makes one start or stop of it wait for the other. It is taken before Station.selecting.
	switching sync.Mutex

	mu     sync.Mutex
	status ShadowStatus
	parts  chan Judgement
	cancel context.CancelFunc
	done   chan struct{}
	// retired is the done of the shadow that ends because its model judges the line.
	retired chan struct{}
}

// ShadowStatus returns how the shadow does that runs or ran last.
func (s *Station) ShadowStatus() ShadowStatus {
	s.shadow.mu.Lock()
	defer s.shadow.mu.Unlock()
	return s.shadow.snapshot()
}

func (h *shadow) snapshot() ShadowStatus {
	status := h.status
	status.Disagreements = slices.Clone(status.Disagreements)
	return status
}

// ShadowChanged announces a snapshot after every part that the shadow judged.
func (s *Station) ShadowChanged() *Signal[ShadowStatus] { return &s.shadowed }

func (s *Station) shadowChange(f func(*ShadowStatus)) {
	s.shadowed.EmitChange(&s.shadow.mu, func() ShadowStatus {
		f(&s.shadow.status)
		return s.shadow.snapshot()
	})
}

// StartShadow has a model judge every part silently after the line has: under
// the recipe in use, with its own thresholds where the recipe has none. It takes
// the place of a shadow that runs. Where the model cannot be loaded, or judges the
// line already, nothing changes.
func (s *Station) StartShadow(ref inspection.ModelRef) error {
	s.shadow.switching.Lock()
	defer s.shadow.switching.Unlock()
	m, err := s.params.Models.Load(ref.Name, ref.Version)
	if err != nil {
		return err
	}
	with, err := s.loadShadow(m)
	if err != nil {
		return err
	}
	s.stopShadow()
	ctx, cancel := context.WithCancel(s.ctx) //nolint:gosec // StopShadow calls it, or Close ends its parent
	parts, done := make(chan Judgement, shadowQueue), make(chan struct{})
	s.shadowChange(func(st *ShadowStatus) {
		*st = ShadowStatus{Model: with.model.Ref(), Since: s.params.Clock()}
		s.shadow.parts, s.shadow.cancel, s.shadow.done = parts, cancel, done
	})
	s.owned.Go(func() {
		defer close(done)
		problem := s.runShadow(ctx, with, parts)
		s.endShadow(done, problem)
		if err := with.predictor.Close(); err != nil {
			s.params.Logger.Warn("free the shadow's model", "error", err)
		}
	})
	s.retireShadow(s.judge.current().model) // it may have come to judge the line meanwhile
	return nil
}

// loadShadow makes the shadow's own setup beside that of the line.
func (s *Station) loadShadow(m *onnx.Model) (setup, error) {
	s.selecting.Lock()
	defer s.selecting.Unlock()
	current := s.judge.current()
	if current.model != nil && current.model.Ref() == m.Ref() {
		return setup{}, fmt.Errorf("start %s as a shadow: it judges the line already", reference(m.Ref()))
	}
	return s.load(m, current.recipe, s.Snapshot().Engine)
}

// retireShadow ends the shadow, without waiting for it, where it is of the model
// that judges the line now: it could not disagree with itself.
func (s *Station) retireShadow(judges *onnx.Model) {
	s.shadow.mu.Lock()
	defer s.shadow.mu.Unlock()
	if judges == nil || s.shadow.cancel == nil || s.shadow.status.Model != judges.Ref() {
		return
	}
	s.shadow.retired = s.shadow.done
	s.shadow.cancel()
}

// StopShadow ends the shadow and waits until it has; what it found stays in the
// status until the next one starts.
func (s *Station) StopShadow() {
	s.shadow.switching.Lock()
	defer s.shadow.switching.Unlock()
	s.stopShadow()
}

// stopShadow is StopShadow for who holds the switch.
func (s *Station) stopShadow() {
	s.shadow.mu.Lock()
	cancel, done := s.shadow.cancel, s.shadow.done
	s.shadow.mu.Unlock()
	if cancel == nil {
		return
	}
	cancel()
	<-done
}

// endShadow notes that the shadow has ended, and why where it had to.
func (s *Station) endShadow(done chan struct{}, problem string) {
	s.shadowChange(func(st *ShadowStatus) {
		if s.shadow.done != done {
			return // another one runs already
		}
		s.shadow.cancel()
		s.shadow.parts, s.shadow.cancel, s.shadow.done = nil, nil, nil
		if s.shadow.retired == done && problem == "" {
			st.Notice = fmt.Sprintf("%s %d judges the line now, so its shadow has ended.", st.Model.Name, st.Model.Version)
		}
		st.Model, st.Problem = inspection.ModelRef{}, problem
	})
}

// offerToShadow hands a committed part over, or counts it as skipped.
func (s *Station) offerToShadow(j Judgement) {
	s.shadow.mu.Lock()
	defer s.shadow.mu.Unlock()
	if s.shadow.parts == nil {
		return
	}
	select {
	case s.shadow.parts <- j:
	default:
		s.shadow.status.Skipped++
	}
}

// runShadow judges until ctx ends; it returns a sentence where it cannot go on.
// A panic ends the shadow and nothing else.
func (s *Station) runShadow(ctx context.Context, with setup, parts <-chan Judgement) (problem string) {
	defer func() {
		if v := recover(); v != nil {
			s.params.Logger.Error("panic", "in", "shadow", "value", v)
			problem = fmt.Sprintf("The silent model met an internal error and was stopped; the line goes on. (%v)", v)
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return ""
		case j := <-parts:
			if err := s.judgeShadow(with, j); err != nil {
				return "The silent model was stopped; the line goes on. " + Explain(err)
			}
		}
	}
}

func (s *Station) judgeShadow(with setup, j Judgement) error {
	r := j.Record
	p, err := with.predictor.Predict(inspection.Frame{Sequence: r.Frame, Time: r.Time, Source: r.Source, Name: r.Image, Image: j.Image}, s.regionOf(r))
	if err != nil {
		return fmt.Errorf("judge part %s: %w", r.ID, err)
	}
	verdict, _ := inspection.Decide(with.thresholds, p.Score, p.Familiarity)
	s.shadowChange(func(st *ShadowStatus) {
		st.Judged++
		if verdict == r.Machine.Verdict {
			return
		}
		st.Disagreed++
		st.Disagreements = slices.Insert(st.Disagreements, 0, ShadowDisagreement{Record: r.ID, At: r.Time,
			Current: r.Machine.Verdict, Shadow: verdict, CurrentScore: r.Score, ShadowScore: p.Score})
		st.Disagreements = st.Disagreements[:min(len(st.Disagreements), ShadowLength)]
	})
	return nil
}
