package retrain

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"assay/station"
	"assay/ui/task"
	"assay/ui/widgets"
)

// defaultEpochs is what the page suggests.
const defaultEpochs = 15

// augmentations name in words what a training can do to its pictures.
var augmentations = map[string]string{
	"hflip": "Flip left to right", "vflip": "Flip top to bottom", "rotate": "Rotate", "zoom": "Zoom", "shear": "Shear", "zca": "Whiten (ZCA)",
}

// settings are the second and third step: variants, name, length, start.
type settings struct {
	page  *Page
	panel fyne.CanvasObject

	checks map[string]*widgets.Check
	order  []string
	name   *widgets.Entry
	epochs *widgets.Entry
	start  *widgets.Button
	starts task.Slot
}

func newSettings(p *Page) *settings {
	s := &settings{page: p, checks: make(map[string]*widgets.Check), order: p.station.AugmentationNames()}
	boxes := container.NewGridWithColumns(2)
	for _, name := range s.order {
		label := augmentations[name]
		if label == "" {
			label = name
		}
		s.checks[name] = widgets.NewCheck(label, func(bool) {})
		s.checks[name].Checked = true
		boxes.Add(s.checks[name])
	}
	s.name = widgets.NewEntry("such as casting", nil)
	s.epochs = widgets.NewEntry(strconv.Itoa(defaultEpochs), nil)
	s.epochs.Set(strconv.Itoa(defaultEpochs), nil)
	s.start = widgets.NewButton("Start training  (T)", s.Start)
	s.start.Importance = widget.HighImportance
	_, hint := widgets.NewParagraph("Each picture is seen in such variants, so that the model does not mind how a part lies.")
	s.panel = widgets.NewPanel(container.NewVBox(
		widgets.NewHeading("2   Variants"), hint, boxes, widget.NewSeparator(),
		widgets.NewHeading("3   Train"),
		widgets.NewWeighted([]float32{3, 1}, widgets.Field("Name of the model", s.name), widgets.Field("Epochs", s.epochs)),
		widgets.MinSize(0, 50, s.start)))
	return s
}

// suggest fills an empty name with that of the model in use.
func (s *settings) suggest() {
	if s.name.Text == "" {
		s.name.SetText(s.page.station.Snapshot().Recipe.Model)
	}
}

func (s *settings) enable(idle, start bool) {
	for _, c := range s.checks {
		widgets.SetEnabled(c, idle)
	}
	widgets.SetEnabled(s.name, idle)
	widgets.SetEnabled(s.epochs, idle)
	widgets.SetEnabled(s.start, start && !s.starts.Busy())
}

// request returns what is asked for, or a sentence about what is missing.
func (s *settings) request() (r station.TrainingRequest, problem string) {
	name := strings.TrimSpace(s.name.Text)
	if name == "" {
		return r, "Give the model a name."
	}
	epochs, err := strconv.Atoi(strings.TrimSpace(s.epochs.Text))
	if err != nil || epochs < 1 || epochs > 1000 {
		return r, "Epochs is a number from 1 to 1000: how often each picture is seen."
	}
	r = station.TrainingRequest{Dataset: s.page.samples.choice, Name: name, Architecture: "custom",
		Part: s.page.station.Snapshot().Recipe.Part, Epochs: epochs}
	for _, name := range s.order {
		if s.checks[name].Checked {
			r.Augmentations = append(r.Augmentations, name)
		}
	}
	return r, ""
}

// Start begins the training.
func (s *settings) Start() {
	r, problem := s.request()
	if problem != "" {
		s.page.host.Message("The training cannot start", problem)
		return
	}
	task.RunIn(s.page.host.Tasks, &s.starts, func(context.Context) (struct{}, error) {
		return struct{}{}, s.page.station.StartTraining(r)
	}, func(_ struct{}, err error) {
		s.page.enable()
		if err != nil {
			s.page.host.Error("The training cannot start", err)
			return
		}
		s.page.host.Notify(fmt.Sprintf("Training %s, %d epochs. Inspection goes on meanwhile.", r.Name, r.Epochs))
	})
	s.page.enable()
}
