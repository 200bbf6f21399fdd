package retrain

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/station"
	"assay/ui/task"
	"assay/ui/theme"
	"assay/ui/widgets"
)

const (
	// mostSmoothing is the strongest label smoothing that a training takes.
	mostSmoothing = 0.2
	// roundVariants is how many variants of each picture a round part is found in anew: each takes as long to read as
	// the pictures themselves.
	roundVariants = 3
)

// Entries of the lists.
const (
	byDefault       = "Recommended"
	scheduleCosine  = "Cosine, with warm-up"
	schedulePlateau = "Halve on a plateau"
)

// schedules are the words of `assay train --schedule`.
var schedules = map[string]string{scheduleCosine: "cosine", schedulePlateau: "plateau"}

// train is the fourth step: how a model learns, and how it does.
type train struct {
	page *Page
	root fyne.CanvasObject

	name, epochs, seed      *widgets.Entry
	size, schedule          *widgets.Select
	weights, average, adapt *widgets.Check
	round                   *widgets.Check
	smoothing               *widgets.Slider
	smoothingText           *widgets.Text
	start                   *widgets.Button
	missing                 *notice
	starts                  task.Slot
	progress                *progress

	pause, stop, abandon *widgets.Button
	offer                *offer
}

func newTrain(p *Page) *train {
	t := &train{page: p}
	t.name = widgets.NewEntry("such as casting", nil)
	t.epochs = widgets.NewEntry(strconv.Itoa(station.DefaultEpochs), nil)
	t.epochs.Set(strconv.Itoa(station.DefaultEpochs), nil)
	t.seed = widgets.NewEntry("1", nil)
	t.seed.Set("1", nil)
	t.size = widgets.NewSelect(byDefault, func(string) {})
	t.size.Set([]string{byDefault, "64", "75", "100", "128", "150", "200", "300"}, byDefault)
	t.schedule = widgets.NewSelect(byDefault, func(string) {})
	t.schedule.Set([]string{byDefault, scheduleCosine, schedulePlateau}, byDefault)
	t.weights = widgets.NewCheck("Weigh the rarer class more", func(bool) {})
	t.average = widgets.NewCheck("Average the weights of late epochs", func(bool) {})
	t.adapt = widgets.NewCheck("Start from the current model (adapt)", func(bool) {})
	t.round = widgets.NewCheck("Round part: find it, centre it, even out its light", func(bool) {})
	t.smoothingText = widgets.NewNumber("0.00")
	t.smoothing = widgets.NewSlider(0, mostSmoothing, 0.01, func(v float64) { t.smoothingText.SetText(fmt.Sprintf("%.2f", v)) })
	t.start = widgets.NewButton("Start training  (T)", t.Start)
	t.start.Importance = widget.HighImportance
	t.missing = newNotice(p)
	t.pause = widgets.NewButton("", t.togglePause)
	t.stop = widgets.NewButton("Stop, keep the best  (S)", func() { p.station.StopTraining() })
	t.abandon = widgets.NewButton("Cancel …  (X)", t.askAbandon)
	t.offer = newOffer(p)
	t.progress = newProgress(p, container.NewHBox(t.abandon, t.stop, t.pause))
	t.root = widgets.NewRatio(0.36, widgets.NewPanel(t.form()), widgets.NewPanel(container.NewBorder(t.offer.row, nil, nil, nil, t.progress.root)))
	return t
}

func (t *train) form() fyne.CanvasObject {
	dice := widgets.NewButton("Draw", func() { t.seed.SetText(strconv.Itoa(rand.IntN(1_000_000))) }) //nolint:gosec // a seed is no secret
	smooth := container.NewBorder(nil, nil, widgets.NewLabel("Label smoothing"), widgets.MinWidth(44, t.smoothingText), t.smoothing)
	_, adaptWords := widgets.NewParagraph("Adapting takes a minute and 25 to 200 new pictures: the old ones are replayed, so that nothing is forgotten.")
	fields := container.NewVBox(widgets.NewHeading("How the model learns"),
		widgets.Field("Name of the model", t.name),
		widgets.NewWeighted([]float32{1, 1}, widgets.Field("Epochs", t.epochs), widgets.Field("Seed", container.NewBorder(nil, nil, nil, dice, t.seed))),
		widgets.NewWeighted([]float32{1, 1}, widgets.Field("Input size, pixels", widgets.Outlined(t.size)), widgets.Field("Learning rate", widgets.Outlined(t.schedule))),
		container.New(layout.NewCustomPaddedVBoxLayout(-6), t.round, t.weights, t.average, t.adapt), adaptWords, smooth)
	return container.NewBorder(nil, container.NewVBox(t.missing.row, widgets.MinSize(0, 50, t.start)), nil, nil, scrolled(fields))
}

