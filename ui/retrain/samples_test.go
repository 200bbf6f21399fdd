package retrain

import (
	"errors"
	"testing"

	"fyne.io/fyne/v2"
	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/station"
	"assay/ui/widgets"
)

func TestASetIsReportedAndShown(t *testing.T) {
	p, f := newPage(t)
	look(t, p, f, "/data/casting")
	require.True(t, f.Station.Called("ImportDataset folder /data/casting "))
	require.Equal(t, "32", p.samples.report.normal.Text())
	require.Equal(t, "48", p.samples.report.defective.Text())
	require.InDeltaSlice(t, []float64{0.4, 0.6}, p.samples.report.balance.Shares(), 1e-9)
	require.Equal(t, "all 300×300", p.samples.report.facts.values[factSizes].Text())
	require.Equal(t, "2", p.samples.report.facts.values[factCopies].Text())
	require.Len(t, p.samples.browse.shown, 80)
	f.Host.Window.Canvas().Capture() // thumbnails load
	f.Until(t, "thumbnail", func() bool { _, known := p.samples.browse.thumbs.Get("n-train-0"); return known })
}

func TestWhatIsWrongWithASetIsSaid(t *testing.T) {
	p, f := newPage(t)
	bad := small()
	bad.Problem, bad.Warnings = "Both kinds of parts are needed.", []string{"Sizes differ."}
	bad.Unreadable, bad.Conflicts = []string{"a.jpeg", "b.jpeg"}, []string{"c.jpeg"}
	f.Station.SetReport(bad)
	look(t, p, f, "/data")
	require.Equal(t, widgets.StepProblem, stateOf(p, stepSamples))
	require.Equal(t, "Both kinds of parts are needed.", p.samples.report.problem.label.Text)
	require.Equal(t, "Sizes differ.", p.samples.report.warnings.label.Text)
	require.True(t, p.train.start.Disabled())
	p.samples.report.facts.more[factUnreadable].OnTapped()
	require.NotNil(t, f.Host.Open(), "the files are listed")
}

func TestAnImportShowsHowFarItIsAndCanBeCancelled(t *testing.T) {
	p, f := newPage(t)
	look(t, p, f, "/data/first")
	release := f.Station.HoldImports()
	defer release()
	p.samples.Look("/data/second")
	f.Until(t, "progress", func() bool { return p.samples.reading.words.Text() == "Reading picture 1,837 of 7,348" })
	require.Equal(t, []float64{0.25}, p.samples.reading.bar.Shares())
	require.True(t, p.samples.choose.Disabled())
	p.samples.reading.stop.OnTapped()
	require.Equal(t, "casting@1", p.set.report.Snapshot, "the set before it stays")
	require.Equal(t, widgets.StepDone, stateOf(p, stepSamples))
	require.False(t, p.samples.choose.Disabled())
}

func TestAFailedImportKeepsTheSetInHand(t *testing.T) {
	p, f := newPage(t)
	look(t, p, f, "/data")
	f.Station.Fail("ImportDataset", inspection.ErrBadDataset)
	p.samples.Look("/nowhere")
	f.Until(t, "problem", func() bool { return p.samples.reading.problem.row.Visible() })
	require.Equal(t, "casting@1", p.set.report.Snapshot)
}

func TestEverySourceIsASet(t *testing.T) {
	p, f := newPage(t)
	p.samples.kind.Button(string(station.DatasetReviewed)).OnTapped()
	f.UntilCalled(t, "ImportDataset reviewed  ")
	f.Until(t, "set", p.set.ready)
	p.samples.kind.Button(string(station.DatasetBoth)).OnTapped()
	p.samples.Look("/data")
	f.UntilCalled(t, "ImportDataset both /data ")
	f.Until(t, "set", p.set.ready)
	p.samples.kind.Button(string(station.DatasetSnapshot)).OnTapped()
	f.Until(t, "list", func() bool { return len(p.samples.snapshots.Options) == 2 })
	p.samples.snapshots.SetSelected(p.samples.snapshots.Options[1])
	f.UntilCalled(t, "ImportDataset snapshot casting@1 ")
}

func TestFiltersChooseWhatIsShown(t *testing.T) {
	p, f := newPage(t)
	look(t, p, f, "/data")
	b := p.samples.browse
	b.class.SetSelected(onlySound)
	require.Len(t, b.shown, 32)
	b.part.SetSelected(onlyTest)
	require.Len(t, b.shown, 8)
	b.changed.SetSelected(onlyExcluded)
	require.Empty(t, b.shown)
	require.True(t, b.empty.Visible())
}

func TestALabelIsPutRightWithAReasonAndTakenBack(t *testing.T) {
	// given a chosen picture
	p, f := newPage(t)
	look(t, p, f, "/data")
	b := p.samples.browse
	require.True(t, b.relabel.Disabled(), "nothing is chosen")
	b.grid.Select(0)
	require.Equal(t, "It is defective …  (R)", b.relabel.Text)
	// when it is relabelled without a reason, nothing happens
	typeKey(p, fyne.KeyR)
	f.Host.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	require.NotNil(t, f.Host.Open(), "the dialog stays")
	f.Host.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	// when it is with one, there is a next version
	p.set.change("not", func(snapshot string) (station.DatasetReport, error) {
		return f.Station.RelabelSample(snapshot, "n-train-0", classDefective, "E. Roth", "a blow hole")
	})
	f.Until(t, "version", func() bool { return p.set.report.Snapshot == "casting@2" })
	s, ok := b.sample()
	require.True(t, ok)
	require.Equal(t, classDefective, s.Class)
	require.Contains(t, b.facts.Text(), "a blow hole")
	require.Equal(t, "1 relabelled, 0 excluded", p.samples.report.facts.values[factChanged].Text())
	// and it can be taken back
	typeKey(p, fyne.KeyU)
	require.Equal(t, "casting@1", p.set.report.Snapshot)
	s, _ = b.sample()
	require.Equal(t, classNormal, s.Class)
	require.True(t, b.undo.Disabled())
}

func TestAnExclusionThatFailsIsExplained(t *testing.T) {
	p, f := newPage(t)
	look(t, p, f, "/data")
	f.Station.Fail("ExcludeSample", errors.Join(errors.New("write"), inspection.ErrDiskFull))
	p.set.change("The picture was not excluded", func(snapshot string) (station.DatasetReport, error) {
		return f.Station.ExcludeSample(snapshot, "n-train-0", "E. Roth", "blurred")
	})
	f.Until(t, "dialog", func() bool { return f.Host.Open() != nil })
	require.Equal(t, "casting@1", p.set.report.Snapshot)
}

func TestReasonIsAskedForInTheDialog(t *testing.T) {
	p, f := newPage(t)
	var got []string
	f.Host.Preferences.SetString(preferenceEngineer, "E. Roth")
	p.askReason("title", "text", "Do it", func(by, reason string) { got = append(got, by, reason) })
	f.Until(t, "focus", func() bool { return f.Host.Window.Canvas().Focused() != nil })
	entry := f.Host.Window.Canvas().Focused().(*widgets.Entry)
	require.Equal(t, "why", entry.PlaceHolder, "the name is known")
	entry.SetText(" a scratch ")
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	require.Equal(t, []string{"E. Roth", "a scratch"}, got)
	require.Nil(t, f.Host.Open())
}
