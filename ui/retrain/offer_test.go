package retrain

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/station"
	"assay/ui/uitest"
	"assay/ui/widgets"
)

func TestAnInterruptedTrainingIsOffered(t *testing.T) {
	p, f := newPage(t)
	f.Station.Interrupt(station.TrainingRequest{Name: "casting", Epochs: 15})
	p.Go(stepTrain)
	f.Until(t, "offer", p.train.offer.row.Visible)
	require.Contains(t, p.train.offer.words.label.Text, "casting")
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

func TestATrainingThatIsKilledIsOfferedAtOnce(t *testing.T) {
	p, f := trainPage(t)
	f.Station.Train(running(4))
	f.Until(t, "running", p.Training)
	f.Station.Interrupt(station.TrainingRequest{Name: "casting", Epochs: 15})
	f.Station.Train(station.TrainingStatus{State: station.TrainingFailed, Problem: "The training failed."})
	f.Until(t, "offer", p.train.offer.row.Visible)
	require.Contains(t, p.hint.Text(), "Go on with it")
	label := p.train.offer.words.label
	require.Equal(t, fyne.TextWrapWord, label.Wrapping, "nothing is cut off on a small screen")
	f.Host.Window.Resize(fyne.NewSize(1280, 720))
	require.InDelta(t, label.MinSize().Height, label.Size().Height, 1, "nothing is cut off below either")
}

func startsTraining(f *uitest.Fixture) bool {
	return slices.ContainsFunc(f.Station.Calls(), func(call string) bool { return strings.HasPrefix(call, "StartTraining") })
}

// TestReplacingAnInterruptedTrainingIsConfirmed: what it has learnt would be lost.
func TestReplacingAnInterruptedTrainingIsConfirmed(t *testing.T) {
	p, f := trainPage(t)
	f.Station.Interrupt(station.TrainingRequest{Name: "casting", Epochs: 15})
	typeKey(p, fyne.KeyT)
	f.Until(t, "question", func() bool { return f.Host.Open() != nil })
	f.Host.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	require.False(t, startsTraining(f))
	require.False(t, p.train.start.Disabled())

	typeKey(p, fyne.KeyT)
	f.Until(t, "question", func() bool { return f.Host.Open() != nil })
	for _, o := range test.LaidOutObjects(f.Host.Window.Canvas().Overlays().Top()) {
		if b, is := o.(*widgets.Button); is && b.Text == "Start the new training" {
			b.OnTapped()
		}
	}
	f.Until(t, "running", p.Training)
	require.True(t, startsTraining(f))
}

func TestATrainingOfAnotherNameIsNotAskedAbout(t *testing.T) {
	p, f := trainPage(t)
	f.Station.Interrupt(station.TrainingRequest{Name: "other", Epochs: 15})
	typeKey(p, fyne.KeyT)
	f.Until(t, "running", p.Training)
	require.Nil(t, f.Host.Open())
}

// TestAnAdaptationIsNotAskedAbout: it leaves the interrupted training of its name alone.
func TestAnAdaptationIsNotAskedAbout(t *testing.T) {
	p, f := adaptPage(t)
	f.Station.Interrupt(station.TrainingRequest{Name: "casting", Epochs: 15})
	typeKey(p, fyne.KeyT)
	f.Until(t, "running", p.Training)
	require.True(t, p.status.Request.Adapt)
	require.Nil(t, f.Host.Open())
}

// TestAResumedTrainingCountsTheEpochsBeforeTheKill also where their curve could not be read again.
func TestAResumedTrainingCountsTheEpochsBeforeTheKill(t *testing.T) {
	p, f := trainPage(t)
	s := running(9)
	s.Epochs = s.Epochs[7:]
	f.Station.Train(s)
	f.Until(t, "epoch", func() bool { return p.train.progress.epoch.Text() == "9 / 15" })
	require.Equal(t, "running · 9 of 15 epochs", second(p.bar.State(stepTrain)))
	require.InDelta(t, 9.0/15, p.train.progress.bar.Shares()[0], 1e-9)
}
