// Package retrain is the Retrain page: from samples to a promoted model.
package retrain

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"assay/station"
	"assay/ui/host"
	"assay/ui/task"
	"assay/ui/widgets"
)

// Station is what the page needs of a station.
type Station interface {
	Snapshot() station.Status
	Models() ([]station.ModelInfo, error)
	TrainingChanged() *station.Signal[station.TrainingStatus]
	TrainingStatus() station.TrainingStatus
	AugmentationNames() []string
	InspectDataset(ctx context.Context, c station.DatasetChoice) (station.DatasetSummary, error)
	StartTraining(r station.TrainingRequest) error
	StopTraining()
	CancelTraining()
	Promote(name string, version int, by, reason string) error
	ImportModel(ctx context.Context, file string) (station.ModelInfo, error)
}

// Page is the Retrain page. Its methods belong to the UI goroutine.
type Page struct {
	station Station
	host    *host.Host
	root    fyne.CanvasObject

	samples  *samples
	settings *settings
	progress *progress
	result   *result

	status station.TrainingStatus
	cancel func()
}

// New returns the page; the station's signals reach it until Close.
func New(s Station, h *host.Host) *Page {
	p := &Page{station: s, host: h}
	p.samples = newSamples(p)
	p.settings = newSettings(p)
	p.progress = newProgress(p)
	p.result = newResult(p)
	left := container.NewVScroll(container.NewVBox(p.samples.panel, gap(), p.settings.panel))
	right := container.NewBorder(nil, container.NewVBox(gap(), p.result.panel), nil, nil, p.progress.panel)
	p.root = widgets.NewRatio(0.36, left, right)
	status := task.NewLatest(h.Tasks, p.apply)
	p.cancel = s.TrainingChanged().Subscribe(status.Put)
	p.apply(s.TrainingStatus())
	return p
}

func gap() fyne.CanvasObject { return widgets.MinSize(0, 2, layout.NewSpacer()) }

// Content returns the page's objects.
func (p *Page) Content() fyne.CanvasObject { return p.root }

// Shown tells the page that it is on screen.
func (p *Page) Shown() { p.settings.suggest() }

// Hidden tells the page that it is off screen.
func (p *Page) Hidden() {}

// Close ends the page's subscription.
func (p *Page) Close() { p.cancel() }

// Training reports whether a training is running.
func (p *Page) Training() bool { return isRunning(p.status.State) }

func isRunning(state station.TrainingState) bool {
	switch state {
	case station.TrainingStarting, station.TrainingRunning, station.TrainingStopping:
		return true
	}
	return false
}

// apply shows how the training is doing.
func (p *Page) apply(s station.TrainingStatus) {
	p.status = s
	p.progress.apply(s)
	p.result.apply(s)
	p.enable()
}

// enable lets a person do what makes sense now.
func (p *Page) enable() {
	idle := !p.Training()
	p.samples.enable(idle)
	p.settings.enable(idle, idle && p.samples.ready())
}

// TypedKey acts on a key that no focused widget uses, and reports whether it did.
func (p *Page) TypedKey(event *fyne.KeyEvent) bool {
	switch event.Name {
	case fyne.KeyD:
		press(p.samples.choose)
	case fyne.KeyT, fyne.KeyF5:
		press(p.settings.start)
	case fyne.KeyS:
		press(p.progress.stop)
	case fyne.KeyX:
		press(p.progress.abandon)
	case fyne.KeyM:
		press(p.result.promote)
	case fyne.KeyI:
		press(p.result.bring)
	default:
		return false
	}
	return true
}

func press(b *widgets.Button) {
	if !b.Disabled() {
		b.OnTapped()
	}
}
