package station

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/training"
	"assay/training/checkpoint"
	"assay/training/dataset"

	"github.com/stretchr/testify/require"
)

// Lines of a child that adapts.
const (
	scriptCurve = `echo '{"samples":0,"accuracy_new":60,"ci95_new":[50,69],"n_new":20,"errors_new":8,"accuracy_old":99.5,"n_old":200,"errors_old":1,"seconds":0.1}'
echo '{"samples":4,"accuracy_new":80,"ci95_new":[58,92],"n_new":20,"errors_new":4,"accuracy_old":99,"n_old":200,"errors_old":2,"seconds":2}'`
	scriptCurveStep = `echo 'progress {"stage":"train","samples":8,"epoch":1,"epochs":4,"step":5,"steps":20,"images_per_second":700,"seconds_left":30,"paused":false}' >&2`
	scriptAdapted   = `echo '{"samples":8,"accuracy_new":90,"ci95_new":[70,97.2],"n_new":20,"errors_new":2,"accuracy_old":99,"n_old":200,"errors_old":2,"seconds":2}'
echo '{"model":"demo","version":2,"sha256":"x","seconds":4,"estimate":{"samples":40,"text":"About 30 more samples to reach 99 %."}}'`
)

// adaptingStation has a model that was trained on samples of the station's, and
// the request to adapt it to other ones.
func adaptingStation(t *testing.T, adapt string) (*Station, TrainingRequest) {
	t.Helper()
	s, r := trainingStation(t, "exit 9", scriptRows)
	script, err := os.ReadFile(s.params.Executable)
	require.NoError(t, err)
	with := strings.Replace(string(script), "evaluate)", "adapt)\n"+adapt+"\n;;\nevaluate)", 1)
	require.NoError(t, os.WriteFile(s.params.Executable, []byte(with), 0o700))
	old := filepath.Join(t.TempDir(), "old")
	writeSamples(t, old, 30)
	report, err := s.ImportDataset(t.Context(), DatasetChoice{Kind: DatasetFolder, Folder: old}, SplitRandom, func(int, int) {})
	require.NoError(t, err)
	snapshot, err := s.openSnapshot(report.Snapshot)
	require.NoError(t, err)
	learnt := slices.DeleteFunc(snapshot.Items(), func(i dataset.Item) bool { return i.Part == dataset.Test })
	_, err = s.params.Models.Add("demo", modelTrainedOn(t, "demo", 3, dataset.Fingerprint(learnt)))
	require.NoError(t, err)
	require.NoError(t, s.Promote("demo", 3, nil, "Ada", "a test"))
	r.Adapt, r.Epochs, r.Augmentations = true, 0, nil
	return s, r
}

func ended(st TrainingStatus) bool { return st.State == TrainingDone || st.State == TrainingFailed }

func TestAnAdaptationShowsItsLearningCurve(t *testing.T) {
	s, r := adaptingStation(t, scriptCurve+"\n"+scriptCurveStep+"\n"+scriptAdapted)
	r.Samples, r.Steps = []int{4, 8}, 20
	var during8 TrainingStatus
	st := during(t, s, func() { require.NoError(t, s.StartTraining(r)) }, func(st TrainingStatus) bool {
		if !ended(st) && st.Step > 0 {
			during8 = st
		}
		return ended(st)
	})
	require.Equal(t, TrainingDone, st.State, st.Problem)
	require.Len(t, st.Curve, 3)
	require.Equal(t, CurvePoint{Samples: 4, AccuracyNew: 80, AccuracyOld: 99, CI95New: [2]float64{58, 92}, ErrorsNew: 4, NNew: 20, ErrorsOld: 2, NOld: 200, Seconds: 2}, st.Curve[1])
	require.Equal(t, "About 30 more samples to reach 99 %. It was measured on only 20 new pictures: the accuracy on new parts may be anything from 70.0 to 97.2 %.", st.Estimate)
	require.Equal(t, 2, st.Candidate.Ref.Version)
	require.NotNil(t, st.Comparison, st.Message)

	require.Equal(t, [2]int{25, 40}, [2]int{during8.Step, during8.Steps}, "both trainings are one way")
	lines := calls(t, s)
	require.Contains(t, lines[0], "adapt --json")
	require.Regexp(t, `--model demo@3 --replay old-[0-9a-f]{4}@1 --name demo --samples 4,8 --seed 7`, lines[0])
	require.Contains(t, lines[0], "--steps 20")
	require.NotContains(t, lines[0], "--augment", "it learns as it has learnt")
}

