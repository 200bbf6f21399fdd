package retrain

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/station"
	"assay/ui/uitest"
	"assay/ui/widgets"
)

// promotePage is at the sixth step with casting 4 as the candidate and casting 3 judging.
func promotePage(t *testing.T) (*Page, *uitest.Fixture) {
	p, f := newPage(t)
	current := uitest.Model("casting", 3)
	current.Active = true
	f.Station.SetModels(current, uitest.Model("casting", 4))
	f.Station.Change(func(s *station.Status) { s.Model = current.Ref })
	f.Station.SetPromotions(station.Promotion{Name: "casting", From: 2, To: 3, By: "M. Keller", Reason: "fewer false rejects", At: time.Now()})
	f.Station.Train(done())
	f.Until(t, "done", func() bool { return p.compare.shown != nil })
	p.Go(stepPromote)
	f.Until(t, "models", func() bool { return p.promote.to.Text() == "casting 4" && len(p.promote.history.events) == 1 })
	return p, f
}

func TestPromotionNeedsANameAndAReason(t *testing.T) {
	p, f := promotePage(t)
	r := p.promote
	require.Equal(t, "casting 3", r.from.Text())
	require.Equal(t, "Say who promotes it, and why.", r.missing.label.Text)
	require.True(t, r.act.Disabled())
	r.by.SetText("E. Roth")
	require.True(t, r.act.Disabled())
	r.reason.SetText(" ")
	require.True(t, r.act.Disabled(), "a blank is no reason")
	r.reason.SetText("fewer false alarms")
	require.False(t, r.act.Disabled())
	typeKey(p, fyne.KeyM)
	f.UntilCalled(t, `Promote casting 4 own E. Roth "fewer false alarms"`)
	f.Until(t, "history", func() bool { return len(r.history.events) == 2 })
	f.Until(t, "models", func() bool { return r.from.Text() == "casting 4" })
	require.Equal(t, "This model judges already.", r.missing.label.Text)
	require.Equal(t, widgets.StepDone, stateOf(p, stepPromote))
	require.Len(t, f.Notices, 1)
}

func TestChosenThresholdsGoWithThePromotion(t *testing.T) {
	p, f := promotePage(t)
	p.compare.thresholds.pass.SetValue(0.12)
	require.Equal(t, "Pass below 0.12, fail from 0.80, as set in step 5", p.promote.limits.Text())
	p.promote.by.SetText("E. Roth")
	p.promote.reason.SetText("no escapes")
	typeKey(p, fyne.KeyM)
	f.UntilCalled(t, `Promote casting 4 0.12/0.80 E. Roth "no escapes"`)
}

func TestARefusedPromotionIsExplained(t *testing.T) {
	p, f := promotePage(t)
	f.Station.Fail("Promote", inspection.ErrDiskFull)
	p.promote.by.SetText("E. Roth")
	p.promote.reason.SetText("better")
	typeKey(p, fyne.KeyM)
	f.Until(t, "dialog", func() bool { return f.Host.Open() != nil })
	require.Equal(t, "better", p.promote.reason.Text, "nothing typed is lost")
	require.Equal(t, widgets.StepReady, stateOf(p, stepPromote))
}

func TestRollingBackIsConfirmedWithAReason(t *testing.T) {
	p, f := promotePage(t)
	require.Equal(t, "Roll back to casting 2 …  (B)", p.promote.history.back.Text)
	f.Host.Preferences.SetString(preferenceEngineer, "E. Roth")
	typeKey(p, fyne.KeyB)
	f.Until(t, "dialog", func() bool { return f.Host.Window.Canvas().Focused() != nil })
	require.False(t, f.Station.Called(`Rollback casting E. Roth ""`))
	entry := f.Host.Window.Canvas().Focused().(*widgets.Entry)
	entry.SetText("escapes on the line")
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	f.UntilCalled(t, `Rollback casting E. Roth "escapes on the line"`)
	f.Until(t, "history", func() bool { return len(p.promote.history.events) == 2 })
}

// lineOnDemo is at the sixth step with demo 1 judging; it has the candidate line1 1, which is the only version and so the active one of its name.
func lineOnDemo(t *testing.T) (*Page, *uitest.Fixture) {
	p, f := newPage(t)
	demo, line1 := uitest.Model("demo", 1), uitest.Model("line1", 1)
	demo.Active, line1.Active = true, true
	f.Station.SetModels(demo, line1)
	f.Station.Change(func(s *station.Status) { s.Model = demo.Ref })
	s := done()
	s.Candidate = &line1
	f.Station.Train(s)
	f.Until(t, "done", func() bool { return p.compare.shown != nil })
	p.Go(stepPromote)
	f.Until(t, "models", func() bool { return p.promote.to.Text() == "line1 1" && p.promote.standing.Chosen == demo.Ref })
	return p, f
}

