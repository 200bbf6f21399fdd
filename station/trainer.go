package station

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"assay/inspection"
	"assay/training"
)

// trainer runs at most one training, in a child process, so that neither a
// crash nor the load of it reaches the line.
type trainer struct {
	mu     sync.Mutex
	status TrainingStatus
	cancel context.CancelFunc
	child  *child
	// discard says that a person has cancelled: then nothing is kept to go on from.
	discard bool
}

// TrainingStatus returns how the training that runs or ran last is doing.
func (s *Station) TrainingStatus() TrainingStatus {
	s.trainer.mu.Lock()
	defer s.trainer.mu.Unlock()
	return s.trainer.snapshot()
}

func (t *trainer) snapshot() TrainingStatus {
	status := t.status
	status.Epochs, status.Curve = slices.Clone(status.Epochs), slices.Clone(status.Curve)
	return status
}

// trainingChange applies f under the lock and announces the result.
func (s *Station) trainingChange(f func(*TrainingStatus)) {
	s.training.EmitChange(&s.trainer.mu, func() TrainingStatus {
		f(&s.trainer.status)
		return s.trainer.snapshot()
	})
}

// errTraining is returned where a training runs already.
var errTraining = errors.New("a training is running: stop it first")

// StartTraining begins a training and returns at once; how it goes is told by
// TrainingChanged.
func (s *Station) StartTraining(r TrainingRequest) error {
	if err := CheckModelName(r.Name); err != nil {
		return err
	}
	return s.begin(job{Request: r})
}

// ResumeTraining goes on with the training that InterruptedTraining returns, as
// if nothing had happened.
func (s *Station) ResumeTraining() error {
	j, err := s.interrupted()
	if err != nil {
		return err
	}
	j.resume, j.Epochs = true, s.keptCurve(j.Request.Name)
	return s.begin(j)
}

func (s *Station) begin(j job) error {
	if s.params.Executable == "" {
		return errors.New("this station cannot train: it does not know its own program file")
	}
	s.trainer.mu.Lock()
	if s.trainer.cancel != nil {
		s.trainer.mu.Unlock()
		return errTraining
	}
	ctx, cancel := context.WithCancel(s.ctx)
	s.trainer.cancel, s.trainer.discard = cancel, false
	s.trainer.mu.Unlock()
	s.compared.forget()
	s.owned.Go(func() {
		defer cancel()
		s.trainingChange(func(st *TrainingStatus) {
			*st = TrainingStatus{State: TrainingStarting, Request: j.Request, Total: j.Request.Epochs, Message: "Starting", Epochs: j.Epochs}
		})
		s.runTraining(ctx, j)
	})
	return nil
}

// StopTraining ends the training after the step it is in and keeps the best
// or last epoch so far as the candidate, of an adaptation the last training that ended. Once there is a candidate it ends the
// comparison alone, and before the child runs it cancels.
func (s *Station) StopTraining() {
	stopped := false
	s.trainingChange(func(st *TrainingStatus) { // under its lock the training cannot end meanwhile
		if s.trainer.child != nil && st.Candidate == nil {
			st.State, st.Message = TrainingStopping, "Stopping, keeping the "+st.Request.Keeps()+" epoch"
			if st.Request.Adapt {
				st.Message = "Stopping, keeping what was learnt last"
			}
			s.trainer.child.stop()
			stopped = true
		}
	})
	if !stopped {
		s.CancelTraining()
	}
}

// PauseTraining holds the training after the step it is in. It does nothing
// where none runs.
func (s *Station) PauseTraining() {
	s.signalChild(TrainingRunning, (*child).pause)
}

// ContinueTraining lets a paused training go on.
func (s *Station) ContinueTraining() {
	s.signalChild(TrainingPaused, (*child).goOn)
}

// signalChild tells the child something where the training is in that state.
// Before it runs the child does not listen yet, and would die of the signal.
func (s *Station) signalChild(state TrainingState, tell func(*child)) {
	s.trainer.mu.Lock()
	defer s.trainer.mu.Unlock()
	if s.trainer.child != nil && s.trainer.status.State == state && s.trainer.status.Candidate == nil {
		tell(s.trainer.child)
	}
}

// CancelTraining ends the training at once and keeps nothing of it.
func (s *Station) CancelTraining() {
	s.trainer.mu.Lock()
	defer s.trainer.mu.Unlock()
	if s.trainer.cancel != nil {
		s.trainer.discard = true
		s.trainer.cancel()
	}
}

func (s *Station) runTraining(ctx context.Context, j job) {
	err := s.trainAndCompare(ctx, &j)
	s.trainer.mu.Lock()
	s.trainer.cancel, s.trainer.child = nil, nil
	trained, discard := s.trainer.status.Candidate != nil, s.trainer.discard
	s.trainer.mu.Unlock()
	kept := ""
	if !j.Request.Adapt {
		kept = s.settleJob(j, trained, discard)
	}
	s.trainingChange(func(st *TrainingStatus) { st.end(ctx.Err() != nil, err, kept) })
}

