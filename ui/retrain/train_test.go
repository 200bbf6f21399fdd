package retrain

import (
	"math"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/station"
	"assay/ui/uitest"
	"assay/ui/widgets"
)

func trainPage(t *testing.T) (*Page, *uitest.Fixture) {
	p, f := newPage(t)
	look(t, p, f, "/data/casting")
	p.Go(stepTrain)
	return p, f
}

func TestStartAsksForWhatIsSet(t *testing.T) {
	p, f := trainPage(t)
	require.Equal(t, "casting", p.train.form.name.Text, "the model in use is suggested")
	p.train.form.epochs.SetText("8")
	p.train.form.seed.SetText("7")
	p.train.form.size.SetSelected("150")
	p.train.form.schedule.SetSelected(scheduleCosine)
	p.train.form.weights.SetChecked(true)
	p.train.form.average.SetChecked(true)
	p.train.form.last.SetChecked(true)
	p.train.form.smoothing.SetValue(0.1)
	require.Equal(t, "0.10", p.train.form.smoothingText.Text())
	typeKey(p, fyne.KeyT)
	f.Until(t, "running", p.Training)
	r := p.status.Request
	require.Equal(t, station.DatasetChoice{Kind: station.DatasetSnapshot, Snapshot: "casting@1"}, r.Dataset)
	require.Equal(t, station.TrainingRequest{Dataset: r.Dataset, Name: "casting", Architecture: "custom", Part: "Casting impeller", Augmentations: []string{"hflip", "vflip", "quarter"},
		Epochs: 8, InputSize: 150, Seed: 7, Split: station.SplitOfficial, Schedule: "cosine", ClassWeights: true, Averaging: true, LabelSmoothing: 0.1, KeepLast: true}, r)
	require.Equal(t, "Stop, keep the last  (S)", p.train.stop.Text)
	require.True(t, p.train.start.Disabled())
	require.True(t, p.samples.choose.Disabled())
	p.train.form.round.SetChecked(true)
	r, _ = p.train.form.request()
	require.Equal(t, "disc", r.Normalization)
	require.Equal(t, roundVariants, r.Variants)
	require.Zero(t, r.Views)
	p.train.form.views.SetChecked(true)
	r, _ = p.train.form.request()
	require.Equal(t, inspection.MaxViews, r.Views)
}

// TestEarlyStoppingIsChosen, but for a training that keeps its last epoch: that never stops early.
func TestEarlyStoppingIsChosen(t *testing.T) {
	p, f := trainPage(t)
	form := p.train.form
	for i, want := range []int{10, 20, station.NeverStopEarly} {
		form.early.SetSelected(patiences[i])
		r, problem := form.request()
		require.Empty(t, problem)
		require.Equal(t, want, r.Patience, patiences[i])
	}
	form.last.SetChecked(true)
	require.True(t, form.early.Disabled())
	r, _ := form.request()
	require.Zero(t, r.Patience)
	form.last.SetChecked(false)
	require.False(t, form.early.Disabled())
	require.LessOrEqual(t, p.train.root.MinSize().Width, float32(1163), "fits a window of 1280")

	s := done()
	s.Message = "Stopped early after epoch 15: no improvement for 10 epochs. Epoch 5 is kept."
	f.Station.Train(s)
	f.Until(t, "the end", func() bool { return p.train.progress.problem.label.Text == s.Message })
	require.Equal(t, "Done. The new model is kept.", p.train.progress.message.Text())
}

func adaptPage(t *testing.T) (*Page, *uitest.Fixture) {
	p, f := trainPage(t)
	p.train.form.way.Button(wayAdapt).OnTapped()
	return p, f
}

func TestAnAdaptationAsksForWhatIsSet(t *testing.T) {
	p, f := adaptPage(t)
	form := p.train.form
	require.False(t, form.pages[wayAnew].Visible())
	require.True(t, p.train.progress.views[1].Visible(), "where the curve will be")
	require.True(t, form.pages[wayAdapt].Visible())
	require.Equal(t, "25, 60", form.samples.Text, "what the set has to learn from")
	form.size.SetSelected("150")
	form.round.SetChecked(true)
	require.Zero(t, form.inputSize(), "an adapted model keeps its input")
	require.Empty(t, form.normalization())
	form.samples.SetText("10 20,30")
	form.steps.SetText("40")
	typeKey(p, fyne.KeyT)
	f.Until(t, "running", p.Training)
	r := p.status.Request
	require.Equal(t, station.TrainingRequest{Dataset: station.DatasetChoice{Kind: station.DatasetSnapshot, Snapshot: "casting@1"}, Name: "casting", Architecture: "custom",
		Part: "Casting impeller", Seed: 1, Split: station.SplitOfficial, Adapt: true, Samples: []int{10, 20, 30}, Steps: 40}, r)
	require.True(t, form.samples.Disabled())
	f.Station.Train(done())
	f.Until(t, "done", func() bool { return !p.Training() })
	require.Equal(t, "10 20,30", form.samples.Text, "what a person wrote stays")
	form.asSet.SetChecked(true)
	r, _ = form.request()
	require.Equal(t, []string{"hflip", "vflip", "quarter"}, r.Augmentations)
}

func TestAnAdaptationRefusesWhatItCannotRead(t *testing.T) {
	p, _ := adaptPage(t)
	form := p.train.form
	for _, text := range []string{"", "25, many", "50, 25", "1", "25, 25"} {
		form.samples.SetText(text)
		_, problem := form.request()
		require.Contains(t, problem, "rising numbers", text)
	}
	form.samples.SetText("25")
	form.steps.SetText("0")
	_, problem := form.request()
	require.Contains(t, problem, "Steps")
}