func TestAnAdaptationTellsTheTimeOfAllItsTrainings(t *testing.T) {
	st := TrainingStatus{State: TrainingRunning, Request: TrainingRequest{Adapt: true, Samples: []int{25, 50, 100}}}
	st.progress(childProgress{Stage: "train", Samples: 25, Step: 10, Steps: 20, SecondsLeft: 5})
	require.Equal(t, [2]int{10, 60}, [2]int{st.Step, st.Steps})
	require.Equal(t, 25*time.Second, st.Remaining)
	require.Equal(t, "Learning from 25 new samples (1 of 3)", st.Message)
	st.progress(childProgress{Stage: "train", Samples: 80, Step: 20, Steps: 20}) // there were only 80 to learn from
	require.Equal(t, [2]int{60, 60}, [2]int{st.Step, st.Steps})
	require.Zero(t, st.Remaining)
	st.progress(childProgress{Stage: "train", Samples: 80, Step: 20, Steps: 20, Paused: true})
	require.Equal(t, TrainingPaused, st.State)
	require.Equal(t, "Paused", st.Message)
}

func TestAnAdaptationLeavesAnInterruptedTrainingToResume(t *testing.T) {
	for state, adapt := range map[TrainingState]string{
		TrainingFailed: "echo 'assay: the disk is full' >&2; exit 1",
		TrainingDone:   scriptCurve + "\n" + scriptAdapted,
	} {
		s, r := adaptingStation(t, adapt)
		before := TrainingRequest{Name: "demo", Seed: 3}
		require.NoError(t, s.keepJob(job{Request: before}))
		require.NoError(t, os.WriteFile(s.checkpointFile("demo"), []byte("x"), 0o600))
		held, err := checkpoint.Hold(s.checkpointFile("demo")) // be it that a command goes on with it
		require.NoError(t, err)
		st := during(t, s, func() { require.NoError(t, s.StartTraining(r)) }, ended)
		held.Release()
		require.Equal(t, state, st.State, st.Problem)
		if state == TrainingFailed {
			require.Contains(t, st.Problem, "disk is full")
			require.NotContains(t, st.Problem, "go on with it", "it is not of the adaptation")
		}
		found, interrupted := s.InterruptedTraining()
		require.True(t, interrupted, state)
		require.Equal(t, before, found)
	}
}

func TestSamplesWithoutATestPartAreNotCompared(t *testing.T) {
	s, r := adaptingStation(t, scriptCurve+"\n"+scriptAdapted)
	s.trainingChange(func(st *TrainingStatus) { *st = TrainingStatus{Request: r} })
	j := job{Request: r}
	require.NoError(t, s.prepareAdaptation(&j, DatasetReport{Train: ClassCount{20, 20}, Validation: ClassCount{5, 5}}))
	require.True(t, j.untested)
	require.Equal(t, []int{25, 40}, j.Request.Samples)
	require.Equal(t, j.Request.Samples, s.TrainingStatus().Request.Samples, "what is done is told")
	r.Split = SplitOfficial // of a folder that has no test part
	st := during(t, s, func() { require.NoError(t, s.StartTraining(r)) }, ended)
	require.Equal(t, TrainingDone, st.State, st.Problem)
	require.Equal(t, 2, st.Candidate.Ref.Version)
	require.Nil(t, st.Comparison)
	require.Contains(t, st.Message, "learning curve")
}

func TestAdaptSamples(t *testing.T) {
	for all, want := range map[int][]int{0: {25, 50, 100, 200}, 3: {3}, 10: {5, 10}, 30: {15, 30}, 60: {25, 60}, 70: {25, 50, 70}, 200: {25, 50, 100, 200}, 240: {25, 50, 100, 240}, 512: {25, 50, 100, 200, 512}} {
		require.Equal(t, want, AdaptSamples(DatasetReport{Train: ClassCount{Normal: all}, Test: ClassCount{1, 1}}), "of %d", all)
	}
	for all := 10; all < 40; all++ { // no test part: some are held out
		sizes := AdaptSamples(DatasetReport{Train: ClassCount{Normal: all}})
		require.Equal(t, training.AdaptPool(all), sizes[len(sizes)-1], "no more than there are, of %d", all)
	}
}
