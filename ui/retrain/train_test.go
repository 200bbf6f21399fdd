package retrain

import (
	"math"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/station"
	"assay/ui/uitest"
)

func trainPage(t *testing.T) (*Page, *uitest.Fixture) {
	p, f := newPage(t)
	look(t, p, f, "/data/casting")
	p.Go(stepTrain)
	return p, f
}

func TestStartAsksForWhatIsSet(t *testing.T) {
	p, f := trainPage(t)
	require.Equal(t, "casting", p.train.name.Text, "the model in use is suggested")
	p.train.epochs.SetText("8")
	p.train.seed.SetText("7")
	p.train.size.SetSelected("150")
	p.train.schedule.SetSelected(scheduleCosine)
	p.train.weights.SetChecked(true)
	p.train.average.SetChecked(true)
	p.train.adapt.SetChecked(true)
	p.train.smoothing.SetValue(0.1)
	require.Equal(t, "0.10", p.train.smoothingText.Text())
	typeKey(p, fyne.KeyT)
	f.Until(t, "running", p.Training)
	r := p.status.Request
	require.Equal(t, station.DatasetChoice{Kind: station.DatasetSnapshot, Snapshot: "casting@1"}, r.Dataset)
	require.Equal(t, station.TrainingRequest{Dataset: r.Dataset, Name: "casting", Architecture: "custom", Part: "Casting impeller", Augmentations: []string{"hflip", "vflip", "quarter"},
		Epochs: 8, InputSize: 150, Seed: 7, Split: station.SplitOfficial, Schedule: "cosine", ClassWeights: true, Averaging: true, LabelSmoothing: 0.1, Adapt: true}, r)
	require.True(t, p.train.start.Disabled())
	require.True(t, p.samples.choose.Disabled())
	p.train.round.SetChecked(true)
	r, _ = p.train.request()
	require.Empty(t, r.Normalization, "an adapted model keeps its input")
	p.train.adapt.SetChecked(false)
	r, _ = p.train.request()
	require.Equal(t, "disc", r.Normalization)
	require.Equal(t, roundVariants, r.Variants)
}

func TestWhatCannotBeTrainedIsRefusedInWords(t *testing.T) {
	tests := map[string]func(*train){
		"no name": func(t *train) { t.name.SetText(" ") }, "epochs 0": func(t *train) { t.epochs.SetText("0") },
		"epochs many": func(t *train) { t.epochs.SetText("many") }, "epochs 1001": func(t *train) { t.epochs.SetText("1001") },
		"seed": func(t *train) { t.seed.SetText("-1") },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			p, f := trainPage(t)
			spoil(p.train)
			typeKey(p, fyne.KeyT)
			require.NotNil(t, f.Host.Open())
			for _, call := range f.Station.Calls() {
				require.False(t, strings.HasPrefix(call, "StartTraining"))
			}
		})
	}
}

func TestARefusedStartIsExplained(t *testing.T) {
	p, f := trainPage(t)
	f.Station.Fail("StartTraining", inspection.ErrBadDataset)
	typeKey(p, fyne.KeyT)
	f.Until(t, "dialog", func() bool { return f.Host.Open() != nil })
	require.False(t, p.train.start.Disabled())
}

func TestProgressIsDrawn(t *testing.T) {
	p, f := trainPage(t)
	s := running(9)
	s.Steps, s.Step = 1500, 1000
	f.Station.Train(s)
	g := p.train.progress
	f.Until(t, "epoch", func() bool { return g.epoch.Text() == "9 / 15" })
	require.Equal(t, "1:22 min", g.remaining.Text())
	require.Equal(t, "612", g.rate.Text())
	require.Equal(t, "90.00 %", g.best.Text())
	require.InDelta(t, 2.0/3, g.bar.Shares()[0], 1e-9)
	require.Len(t, g.loss.Series(), 2)
	require.Len(t, g.loss.Series()[0].Points, 9)
	require.Equal(t, "running · epoch 9 of 15", second(p.bar.State(stepTrain)))
}

func TestALossThatIsNotANumberIsDrawnAsAGap(t *testing.T) {
	p, f := trainPage(t)
	s := running(3)
	s.Epochs[1].ValLoss, s.Epochs[1].ValAccuracy = math.NaN(), math.NaN()
	f.Station.Train(s)
	f.Until(t, "epoch", func() bool { return p.train.progress.epoch.Text() == "3 / 15" })
	f.Host.Window.Canvas().Capture() // must not panic
	require.Equal(t, "90.00 %", p.train.progress.best.Text())
}

func TestPauseGoOnStopAndCancel(t *testing.T) {
	p, f := trainPage(t)
	require.True(t, p.train.pause.Disabled())
	f.Station.Train(running(2))
	f.Until(t, "running", p.Training)
	typeKey(p, fyne.KeyP)
	require.True(t, f.Station.Called("PauseTraining"))
	f.Until(t, "paused", func() bool { return p.train.pause.Text == "Go on  (P)" })
	require.True(t, p.Training(), "a paused training is one")
	typeKey(p, fyne.KeyP)
	f.Until(t, "running", func() bool { return p.train.pause.Text == "Pause  (P)" })
	require.True(t, f.Station.Called("ContinueTraining"))
	p.Go(stepSamples)
	typeKey(p, fyne.KeyS)
	require.True(t, f.Station.Called("StopTraining"), "at any step")
	typeKey(p, fyne.KeyX)
	require.NotNil(t, f.Host.Open(), "cancelling is confirmed first")
	require.False(t, f.Station.Called("CancelTraining"))
	f.Host.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	require.False(t, f.Station.Called("CancelTraining"), "Escape cancels nothing")
}

func TestAFailedTrainingIsSaid(t *testing.T) {
	p, f := trainPage(t)
	f.Station.Train(station.TrainingStatus{State: station.TrainingFailed, Problem: "The loss became infinite."})
	f.Until(t, "problem", func() bool { return p.train.progress.problem.label.Text == "The loss became infinite." })
	require.False(t, p.Training())
	require.False(t, p.train.start.Disabled())
}

func TestAnInterruptedTrainingIsOffered(t *testing.T) {
	p, f := newPage(t)
	f.Station.Interrupt(station.TrainingRequest{Name: "casting", Epochs: 15})
	p.Go(stepTrain)
	f.Until(t, "offer", p.train.offer.row.Visible)
	require.Contains(t, p.train.offer.words.Text(), "casting")
	f.Station.Fail("ResumeTraining", inspection.ErrDamaged)
	typeKey(p, fyne.KeyG)
	f.Until(t, "dialog", func() bool { return f.Host.Open() != nil })
	require.True(t, p.train.offer.row.Visible(), "it can be tried again")
	f.Host.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	f.Station.Fail("ResumeTraining", nil)
	typeKey(p, fyne.KeyG)
	f.Until(t, "running", p.Training)
	require.False(t, p.train.offer.row.Visible())
}