func TestTheLearningCurveIsShown(t *testing.T) {
	p, f := adaptPage(t)
	c := p.train.progress.curve
	st := station.TrainingStatus{State: station.TrainingRunning, Request: station.TrainingRequest{Name: "casting", Adapt: true, Samples: []int{25, 50, 100}}, Remaining: time.Minute}
	f.Station.Train(st)
	f.Until(t, "adapting", p.Training)
	require.False(t, p.train.progress.views[0].Visible())
	require.Contains(t, c.outlook.Text, "once two trainings have ended")
	st.Curve = append(st.Curve, station.CurvePoint{AccuracyNew: 70, NNew: 200, ErrorsNew: 60, AccuracyOld: 99.5, NOld: 1400, ErrorsOld: 7})
	f.Station.Train(st)
	f.Until(t, "the current model", func() bool { return c.fresh.Text() == "140 of 200" })
	require.Contains(t, c.outlook.Text, "The current model has 140 of 200")
	require.Equal(t, "running · training 1 of 3", second(p.bar.State(stepTrain)))
	st.Curve = append(st.Curve, station.CurvePoint{Samples: 25, AccuracyNew: 90, NNew: 200, ErrorsNew: 20, AccuracyOld: 99.4, NOld: 1400, ErrorsOld: 8},
		station.CurvePoint{Samples: 50, AccuracyNew: 95, NNew: 200, ErrorsNew: 10, AccuracyOld: 99.6, NOld: 1400, ErrorsOld: 6})
	st.State, st.Estimate = station.TrainingDone, "About 110 more samples to reach 99 %."
	f.Station.Train(st)
	f.Until(t, "the curve", func() bool { return c.samples.Text() == "50" })
	require.Equal(t, "1,394 of 1,400", c.old.Text())
	require.Equal(t, "About 110 more samples to reach 99 %. Nothing old was forgotten: 6 of 1,400 old parts are judged wrongly, 7 before. "+
		"The curve ends at 50 pictures: it was stopped there, or there were no more.", c.outlook.Text)
	series := c.chart.Series()
	require.Equal(t, []string{"new parts", "old parts", "goal 99 %"}, []string{series[0].Name, series[1].Name, series[2].Name})
	require.Equal(t, []widgets.Point{{X: 0, Y: 70}, {X: 25, Y: 90}, {X: 50, Y: 95}}, series[0].Points)
	require.Equal(t, 99.4, series[1].Points[1].Y)
	require.Equal(t, 100.0, series[2].Points[1].X, "the axis has room for all that was asked for")
	require.Contains(t, forgotten(st.Curve[0], st.Curve[1]), "Some of the old was forgotten")
	f.Host.Window.Canvas().Capture()
	f.Station.Train(running(2))
	f.Until(t, "a training anew", func() bool { return p.train.progress.views[0].Visible() })
}

func TestWhatCannotBeTrainedIsRefusedInWords(t *testing.T) {
	tests := map[string]func(*form){
		"no name": func(t *form) { t.name.SetText(" ") }, "epochs 0": func(t *form) { t.epochs.SetText("0") },
		"epochs many": func(t *form) { t.epochs.SetText("many") }, "epochs 1001": func(t *form) { t.epochs.SetText("1001") },
		"seed": func(t *form) { t.seed.SetText("-1") },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			p, f := trainPage(t)
			spoil(p.train.form)
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
	require.Equal(t, "running · 9 of 15 epochs", second(p.bar.State(stepTrain)))
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

func TestTheWordsSayWhichEpochIsKept(t *testing.T) {
	p, f := trainPage(t)
	for keepLast, word := range map[bool]string{true: "last", false: "best"} {
		s := running(4)
		s.Request.KeepLast = keepLast
		f.Station.Train(s)
		f.Until(t, "running", func() bool { return strings.Contains(p.hint.Text(), "its "+word+" epoch is kept") })
		s.State = station.TrainingPaused
		f.Station.Train(s)
		f.Until(t, "paused", func() bool { return strings.Contains(p.hint.Text(), "keep its "+word+" epoch") })
		s.State, s.Message = station.TrainingStopping, ""
		f.Station.Train(s)
		f.Until(t, "stopping", func() bool {
			return p.train.progress.message.Text() == "Stopping; the "+word+" epoch so far is kept …"
		})
	}
}

// TestTheOutcomeIsToldOnceATrainingHasEnded, and as something to look at where it was not compared.
func TestTheOutcomeIsToldOnceATrainingHasEnded(t *testing.T) {
	for _, c := range []struct {
		status station.TrainingStatus
		state  widgets.StepState
		text   string
	}{
		{station.TrainingStatus{State: station.TrainingRunning, Message: "Epoch 2 of 5"}, widgets.StepDone, ""},
		{station.TrainingStatus{State: station.TrainingIdle, Message: "Cancelled."}, widgets.StepDone, "Cancelled."},
		{station.TrainingStatus{State: station.TrainingFailed, Problem: "No samples."}, widgets.StepProblem, "No samples."},
		{station.TrainingStatus{State: station.TrainingDone, Message: "Not compared."}, widgets.StepReady, "Not compared."},
		{station.TrainingStatus{State: station.TrainingDone, Message: "Stopped early.", Comparison: &station.Comparison{}}, widgets.StepDone, "Stopped early."},
	} {
		state, text := outcome(c.status)
		require.Equal(t, c.state, state, c.status.State)
		require.Equal(t, c.text, text)
	}
}

// TestTheModelThatJudgesIsSuggested also where the recipe's file names another.
func TestTheModelThatJudgesIsSuggested(t *testing.T) {
	p, f := newPage(t)
	f.Station.Change(func(s *station.Status) { s.Model = inspection.ModelRef{Name: "line1", Version: 1} })
	p.Go(stepTrain)
	require.Equal(t, "line1", p.train.form.name.Text)
}