func TestAPromotionOfAnotherNameChangesWhatJudges(t *testing.T) {
	p, f := lineOnDemo(t)
	r := p.promote
	require.Equal(t, []string{"line1 1", "demo 1, judges now"}, r.labels, "what is active of another name does not judge")
	require.Equal(t, "demo 1", r.from.Text())
	require.Equal(t, widgets.StepReady, stateOf(p, stepPromote))
	require.True(t, r.history.back.Disabled(), "nothing was promoted")
	r.by.SetText("E. Roth")
	r.reason.SetText("knows our parts")
	require.False(t, r.act.Disabled())
	typeKey(p, fyne.KeyM)
	f.UntilCalled(t, `Promote line1 1 own E. Roth "knows our parts"`)
	f.Until(t, "change", func() bool {
		return r.from.Text() == "line1 1" && r.history.back.Text == "Roll back to demo 1 …  (B)"
	})
	require.Equal(t, []string{"line1 1, judges now", "demo 1"}, r.labels)
	require.Equal(t, "line1 1 is promoted and judges from the next part on. Roll back brings demo 1 back.", f.Notices[len(f.Notices)-1])
	f.Until(t, "history", func() bool { return len(r.history.events) == 1 })
	require.Equal(t, "demo 1 to line1 1", changeWords(r.history.events[0]))
}

func TestWhatTheCommandLinePromotedIsOfferedAndDoesNotJudge(t *testing.T) {
	p, f := lineOnDemo(t)
	r := p.promote
	demo := uitest.Model("demo", 3)
	demo.Active = true
	f.Station.SetModels(uitest.Model("demo", 1), demo, uitest.Model("line1", 1))
	f.Station.Stand(station.Standing{Chosen: demo.Ref})
	p.Shown()
	f.Until(t, "words", func() bool { return r.doubt.row.Visible() })
	require.Equal(t, "demo 3 is promoted, but the line goes on with demo 1.", r.doubt.label.Text)
	require.Equal(t, "demo 1", r.from.Text())
	r.model.SetSelected("demo 1, judges now")
	require.Equal(t, "Say who promotes it, and why.", r.missing.label.Text, "so that it goes on judging after the next start")
	r.model.SetSelected("demo 3")
	require.Equal(t, "Let the line judge with demo 3  (M)", r.act.Text)
	typeKey(p, fyne.KeyM)
	f.UntilCalled(t, "SelectModel demo 3")
	f.Until(t, "change", func() bool { return r.from.Text() == "demo 3" && !r.doubt.row.Visible() })
	require.Equal(t, "This model judges already.", r.missing.label.Text)
}

// TestThresholdsChosenForAPromotedModelArePromoted: the line's are recorded with who chose them, and why.
func TestThresholdsChosenForAPromotedModelArePromoted(t *testing.T) {
	p, f := lineOnDemo(t)
	r := p.promote
	f.Station.Stand(station.Standing{Chosen: uitest.Model("line1", 1).Ref})
	p.Shown()
	f.Until(t, "offer", func() bool { return r.act.Text == "Let the line judge with line1 1  (M)" })
	require.False(t, r.act.Disabled())
	p.compare.thresholds.pass.SetValue(0.12)
	require.Equal(t, "Promote  (M)", r.act.Text)
	require.Equal(t, "Say who promotes it, and why.", r.missing.label.Text)
}

func TestAPromotedModelThatJudgesNoMoreIsNotSaidTo(t *testing.T) {
	p, f := lineOnDemo(t)
	p.promote.by.SetText("E. Roth")
	p.promote.reason.SetText("knows our parts")
	typeKey(p, fyne.KeyM)
	f.Until(t, "change", func() bool { return stateOf(p, stepPromote) == widgets.StepDone })
	f.Station.Change(func(s *station.Status) { s.Model = uitest.Model("demo", 1).Ref }) // a person has chosen it
	p.Shown()
	f.Until(t, "state", func() bool { return stateOf(p, stepPromote) == widgets.StepReady })
	require.Contains(t, p.promote.hint(), "promote the new model")
}

func TestARollbackIsAnnouncedAsWhatItDoes(t *testing.T) {
	p, f := promotePage(t)
	h := p.promote.history
	f.Station.SetPromotions(station.Promotion{Name: "casting", From: 2, To: 4}, station.Promotion{Name: "casting", From: 4, To: 3},
		station.Promotion{Name: "casting", From: 3, To: 4, Kind: station.KindRollback}, station.Promotion{Name: "demo", From: 1, To: 2})
	undo := station.Promotion{Name: "casting", From: 4, To: 2, Kind: station.KindRollback}
	f.Station.Stand(station.Standing{Undo: &undo})
	p.promote.show()
	f.Until(t, "button", func() bool { return h.back.Text == "Roll back to casting 2 …  (B)" })
	f.Station.SetModels(uitest.Model("casting", 2), uitest.Model("casting", 4))
	h.rollback("casting", "E. Roth", "escapes")
	f.Until(t, "notice", func() bool { return len(f.Notices) > 0 })
	require.Equal(t, "casting 2 judges again.", f.Notices[len(f.Notices)-1])
	f.Station.Stand(station.Standing{})
	p.promote.show()
	f.Until(t, "nothing left", h.back.Disabled)
	require.Equal(t, "Roll back …  (B)", h.back.Text)
}

