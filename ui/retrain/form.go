package retrain

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"assay/inspection"
	"assay/station"
	"assay/ui/widgets"
)

const (
	// mostSmoothing is the strongest label smoothing that a training takes.
	mostSmoothing = 0.2
	// roundVariants is how many variants of each picture a round part is found in anew: drawing and finding them takes
	// longer than reading the pictures.
	roundVariants = 3
	mostEpochs    = 1000
	mostSteps     = 100_000
)

// Entries of the lists.
const (
	byDefault       = "Recommended"
	scheduleCosine  = "Cosine, with warm-up"
	schedulePlateau = "Halve on a plateau"
)

// schedules are the words of `assay train --schedule`.
var schedules = map[string]string{scheduleCosine: "cosine", schedulePlateau: "plateau"}

// When a training stops early; it is the first unless told otherwise.
var (
	patiences = []string{"After 10 epochs", "After 20 epochs", "Never"}
	patience  = map[string]int{patiences[0]: station.DefaultPatience, patiences[1]: 2 * station.DefaultPatience, patiences[2]: station.NeverStopEarly}
)

// The two ways to come to a better model.
const (
	wayAnew  = "anew"
	wayAdapt = "adapt"
)

// form asks how a model is to learn.
type form struct {
	page *Page
	root fyne.CanvasObject

	way  *widgets.Segmented
	name *widgets.Entry
	seed *widgets.Entry
	draw *widgets.Button

	// For a training from nothing.
	epochs                         *widgets.Entry
	size, schedule, early          *widgets.Select
	weights, average, round, views *widgets.Check
	last                           *widgets.Check
	smoothing                      *widgets.Slider
	smoothingText                  *widgets.Text

	// For an adaptation of the current model. Until a person has written into samples they follow the set in hand.
	samples, steps *widgets.Entry
	asSet          *widgets.Check
	suggested      string

	pages map[string]fyne.CanvasObject // by way
}

func newForm(p *Page) *form {
	f := &form{page: p}
	f.way = widgets.NewSegmentedGrid(2, []string{wayAnew, wayAdapt}, []string{"Train anew", "Adapt the current"}, func(string) { f.page.update() })
	f.way.Set(wayAnew)
	f.name = widgets.NewEntry("such as casting", nil)
	f.seed = entryOf("1")
	f.draw = widgets.NewButton("Draw", func() { f.seed.SetText(strconv.Itoa(rand.IntN(1_000_000))) }) //nolint:gosec // a seed is no secret
	f.pages = map[string]fyne.CanvasObject{wayAnew: f.anew(), wayAdapt: f.adaptation()}
	f.pages[wayAdapt].Hide()
	fields := container.NewVBox(f.way,
		widgets.NewWeighted([]float32{1, 1}, widgets.Field("Name of the model", f.name), widgets.Field("Seed", container.NewBorder(nil, nil, nil, f.draw, f.seed))),
		f.pages[wayAnew], f.pages[wayAdapt])
	f.root = scrolled(fields)
	return f
}

// entryOf returns an entry that holds a number to begin with, and shows it where it is emptied.
func entryOf(text string) *widgets.Entry {
	e := widgets.NewEntry(text, nil)
	e.Set(text, nil)
	return e
}

func (f *form) anew() fyne.CanvasObject {
	f.epochs = entryOf(strconv.Itoa(station.DefaultEpochs))
	f.size = widgets.NewSelect(byDefault, func(string) {})
	f.size.Set([]string{byDefault, "64", "75", "100", "128", "150", "200", "300"}, byDefault)
	f.schedule = widgets.NewSelect(byDefault, func(string) {})
	f.schedule.Set([]string{byDefault, scheduleCosine, schedulePlateau}, byDefault)
	f.early = widgets.NewSelect(patiences[0], func(string) {})
	f.early.Set(patiences, patiences[0])
	f.weights = widgets.NewCheck("Weigh the rarer class more", func(bool) {})
	f.average = widgets.NewCheck("Average the weights of late epochs", func(bool) {})
	f.round = widgets.NewCheck("Round part: find it, centre it, even out its light", func(bool) {})
	f.views = widgets.NewCheck("Judge in eight flips and turns: surer, takes eight times as long", func(bool) {})
	f.last = widgets.NewCheck("Keep the last epoch, not the best on the validation part", func(bool) { f.page.update() })
	f.smoothingText = widgets.NewNumber("0.00")
	f.smoothing = widgets.NewSlider(0, mostSmoothing, 0.01, func(v float64) { f.smoothingText.SetText(fmt.Sprintf("%.2f", v)) })
	smooth := container.NewBorder(nil, nil, widgets.NewLabel("Label smoothing"), widgets.MinWidth(44, f.smoothingText), f.smoothing)
	return container.NewVBox(
		widgets.NewWeighted([]float32{1, 1}, widgets.Field("Epochs", f.epochs), widgets.Field("Input size, pixels", widgets.Outlined(f.size))),
		widgets.NewWeighted([]float32{1, 1}, widgets.Field("Learning rate", widgets.Outlined(f.schedule)), widgets.Field("Stop early, if no better", widgets.Outlined(f.early))),
		container.New(layout.NewCustomPaddedVBoxLayout(-6), f.round, f.views, f.weights, f.average, f.last), smooth)
}

