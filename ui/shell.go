// Package ui is the station's window: a rail of pages at the left, a bar for
// faults above, a line for notices below. It draws what a Station says and calls
// what a person asks for; it decides nothing itself.
package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"assay/station"
	"assay/ui/host"
	"assay/ui/live"
	"assay/ui/log"
	"assay/ui/retrain"
	"assay/ui/task"
	"assay/ui/theme"
)

// Station is what the window needs of a station: what its pages need.
// *station.Station is one.
type Station interface {
	live.Station
	log.Station
	retrain.Station
}

// Names of the pages.
const (
	PageInspect = "inspect"
	PageLog     = "log"
	PageRetrain = "retrain"
)

// Options change how the window starts. The zero value is ready.
type Options struct {
	// Page is the page shown first; empty for Inspect.
	Page string
	// Theme overrides the stored mode; empty for the stored one.
	Theme theme.Mode
	// Fullscreen starts without the desktop around.
	Fullscreen bool
	// Post queues work for the UI goroutine; nil for fyne.Do. Tests put their own here.
	Post task.Post
}

// Window is the station's window. Its methods belong to the UI goroutine.
type Window struct {
	app     fyne.App
	window  fyne.Window
	station Station
	tasks   *task.Group
	host    *host.Host

	live    *live.Page
	log     *log.Page
	retrain *retrain.Page
	pages   []page
	shown   string
	closed  bool

	rail    *rail
	foot    *foot
	fault   *faultBar
	stage   *fyne.Container
	cancels []func()
}

// page is what the shell needs of each page.
type page interface {
	Content() fyne.CanvasObject
	Shown()
	Hidden()
	Close()
	TypedKey(*fyne.KeyEvent) bool
}

// What the window keeps between runs: the chosen mode of colours, and whether it fills the screen.
const (
	preferenceTheme      = "window.theme"
	preferenceFullscreen = "window.fullscreen"
)

// New builds the window without showing it. It works on Fyne's test app too.
func New(app fyne.App, s Station, o Options) *Window {
	w := &Window{app: app, station: s, tasks: task.NewGroup(o.Post)}
	mode := o.Theme
	if mode == "" {
		mode = theme.Mode(app.Preferences().StringWithFallback(preferenceTheme, string(theme.System)))
	}
	app.Settings().SetTheme(theme.New(mode))
	w.window = app.NewWindow("Assay")
	w.window.SetIcon(iconWindow)
	w.window.SetPadded(false)
	w.foot = newFoot(w.tasks)
	w.host = &host.Host{Window: w.window, Tasks: w.tasks, Preferences: app.Preferences(), Notify: w.foot.notify, OpenRecord: w.OpenRecord}
	w.live = live.New(s, w.host)
	w.log = log.New(s, w.host)
	w.retrain = retrain.New(s, w.host)
	w.pages = []page{w.live, w.log, w.retrain}
	w.lay()
	w.bind()
	w.window.Resize(fyne.NewSize(1280, 720))
	w.window.SetFullScreen(o.Fullscreen || app.Preferences().Bool(preferenceFullscreen))
	w.window.SetCloseIntercept(w.askClose)
	w.window.SetOnClosed(w.Close)
	w.Go(o.Page)
	return w
}

// Window returns Fyne's window.
func (w *Window) Window() fyne.Window { return w.window }

// Show shows the window.
func (w *Window) Show() { w.window.Show() }

// ShowAndRun shows the window and runs the app until it is closed.
func (w *Window) ShowAndRun() { w.window.ShowAndRun() }

// Close ends subscriptions and goroutines and waits for them. The station stays as it is.
func (w *Window) Close() {
	if w.closed {
		return
	}
	w.closed = true
	for _, cancel := range w.cancels {
		cancel()
	}
	for _, p := range w.pages {
		p.Close()
	}
	w.tasks.Cancel()
}

// Wait returns when the window's goroutines have ended; call it after Close, off the UI goroutine or after the app has ended.
func (w *Window) Wait() { w.tasks.Close() }

func (w *Window) askClose() {
	if !w.retrain.Training() {
		w.window.Close()
		return
	}
	w.host.Confirm("A training is running", "Closing the window ends the training. The best network so far is lost unless you stop the training first.",
		"Close and end the training", w.window.Close)
}

// Go shows a page; an unknown name shows Inspect.
func (w *Window) Go(name string) {
	index := map[string]int{PageLog: 1, PageRetrain: 2}[name]
	name = []string{PageInspect, PageLog, PageRetrain}[index]
	if w.shown == name {
		return
	}
	for i, p := range w.pages {
		if i != index && w.stage.Objects[i].Visible() {
			w.stage.Objects[i].Hide()
			p.Hidden()
		}
	}
	w.window.Canvas().Unfocus()
	w.shown = name
	w.rail.mark(name)
	w.stage.Objects[index].Show()
	w.pages[index].Shown()
}

// Page returns the name of the page shown.
func (w *Window) Page() string { return w.shown }

// OpenRecord shows a record on the Log page.
func (w *Window) OpenRecord(id string) {
	w.Go(PageLog)
	w.log.Open(id)
}

// ShownRecord returns the ID of the record that the Log page shows; empty for none.
func (w *Window) ShownRecord() string { return w.log.ShownRecord() }

func (w *Window) lay() {
	w.rail = newRail(w)
	w.fault = newFaultBar()
	w.stage = container.NewStack()
	for i, p := range w.pages {
		content := container.NewPadded(container.NewPadded(p.Content()))
		if i > 0 {
			content.Hide()
		}
		w.stage.Add(content)
		p.Hidden()
	}
	w.pages[0].Shown()
	w.window.SetContent(container.NewBorder(w.fault, w.foot.row, w.rail.column, nil, w.stage))
}

// bind follows the station and the keyboard.
func (w *Window) bind() {
	status := task.NewLatest(w.tasks, w.apply)
	w.cancels = append(w.cancels, w.station.Changed().Subscribe(status.Put))
	w.apply(w.station.Snapshot())
	w.window.Canvas().SetOnTypedKey(w.typedKey)
	w.addShortcuts()
}

func (w *Window) apply(s station.Status) {
	w.fault.set(s.Fault)
	w.foot.standing(s.Notice)
}

// cycleTheme goes on to the next mode and keeps it.
func (w *Window) cycleTheme() {
	t, ok := w.app.Settings().Theme().(*theme.Theme)
	if !ok {
		return
	}
	mode := t.Mode().Next()
	w.app.Preferences().SetString(preferenceTheme, string(mode))
	w.app.Settings().SetTheme(theme.New(mode))
	w.foot.notify(map[theme.Mode]string{theme.System: "Colours follow the desktop.", theme.Light: "Light colours.", theme.Dark: "Dark colours."}[mode])
}

// toggleFullscreen shows the window with or without the desktop around it and keeps the choice.
func (w *Window) toggleFullscreen() {
	full := !w.window.FullScreen()
	w.window.SetFullScreen(full)
	w.app.Preferences().SetBool(preferenceFullscreen, full)
}
