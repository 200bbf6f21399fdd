package station

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/inference/native"
	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// patience bounds each wait on a loaded machine.
const patience = time.Minute

// writeSamples makes a class folder with so many different pictures of each kind.
func writeSamples(t *testing.T, dir string, each int) {
	t.Helper()
	for k, class := range []string{"normal", "defective"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, class), 0o750))
		for i := range each {
			writePicture(t, filepath.Join(dir, class, fmt.Sprintf("%03d.png", i)), uint64(2*i+k+1))
		}
	}
}

// writePicture writes a pattern of its own for each seed.
func writePicture(t *testing.T, file string, seed uint64) {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 32, 32))
	state := seed * 0x9E3779B97F4A7C15
	for y := range 32 {
		for x := range 32 {
			if x%8 == 0 && y%8 == 0 {
				for dy := range 8 {
					state = state*6364136223846793005 + 1442695040888963407
					for dx := range 8 {
						img.SetGray(x+dx, y+dy, color.Gray{Y: uint8(state >> 56)})
					}
				}
			}
		}
	}
	f, err := os.Create(file)
	require.NoError(t, err)
	require.NoError(t, png.Encode(f, img))
	require.NoError(t, f.Close())
}

// childScript stands in for this program: a shell script with a body for
// `train` and one for `evaluate`.
func childScript(t *testing.T, train, evaluate string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "assay")
	script := "#!/bin/sh\necho \"$@\" >>\"$0.calls\"\ncase $1 in\ntrain)\n" + train + "\n;;\nevaluate)\n" + evaluate + "\n;;\nesac\n"
	require.NoError(t, os.WriteFile(file, []byte(script), 0o700))
	return file
}

func calls(t *testing.T, s *Station) []string {
	t.Helper()
	data, err := os.ReadFile(s.params.Executable + ".calls")
	require.NoError(t, err)
	return strings.Split(strings.TrimSpace(string(data)), "\n")
}

const (
	scriptEpoch    = `echo '{"epoch":1,"step":10,"train_loss":0.5,"val_loss":0.4,"val_accuracy":90,"learning_rate":0.003,"seconds":1,"images_per_second":640}'`
	scriptProgress = `echo 'progress {"stage":"train","epoch":2,"epochs":5,"step":13,"steps":50,"loss":0.1,"images_per_second":700,"seconds_left":42.5,"paused":false}' >&2`
	scriptModel    = `echo '{"model":"demo","version":2,"sha256":"x","best_epoch":1,"seconds":1}'`
	scriptRows     = `echo '{"n":2,"accuracy":100,"ci95":[34,100],"auroc":1,"ece":0.1,"part":"test","confusion":[[1,0],[0,1]],"defective":{"recall":100},"test_uses":3,"images":[{"name":"a","digest":"d1","class":0,"score":0.1},{"name":"b","digest":"d2","class":1,"score":0.9,"unfamiliar":true}]}'
echo '{"n":2,"accuracy":50,"ci95":[9,91],"auroc":0.5,"ece":0.2,"part":"test","confusion":[[1,0],[1,0]],"defective":{"recall":0},"images":[{"name":"a","digest":"d1","class":0,"score":0.2},{"name":"b","digest":"d2","class":1,"score":0.4}]}'
echo '{"comparison":{"words":"1 part differs.","paired":{"only_candidate_right":1,"only_current_right":0}}}'`
)

// trainingStation has a started station with a folder of samples, and the request to train on them.
func trainingStation(t *testing.T, train, evaluate string) (*Station, TrainingRequest) {
	t.Helper()
	s := newTestStation(t, nil, 0)
	_, err := s.params.Models.Add("demo", modelBytes(t, "demo", 2))
	require.NoError(t, err)
	s.params.Executable = childScript(t, train, evaluate)
	s.Start()
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	dir := filepath.Join(t.TempDir(), "parts")
	writeSamples(t, dir, 24)
	return s, TrainingRequest{Dataset: DatasetChoice{Kind: DatasetFolder, Folder: dir}, Name: "demo", Part: "Test part", Seed: 7,
		Augmentations: []string{"hflip", "rotate=15"}, Epochs: 5, Schedule: "plateau", ClassWeights: true, Averaging: true, LabelSmoothing: 0.1, KeepLast: true, Split: SplitRandom}
}

