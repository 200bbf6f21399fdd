package station

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"assay/inspection"
	"assay/internal/atomicfile"
	"assay/training/checkpoint"
	"assay/training/dataset"
)

// job is one training as it lies beside its checkpoint, so that it can go on
// after a kill of the child, of the station or of the computer.
type job struct {
	Request TrainingRequest `json:"request"`
	// Snapshot is what is trained on, "NAME@VERSION". Split is set where the snapshot is to be divided anew.
	Snapshot string    `json:"snapshot"`
	Split    SplitKind `json:"split,omitempty"`
	// Epochs are the curves up to the interruption, as the checkpoint has them.
	Epochs []EpochPoint `json:"-"`
	// Init and Replay are set for an adaptation, which is not kept to go on from: the model to start from, and its own
	// samples.
	Init, Replay string `json:"-"`

	resume bool
	// begun says that the checkpoint of that name is this training's, or will be.
	begun bool
	// untested says that an adaptation leaves no picture to compare on.
	untested bool
}

func (s *Station) checkpointFolder() string { return filepath.Join(s.params.Data, "checkpoints") }

func (s *Station) jobFile(name string) string {
	return filepath.Join(s.checkpointFolder(), name+".request.json")
}

// checkpointFile is where `assay train` keeps its state.
func (s *Station) checkpointFile(name string) string {
	return filepath.Join(s.checkpointFolder(), name+".checkpoint")
}

func (s *Station) hasCheckpoint(name string) bool {
	_, err := os.Stat(s.checkpointFile(name))
	return err == nil
}

// prepareJob takes the snapshot that the training names for ever, and writes the
// job down.
func (s *Station) prepareJob(ctx context.Context, j *job) error {
	if !j.Request.Adapt {
		if err := s.alone(j.Request.Name, func() error { return nil }); err != nil {
			return err
		}
	}
	if j.resume {
		j.begun = true
		return nil
	}
	s.trainingChange(func(st *TrainingStatus) { st.Message = "Reading the samples" })
	report, err := s.ImportDataset(ctx, j.Request.Dataset, j.Request.Split, func(done, total int) {
		s.trainingChange(func(st *TrainingStatus) { st.Message = fmt.Sprintf("Reading the samples: %d of %d", done, total) })
	})
	if err != nil {
		return err
	}
	if report.Problem != "" {
		return errors.New(report.Problem)
	}
	j.Snapshot = report.Snapshot
	if split := j.Request.Split; split != "" && split != report.Split {
		j.Split = split
	}
	if j.Request.Adapt {
		return s.prepareAdaptation(j, report)
	}
	return s.alone(j.Request.Name, func() error {
		if err := s.setFormerAside(j.Request.Name); err != nil { // it would not fit
			return err
		}
		j.begun = true
		return s.keepJob(*j)
	})
}

// alone calls do while no training of that name runs in another process, and fails
// with inspection.ErrInTraining where one does.
func (s *Station) alone(name string, do func() error) error {
	held, err := checkpoint.Hold(s.checkpointFile(name))
	if err != nil {
		return err
	}
	defer held.Release()
	return do()
}

func (s *Station) keepJob(j job) error {
	data, err := json.Marshal(j)
	if err == nil {
		if err = os.MkdirAll(s.checkpointFolder(), 0o750); err == nil {
			err = atomicfile.Write(s.jobFile(j.Request.Name), data, 0o640)
		}
	}
	if err != nil {
		return fmt.Errorf("keep the training's settings: %w", inspection.StorageError(err))
	}
	return nil
}

// forgetJob removes what an ended training would go on from, unless another process
// has begun one of that name since.
func (s *Station) forgetJob(name string, checkpoint bool) {
	err := s.alone(name, func() error {
		if checkpoint {
			s.removeCheckpoint(name)
		}
		s.remove(s.jobFile(name))
		return nil
	})
	if err != nil {
		s.params.Logger.Warn("forget the training", "name", name, "error", err)
	}
}

// settleJob removes what an ended training would go on from, where it was trained
// or discarded, and says what is kept to go on from otherwise.
func (s *Station) settleJob(j job, trained, discard bool) (kept string) {
	name := j.Request.Name
	if trained {
		s.dropFormer(name)
	}
	if s.settleFormer(name) || !j.begun && s.hasCheckpoint(name) {
		return " The interrupted training of before is still kept: go on with it, or start anew."
	}
	if trained || discard {
		s.forgetJob(name, !trained)
	}
	if !s.hasCheckpoint(name) {
		return ""
	}
	return " What it had learnt up to its last epoch is kept: go on with it."
}

