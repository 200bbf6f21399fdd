package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/inspection"
	"assay/station"
	"assay/storage"
	"assay/ui"
	"assay/ui/widgets"

	"fyne.io/fyne/v2"
	"github.com/stretchr/testify/require"
)

// patience bounds each wait of the window test on a loaded machine.
const patience = 2 * time.Minute

// driven is a real window on a real station, with the test in the operator's chair.
type driven struct {
	*testing.T
	station *station.Station
	window  *ui.Window
}

func openDriven(t *testing.T) *driven { return openDrivenOn(t, t.TempDir()) }

// openDrivenOn opens the window on a data folder that exists.
func openDrivenOn(t *testing.T, data string) *driven {
	t.Helper()
	require.NotNil(t, testApp, "no display to drive the real window on: run the tests by make test, or through scripts/with-display")
	g := &globals{data: data}
	log, err := g.openLog()
	require.NoError(t, err)
	p, err := g.params()
	require.NoError(t, err)
	p.Log, p.Paced = log, true
	s, err := station.New(p)
	require.NoError(t, err)
	s.Start()
	d := &driven{T: t, station: s}
	fyne.DoAndWait(func() {
		d.window = ui.New(testApp, s, ui.Options{})
		d.window.Show()
	})
	t.Cleanup(func() {
		fyne.DoAndWait(d.window.Close)
		d.window.Wait()
		require.NoError(t, s.Close())
		require.NoError(t, log.Close())
	})
	return d
}

// await fails the test unless a value that satisfies ok arrives on the signal.
func await[T any](d *driven, signal *station.Signal[T], what string, act func(), ok func(T) bool) {
	d.Helper()
	seen := make(chan struct{}, 1)
	cancel := signal.Subscribe(func(v T) {
		if ok(v) {
			select {
			case seen <- struct{}{}:
			default:
			}
		}
	})
	defer cancel()
	act()
	select {
	case <-seen:
	case <-time.After(patience):
		d.Fatalf("waited %v for %s", patience, what)
	}
}

// press types a key into the window, where the focus is.
func (d *driven) press(keys ...fyne.KeyName) {
	for _, key := range keys {
		fyne.DoAndWait(func() {
			c := d.window.Window().Canvas()
			event := &fyne.KeyEvent{Name: key}
			if focused := c.Focused(); focused != nil {
				focused.TypedKey(event)
				return
			}
			c.OnTypedKey()(event)
		})
	}
}

// tabTo walks the focus with Tab to the first widget that fits, and returns it
// with nothing in focus. It walks again until there is one: a control may be
// disabled while the window works.
func tabTo[W fyne.Focusable](d *driven, fits func(W) bool) (found W) {
	d.Helper()
	d.eventually(fmt.Sprintf("Tab to reach a %T", found), func() (ok bool) {
		fyne.DoAndWait(func() {
			c := d.window.Window().Canvas()
			c.Unfocus()
			defer c.Unfocus()
			for range 100 {
				c.FocusNext()
				if w, is := c.Focused().(W); is && fits(w) {
					found, ok = w, true
					return
				}
			}
		})
		return ok
	})
	return found
}

// eventually asks again each time the window has drawn, until the answer is yes.
func (d *driven) eventually(what string, ok func() bool) {
	d.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			d.Fatalf("waited %v for %s", patience, what)
		}
	}
}

