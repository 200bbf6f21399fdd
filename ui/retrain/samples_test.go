package retrain

import (
	"errors"
	"testing"

	"fyne.io/fyne/v2"
	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/station"
	"assay/ui/uitest"
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
	giveReason(t, p, f, fyne.KeyR, "a blow hole")
	f.Until(t, "version", func() bool { return p.set.report.Snapshot == "casting@2" })
	s, ok := b.sample()
	require.True(t, ok)
	require.Equal(t, classDefective, s.Class)
	require.Contains(t, b.facts.Text(), "a blow hole")
	require.Equal(t, "1 relabelled, 0 excluded", p.samples.report.facts.values[factChanged].Text())
	// and it can be taken back, which is kept too
	typeKey(p, fyne.KeyU)
	f.Until(t, "version", func() bool { return p.set.report.Snapshot == "casting@3" })
	require.True(t, f.Station.Called(`RelabelSample casting@2 `+s.Digest+` normal E. Roth "undone: a blow hole"`))
	s, _ = b.sample()
	require.Equal(t, classNormal, s.Class)
	require.True(t, b.undo.Disabled())
}

// giveReason opens the dialog of a key and gives it a reason.
func giveReason(t *testing.T, p *Page, f *uitest.Fixture, key fyne.KeyName, reason string) {
	t.Helper()
	f.Host.Preferences.SetString(preferenceEngineer, "E. Roth")
	typeKey(p, key)
	f.Until(t, "focus", func() bool {
		entry, ok := f.Host.Window.Canvas().Focused().(*widgets.Entry)
		return ok && entry.PlaceHolder == "why"
	})
	entry := f.Host.Window.Canvas().Focused().(*widgets.Entry)
	entry.SetText(reason)
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
}

func TestWhatWasTakenBackDoesNotReturnWithTheNextChange(t *testing.T) {
	p, f := newPage(t)
	look(t, p, f, "/data")
	b := p.samples.browse
	b.grid.Select(0)
	first, _ := b.sample()
	giveReason(t, p, f, fyne.KeyR, "a blow hole")
	f.Until(t, "version", func() bool { return p.set.report.Relabelled == 1 })
	typeKey(p, fyne.KeyU)
	f.Until(t, "label", func() bool { s, _ := b.sample(); return s.Class == first.Class })
	b.grid.Select(1)
	giveReason(t, p, f, fyne.KeyE, "blurred")
	f.Until(t, "version", func() bool { return p.set.report.Excluded == 1 })
	b.choose(0)
	s, _ := b.sample()
	require.Equal(t, first.Digest, s.Digest)
	require.Equal(t, first.Class, s.Class)
}

func TestAnExcludedPictureIsIncludedAgain(t *testing.T) {
	p, f := newPage(t)
	look(t, p, f, "/data")
	b := p.samples.browse
	b.grid.Select(0)
	require.Equal(t, "Exclude …  (E)", b.exclude.Text)
	giveReason(t, p, f, fyne.KeyE, "blurred")
	f.Until(t, "exclusion", func() bool { s, _ := b.sample(); return s.Excluded })
	require.Equal(t, "Include again …  (E)", b.exclude.Text)
	require.False(t, b.relabel.Disabled(), "a picture that was left out for its label comes back with the right one")
	giveReason(t, p, f, fyne.KeyE, "it is sharp after all")
	f.Until(t, "inclusion", func() bool { s, _ := b.sample(); return !s.Excluded })
	// each is taken back in turn
	typeKey(p, fyne.KeyU)
	f.Until(t, "exclusion", func() bool { s, _ := b.sample(); return s.Excluded && !p.set.changes.Busy() })
	typeKey(p, fyne.KeyU)
	f.Until(t, "inclusion", func() bool { s, _ := b.sample(); return !s.Excluded })
	require.True(t, b.undo.Disabled())
}

func TestARelabelledPictureThatWasLeftOutIsLeftOutAgain(t *testing.T) {
	p, f := newPage(t)
	look(t, p, f, "/data")
	b := p.samples.browse
	b.grid.Select(0)
	giveReason(t, p, f, fyne.KeyE, "labels disagree")
	f.Until(t, "exclusion", func() bool { s, _ := b.sample(); return s.Excluded })
	giveReason(t, p, f, fyne.KeyR, "a blow hole")
	f.Until(t, "label", func() bool { s, _ := b.sample(); return s.Class == classDefective })
	typeKey(p, fyne.KeyU)
	f.UntilCalled(t, `ExcludeSample casting@4 n-train-0 E. Roth "undone: a blow hole"`)
	f.Until(t, "label", func() bool { s, _ := b.sample(); return s.Class == classNormal && s.Excluded })
}

func TestAnExclusionThatFailsIsExplained(t *testing.T) {
	p, f := newPage(t)
	look(t, p, f, "/data")
	f.Station.Fail("ExcludeSample", errors.Join(errors.New("write"), inspection.ErrDiskFull))
	p.samples.browse.grid.Select(0)
	giveReason(t, p, f, fyne.KeyE, "blurred")
	f.Until(t, "dialog", func() bool { return f.Host.Open() != nil })
	require.Equal(t, "casting@1", p.set.report.Snapshot)
	require.True(t, p.samples.browse.undo.Disabled(), "there is nothing to take back")
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