// TestARollbackIsNotOfferedTwice, also where the registry cannot be read anew.
func TestARollbackIsNotOfferedTwice(t *testing.T) {
	p, f := promotePage(t)
	h := p.promote.history
	require.False(t, h.back.Disabled())
	f.Station.Fail("Models", inspection.ErrDamaged)
	h.rollback("casting", "E. Roth", "escapes")
	f.Until(t, "notice", func() bool { return len(f.Notices) > 0 })
	require.True(t, h.back.Disabled())
	require.Equal(t, "line1 1 is the active version again; the line goes on with casting 3.",
		h.rolledBackWords(station.Promotion{Name: "line1", From: 2, To: 1, Kind: station.KindRollback}), "another program was faster")
}

func TestAShadowRunsAndListsDisagreements(t *testing.T) {
	p, f := promotePage(t)
	s := p.promote.shadow
	require.Equal(t, "Start casting 4 as shadow  (H)", s.toggle.Text)
	typeKey(p, fyne.KeyH)
	f.UntilCalled(t, "StartShadow casting 4")
	f.Until(t, "shadow", func() bool { return s.toggle.Text == "Stop the shadow  (H)" && !s.starts.Busy() })
	f.Station.Shadow(station.ShadowStatus{Model: inspection.ModelRef{Name: "casting", Version: 4}, Judged: 1204, Disagreed: 1, Skipped: 3,
		Disagreements: []station.ShadowDisagreement{{Record: "01K7", Current: inspection.Pass, Shadow: inspection.Fail, CurrentScore: 0.1, ShadowScore: 0.9}}})
	f.Until(t, "counts", func() bool { return s.judged.Text() == "1,204" })
	require.Equal(t, "3", s.skipped.Text())
	s.list.Select(0)
	require.Equal(t, []string{"01K7"}, f.Opened, "the part is shown in the log")
	p.update()
	typeKey(p, fyne.KeyH)
	f.UntilCalled(t, "StopShadow")
	f.Until(t, "stopped", func() bool { return !s.running() })
}

func TestAShadowThatCannotStartIsExplained(t *testing.T) {
	p, f := promotePage(t)
	f.Station.Fail("StartShadow", inspection.ErrBadModel)
	typeKey(p, fyne.KeyH)
	f.Until(t, "dialog", func() bool { return f.Host.Open() != nil })
	f.Station.Shadow(station.ShadowStatus{Problem: "The shadow's engine failed; the line goes on."})
	f.Until(t, "words", func() bool { return p.promote.shadow.ending.row.Visible() })
	f.Station.Shadow(station.ShadowStatus{})
	f.Until(t, "no words", func() bool { return !p.promote.shadow.ending.row.Visible() })
	f.Station.Shadow(station.ShadowStatus{Notice: "casting 4 judges the line now, so its shadow has ended."})
	f.Until(t, "words", func() bool {
		return p.promote.shadow.ending.label.Text == "casting 4 judges the line now, so its shadow has ended."
	})
}

func TestTheModelThatJudgesIsNoShadow(t *testing.T) {
	p, f := promotePage(t)
	require.False(t, p.promote.shadow.toggle.Disabled())
	target, _ := p.promote.target()
	f.Station.Change(func(s *station.Status) { s.Model = target.Ref })
	p.update()
	require.True(t, p.promote.shadow.toggle.Disabled(), "it was chosen on the Inspect page, though not promoted")
}

func TestAnImportedModelIsChecked(t *testing.T) {
	p, f := promotePage(t)
	f.Station.Fail("ImportModel", inspection.ErrBadModel)
	p.promote.Import("/tmp/cat.onnx")
	f.Until(t, "dialog", func() bool { return f.Host.Open() != nil })
	f.Station.Fail("ImportModel", nil)
	before := len(f.Notices)
	p.promote.Import("/tmp/good.onnx")
	f.Until(t, "notice", func() bool { return len(f.Notices) == before+2 })
	require.Contains(t, f.Notices[before+1], "imported 1")
}

func TestWhatSpeaksAgainstAPromotionIsSaid(t *testing.T) {
	p, f := promotePage(t)
	require.False(t, p.promote.doubt.row.Visible(), "the new model is better")
	s := done()
	s.Comparison.CandidateRight, s.Comparison.CurrentRight = 7, 8
	s.Curve = []station.CurvePoint{{ErrorsOld: 2, NOld: 50}, {Samples: 25, ErrorsOld: 5, NOld: 50}}
	f.Station.Train(s)
	f.Until(t, "doubt", p.promote.doubt.row.Visible)
	require.Equal(t, "On the same pictures casting 3 was right more often: 8 of 10, this one 7. Some of the old was forgotten: 5 of 50 old parts are judged wrongly, 2 before.",
		p.promote.doubt.label.Text)
	p.promote.by.SetText("E. Roth")
	p.promote.reason.SetText("the only one that knows the new parts")
	require.False(t, p.promote.act.Disabled(), "a person may know better")
}
