package station

import (
	"os"
	"strings"
	"testing"

	"assay/training/checkpoint"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestATrainingThatACommandHoldsIsLeftAlone: its checkpoint is the command's.
func TestATrainingThatACommandHoldsIsLeftAlone(t *testing.T) {
	s, r := trainingStation(t, scriptEpoch+"\n"+scriptModel, scriptRows)
	require.NoError(t, s.keepJob(job{Request: r, Snapshot: "parts@1"}))
	require.NoError(t, os.WriteFile(s.checkpointFile(r.Name), []byte("the command's"), 0o600))
	held, err := checkpoint.Hold(s.checkpointFile(r.Name))
	require.NoError(t, err)
	for _, begin := range []func() error{func() error { return s.StartTraining(r) }, s.ResumeTraining} {
		st := during(t, s, func() { require.NoError(t, begin()) }, inState(TrainingFailed))
		require.Contains(t, st.Problem, "Another training of this name is running")
		require.NotContains(t, st.Problem, "go on with it")
	}
	s.forgetJob(r.Name, true)
	data, err := os.ReadFile(s.checkpointFile(r.Name))
	require.NoError(t, err)
	require.Equal(t, "the command's", string(data))
	held.Release()
	during(t, s, func() { require.NoError(t, s.StartTraining(r)) }, inState(TrainingDone))
	require.NoFileExists(t, s.checkpointFile(r.Name))
}

// TestACommandThatBeginsWhileTheSamplesAreReadIsLeftAlone: nothing was set aside or written down for it.
func TestACommandThatBeginsWhileTheSamplesAreReadIsLeftAlone(t *testing.T) {
	s, r := trainingStation(t, scriptModel, scriptRows)
	var held *checkpoint.Held
	st := during(t, s, func() { require.NoError(t, s.StartTraining(r)) }, func(st TrainingStatus) bool {
		if held == nil && strings.HasPrefix(st.Message, "Reading the samples") {
			var err error
			held, err = checkpoint.Hold(s.checkpointFile(r.Name))
			assert.NoError(t, err)
		}
		return ended(st)
	})
	require.Equal(t, TrainingFailed, st.State)
	require.Contains(t, st.Problem, "Another training of this name is running")
	require.NoFileExists(t, s.jobFile(r.Name))
	held.Release()
}
