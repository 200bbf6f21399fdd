package station

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"assay/inspection"
)

// trainer runs at most one training, in a child process, so that neither a
// crash nor the load of it reaches the line.
type trainer struct {
	mu     sync.Mutex
	status TrainingStatus
	cancel context.CancelFunc
	child  *child
}

// AugmentationNames lists the augmentations that a training can be asked for.
func (s *Station) AugmentationNames() []string { return []string{"hflip", "vflip", "rotate"} }

// TrainingStatus returns how the training that runs or ran last is doing.
func (s *Station) TrainingStatus() TrainingStatus {
	s.trainer.mu.Lock()
	defer s.trainer.mu.Unlock()
	return s.trainer.snapshot()
}

func (t *trainer) snapshot() TrainingStatus {
	status := t.status
	status.Epochs = slices.Clone(status.Epochs)
	return status
}

func (s *Station) trainingChange(f func(*TrainingStatus)) {
	s.trainer.mu.Lock()
	f(&s.trainer.status)
	snapshot := s.trainer.snapshot()
	s.trainer.mu.Unlock()
	s.training.Emit(snapshot)
}

// errTraining is returned where a training runs already.
var errTraining = errors.New("a training is running: stop it first")

// StartTraining begins a training and returns at once; how it goes is told by
// TrainingChanged.
func (s *Station) StartTraining(r TrainingRequest) error {
	if err := CheckModelName(r.Name); err != nil {
		return err
	}
	if s.params.Executable == "" {
		return errors.New("this station cannot train: it does not know its own program file")
	}
	s.trainer.mu.Lock()
	defer s.trainer.mu.Unlock()
	if s.trainer.cancel != nil {
		return errTraining
	}
	ctx, cancel := context.WithCancel(s.ctx)
	s.trainer.cancel = cancel
	s.trainer.status = TrainingStatus{State: TrainingStarting, Request: r, Total: r.Epochs, Message: "Starting"}
	snapshot := s.trainer.snapshot()
	s.owned.Go(func() {
		s.training.Emit(snapshot)
		s.runTraining(ctx, r)
		cancel()
	})
	return nil
}

// StopTraining ends the training after the step it is in and keeps the best
// epoch so far as the candidate. Once there is a candidate it ends the
// comparison alone.
func (s *Station) StopTraining() {
	s.trainer.mu.Lock()
	running, comparing := s.trainer.child, s.trainer.status.Candidate != nil
	if running == nil || comparing {
		s.trainer.mu.Unlock()
		s.CancelTraining()
		return
	}
	s.trainer.status.State, s.trainer.status.Message = TrainingStopping, "Stopping, keeping the best epoch"
	running.interrupt()
	snapshot := s.trainer.snapshot()
	s.trainer.mu.Unlock()
	s.training.Emit(snapshot)
}

// CancelTraining ends the training at once and keeps nothing of it.
func (s *Station) CancelTraining() {
	s.trainer.mu.Lock()
	cancel := s.trainer.cancel
	s.trainer.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}

func (s *Station) runTraining(ctx context.Context, r TrainingRequest) {
	err := s.trainAndCompare(ctx, r)
	s.trainer.mu.Lock()
	s.trainer.cancel, s.trainer.child = nil, nil
	s.trainer.mu.Unlock()
	s.trainingChange(func(st *TrainingStatus) {
		st.Message = ""
		switch {
		case ctx.Err() != nil && st.Candidate == nil:
			st.State, st.Message = TrainingIdle, "Cancelled. Nothing was kept; the current model goes on."
		case err != nil && st.Candidate != nil:
			st.State, st.Message = TrainingDone, "The new model is kept, but was not compared: "+err.Error()
		case err != nil && st.State == TrainingStopping && len(st.Epochs) == 0:
			st.State, st.Message = TrainingIdle, "Stopped before the first epoch. Nothing was kept; the current model goes on."
		case err != nil:
			st.State, st.Problem = TrainingFailed, "The training failed; the current model goes on. "+err.Error()
		default:
			st.State = TrainingDone
		}
	})
}

func (s *Station) trainAndCompare(ctx context.Context, r TrainingRequest) error {
	folder, err := s.datasetFolder(ctx, r.Dataset)
	if err != nil {
		return err
	}
	candidate, err := s.train(ctx, r, folder)
	if err != nil {
		return err
	}
	s.trainingChange(func(st *TrainingStatus) { st.Candidate, st.Message = &candidate, "Comparing with the current model" })
	return s.compare(ctx, r, folder, candidate)
}

// train runs `assay train` and returns the registered candidate.
func (s *Station) train(ctx context.Context, r TrainingRequest, folder string) (ModelInfo, error) {
	arguments := []string{"train", "--json", "--data", s.params.Data, "--dataset", folder,
		"--model", r.Architecture, "--name", r.Name, "--part", r.Part,
		"--augment", strings.Join(r.Augmentations, ","), "--seed", fmt.Sprint(r.Seed), "--threads", fmt.Sprint(s.trainingThreads())}
	if r.Epochs > 0 {
		arguments = append(arguments, "--epochs", fmt.Sprint(r.Epochs))
	}
	if r.InputSize > 0 {
		arguments = append(arguments, "--input", fmt.Sprint(r.InputSize))
	}
	var result trainResult
	err := s.runChild(ctx, arguments, func(line []byte) error { return s.trainLine(line, &result) }, s.trainMessage)
	if err != nil {
		return ModelInfo{}, err
	}
	if result.Version == 0 {
		return ModelInfo{}, errors.New("the training ended without a model")
	}
	return s.params.Models.Find(result.Model, result.Version)
}

// trainingThreads leaves one processor to the line.
func (s *Station) trainingThreads() int { return max(1, runtime.NumCPU()-1) }

// trainResult is the last line of `assay train --json`.
type trainResult struct {
	Model     string  `json:"model"`
	Version   int     `json:"version"`
	SHA256    string  `json:"sha256"`
	BestEpoch int     `json:"best_epoch"`
	Seconds   float64 `json:"seconds"`
}

func (s *Station) trainMessage(text string) {
	s.trainingChange(func(st *TrainingStatus) { st.Message = text })
}

func (s *Station) addEpoch(p EpochPoint) {
	s.trainingChange(func(st *TrainingStatus) {
		if st.State == TrainingStarting {
			st.State = TrainingRunning
		}
		st.Epochs = append(st.Epochs, p)
		st.Message = fmt.Sprintf("Epoch %d", p.Epoch)
		if left := st.Total - p.Epoch; left > 0 {
			st.Remaining = time.Duration(float64(left) * p.Seconds * float64(time.Second))
		} else {
			st.Remaining = 0
		}
	})
}

// reviewedQuery selects what a person has decided on.
func reviewedQuery(cursor string) Query {
	reviewed := true
	return Query{Reviewed: &reviewed, Limit: 500, Before: cursor}
}

// classOf returns the class that a final verdict means; ok is false for review,
// which teaches nothing.
func classOf(v inspection.Verdict) (folder string, ok bool) {
	switch v {
	case inspection.Pass:
		return "normal", true
	case inspection.Fail:
		return "defective", true
	}
	return "", false
}
