package retrain

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"github.com/stretchr/testify/require"

	"assay/station"
	"assay/ui/uitest"
	"assay/ui/widgets"
)

func newPage(t *testing.T) (*Page, *uitest.Fixture) {
	f := uitest.NewFixture(t)
	f.Station.SetReport(small())
	p := New(f.Station, f.Host)
	f.Show(p.Content())
	p.Shown()
	t.Cleanup(p.Close)
	return p, f
}

// small is a set that is quick to list.
func small() station.DatasetReport {
	return station.DatasetReport{Split: station.SplitOfficial, Train: station.ClassCount{Normal: 20, Defective: 30},
		Validation: station.ClassCount{Normal: 4, Defective: 6}, Test: station.ClassCount{Normal: 8, Defective: 12},
		Sizes: map[string]int{"300×300": 80}, Modes: map[string]int{"grey": 80}, ExactDuplicates: 2, Groups: 50, Crossing: 9}
}

func typeKey(p *Page, name fyne.KeyName) { p.TypedKey(&fyne.KeyEvent{Name: name}) }

func look(t *testing.T, p *Page, f *uitest.Fixture, folder string) {
	t.Helper()
	p.samples.Look(folder)
	f.Until(t, "set", func() bool { return p.set.known && !p.set.imports.Busy() })
}

func stateOf(p *Page, i int) widgets.StepState {
	state, _ := p.bar.State(i)
	return state
}

func TestKeysAndClicksGoToTheSteps(t *testing.T) {
	p, _ := newPage(t)
	for i, key := range stepKeys {
		typeKey(p, key)
		require.Equal(t, i, p.Step())
		for k, o := range p.stage.Objects {
			require.Equal(t, k == i, o.Visible(), "step %d while %d is shown", k, i)
		}
	}
	p.next.OnTapped()
	require.Equal(t, stepPromote, p.Step(), "there is none after the last")
	p.back.OnTapped()
	require.Equal(t, stepCompare, p.Step())
}

func TestEachStepSaysWhatToDoNext(t *testing.T) {
	p, _ := newPage(t)
	for i, want := range []string{"Choose a folder", "step 1", "step 1", "step 1", "step 4", "Train a model"} {
		p.Go(i)
		require.Contains(t, p.hint.Text(), want, stepNames[i])
	}
	require.Equal(t, widgets.StepReady, stateOf(p, stepSamples))
	for i := stepSplit; i <= stepPromote; i++ {
		require.Equal(t, widgets.StepToDo, stateOf(p, i), stepNames[i])
	}
}

func TestTheBarFollowsTheWay(t *testing.T) {
	p, f := newPage(t)
	want := func(states ...widgets.StepState) {
		t.Helper()
		for i, s := range states {
			require.Equal(t, s, stateOf(p, i), stepNames[i])
		}
	}
	look(t, p, f, "/data")
	want(widgets.StepDone, widgets.StepDone, widgets.StepReady, widgets.StepReady, widgets.StepToDo, widgets.StepToDo)
	f.Station.Train(running(2))
	f.Until(t, "running", p.Training)
	want(widgets.StepDone, widgets.StepDone, widgets.StepDone, widgets.StepRunning, widgets.StepToDo, widgets.StepToDo)
	f.Station.Train(station.TrainingStatus{State: station.TrainingFailed, Problem: "The loss became infinite."})
	f.Until(t, "failed", func() bool { return !p.Training() })
	require.Equal(t, widgets.StepProblem, stateOf(p, stepTrain))
	f.Station.Train(done())
	f.Until(t, "done", func() bool { return stateOf(p, stepTrain) == widgets.StepDone })
	require.Equal(t, widgets.StepReady, stateOf(p, stepCompare))
	p.Go(stepCompare)
	require.Equal(t, widgets.StepDone, stateOf(p, stepCompare), "it has been looked at")
	require.Equal(t, widgets.StepReady, stateOf(p, stepPromote))
}

func running(epochs int) station.TrainingStatus {
	s := station.TrainingStatus{State: station.TrainingRunning, Total: 15, Remaining: 82 * time.Second, Request: station.TrainingRequest{Name: "casting"}}
	for e := 1; e <= epochs; e++ {
		s.Epochs = append(s.Epochs, station.EpochPoint{Epoch: e, TrainLoss: 1 / float64(e), ValLoss: 2 / float64(e), ValAccuracy: 90, ImagesPerSecond: 612})
	}
	return s
}

func TestWordsForNumbers(t *testing.T) {
	require.Equal(t, "7,348", count(7348))
	require.Equal(t, "999", count(999))
	require.Equal(t, "-1,000", count(-1000))
	require.Equal(t, "1 picture", pictures(1))
	require.Equal(t, "–", percent(1, 0))
	require.Equal(t, "1 h 02 min", spell(62*time.Minute))
	require.Equal(t, "5 parts differ.", sentence("5 parts differ"))
	require.Equal(t, "Better.", sentence("better."))
}
