// Package retrain is the Retrain page: from samples to a promoted model, in the
// order in which an engineer thinks.
package retrain

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/station"
	"assay/ui/host"
	"assay/ui/task"
	"assay/ui/widgets"
)

// The steps, in their order.
const (
	stepSamples = iota
	stepSplit
	stepAugment
	stepTrain
	stepCompare
	stepPromote
)

var stepNames = []string{"Samples", "Split", "Augment", "Train", "Compare", "Promote"}

// step is what the page needs of each step.
type step interface {
	// content returns the step's objects.
	content() fyne.CanvasObject
	// state says how the step is doing, and a short note.
	state() (widgets.StepState, string)
	// hint says what to do next.
	hint() string
	// show tells the step that it is on screen; update that something it may show has changed.
	show()
	update()
	// typedKey acts on a key that no focused widget uses.
	typedKey(fyne.KeyName) bool
}

// Page is the Retrain page. Its methods belong to the UI goroutine.
type Page struct {
	station Station
	host    *host.Host
	root    fyne.CanvasObject

	bar        *widgets.Steps
	stage      *fyne.Container
	hint       *widgets.Text
	foot       *fyne.Container
	back, next *widgets.Button

	set     *dataset
	samples *samples
	split   *split
	augment *augment
	train   *train
	compare *compare
	promote *promote
	steps   []step
	at      int
	visible bool
	// What the model that judges suggests is asked once.
	suggested bool
	suggests  task.Slot
	stale     bool // something was hidden, shown or renamed: what is around it has to be laid out

	status  station.TrainingStatus
	shadow  station.ShadowStatus
	cancels []func()
}

// New returns the page; the station's signals reach it until Close.
func New(s Station, h *host.Host) *Page {
	p := &Page{station: s, host: h}
	p.set = newDataset(p)
	p.samples, p.split, p.augment = newSamples(p), newSplit(p), newAugment(p)
	p.train, p.compare, p.promote = newTrain(p), newCompare(p), newPromote(p)
	p.steps = []step{p.samples, p.split, p.augment, p.train, p.compare, p.promote}
	p.lay()
	training, shadow := task.NewLatest(h.Tasks, p.applyTraining), task.NewLatest(h.Tasks, p.applyShadow)
	p.cancels = []func(){p.station.TrainingChanged().Subscribe(training.Put), p.station.ShadowChanged().Subscribe(shadow.Put)}
	p.status, p.shadow = p.station.TrainingStatus(), p.station.ShadowStatus()
	p.update()
	return p
}

func (p *Page) lay() {
	p.bar = widgets.NewSteps(stepNames, p.Go)
	p.stage = container.NewStack()
	for i, s := range p.steps {
		content := s.content()
		if i > 0 {
			content.Hide()
		}
		p.stage.Add(content)
	}
	p.hint = widgets.NewText("", base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignLeading)
	p.back = widgets.NewButton("", func() { p.Go(p.at - 1) })
	p.next = widgets.NewButton("", func() { p.Go(p.at + 1) })
	p.foot = container.NewBorder(nil, nil, nil, container.NewHBox(p.back, p.next), p.hint)
	p.root = container.NewBorder(container.NewVBox(p.bar, gap()), container.NewVBox(gap(), p.foot), nil, nil, p.stage)
}

func gap() fyne.CanvasObject { return widgets.MinSize(0, 1, layout.NewSpacer()) }

// Content returns the page's objects.
func (p *Page) Content() fyne.CanvasObject { return p.root }

// Shown tells the page that it is on screen.
func (p *Page) Shown() {
	p.visible, p.stale = true, true
	p.suggest()
	p.steps[p.at].show()
	p.update()
}

// Hidden tells the page that it is off screen.
func (p *Page) Hidden() { p.visible = false }

// Close ends the page's subscriptions.
func (p *Page) Close() {
	for _, cancel := range p.cancels {
		cancel()
	}
}

// Go shows a step, from 0; there is none beyond the first and the last.
func (p *Page) Go(i int) {
	if i < 0 || i >= len(p.steps) || i == p.at {
		return
	}
	p.host.Window.Canvas().Unfocus()
	p.stage.Objects[p.at].Hide()
	p.at = i
	p.bar.Mark(i)
	p.stage.Objects[i].Show()
	p.stale = true
	p.steps[i].show()
	p.update()
}

// Step returns the step that is shown, from 0.
func (p *Page) Step() int { return p.at }

// Training reports whether a training is running or paused.
func (p *Page) Training() bool { return isRunning(p.status.State) }

func isRunning(state station.TrainingState) bool {
	switch state {
	case station.TrainingStarting, station.TrainingRunning, station.TrainingPaused, station.TrainingStopping:
		return true
	}
	return false
}

func (p *Page) applyTraining(s station.TrainingStatus) {
	p.status = s
	p.update()
}

func (p *Page) applyShadow(s station.ShadowStatus) {
	p.shadow = s
	p.update()
}

// update has every step show how things stand, and the bar how each is doing.
func (p *Page) update() {
	for i, s := range p.steps {
		s.update()
		state, note := s.state()
		p.bar.Set(i, state, note)
	}
	p.hint.SetText(p.steps[p.at].hint())
	p.turns()
	p.settle()
}

// settle lays the step that is shown out anew where that is needed. It does so twice: text that wraps knows its
// height only once it has its width.
func (p *Page) settle() {
	if !p.stale || !p.visible {
		return
	}
	p.stale = false
	for range 2 {
		p.foot.Refresh()
		p.steps[p.at].content().Refresh()
	}
}

// rename changes a button and has its surroundings laid out anew where its text differs.
func (p *Page) rename(b *widgets.Button, text string, importance widget.Importance, enabled bool) {
	p.stale = p.stale || b.Text != text
	b.Change(text, importance, enabled)
}

// hide hides or shows an object and has its surroundings laid out anew where that changes anything.
func (p *Page) hide(o fyne.CanvasObject, hidden bool) {
	if hidden == !o.Visible() {
		return
	}
	p.stale = true
	if hidden {
		o.Hide()
		return
	}
	o.Show()
}

// turns names the buttons that lead to the steps before and after.
func (p *Page) turns() {
	if p.at > 0 {
		p.rename(p.back, "Back", widget.MediumImportance, true)
	}
	p.hide(p.back, p.at == 0)
	p.hide(p.next, p.at == len(p.steps)-1)
	if p.at == len(p.steps)-1 {
		return
	}
	importance := widget.MediumImportance
	if state, _ := p.bar.State(p.at); state == widgets.StepDone {
		importance = widget.HighImportance
	}
	p.rename(p.next, "Next: "+stepNames[p.at+1], importance, true)
}

// stepKeys go to the steps.
var stepKeys = []fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4, fyne.Key5, fyne.Key6}

// TypedKey acts on a key that no focused widget uses, and reports whether it did.
func (p *Page) TypedKey(event *fyne.KeyEvent) bool {
	for i, key := range stepKeys {
		if event.Name == key {
			p.Go(i)
			return true
		}
	}
	if p.steps[p.at].typedKey(event.Name) {
		return true
	}
	switch event.Name { // a training is in hand at every step
	case fyne.KeyS:
		press(p.train.stop)
	case fyne.KeyX:
		press(p.train.abandon)
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
