package ui

import (
	"image"
	"testing"
	"testing/synctest"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/station"
	"assay/ui/task"
	"assay/ui/task/tasktest"
	"assay/ui/theme"
	"assay/ui/uitest"
	"assay/ui/widgets"
)

type fixture struct {
	*uitest.Station
	window *Window
	queue  *tasktest.Queue
}

func newFixture(t *testing.T) fixture {
	app := test.NewTempApp(t)
	f := fixture{Station: uitest.New(), queue: tasktest.NewQueue()}
	f.window = New(app, f.Station, Options{Post: f.queue.Post})
	f.window.Show()
	t.Cleanup(func() {
		f.window.Close()
		f.window.Wait()
	})
	return f
}

// key types a key as the window's driver does: to the focused widget, else to the canvas.
func (f fixture) key(name fyne.KeyName) {
	c := f.window.Window().Canvas()
	event := &fyne.KeyEvent{Name: name}
	if focused := c.Focused(); focused != nil {
		focused.TypedKey(event)
		return
	}
	c.OnTypedKey()(event)
}

// button finds a button of the page that is shown.
func (f fixture) button(t *testing.T, text string) *widgets.Button {
	for _, o := range test.LaidOutObjects(f.window.Window().Content()) {
		if b, ok := o.(*widgets.Button); ok && b.Text == text {
			return b
		}
	}
	t.Fatalf("no button says %q", text)
	return nil
}

func TestKeysGoToThePages(t *testing.T) {
	f := newFixture(t)
	require.Equal(t, PageInspect, f.window.Page())
	for key, page := range map[fyne.KeyName]string{fyne.KeyF3: PageLog, fyne.KeyF4: PageRetrain, fyne.KeyF2: PageInspect} {
		f.key(key)
		require.Equal(t, page, f.window.Page())
	}
	for key, page := range map[fyne.KeyName]string{fyne.Key2: PageLog, fyne.Key3: PageRetrain, fyne.Key1: PageInspect} {
		f.window.shortcut(key)
		require.Equal(t, page, f.window.Page())
	}
}

func TestUndoIsOfTheInspectPageAlone(t *testing.T) {
	f := newFixture(t)
	r := uitest.Record(1, 0.97, time.Now())
	f.Judge(r, image.NewRGBA(image.Rect(0, 0, 8, 8)))
	confirm, undo := f.button(t, "Confirm  (Enter)"), f.button(t, "Undo  (Ctrl+Z)")
	f.queue.Until(t, "the part", func() bool { return !confirm.Disabled() })
	f.key(fyne.KeyReturn)
	f.queue.Until(t, "the decision", func() bool { return !undo.Disabled() })
	undone := "Review " + r.ID + ` operator review M. Keller "taken back: FAIL"`
	f.window.Go(PageLog)
	f.window.undo()
	f.window.Go(PageInspect)
	require.False(t, undo.Disabled())
	f.window.undo()
	f.queue.Until(t, "the undo", func() bool { return f.Called(undone) && undo.Disabled() })
}

// walkFocus calls f with every widget that Tab reaches.
func walkFocus(c fyne.Canvas, f func(fyne.Focusable)) {
	c.Unfocus()
	c.FocusNext()
	first := c.Focused()
	for range 100 {
		now := c.Focused()
		f(now)
		c.Focus(now)
		c.FocusNext()
		if c.Focused() == first {
			return
		}
	}
}

func TestFunctionKeysWorkWhateverHasFocus(t *testing.T) {
	for _, page := range []string{PageInspect, PageLog, PageRetrain} {
		t.Run(page, func(t *testing.T) {
			f := newFixture(t)
			f.window.Go(page)
			c := f.window.Window().Canvas()
			reached := 0
			walkFocus(c, func(w fyne.Focusable) {
				reached++
				for _, other := range []fyne.KeyName{fyne.KeyF2, fyne.KeyF3, fyne.KeyF4} {
					f.window.Go(page)
					c.Focus(w)
					f.key(other)
					want := map[fyne.KeyName]string{fyne.KeyF2: PageInspect, fyne.KeyF3: PageLog, fyne.KeyF4: PageRetrain}[other]
					require.Equal(t, want, f.window.Page(), "%s with %T in focus", other, w)
				}
				f.window.Go(page)
			})
			require.Greater(t, reached, 8, "the keyboard reaches the controls")
		})
	}
}

func TestEscapeGivesTheKeysBack(t *testing.T) {
	for _, page := range []string{PageInspect, PageLog, PageRetrain} {
		f := newFixture(t)
		f.window.Go(page)
		c := f.window.Window().Canvas()
		walkFocus(c, func(w fyne.Focusable) {
			c.Focus(w)
			f.key(fyne.KeyEscape)
			require.Nil(t, c.Focused(), "%s: %T", page, w)
		})
	}
}

func TestSpaceInspectsAfterAButtonWasTapped(t *testing.T) {
	f := newFixture(t)
	inspections := func() (n int) {
		for _, call := range f.Calls() {
			if call == "Inspect" {
				n++
			}
		}
		return n
	}
	f.key(fyne.KeyH)
	f.key(fyne.KeySpace)
	f.queue.Until(t, "inspection", func() bool { return inspections() == 1 })
}

