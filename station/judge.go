package station

import (
	"context"
	"fmt"
	"sync"
	"time"

	"assay/capture"
	"assay/capture/presence"
	"assay/inference"
	"assay/inference/onnx"
	"assay/inspection"
)

// setup is what a frame is judged with: one model under one recipe.
type setup struct {
	model      *onnx.Model
	engine     string
	predictor  *inference.Predictor
	recipe     inspection.Recipe
	thresholds inspection.Thresholds
}

// judge turns frames into verdicts. Its lock makes a change of model fall
// between two frames, so that none is lost or judged by halves of two models.
type judge struct {
	mu       sync.Mutex
	setup    setup
	presence *presence.Detector
	// remaining counts down to the end where the number of parts is limited.
	remaining int
	limited   bool
}

// swap puts another setup in and returns the old model, which no frame uses any
// more, or nil.
func (j *judge) swap(next setup) *inference.Predictor {
	j.mu.Lock()
	defer j.mu.Unlock()
	old := j.setup.predictor
	j.setup, j.presence = next, nil
	return old
}

// current returns the setup in use; its model is nil before the first.
func (j *judge) current() setup {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.setup
}

func (j *judge) close() error {
	if p := j.swap(setup{}); p != nil {
		return p.Close()
	}
	return nil
}

// predict returns ok false where there is no model or the limit is reached.
func (j *judge) predict(f inspection.Frame) (p inspection.Prediction, with setup, ok bool, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.setup.predictor == nil || j.limited && j.remaining == 0 {
		return p, j.setup, false, nil
	}
	p, err = j.setup.predictor.Predict(f, j.setup.recipe.Region)
	if err == nil && j.limited {
		j.remaining--
	}
	return p, j.setup, err == nil, err
}

// resetPresence forgets the part and the belt seen so far.
func (j *judge) resetPresence() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.presence = nil
}

// partPresent feeds the frame to the detector and reports whether a new part
// has come to rest in it.
func (j *judge) partPresent(f inspection.Frame) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.presence == nil {
		j.presence = presence.New(presence.Options{Region: j.setup.recipe.Region})
	}
	return j.presence.Observe(f)
}

// pendingRecord is a verdict on its way to the log. It is not final yet.
type pendingRecord struct {
	record inspection.Record
	frame  inspection.Frame
}

// consider judges the frame if the trigger asks for it.
func (s *Station) consider(f inspection.Frame) {
	switch s.Snapshot().Trigger {
	case inspection.TriggerContinuous:
		s.judgeFrame(f)
	case inspection.TriggerPartPresent:
		if s.judge.partPresent(f) {
			s.judgeFrame(f)
		}
	}
}

// judgeFrame gives the machine's verdict and hands it to the committer, waiting
// where the log is behind.
func (s *Station) judgeFrame(f inspection.Frame) {
	start := time.Now()
	prediction, with, ok, err := s.judge.predict(f)
	if err != nil {
		s.params.Logger.Error("judge frame", "frame", f.Sequence, "image", f.Name, "error", err)
		s.change(func(*Status) { s.faults.judge = Explain(fmt.Errorf("judge frame %d: %w", f.Sequence, err)) })
		return
	}
	if !ok {
		return
	}
	s.judgeWorks()
	r := inspection.Record{
		Time: s.params.Clock(), Source: f.Source, Frame: f.Sequence, Image: f.Name, Truth: f.Truth,
		Recipe: with.recipe.Name, Lot: s.Snapshot().Lot,
		Model: prediction.Model, Engine: prediction.Engine, Score: prediction.Score, Heatmap: prediction.Heatmap,
		Thresholds: with.thresholds, Familiarity: prediction.Familiarity, Outline: prediction.Outline,
	}
	verdict, reason := inspection.Decide(with.thresholds, prediction.Score, prediction.Familiarity)
	r.Machine = inspection.Decision{
		Verdict: verdict, Reason: reason,
		By: fmt.Sprintf("%s %d", prediction.Model.Name, prediction.Model.Version),
		At: r.Time,
	}
	r.LatencyMS = float64(time.Since(start).Microseconds()) / 1000
	s.pending <- pendingRecord{r, f}
}

// judgeWorks clears the fault of an earlier frame.
func (s *Station) judgeWorks() {
	s.mu.Lock()
	faulty := s.faults.judge != ""
	s.mu.Unlock()
	if faulty {
		s.change(func(*Status) { s.faults.judge = "" })
	}
}

// Inspect judges the newest frame, whatever the trigger. The verdict arrives on
// Judged. It fails where there is no picture of now: a part that is gone gets no
// verdict.
func (s *Station) Inspect() error {
	if s.newest.Load() == nil {
		return fmt.Errorf("inspect: there is no live picture: %w", inspection.ErrSourceMissing)
	}
	select {
	case s.manual <- struct{}{}:
	default: // one is waiting already: the same picture would be judged twice
	}
	return nil
}

func (s *Station) manualLoop() {
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.manual:
			if f := s.newest.Load(); f != nil {
				s.guard("manual trigger", func() { s.judgeFrame(*f) })
			}
		}
	}
}

// mailboxLoop considers the newest frame of one live source, again and again,
// until ctx ends with the source.
func (s *Station) mailboxLoop(ctx context.Context, mailbox *capture.Mailbox) {
	for {
		f, err := mailbox.Take(ctx)
		if err != nil {
			return
		}
		s.guard("inspection", func() { s.consider(f) })
	}
}

// guard keeps a panic in one part from taking the station down with verdicts
// unsaved: it is logged and shown, and the loop goes on.
func (s *Station) guard(what string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			s.params.Logger.Error("panic", "in", what, "value", r)
			s.change(func(*Status) {
				s.faults.judge = fmt.Sprintf("The %s met an internal error and was restarted. Every verdict shown so far is saved. (%v)", what, r)
			})
		}
	}()
	f()
}