func (s *Station) removeCheckpoint(name string) {
	if err := checkpoint.Remove(s.checkpointFile(name)); err != nil {
		s.params.Logger.Warn("remove", "file", s.checkpointFile(name), "error", err)
	}
}

func (s *Station) remove(file string) {
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.params.Logger.Warn("remove", "file", file, "error", err)
	}
}

// samplesOf returns the snapshot or folder that a model was trained on: the
// snapshot of that very content, else what its command names, where that is
// there; "" where neither is.
func (s *Station) samplesOf(card inspection.ModelCard) (string, error) {
	store := s.store()
	names, err := store.Names()
	if err != nil {
		return "", err
	}
	for _, name := range names {
		versions, err := store.Versions(name)
		if err != nil {
			return "", err
		}
		for _, version := range slices.Backward(versions) {
			snapshot, err := store.Read(name, version)
			if err == nil && trainedOn(snapshot, card.Dataset) {
				return snapshot.Ref(), nil
			}
		}
	}
	words := strings.Fields(card.Command)
	at := slices.Index(words, "--dataset")
	if at < 0 || at+1 >= len(words) {
		return "", nil
	}
	if info, err := os.Stat(words[at+1]); err == nil && info.IsDir() {
		return words[at+1], nil
	}
	if snapshot, err := s.openSnapshot(words[at+1]); err == nil {
		return snapshot.Ref(), nil
	}
	return "", nil
}

// trainedOn compares fingerprints of what a training reads.
func trainedOn(snapshot *dataset.Snapshot, fingerprint string) bool {
	items := slices.DeleteFunc(snapshot.Items(), func(i dataset.Item) bool { return i.Part == dataset.Test })
	return fingerprint != "" && dataset.Fingerprint(items) == fingerprint
}

// trainArguments is the command line of the job.
func (s *Station) trainArguments(j job) []string {
	r := j.Request
	arguments := []string{"train", "--json", "--data", s.params.Data, "--dataset", j.Snapshot, "--name", r.Name, "--part", r.Part,
		"--model", cmp.Or(r.Architecture, "custom"), "--augment", strings.Join(r.Augmentations, ","),
		"--seed", fmt.Sprint(r.Seed), "--threads", fmt.Sprint(s.trainingThreads())}
	add := func(given bool, flag string, value any) {
		if given {
			arguments = append(arguments, flag, fmt.Sprint(value))
		}
	}
	add(j.Split != "", "--split", j.Split)
	add(r.Epochs > 0, "--epochs", r.Epochs)
	add(r.InputSize > 0, "--input", r.InputSize)
	add(r.Normalization != "", "--normalize", r.Normalization)
	add(r.Variants > 0, "--variants", r.Variants)
	add(r.Views > 1, "--views", r.Views)
	add(r.Schedule != "", "--schedule", r.Schedule)
	add(r.ClassWeights, "--class-weights", "balanced")
	add(r.Averaging, "--average", "ema")
	add(r.KeepLast, "--keep", r.Keeps())
	add(r.Patience != 0 && !r.KeepLast, "--patience", r.Patience)
	add(r.LabelSmoothing > 0, "--label-smoothing", r.LabelSmoothing)
	if j.resume {
		arguments = append(arguments, "--resume")
	}
	return arguments
}

// trainingThreads leaves one processor to the line.
func (s *Station) trainingThreads() int { return max(1, runtime.NumCPU()-1) }

// InterruptedTraining returns the training that was killed, or ended with the
// station, after its first checkpoint; ok is false where there is none.
func (s *Station) InterruptedTraining() (r TrainingRequest, ok bool) {
	j, err := s.interrupted()
	return j.Request, err == nil
}

// interrupted returns the newest job that has a checkpoint.
func (s *Station) interrupted() (job, error) {
	s.trainer.mu.Lock()
	running := s.trainer.cancel != nil
	s.trainer.mu.Unlock()
	if running {
		return job{}, errTraining
	}
	files, err := filepath.Glob(filepath.Join(s.checkpointFolder(), "*.request.json"))
	if err != nil {
		return job{}, fmt.Errorf("list interrupted trainings: %w", err)
	}
	var newest job
	found := int64(-1)
	for _, file := range files {
		data, err := os.ReadFile(file)
		var j job
		if err != nil || json.Unmarshal(data, &j) != nil || CheckModelName(j.Request.Name) != nil {
			continue
		}
		info, err := os.Stat(s.checkpointFile(j.Request.Name))
		if err == nil && info.ModTime().UnixNano() > found {
			newest, found = j, info.ModTime().UnixNano()
		}
	}
	if found < 0 {
		return job{}, fmt.Errorf("an interrupted training: %w", inspection.ErrNotFound)
	}
	return newest, nil
}