// during starts something and returns the first training status that fits.
func during(t *testing.T, s *Station, act func(), fits func(TrainingStatus) bool) TrainingStatus {
	t.Helper()
	seen := make(chan TrainingStatus, 1)
	cancel := s.TrainingChanged().Subscribe(func(st TrainingStatus) {
		if fits(st) {
			select {
			case seen <- st:
			default:
			}
		}
	})
	defer cancel()
	act()
	select {
	case st := <-seen:
		return st
	case <-time.After(patience):
		t.Fatalf("waited %v, the training is %+v", patience, s.TrainingStatus())
	}
	return TrainingStatus{}
}

func inState(state TrainingState) func(TrainingStatus) bool {
	return func(st TrainingStatus) bool { return st.State == state }
}

func TestATrainingIsComparedOnTheSameImages(t *testing.T) {
	s, r := trainingStation(t, scriptEpoch+"\n"+scriptProgress+"\n"+scriptModel, scriptRows)
	st := during(t, s, func() { require.NoError(t, s.StartTraining(r)) }, func(st TrainingStatus) bool {
		return st.State == TrainingDone || st.State == TrainingFailed
	})
	require.Equal(t, TrainingDone, st.State, st.Problem)
	require.Equal(t, 2, st.Candidate.Ref.Version)
	require.Len(t, st.Epochs, 1)
	c := st.Comparison
	require.Equal(t, "test", c.Split)
	require.Equal(t, 3, c.TestUses)
	require.Equal(t, [2]int{2, 1}, [2]int{c.CandidateRight, c.CurrentRight})
	require.Equal(t, 1, c.Differ)
	require.Equal(t, "1 part differs.", c.Verdict)
	require.Equal(t, 1, c.CandidateReport.Unfamiliar)
	require.Equal(t, []ComparedImage{{"a", "d1", inspection.Normal, 0.1, 0.2}, {"b", "d2", inspection.Defective, 0.9, 0.4}}, c.Images)

	lines := calls(t, s)
	require.Len(t, lines, 2)
	require.Contains(t, lines[0], "--augment hflip,rotate=15 --seed 7")
	require.Contains(t, lines[0], "--epochs 5 --schedule plateau --class-weights balanced --average ema --keep last --label-smoothing 0.1")
	snapshot := strings.Fields(lines[0])[5]
	require.Regexp(t, `^parts-[0-9a-f]{4}@1$`, snapshot)
	require.Contains(t, lines[1], "--dataset "+snapshot+" --model demo@2")
	require.Contains(t, lines[1], "--beside demo@1")
	_, interrupted := s.InterruptedTraining()
	require.False(t, interrupted)
}

func TestATrainingPausesAndGoesOn(t *testing.T) {
	s, r := trainingStation(t, `
trap 'echo Paused >&2' USR1
trap 'echo "Going on" >&2; stop=1' USR2
trap 'exit 0' INT
`+scriptProgress+`
while [ -z "$stop" ]; do sleep 0.05; done
`+scriptEpoch+"\n"+scriptModel, scriptRows)
	st := during(t, s, func() { require.NoError(t, s.StartTraining(r)) }, inState(TrainingRunning))
	require.Equal(t, 700.0, st.ImagesPerSecond)
	require.Equal(t, 42500*time.Millisecond, st.Remaining)
	require.Equal(t, [2]int{13, 50}, [2]int{st.Step, st.Steps})
	s.ContinueTraining() // nothing is paused: nothing happens
	require.Error(t, s.StartTraining(r), "one at a time")
	during(t, s, s.PauseTraining, inState(TrainingPaused))
	during(t, s, s.ContinueTraining, inState(TrainingRunning))
	during(t, s, func() {}, inState(TrainingDone))
}

func TestAKilledTrainingCanBeResumed(t *testing.T) {
	// The first child leaves a checkpoint and is killed; the second one finds it.
	s, r := trainingStation(t, `
case "$*" in
*--resume*) `+scriptEpoch+"\n"+scriptModel+`; exit 0 ;;
esac
for folder; do [ "$before" = --data ] && break; before=$folder; done
touch "$folder/checkpoints/demo.checkpoint"
`+scriptEpoch+`
kill -9 $$`, scriptRows)
	_, interrupted := s.InterruptedTraining()
	require.False(t, interrupted)
	require.ErrorIs(t, s.ResumeTraining(), inspection.ErrNotFound)
	st := during(t, s, func() { require.NoError(t, s.StartTraining(r)) }, inState(TrainingFailed))
	require.Contains(t, st.Problem, "go on with it")

	found, interrupted := s.InterruptedTraining()
	require.True(t, interrupted)
	require.Equal(t, r, found)
	st = during(t, s, func() { require.NoError(t, s.ResumeTraining()) }, func(st TrainingStatus) bool {
		return st.State == TrainingDone || st.State == TrainingFailed
	})
	require.Equal(t, TrainingDone, st.State, st.Problem)
	lines := calls(t, s)
	require.Equal(t, lines[0]+" --resume", lines[1], "the same command, and the very same snapshot")
	_, interrupted = s.InterruptedTraining()
	require.False(t, interrupted, "it is done")
}

