package retrain

import (
	"math"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/station"
	"assay/ui/uitest"
)

func newPage(t *testing.T) (*Page, *uitest.Fixture) {
	f := uitest.NewFixture(t)
	p := New(f.Station, f.Host)
	f.Show(p.Content())
	p.Shown()
	t.Cleanup(p.Close)
	return p, f
}

func typeKey(p *Page, name fyne.KeyName) { p.TypedKey(&fyne.KeyEvent{Name: name}) }

func look(t *testing.T, p *Page, f *uitest.Fixture, folder string) {
	t.Helper()
	p.samples.Look(folder)
	f.Until(t, "summary", func() bool { return p.samples.known })
}

func TestASetIsCountedBeforeItIsTrainedOn(t *testing.T) {
	// given
	p, f := newPage(t)
	require.True(t, p.settings.start.Disabled(), "nothing to train on")
	// when a folder is chosen
	look(t, p, f, "/data/casting")
	// then
	require.True(t, f.Station.Called("InspectDataset folder /data/casting"))
	require.Equal(t, "2875", p.samples.normal.Text())
	require.Equal(t, "3758", p.samples.defective.Text())
	require.InDeltaSlice(t, []float64{2875.0 / 6633, 3758.0 / 6633}, p.samples.balance.Shares(), 1e-9)
	require.False(t, p.settings.start.Disabled())
}

func TestWhatIsSaidOfASet(t *testing.T) {
	tests := []struct {
		name  string
		set   station.DatasetSummary
		want  string
		ready bool
	}{
		{"problem", station.DatasetSummary{Normal: 5, Defective: 5, Problem: "No such folder."}, "No such folder.", false},
		{"one kind", station.DatasetSummary{Normal: 50}, "Both kinds", false},
		{"few", station.DatasetSummary{Normal: 20, Defective: 20}, "Only 40 pictures", true},
		{"unbalanced", station.DatasetSummary{Normal: 900, Defective: 100}, "Unbalanced", true},
		{"good", station.DatasetSummary{Normal: 500, Defective: 500}, "1000 pictures", true},
		{"unreadable", station.DatasetSummary{Normal: 500, Defective: 500, Unreadable: []string{"a", "b", "c", "d"}}, "4 cannot be read and are left out: a, b, c, …", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, f := newPage(t)
			f.Station.SetSummary(tt.set)
			look(t, p, f, "/data")
			require.Contains(t, p.samples.words.Text, tt.want)
			require.Equal(t, tt.ready, p.samples.ready())
		})
	}
}

func TestTheReviewedLogIsASetToo(t *testing.T) {
	p, f := newPage(t)
	p.samples.kind.Button(string(station.DatasetReviewed)).OnTapped()
	f.UntilCalled(t, "InspectDataset reviewed ")
	f.Until(t, "summary", func() bool { return p.samples.ready() })
}

func TestStartAsksForWhatIsSet(t *testing.T) {
	p, f := newPage(t)
	look(t, p, f, "/data/casting")
	require.Equal(t, "casting", p.settings.name.Text, "the model in use is suggested")
	p.settings.checks["rotate"].SetChecked(false)
	p.settings.epochs.SetText("8")
	typeKey(p, fyne.KeyT)
	f.UntilCalled(t, "StartTraining /data/casting casting 8 [hflip vflip]")
	f.Until(t, "running", p.Training)
	require.True(t, p.settings.start.Disabled())
	require.True(t, p.samples.choose.Disabled())
}

func TestABadLengthIsRefusedInWords(t *testing.T) {
	for _, text := range []string{"", "0", "-3", "many", "1e9", "1001"} {
		t.Run(text, func(t *testing.T) {
			p, f := newPage(t)
			look(t, p, f, "/data")
			p.settings.epochs.SetText(text)
			typeKey(p, fyne.KeyT)
			require.NotNil(t, f.Host.Open())
			for _, call := range f.Station.Calls() {
				require.NotContains(t, call, "StartTraining")
			}
		})
	}
}

func TestARefusedStartIsExplained(t *testing.T) {
	p, f := newPage(t)
	look(t, p, f, "/data")
	f.Station.Fail("StartTraining", inspection.ErrBadDataset)
	typeKey(p, fyne.KeyT)
	f.Until(t, "dialog", func() bool { return f.Host.Open() != nil })
	f.Until(t, "start again", func() bool { return !p.settings.start.Disabled() })
}

func running(epochs int) station.TrainingStatus {
	s := station.TrainingStatus{State: station.TrainingRunning, Total: 15, Remaining: 82 * time.Second, Request: station.TrainingRequest{Name: "casting"}}
	for e := 1; e <= epochs; e++ {
		s.Epochs = append(s.Epochs, station.EpochPoint{Epoch: e, TrainLoss: 1 / float64(e), ValLoss: 2 / float64(e), ValAccuracy: 90, ImagesPerSecond: 612})
	}
	return s
}