// end says how the training came out. kept says what can be gone on with, if
// anything, after a space.
func (st *TrainingStatus) end(cancelled bool, err error, kept string) {
	st.Message, st.Remaining, st.ImagesPerSecond = "", 0, 0
	switch {
	case cancelled && st.Candidate == nil && kept != "":
		st.State, st.Message = TrainingIdle, "Cancelled. The current model goes on."+kept
	case cancelled && st.Candidate == nil:
		st.State, st.Message = TrainingIdle, "Cancelled. Nothing was kept; the current model goes on."
	case err != nil && st.Candidate != nil:
		outcome := cmp.Or(st.early(), "The new model is kept")
		st.State, st.Message = TrainingDone, outcome+", but was not compared: "+oneLine(err)
	case err != nil && st.State == TrainingStopping && len(st.Epochs) == 0:
		first := "epoch"
		if st.Request.Adapt {
			first = "training had ended"
		}
		st.State, st.Message = TrainingIdle, "Stopped before the first "+first+". Nothing of it was kept; the current model goes on."+kept
	case errors.Is(err, inspection.ErrInTraining):
		st.State, st.Problem = TrainingFailed, Explain(err)
	case err != nil:
		st.State, st.Problem = TrainingFailed, "The training failed; the current model goes on. "+strings.TrimSuffix(oneLine(err), ".")+"."+kept
	default:
		st.State = TrainingDone
		if early := st.early(); early != "" {
			st.Message = early + "."
		}
	}
}

// early says that and where the training stopped early, without a full stop; ""
// where it did not.
func (st *TrainingStatus) early() string {
	if !st.Early || len(st.Epochs) == 0 {
		return ""
	}
	last := st.Epochs[len(st.Epochs)-1].Epoch
	return fmt.Sprintf("Stopped early after epoch %d: no improvement for %d epochs. Epoch %d is kept", last, last-st.BestEpoch, st.BestEpoch)
}

func (s *Station) trainAndCompare(ctx context.Context, j *job) error {
	if err := s.prepareJob(ctx, j); err != nil {
		return err
	}
	candidate, result, err := s.train(ctx, *j)
	if err != nil {
		return err
	}
	s.trainingChange(func(st *TrainingStatus) {
		st.BestEpoch, st.Early = result.BestEpoch, result.Ending == training.EarlyStopped
		st.Candidate, st.Message, st.Remaining, st.ImagesPerSecond = &candidate, "Comparing with the current model", 0, 0
	})
	if j.untested {
		return errUntested
	}
	return s.compare(ctx, *j, candidate)
}

// train runs `assay train` or `assay adapt` and returns the registered candidate
// with what the command said of it.
func (s *Station) train(ctx context.Context, j job) (candidate ModelInfo, result trainResult, err error) {
	arguments, read := s.trainArguments(j), s.trainLine
	if j.Request.Adapt {
		arguments, read = s.adaptArguments(j), s.adaptLine
	}
	err = s.runChild(ctx, arguments, func(line []byte) error { return read(line, &result) }, s.trainMessage)
	if err != nil {
		return candidate, result, err
	}
	if result.Version == 0 {
		return candidate, result, errors.New("the training ended without a model")
	}
	candidate, err = s.params.Models.Find(result.Model, result.Version)
	return candidate, result, err
}

// trainResult is the last line of `assay train --json` and `assay adapt --json`.
type trainResult struct {
	Model     string          `json:"model"`
	Version   int             `json:"version"`
	SHA256    string          `json:"sha256"`
	BestEpoch int             `json:"best_epoch"`
	Ending    training.Ending `json:"ending"`
	Seconds   float64         `json:"seconds"`
}

func (s *Station) addEpoch(p EpochPoint) {
	s.trainingChange(func(st *TrainingStatus) {
		st.run()
		st.Epochs = append(slices.DeleteFunc(st.Epochs, func(e EpochPoint) bool { return e.Epoch >= p.Epoch }), p)
		st.Message = fmt.Sprintf("Epoch %d of %d", p.Epoch, max(st.Total, p.Epoch))
		if st.Steps == 0 { // a child that tells no progress
			st.Remaining = time.Duration(float64(max(st.Total-p.Epoch, 0)) * p.Seconds * float64(time.Second))
		}
		if p.ImagesPerSecond > 0 {
			st.ImagesPerSecond = p.ImagesPerSecond
		}
	})
}

// run notes that the training proper has begun.
func (st *TrainingStatus) run() {
	if st.State == TrainingStarting {
		st.State = TrainingRunning
	}
}