func (t *train) content() fyne.CanvasObject { return t.root }

// show fills an empty name with that of the model in use.
func (t *train) show() {
	if t.name.Text == "" {
		t.name.SetText(t.page.station.Snapshot().Recipe.Model)
	}
	t.offer.look()
}

// inputSize returns the input's side in pixels, 0 for the default.
func (t *train) inputSize() int {
	n, err := strconv.Atoi(t.size.Selected)
	if err != nil {
		return 0
	}
	return n
}

func (t *train) state() (widgets.StepState, string) {
	s := t.page.status
	switch {
	case s.State == station.TrainingPaused:
		return widgets.StepRunning, "paused"
	case t.page.Training() && s.Candidate == nil:
		return widgets.StepRunning, epochNote(s)
	case s.Candidate != nil:
		return widgets.StepDone, modelName(s.Candidate.Ref)
	case s.State == station.TrainingFailed:
		return widgets.StepProblem, "failed"
	case !t.page.set.ready():
		return widgets.StepToDo, "needs samples"
	}
	return widgets.StepReady, "start"
}

func epochNote(s station.TrainingStatus) string {
	if s.Total == 0 || len(s.Epochs) == 0 {
		return "starting"
	}
	return fmt.Sprintf("epoch %d of %d", len(s.Epochs), s.Total)
}

func (t *train) hint() string {
	s := t.page.status
	switch {
	case s.State == station.TrainingPaused:
		return "The training waits. Go on with it, or stop it and keep its best epoch."
	case t.page.Training():
		return "The training runs beside the line, which goes on. Stop it early and its best epoch is kept."
	case s.State == station.TrainingFailed:
		return "The training failed; the current model goes on judging. Change what is said above and start again."
	case s.Candidate != nil:
		return "The new model is there. Go on and compare it with the current one."
	case !t.page.set.ready():
		return "First choose samples: step 1."
	}
	return "Everything is set: start the training. The current model goes on judging meanwhile."
}

func (t *train) update() {
	s, running := t.page.status, t.page.Training()
	for _, w := range []fyne.Disableable{t.name, t.epochs, t.seed, t.size, t.schedule, t.round, t.weights, t.average, t.adapt, t.smoothing} {
		widgets.SetEnabled(w, !running)
	}
	widgets.SetEnabled(t.start, !running && t.page.set.ready() && !t.starts.Busy())
	missing := ""
	if !t.page.set.ready() && !running {
		missing = "There is nothing to train on yet: choose samples in step 1."
	}
	t.missing.set(widgets.StepReady, missing)
	learning := running && s.Candidate == nil
	words := "Pause  (P)"
	if s.State == station.TrainingPaused {
		words = "Go on  (P)"
	}
	t.page.rename(t.pause, words, widget.MediumImportance, learning && s.State != station.TrainingStopping)
	t.stop.Change("Stop, keep the best  (S)", widget.MediumImportance, running && s.State != station.TrainingStopping)
	widgets.SetEnabled(t.abandon, running)
	t.offer.update()
	t.progress.apply(s)
}

func (t *train) togglePause() {
	if t.page.status.State == station.TrainingPaused {
		t.page.station.ContinueTraining()
		return
	}
	t.page.station.PauseTraining()
}