func TestProgressIsDrawn(t *testing.T) {
	p, f := newPage(t)
	f.Station.Train(running(9))
	f.Until(t, "epoch", func() bool { return p.progress.epoch.Text() == "9 / 15" })
	require.Equal(t, "1:22 min", p.progress.remaining.Text())
	require.Equal(t, "612", p.progress.rate.Text())
	require.Len(t, p.progress.loss.Series(), 2)
	require.Len(t, p.progress.loss.Series()[0].Points, 9)
	require.InDelta(t, 90, p.progress.accuracy.Series()[0].Points[0].Y, 1e-9)
}

func TestALossThatIsNotANumberIsDrawnAsAGap(t *testing.T) {
	p, f := newPage(t)
	s := running(3)
	s.Epochs[1].ValLoss = math.NaN()
	f.Station.Train(s)
	f.Until(t, "epoch", func() bool { return p.progress.epoch.Text() == "3 / 15" })
	f.Host.Window.Canvas().Capture() // must not panic
}

func TestStopKeepsAndCancelAsks(t *testing.T) {
	p, f := newPage(t)
	f.Station.Train(running(2))
	f.Until(t, "running", p.Training)
	typeKey(p, fyne.KeyS)
	require.True(t, f.Station.Called("StopTraining"))
	typeKey(p, fyne.KeyX)
	require.NotNil(t, f.Host.Open(), "cancelling is confirmed first")
	require.False(t, f.Station.Called("CancelTraining"))
	f.Host.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	require.Nil(t, f.Host.Open())
	require.False(t, f.Station.Called("CancelTraining"), "Escape cancels nothing")
}

func TestAFailedTrainingIsSaid(t *testing.T) {
	p, f := newPage(t)
	f.Station.Train(station.TrainingStatus{State: station.TrainingFailed, Problem: "The loss became infinite."})
	f.Until(t, "problem", func() bool { return p.progress.message.Text() == "The loss became infinite." })
	require.False(t, p.Training())
}

func done() station.TrainingStatus {
	s := running(15)
	candidate, current := uitest.Model("casting", 4), uitest.Model("casting", 3)
	s.State, s.Candidate = station.TrainingDone, &candidate
	s.Comparison = &station.Comparison{Split: "test", N: 715, CandidateRight: 714, CurrentRight: 711, Current: &current,
		CandidateCI: [2]float64{99.21, 99.98}, CurrentCI: [2]float64{98.57, 99.78}, Differ: 5}
	return s
}

func TestTheNewModelStandsBesideTheCurrentOne(t *testing.T) {
	p, f := newPage(t)
	f.Station.Train(done())
	f.Until(t, "comparison", func() bool { return p.result.candidate.right.Text() == "714 of 715 right" })
	require.Equal(t, "casting 4", p.result.candidate.name.Text())
	require.Equal(t, "99.86 %, 95 % certain: 99.21 to 99.98 %", p.result.candidate.low.Text())
	require.Equal(t, "711 of 715 right", p.result.current.right.Text())
	require.Contains(t, p.result.words.Text(), "3 times more often")
}

func TestComparisonInWords(t *testing.T) {
	current := uitest.Model("casting", 3)
	require.Contains(t, compared(station.Comparison{N: 10, CandidateRight: 9}), "no current model")
	require.Contains(t, compared(station.Comparison{N: 10, CandidateRight: 8, CurrentRight: 9, Current: &current}), "once less often")
	require.Contains(t, compared(station.Comparison{N: 10, CandidateRight: 9, CurrentRight: 9, Current: &current}), "equally often")
}

func TestPromotionNeedsANameAndAReason(t *testing.T) {
	// given a finished training
	p, f := newPage(t)
	require.True(t, p.result.promote.Disabled())
	f.Station.Train(done())
	f.Until(t, "promote", func() bool { return !p.result.promote.Disabled() })
	// when it is promoted without a word
	typeKey(p, fyne.KeyM)
	f.Host.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	// then the dialog stays
	require.NotNil(t, f.Host.Open())
	require.False(t, p.result.saves.Busy())
}

func TestPromotionReachesTheStationOnce(t *testing.T) {
	p, f := newPage(t)
	f.Station.Train(done())
	f.Until(t, "promote", func() bool { return !p.result.promote.Disabled() })
	p.result.save(*p.result.candidateInfo, "E. Roth", "fewer false alarms")
	f.UntilCalled(t, `Promote casting 4 E. Roth "fewer false alarms"`)
	f.Until(t, "notice", func() bool { return len(f.Notices) == 1 })
	require.True(t, p.result.promote.Disabled(), "it is promoted already")
}

func TestAnImportedModelIsChecked(t *testing.T) {
	p, f := newPage(t)
	f.Station.Fail("ImportModel", inspection.ErrBadModel)
	p.result.Import("/tmp/cat.onnx")
	f.Until(t, "dialog", func() bool { return f.Host.Open() != nil })
	f.Station.Fail("ImportModel", nil)
	p.result.Import("/tmp/good.onnx")
	f.Until(t, "notice", func() bool { return len(f.Notices) == 1 })
	require.Contains(t, f.Notices[0], "imported 1")
}