func TestKeysStayWithTheDialogInFront(t *testing.T) {
	f := newFixture(t)
	f.key(fyne.KeyF1)
	require.NotNil(t, f.window.host.Open())
	f.key(fyne.KeySpace)
	f.key(fyne.KeyF3)
	require.False(t, f.Called("Inspect"))
	require.Equal(t, PageInspect, f.window.Page())
	f.key(fyne.KeyEscape)
	require.Nil(t, f.window.host.Open())
	require.Nil(t, f.window.Window().Canvas().Overlays().Top())
	f.key(fyne.KeyF3)
	require.Equal(t, PageLog, f.window.Page())
}

func TestAFaultHasABarAndANoticeALine(t *testing.T) {
	f := newFixture(t)
	require.False(t, f.window.fault.Visible())
	f.Change(func(s *station.Status) {
		s.Fault, s.Notice = "The disk is full.", "The model was trained for another part."
	})
	f.queue.Until(t, "bar", f.window.fault.Visible)
	require.Equal(t, "The disk is full.", f.window.fault.label.Text)
	require.Equal(t, "The model was trained for another part.", f.window.foot.text.Text())
	f.Change(func(s *station.Status) { s.Fault, s.Notice = "", "" })
	f.queue.Until(t, "bar gone", func() bool { return !f.window.fault.Visible() })
	require.Empty(t, f.window.foot.text.Text())
}

func TestANoticeGivesWayToTheStandingOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		test.NewTempApp(t)
		queue := tasktest.NewQueue()
		group := task.NewGroup(queue.Post)
		defer group.Close()
		foot := newFoot(group)
		foot.standing("standing")
		foot.notify("first")
		time.Sleep(noticeTime / 2) // virtual time
		foot.notify("second")
		time.Sleep(noticeTime/2 + time.Second)
		queue.Drain()
		require.Contains(t, foot.text.Text(), "second", "the first one's timer does not end the second")
		time.Sleep(noticeTime)
		queue.Drain()
		require.Equal(t, "standing", foot.text.Text())
	})
}

func TestAPartOfTheStripOpensInTheLog(t *testing.T) {
	f := newFixture(t)
	r := uitest.Record(1, 0.97, time.Now())
	f.Judge(r, image.NewRGBA(image.Rect(0, 0, 64, 48)))
	f.window.OpenRecord(r.ID)
	require.Equal(t, PageLog, f.window.Page())
	f.queue.Until(t, "record", func() bool { return f.window.log.Selected() == r.ID })
}

func TestTheWholeWay(t *testing.T) {
	// given a station at work
	f := newFixture(t)
	// when a part is inspected
	f.key(fyne.KeySpace)
	f.queue.Until(t, "inspection", func() bool { return f.Called("Inspect") })
	r := uitest.Record(1, 0.97, time.Now())
	f.Judge(r, image.NewRGBA(image.Rect(0, 0, 64, 48)))
	// and looked up and reviewed in the log
	f.key(fyne.KeyF3)
	f.queue.Until(t, "record in the log", func() bool { return f.window.log.Selected() == r.ID && len(f.window.log.Records()) == 1 })
	f.window.app.Preferences().SetString("log.supervisor", "A. Vogt")
	// and a training runs
	f.key(fyne.KeyF4)
	require.False(t, f.window.retrain.Training())
	f.Train(station.TrainingStatus{State: station.TrainingRunning, Total: 3})
	f.queue.Until(t, "training", f.window.retrain.Training)
	f.key(fyne.KeyS)
	// then it can be stopped
	require.True(t, f.Called("StopTraining"))
}

func TestClosingDuringATrainingAsks(t *testing.T) {
	f := newFixture(t)
	f.Train(station.TrainingStatus{State: station.TrainingRunning, Total: 3})
	f.queue.Until(t, "training", f.window.retrain.Training)
	f.window.askClose()
	require.NotNil(t, f.window.host.Open())
	require.False(t, f.window.closed)
}

func TestNothingIsShownAfterClose(t *testing.T) {
	f := newFixture(t)
	f.window.Close()
	f.window.Wait()
	before := f.window.fault.Visible()
	f.Change(func(s *station.Status) { s.Fault = "late" })
	f.Show(inspection.Frame{Sequence: 1, Image: image.NewRGBA(image.Rect(0, 0, 4, 4))})
	f.queue.Drain()
	require.Equal(t, before, f.window.fault.Visible())
}

func TestTheThemeIsKept(t *testing.T) {
	f := newFixture(t)
	f.key(fyne.KeyF9)
	require.Equal(t, string(theme.Light), f.window.app.Preferences().String(preferenceTheme))
	f.key(fyne.KeyF9)
	require.Equal(t, theme.Dark, f.window.app.Settings().Theme().(*theme.Theme).Mode())
}

func TestEveryPageFitsASmallScreen(t *testing.T) {
	for _, page := range []string{PageInspect, PageLog, PageRetrain} {
		f := newFixture(t)
		f.window.Go(page)
		size := f.window.Window().Content().MinSize()
		require.LessOrEqual(t, size.Width, float32(1280), page)
		require.LessOrEqual(t, size.Height, float32(720), page)
	}
}