// request returns what is asked for, or a sentence about what is missing.
func (t *train) request() (r station.TrainingRequest, problem string) {
	name := strings.TrimSpace(t.name.Text)
	if name == "" {
		return r, "Give the model a name."
	}
	epochs, err := strconv.Atoi(strings.TrimSpace(t.epochs.Text))
	if err != nil || epochs < 1 || epochs > 1000 {
		return r, "Epochs is a number from 1 to 1000: how often each picture is seen."
	}
	seed, err := strconv.ParseUint(strings.TrimSpace(t.seed.Text), 10, 64)
	if err != nil {
		return r, "Seed is a whole number: the same seed gives the same model again."
	}
	r = station.TrainingRequest{Dataset: t.page.set.source(), Name: name, Architecture: "custom",
		Part: t.page.station.Snapshot().Recipe.Part, Augmentations: t.page.augment.list(), Epochs: epochs, InputSize: t.inputSize(), Seed: seed,
		Split: t.page.set.report.Split, Schedule: schedules[t.schedule.Selected], ClassWeights: t.weights.Checked, Averaging: t.average.Checked,
		LabelSmoothing: t.smoothing.Value, Adapt: t.adapt.Checked}
	if r.Normalization = t.normalization(); r.Normalization != "" {
		r.Variants = roundVariants
	}
	return r, ""
}

// normalization is how pictures are brought into the input, "" for as they are
// or, where a model is adapted, as that model has it.
func (t *train) normalization() string {
	if t.round.Checked && !t.adapt.Checked {
		return "disc"
	}
	return ""
}

// Start begins the training.
func (t *train) Start() {
	r, problem := t.request()
	if problem != "" {
		t.page.host.Message("The training cannot start", problem)
		return
	}
	t.page.augment.touched = true
	task.RunIn(t.page.host.Tasks, &t.starts, func(context.Context) (struct{}, error) {
		return struct{}{}, t.page.station.StartTraining(r)
	}, func(_ struct{}, err error) {
		if err != nil {
			t.page.host.Error("The training cannot start", err)
		} else {
			t.page.host.Notify(fmt.Sprintf("Training %s, %d epochs. Inspection goes on meanwhile.", r.Name, r.Epochs))
		}
		t.page.update()
	})
	t.page.update()
}

func (t *train) askAbandon() {
	t.page.host.Confirm("Cancel the training?", "Nothing of it is kept. To keep the best network so far, stop it instead.",
		"Cancel the training", t.page.station.CancelTraining)
}

func (t *train) typedKey(name fyne.KeyName) bool {
	switch name {
	case fyne.KeyT, fyne.KeyF5:
		press(t.start)
	case fyne.KeyP:
		press(t.pause)
	case fyne.KeyG:
		press(t.offer.resume)
	default:
		return false
	}
	return true
}

// offer says that a training was interrupted, and goes on with it.
type offer struct {
	page   *Page
	row    fyne.CanvasObject
	words  *widgets.Text
	resume *widgets.Button
	known  bool // there is one to go on with
	looks  task.Slot
	starts task.Slot
}

func newOffer(p *Page) *offer {
	o := &offer{page: p}
	o.words = widgets.NewText("", theme.ColorReview, base.SizeNameText, fyne.TextStyle{Bold: true}, fyne.TextAlignLeading)
	o.resume = widgets.NewButton("Go on with it  (G)", o.start)
	o.row = container.NewVBox(container.NewBorder(nil, nil, nil, o.resume, o.words), widget.NewSeparator())
	o.row.Hide()
	return o
}

// look asks whether a training was interrupted.
func (o *offer) look() {
	type found struct {
		request station.TrainingRequest
		ok      bool
	}
	task.RunIn(o.page.host.Tasks, &o.looks, func(context.Context) (found, error) {
		r, ok := o.page.station.InterruptedTraining()
		return found{r, ok}, nil
	}, func(f found, _ error) {
		o.known = f.ok
		o.words.SetText(fmt.Sprintf("A training of %s was interrupted. Nothing up to its last whole epoch is lost.", f.request.Name))
		o.page.update()
	})
}

func (o *offer) update() {
	o.page.hide(o.row, !o.known || o.page.Training())
	widgets.SetEnabled(o.resume, o.known && !o.page.Training() && !o.starts.Busy())
}

func (o *offer) start() {
	task.RunIn(o.page.host.Tasks, &o.starts, func(context.Context) (struct{}, error) { return struct{}{}, o.page.station.ResumeTraining() },
		func(_ struct{}, err error) {
			o.known = err != nil
			o.page.host.Error("The training cannot go on", err)
			o.page.update()
		})
	o.page.update()
}