func (f *form) adaptation() fyne.CanvasObject {
	f.samples = widgets.NewEntry("such as 25, 50, 100", nil)
	f.steps = entryOf(strconv.Itoa(station.DefaultAdaptSteps))
	f.asSet = widgets.NewCheck("Augment as set in step 3, not as it has learnt", func(bool) {})
	_, words := widgets.NewParagraph("The current model goes on learning from the new pictures of step 1. What it learnt from before is shown to it again, " +
		"so that nothing is forgotten. One training for each number of pictures shows what more of them would bring.")
	return container.NewVBox(words, widgets.Field("Numbers of new pictures to learn from", f.samples), widgets.Field("Steps of each training", f.steps), f.asSet)
}

// adapting reports whether the current model is to be adapted.
func (f *form) adapting() bool { return f.way.Chosen() == wayAdapt }

// show fills an empty name with that of the model in use.
func (f *form) show() {
	if f.name.Text == "" {
		judging := f.page.station.Snapshot()
		f.name.SetText(cmp.Or(judging.Model.Name, judging.Recipe.Model))
	}
}

func (f *form) update(enabled bool) {
	for way, fields := range f.pages {
		f.page.hide(fields, way != f.way.Chosen())
	}
	for _, w := range []fyne.Disableable{f.name, f.seed, f.draw, f.epochs, f.size, f.schedule, f.round, f.views, f.weights, f.average, f.last, f.smoothing, f.samples, f.steps, f.asSet} {
		widgets.SetEnabled(w, enabled)
	}
	widgets.SetEnabled(f.early, enabled && !f.last.Checked) // with the last epoch kept nothing ends it early
	f.way.SetEnabled(enabled)
	if f.samples.Text == f.suggested && f.page.set.known {
		f.suggested = joined(station.AdaptSamples(f.page.set.report))
		f.samples.Set(f.suggested, f.page.host.Window.Canvas())
	}
}

func joined(numbers []int) string {
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ", ")
}

// inputSize returns the input's side in pixels, 0 for the default or, where a model is adapted, that model's.
func (f *form) inputSize() int {
	n, err := strconv.Atoi(f.size.Selected)
	if err != nil || f.adapting() {
		return 0
	}
	return n
}

// normalization is how pictures are brought into the input, "" for as they are or, where a model is adapted, as that
// model has it.
func (f *form) normalization() string {
	if f.round.Checked && !f.adapting() {
		return inspection.NormalizationDisc
	}
	return ""
}

// request returns what is asked for, or a sentence about what is missing.
func (f *form) request() (r station.TrainingRequest, problem string) {
	r = station.TrainingRequest{Dataset: f.page.set.source(), Name: strings.TrimSpace(f.name.Text), Architecture: "custom",
		Part: f.page.station.Snapshot().Recipe.Part, Split: f.page.set.report.Split}
	if r.Name == "" {
		return r, "Give the model a name."
	}
	var err error
	if r.Seed, err = strconv.ParseUint(strings.TrimSpace(f.seed.Text), 10, 64); err != nil {
		return r, "Seed is a whole number: the same seed gives the same model again."
	}
	if f.adapting() {
		problem = f.adapt(&r)
		return r, problem
	}
	problem = f.learn(&r)
	return r, problem
}

func (f *form) learn(r *station.TrainingRequest) (problem string) {
	var ok bool
	if r.Epochs, ok = whole(f.epochs.Text, mostEpochs); !ok {
		return "Epochs is a number from 1 to 1000: how often each picture is seen."
	}
	r.Augmentations, r.InputSize, r.Schedule = f.page.augment.list(), f.inputSize(), schedules[f.schedule.Selected]
	r.ClassWeights, r.Averaging, r.LabelSmoothing = f.weights.Checked, f.average.Checked, f.smoothing.Value
	if r.KeepLast = f.last.Checked; !r.KeepLast {
		r.Patience = patience[f.early.Selected]
	}
	if r.Normalization = f.normalization(); r.Normalization != "" {
		r.Variants = roundVariants
	}
	if f.views.Checked {
		r.Views = inspection.MaxViews
	}
	return ""
}

func (f *form) adapt(r *station.TrainingRequest) (problem string) {
	var ok bool
	if r.Steps, ok = whole(f.steps.Text, mostSteps); !ok {
		return "Steps is a number from 1 to 100000: each shows 32 pictures, new and old ones."
	}
	if r.Samples, ok = rising(f.samples.Text); !ok {
		return "Write how many new pictures to learn from: rising numbers from 2 up, such as 25, 50, 100."
	}
	r.Adapt = true
	if f.asSet.Checked {
		r.Augmentations = f.page.augment.list()
	}
	return ""
}

// whole reads a number from 1 to most.
func whole(text string, most int) (n int, ok bool) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	return n, err == nil && n >= 1 && n <= most
}

// rising reads numbers from 2 up, each larger than the one before.
func rising(text string) (numbers []int, ok bool) {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		n, err := strconv.Atoi(word)
		if err != nil || n < 2 || slices.Max(append(numbers, 0)) >= n {
			return nil, false
		}
		numbers = append(numbers, n)
	}
	return numbers, len(numbers) > 0
}