func TestAStationThatClosesKeepsTheTrainingToResume(t *testing.T) {
	s, r := trainingStation(t, `
for folder; do [ "$before" = --data ] && break; before=$folder; done
touch "$folder/checkpoints/demo.checkpoint"
`+scriptEpoch+`
exec sleep 1000`, scriptRows)
	during(t, s, func() { require.NoError(t, s.StartTraining(r)) }, inState(TrainingRunning))
	s.cancel() // what Close does first
	s.owned.Wait()
	_, interrupted := s.InterruptedTraining()
	require.True(t, interrupted)
}

func TestAdaptingNeedsTheOldSamples(t *testing.T) {
	s, r := trainingStation(t, scriptModel, scriptRows)
	r.Adapt = true
	st := during(t, s, func() { require.NoError(t, s.StartTraining(r)) }, inState(TrainingFailed))
	require.Contains(t, st.Problem, "Import their folder first")
}

func TestTheChildRunsAtLowPriority(t *testing.T) {
	s, r := trainingStation(t, `nice >"$0.nice"; `+scriptModel, scriptRows)
	during(t, s, func() { require.NoError(t, s.StartTraining(r)) }, inState(TrainingDone))
	data, err := os.ReadFile(s.params.Executable + ".nice")
	require.NoError(t, err)
	require.Equal(t, fmt.Sprint(childPriority), strings.TrimSpace(string(data)))
}

func TestRatesAndHistogram(t *testing.T) {
	images := []ComparedImage{
		{Truth: inspection.Normal, Candidate: 0.1, Current: math.NaN()}, {Truth: inspection.Normal, Candidate: 0.6, Current: math.NaN()},
		{Truth: inspection.Defective, Candidate: 0.4, Current: math.NaN()}, {Truth: inspection.Defective, Candidate: 1, Current: math.NaN()},
	}
	for threshold, want := range map[float64][2]float64{0: {0, 1}, 0.5: {0.5, 0.5}, 0.05: {0, 1}, 1.1: {1, 0}} {
		escape, falseReject := RatesAt(images, true, threshold)
		require.Equal(t, want, [2]float64{escape, falseReject}, "at %v", threshold)
	}
	escape, falseReject := RatesAt(images, false, 0.5)
	require.Zero(t, escape+falseReject, "there is no current model")
	normal, defective := Histogram(images, true, 10)
	require.Equal(t, []int{0, 1, 0, 0, 0, 0, 1, 0, 0, 0}, normal)
	require.Equal(t, []int{0, 0, 0, 0, 1, 0, 0, 0, 0, 1}, defective)
}

func TestComparedPicturesCarryTheHeatmapOfEitherModel(t *testing.T) {
	s, r := trainingStation(t, scriptModel, scriptRows)
	_, _, err := s.ComparedPicture(t.Context(), "d1", true)
	require.ErrorIs(t, err, inspection.ErrNotFound, "nothing was compared yet")
	s.params.Engines["mean"] = native.New
	during(t, s, func() { require.NoError(t, s.StartTraining(r)) }, inState(TrainingDone))
	images, err := s.SampleImages(t.Context(), strings.Fields(calls(t, s)[0])[5])
	require.NoError(t, err)
	maps := map[bool]*inspection.Heatmap{}
	for _, candidate := range []bool{true, false} {
		picture, p, err := s.ComparedPicture(t.Context(), images[0].Digest, candidate)
		require.NoError(t, err)
		require.Equal(t, 32, picture.Bounds().Dx())
		require.NotNil(t, p.Heatmap)
		maps[candidate] = p.Heatmap
	}
	require.NotEqual(t, maps[true].Values, maps[false].Values, "each model's own")
	_, _, err = s.ComparedPicture(t.Context(), "nowhere", true)
	require.ErrorIs(t, err, inspection.ErrNotFound)
}

func TestTheErrorOfACommandIsWhatItSaidLastOfAll(t *testing.T) {
	for said, want := range map[string]string{
		"Reading the images\nassay: the disk is full\nprogress {}\nRun `assay help`\n": "the disk is full",
		"Reading the images\nprogress {}\n":                                            "Reading the images",
		"":                                                                             "",
	} {
		require.Equal(t, want, readMessages(strings.NewReader(said), func(string) {}))
	}
}