// TestADayInTheWindow does with the keyboard what the three people at a station
// do: choose a model, inspect, find the parts in the log, review them, train on
// them, stop.
func TestADayInTheWindow(t *testing.T) {
	d := openDriven(t)

	// The operator chooses the recipe; the demo line starts to run.
	recipe := tabTo(d, func(s *widgets.Select) bool { return slices.Contains(s.Options, "Demo impeller") })
	await(d, d.station.Changed(), "the demo line", func() {
		fyne.DoAndWait(func() { recipe.SetSelected("Demo impeller") })
	}, func(s station.Status) bool { return s.SourceState == station.SourceLive && s.Model.Name == "demo" })

	// Another model, chosen in the window, judges the next part.
	model := tabTo(d, func(s *widgets.Select) bool { return slices.Contains(s.Options, "casting 1") })
	await(d, d.station.Judged(), "a part judged by the other model", func() {
		fyne.DoAndWait(func() { model.SetSelected("casting 1") })
	}, func(j station.Judgement) bool { return j.Record.Model.Name == "casting" })
	await(d, d.station.Changed(), "the first model again", func() {
		fyne.DoAndWait(func() { model.SetSelected("demo 1") })
	}, func(s station.Status) bool { return s.Model.Name == "demo" })

	// By hand: Space judges the picture at once.
	d.station.SetTrigger(inspection.TriggerManual)
	await(d, d.station.Judged(), "Space", func() { d.press(fyne.KeySpace) }, func(station.Judgement) bool { return true })

	d.undo()

	// The line runs on until there are parts of both kinds to learn from.
	kinds := map[inspection.Class]int{}
	await(d, d.station.Judged(), "four parts of each kind", func() { d.station.SetTrigger(inspection.TriggerPartPresent) },
		func(j station.Judgement) bool {
			if j.Record.Truth != nil {
				kinds[j.Record.Truth.Class]++
			}
			return kinds[inspection.Normal] >= 4 && kinds[inspection.Defective] >= 4
		})
	d.station.SetTrigger(inspection.TriggerManual)

	d.review()
	d.trainAndStop()
}

// undo confirms the last part by mistake, and takes that back with Ctrl+Z.
func (d *driven) undo() {
	d.station.SetOperator("Ada")
	last := d.station.Snapshot().Recent[0]
	decide := fyne.KeyReturn
	if last.Machine.Verdict == inspection.Review {
		decide = fyne.KeyF
	}
	fyne.DoAndWait(func() { d.window.Window().Canvas().Unfocus() })
	d.eventually("the decision", func() bool {
		r, err := d.station.Record(last.ID)
		if err == nil && r.Operator == nil {
			d.press(decide)
		}
		return err == nil && r.Operator != nil
	})
	d.eventually("the undo", func() bool {
		fyne.DoAndWait(func() {
			d.window.Window().Canvas().(interface{ TypedShortcut(fyne.Shortcut) }).TypedShortcut(&fyne.ShortcutUndo{})
		})
		r, err := d.station.Record(last.ID)
		return err == nil && strings.HasPrefix(r.Operator.Reason, "taken back")
	})
}

// review finds every part in the log and says what it is, newest first.
func (d *driven) review() {
	d.station.SetOperator("Ada")
	d.press(fyne.KeyF3)
	page, err := d.station.Records(d.Context(), station.Query{Limit: 1000})
	require.NoError(d, err)
	name := tabTo(d, func(e *widgets.Entry) bool { return e.PlaceHolder == "your name" })
	fyne.DoAndWait(func() { name.SetText("Ada") })
	reason := tabTo(d, func(e *widgets.Entry) bool { return e.PlaceHolder == "reason  (R)" })
	for _, r := range page.Records {
		key := fyne.KeyP
		if r.Truth != nil && r.Truth.Class == inspection.Defective {
			key = fyne.KeyF
		}
		fyne.DoAndWait(func() { d.window.OpenRecord(r.ID) })
		d.eventually("the review of "+r.ID, func() bool {
			now, err := d.station.Record(r.ID)
			if err == nil && now.Supervisor != nil {
				return now.Supervisor.By == "Ada"
			}
			fyne.DoAndWait(func() {
				if d.window.ShownRecord() == r.ID {
					reason.SetText("the truth is known")
					d.window.Window().Canvas().OnTypedKey()(&fyne.KeyEvent{Name: key})
				}
			})
			return false
		})
	}
}

// trainAndStop starts a training on the reviewed parts and stops it once it has
// learnt for an epoch.
func (d *driven) trainAndStop() {
	d.press(fyne.KeyF4)
	d.tap("Reviewed log")
	d.startTraining("500", "1")
	d.eventually("the first epoch", func() bool {
		st := d.station.TrainingStatus()
		require.NotEqual(d, station.TrainingFailed, st.State, st.Problem)
		return len(st.Epochs) > 0
	})
	d.press(fyne.KeyS)
	d.waitTrained()
	st := d.station.TrainingStatus()
	require.NotNil(d, st.Candidate, "the best epoch is kept")
	require.NotNil(d, st.Comparison, "and compared with the current model: "+st.Message)
	require.False(d, st.Candidate.Active, "but not promoted by itself")
}

var (
	_ ui.Station  = (*station.Station)(nil)
	_ station.Log = (*storage.Log)(nil)
)
