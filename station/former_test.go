package station

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/training/checkpoint"
	"assay/training/metrics"

	"github.com/stretchr/testify/require"
)

// interruptedStation has a station with an interrupted training of demo, which had learnt for two epochs, and the
// request of another one of that name.
func interruptedStation(t *testing.T, train string) (s *Station, former, other TrainingRequest) {
	t.Helper()
	s, former = trainingStation(t, `
for folder; do [ "$before" = --data ] && break; before=$folder; done
checkpoint="$folder/checkpoints/demo.checkpoint"
`+train, scriptRows)
	require.NoError(t, s.keepJob(job{Request: former, Snapshot: "parts@1"}))
	require.NoError(t, checkpoint.Write(s.checkpointFile("demo"), &checkpoint.State{Key: "former",
		History: []metrics.Epoch{{Epoch: 1, ValAccuracy: 70}, {Epoch: 2, ValAccuracy: 80}}}))
	other = former
	other.Epochs = 9
	return s, former, other
}

func requireKept(t *testing.T, s *Station, r TrainingRequest) {
	t.Helper()
	found, interrupted := s.InterruptedTraining()
	require.True(t, interrupted)
	require.Equal(t, r, found)
	state, err := checkpoint.Read(s.checkpointFile(r.Name))
	require.NoError(t, err)
	require.Equal(t, "former", state.Key)
}

// TestATrainingThatFailsAtOnceKeepsTheInterruptedOne: its pictures were moved away, or a person cancels it before
// its first epoch.
func TestATrainingThatFailsAtOnceKeepsTheInterruptedOne(t *testing.T) {
	s, former, other := interruptedStation(t, "echo 'assay: open parts: no such folder' >&2; exit 1")
	epochs, kept := s.KeptEpochs("demo")
	require.True(t, kept)
	require.Equal(t, 2, epochs)
	st := during(t, s, func() { require.NoError(t, s.StartTraining(other)) }, inState(TrainingFailed))
	require.Contains(t, st.Problem, "no such folder")
	require.Contains(t, st.Problem, ". The interrupted training of before is still kept", "a sentence of its own")
	requireKept(t, s, former)
}

// TestATrainingWithoutSamplesKeepsTheInterruptedOne: it failed, or was cancelled, before it had read anything.
func TestATrainingWithoutSamplesKeepsTheInterruptedOne(t *testing.T) {
	s, former, other := interruptedStation(t, scriptModel)
	other.Dataset.Folder = filepath.Join(t.TempDir(), "moved")
	st := during(t, s, func() { require.NoError(t, s.StartTraining(other)) }, inState(TrainingFailed))
	require.Contains(t, st.Problem, "The interrupted training of before is still kept")
	requireKept(t, s, former)
	require.Contains(t, s.settleJob(job{Request: other}, false, true), "still kept")
	requireKept(t, s, former)
}

func TestCancellingBeforeTheFirstEpochKeepsTheInterruptedOne(t *testing.T) {
	s, former, other := interruptedStation(t, scriptProgress+"\nexec sleep 1000")
	during(t, s, func() { require.NoError(t, s.StartTraining(other)) }, inState(TrainingRunning))
	st := during(t, s, s.CancelTraining, inState(TrainingIdle))
	require.Contains(t, st.Message, "The interrupted training of before is still kept")
	requireKept(t, s, former)
}

func TestStoppingBeforeTheFirstEpochKeepsTheInterruptedOne(t *testing.T) {
	s, former, other := interruptedStation(t, "trap 'exit 1' INT\n"+scriptProgress+"\nwhile :; do sleep 0.05; done")
	during(t, s, func() { require.NoError(t, s.StartTraining(other)) }, inState(TrainingRunning))
	st := during(t, s, s.StopTraining, inState(TrainingIdle))
	require.Contains(t, st.Message, "Stopped before the first epoch. Nothing of it was kept; the current model goes on. The interrupted training of before is still kept")
	requireKept(t, s, former)
}

