package uitest

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"assay/ui/host"
	"assay/ui/task"
	"assay/ui/task/tasktest"
	"assay/ui/theme"
)

// Fixture is a window on Fyne's test app with the test as its UI goroutine.
type Fixture struct {
	Station *Station
	Queue   *tasktest.Queue
	Host    *host.Host
	// Notices and Opened note what pages said and which records they opened.
	Notices, Opened []string
}

// NewFixture returns a fixture that ends with the test.
func NewFixture(t testing.TB) *Fixture {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(theme.New(theme.Light))
	f := &Fixture{Station: New(), Queue: tasktest.NewQueue()}
	group := task.NewGroup(f.Queue.Post)
	t.Cleanup(group.Close)
	f.Host = &host.Host{Window: test.NewTempWindow(t, container.NewStack()), Tasks: group, Preferences: app.Preferences(),
		Notify:     func(text string) { f.Notices = append(f.Notices, text) },
		OpenRecord: func(id string) { f.Opened = append(f.Opened, id) }}
	return f
}

// Show puts content in the window at the size of a small station's screen.
func (f *Fixture) Show(content fyne.CanvasObject) {
	f.Host.Window.SetContent(content)
	f.Host.Window.Resize(fyne.NewSize(1366, 768))
}

// Until runs the UI's queue until the condition holds.
func (f *Fixture) Until(t testing.TB, what string, condition func() bool) {
	t.Helper()
	f.Queue.Until(t, what, condition)
}

// UntilCalled runs the UI's queue until a call was made on the station.
func (f *Fixture) UntilCalled(t testing.TB, call string) {
	t.Helper()
	f.Until(t, call, func() bool {
		if f.Station.Called(call) {
			return true
		}
		f.Queue.Drain()
		return f.Station.Called(call)
	})
}
