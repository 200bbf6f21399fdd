package station

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestATrainingThatStopsEarlySaysSo, and which epoch it keeps.
func TestATrainingThatStopsEarlySaysSo(t *testing.T) {
	early := strings.Replace(scriptEpoch, `"epoch":1`, `"epoch":15`, 1) + "\n" +
		`echo '{"model":"demo","version":2,"sha256":"x","best_epoch":5,"ending":"early","seconds":1}'`
	s, r := trainingStation(t, early, scriptRows)
	r.KeepLast, r.Patience = false, 20
	st := during(t, s, func() { require.NoError(t, s.StartTraining(r)) }, inState(TrainingDone))
	require.Equal(t, "Stopped early after epoch 15: no improvement for 10 epochs. Epoch 5 is kept.", st.Message)
	require.Contains(t, calls(t, s)[0], " --patience 20")
	require.NotContains(t, calls(t, s)[0], "--keep")
	require.NotContains(t, s.trainArguments(job{Request: TrainingRequest{KeepLast: true, Patience: 20}}), "--patience", "that ends it never")

	r.Patience = NeverStopEarly
	st = during(t, s, func() { require.NoError(t, s.StartTraining(r)) }, inState(TrainingDone))
	require.Contains(t, calls(t, s)[2], " --patience -1")
	st.end(false, errors.New("no picture"), "")
	require.Equal(t, "Stopped early after epoch 15: no improvement for 10 epochs. Epoch 5 is kept, but was not compared: no picture", st.Message)
}

// TestAStoppedTrainingSaysWhichEpochItKeeps, and is not taken for one that stopped early by itself.
func TestAStoppedTrainingSaysWhichEpochItKeeps(t *testing.T) {
	ending := strings.Replace(scriptModel, `"seconds"`, `"ending":"cancelled","seconds"`, 1)
	for keepLast, word := range map[bool]string{true: "last", false: "best"} {
		s, r := trainingStation(t, "trap stop=1 INT\n"+scriptProgress+"\nwhile [ -z \"$stop\" ]; do sleep 0.05; done\n"+scriptEpoch+"\n"+ending, scriptRows)
		r.KeepLast = keepLast
		during(t, s, func() { require.NoError(t, s.StartTraining(r)) }, inState(TrainingRunning))
		said := ""
		st := during(t, s, s.StopTraining, func(st TrainingStatus) bool {
			if st.State == TrainingStopping && said == "" {
				said = st.Message
			}
			return st.State == TrainingDone
		})
		require.Equal(t, "Stopping, keeping the "+word+" epoch", said)
		require.Empty(t, st.Message)
	}
}

func TestACancelledTrainingLeavesNothing(t *testing.T) {
	s, r := trainingStation(t, `
for folder; do [ "$before" = --data ] && break; before=$folder; done
touch "$folder/checkpoints/demo.checkpoint"
`+scriptEpoch+`
exec sleep 1000`, scriptRows)
	during(t, s, func() { require.NoError(t, s.StartTraining(r)) }, inState(TrainingRunning))
	st := during(t, s, s.CancelTraining, inState(TrainingIdle))
	require.Contains(t, st.Message, "Nothing was kept")
	_, interrupted := s.InterruptedTraining()
	require.False(t, interrupted)
	left, err := os.ReadDir(s.checkpointFolder())
	require.NoError(t, err)
	require.Empty(t, left)
}