// TestANewTrainingTakesThePlaceOfTheInterruptedOne once it has its own first checkpoint, which it writes after it has
// told of the epoch.
func TestANewTrainingTakesThePlaceOfTheInterruptedOne(t *testing.T) {
	s, _, other := interruptedStation(t, scriptEpoch+"\ntouch $checkpoint\nkill -9 $$")
	st := during(t, s, func() { require.NoError(t, s.StartTraining(other)) }, inState(TrainingFailed))
	require.Contains(t, st.Problem, "go on with it")
	found, interrupted := s.InterruptedTraining()
	require.True(t, interrupted)
	require.Equal(t, other, found)
	require.NoFileExists(t, former(s.checkpointFile("demo")))
	require.NoFileExists(t, former(s.jobFile("demo")))
}

func TestATrainingThatEndsLeavesNothingOfTheInterruptedOne(t *testing.T) {
	s, _, other := interruptedStation(t, scriptModel)
	during(t, s, func() { require.NoError(t, s.StartTraining(other)) }, inState(TrainingDone))
	left, err := os.ReadDir(s.checkpointFolder())
	require.NoError(t, err)
	require.Empty(t, left)
	_, kept := s.KeptEpochs("demo")
	require.False(t, kept)
}

// TestAStationThatWasKilledFindsTheInterruptedTraining that another one had been about to replace.
func TestAStationThatWasKilledFindsTheInterruptedTraining(t *testing.T) {
	s, kept, other := interruptedStation(t, scriptModel)
	require.NoError(t, s.setFormerAside("demo"))
	require.NoError(t, s.keepJob(job{Request: other, Snapshot: "parts@1"}))
	require.NoError(t, s.setFormerAside("demo"), "it is not lost either where that is tried again")
	_, interrupted := s.InterruptedTraining()
	require.False(t, interrupted)
	held, err := checkpoint.Hold(s.checkpointFile("demo"))
	require.NoError(t, err)
	s.settleFormers()
	require.False(t, s.hasCheckpoint("demo"), "a command trains under that name")
	held.Release()
	next, err := New(s.params)
	require.NoError(t, err)
	next.Start()
	require.NoError(t, next.Close())
	requireKept(t, s, kept)

	require.NoError(t, os.Rename(s.checkpointFile("demo"), former(s.checkpointFile("demo")))) // and killed before the settings followed
	require.NoError(t, s.setFormerAside("demo"))
	require.NoError(t, s.keepJob(job{Request: other, Snapshot: "parts@1"}))
	s.settleFormers()
	requireKept(t, s, kept)

	require.NoError(t, s.setFormerAside("demo"))
	require.NoError(t, s.keepJob(job{Request: other, Snapshot: "parts@1"}))
	require.NoError(t, checkpoint.Write(s.checkpointFile("demo"), &checkpoint.State{Key: "other"}))
	s.settleFormers()
	found, interrupted := s.InterruptedTraining()
	require.True(t, interrupted)
	require.Equal(t, other, found, "it had learnt already")
	require.NoFileExists(t, former(s.checkpointFile("demo")))
}

// TestWhatACommandHadLearntComesBackWithoutSettings: it has none, and those of the one that took its place do not fit.
func TestWhatACommandHadLearntComesBackWithoutSettings(t *testing.T) {
	s, former, other := interruptedStation(t, scriptModel)
	s.remove(s.jobFile("demo"))
	require.NoError(t, s.setFormerAside("demo"))
	require.NoError(t, s.keepJob(job{Request: other, Snapshot: "parts@1"}))
	s.settleFormers()
	epochs, kept := s.KeptEpochs(former.Name)
	require.True(t, kept)
	require.Equal(t, 2, epochs)
	_, interrupted := s.InterruptedTraining()
	require.False(t, interrupted)
}

// TestAResumedTrainingShowsTheEpochsBeforeTheKill: the curve, the count and the best accuracy are of the whole training.
func TestAResumedTrainingShowsTheEpochsBeforeTheKill(t *testing.T) {
	epoch := strings.Replace(scriptEpoch, `"epoch":1`, `"epoch":3`, 1)
	s, _, _ := interruptedStation(t, epoch+"\n"+scriptModel)
	st := during(t, s, func() { require.NoError(t, s.ResumeTraining()) }, inState(TrainingDone))
	require.Len(t, st.Epochs, 3)
	require.Equal(t, []float64{70, 80, 90}, []float64{st.Epochs[0].ValAccuracy, st.Epochs[1].ValAccuracy, st.Epochs[2].ValAccuracy})
}
