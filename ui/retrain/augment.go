package retrain

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/station"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// augment is the third step: which variants of each picture the training shows.
type augment struct {
	page *Page
	root fyne.CanvasObject

	preset  *widgets.Segmented
	rows    []*augmentRow
	fill    *widgets.Select
	text    *widget.Label
	help    *widgets.Text
	preview *preview
	touched bool // a person has chosen
}

// presets are lists to start from: the paper's, what a plant's light and handling do to a picture, and what is left to
// draw for a round part that is found anew in variants of each picture.
var presets = []struct {
	key, label string
	names      []string
}{
	{"none", "None", nil},
	{"flips", "Flips", []string{"hflip", "vflip", "quarter"}},
	{"paper", "Paper", []string{"hflip", "vflip", "rotate", "zoom", "shear", "zca"}},
	{"plant", "Plant", []string{"hflip", "vflip", "quarter", "rotate", "zoom", "shift", "tilt", "brightness", "contrast", "light", "blur", "noise"}},
	{"round", "Round", []string{"hflip", "vflip", "rotate", "look"}},
}

// fillModes are what is put where a turned picture leaves nothing; the first is the default.
var fillModes = []string{"nearest", "reflect", "wrap", "constant"}

func newAugment(p *Page) *augment {
	a := &augment{page: p}
	var keys, labels []string
	for _, c := range presets {
		keys, labels = append(keys, c.key), append(labels, c.label)
	}
	a.preset = widgets.NewSegmentedGrid(len(presets), keys, labels, a.usePreset)
	list := container.New(layout.NewCustomPaddedVBoxLayout(0))
	a.help = widgets.NewText("What each kind does is said here as you turn it on.", theme.ColorMuted, base.SizeNameCaptionText, fyne.TextStyle{}, fyne.TextAlignLeading)
	for _, c := range p.station.Augmentations() {
		if c.Name == "fill" {
			continue // has a choice of its own
		}
		row := newAugmentRow(c, func() {
			a.help.SetText(c.Help)
			a.moved()
		})
		a.rows = append(a.rows, row)
		list.Add(row.root)
	}
	a.fill = widgets.NewSelect(fillModes[0], func(string) { a.moved() })
	a.fill.Set(fillModes, fillModes[0])
	list.Add(container.NewBorder(nil, nil, widgets.Inset(10, widgets.NewLabel("Beyond the edge")), nil, widgets.MinWidth(190, widgets.Outlined(a.fill))))
	var words fyne.CanvasObject
	a.text, words = widgets.NewParagraph("")
	a.text.Selectable = true
	a.text.TextStyle.Monospace = true
	foot := container.NewVBox(widget.NewSeparator(), a.help, widgets.NewCaption("As in  assay train --augment"), words)
	a.preview = newPreview(a)
	left := container.NewBorder(container.NewVBox(widgets.NewHeading("Variants of each picture"), a.preset, gap()), foot, nil, nil, scrolled(list))
	a.root = widgets.NewRatio(0.4, widgets.NewPanel(left), a.preview.root)
	a.usePresetNames("flips")
	return a
}

func (a *augment) content() fyne.CanvasObject { return a.root }
func (a *augment) show()                      { a.preview.request() }

func (a *augment) state() (widgets.StepState, string) {
	on := a.countOn()
	switch {
	case !a.page.set.known:
		return widgets.StepToDo, "needs samples"
	case !a.touched && !a.page.Training() && a.page.status.Candidate == nil:
		return widgets.StepReady, many(on, "kind", "kinds") + " on"
	case on == 0:
		return widgets.StepDone, "no variants"
	}
	return widgets.StepDone, many(on, "kind", "kinds") + " on"
}

func (a *augment) countOn() (n int) {
	for _, r := range a.rows {
		if r.check.Checked {
			n++
		}
	}
	return n
}

func (a *augment) hint() string {
	if !a.page.set.known {
		return "First choose samples: step 1. The variants are shown on one of them."
	}
	return "Turn on what may happen to a part or its picture on the line, and nothing that would turn a sound part into a defective one."
}

// list returns the augmentations as in `--augment`.
func (a *augment) list() (names []string) {
	for _, r := range a.rows {
		if r.check.Checked {
			names = append(names, r.text())
		}
	}
	if a.fill.Selected != fillModes[0] && len(names) > 0 {
		names = append(names, "fill="+a.fill.Selected)
	}
	return names
}

func (a *augment) usePreset(key string) {
	a.usePresetNames(key)
	a.touched = true
	a.preview.request()
	a.page.update()
}

func (a *augment) usePresetNames(key string) {
	for _, c := range presets {
		if c.key != key {
			continue
		}
		for _, r := range a.rows {
			r.set(slices.Contains(c.names, r.kind.Name), r.kind.Default)
		}
		a.preset.Set(key)
	}
	a.say()
}

// moved acts on a toggle or a slider.
func (a *augment) moved() {
	a.touched = true
	a.preset.Set("")
	a.say()
	a.preview.request()
	a.page.update()
}

func (a *augment) say() {
	text := strings.Join(a.list(), ",")
	if text == "" {
		text = "none"
	}
	a.text.SetText(text)
}

func (a *augment) setChanged() { a.preview.setChanged() }

func (a *augment) update() {
	idle := !a.page.Training()
	a.preset.SetEnabled(idle)
	for _, r := range a.rows {
		r.enable(idle)
	}
	widgets.SetEnabled(a.fill, idle)
	a.preview.update()
}

func (a *augment) typedKey(name fyne.KeyName) bool {
	switch name {
	case fyne.KeyN:
		press(a.preview.again)
	case fyne.KeyP:
		press(a.preview.another)
	default:
		return false
	}
	return true
}

// augmentRow is one kind of variant: a toggle, and its strength where it has one.
type augmentRow struct {
	root   fyne.CanvasObject
	kind   station.Augmentation
	check  *widgets.Check
	slider *widgets.Slider // nil where there is a toggle alone
	value  *widgets.Text
	amount float64 // the strength, which need not lie on one of the slider's steps
	quiet  bool
}

// sliderSteps is how many steps a strength has from nothing to most.
const sliderSteps = 40

func newAugmentRow(kind station.Augmentation, moved func()) *augmentRow {
	r := &augmentRow{kind: kind, value: widgets.NewNumber("")}
	r.check = widgets.NewCheck(kind.Label, func(bool) {
		r.enable(!r.check.Disabled())
		if !r.quiet {
			moved()
		}
	})
	slider := layout.NewSpacer()
	if kind.Max > kind.Min {
		r.slider = widgets.NewSlider(kind.Min, kind.Max, (kind.Max-kind.Min)/sliderSteps, func(v float64) {
			r.amount = v
			r.show()
			moved()
		})
		r.amount = kind.Default
		r.slider.Set(kind.Default)
		slider = r.slider
	}
	r.show()
	r.root = container.New(columns{0.44, 0.36, 0.2}, r.check, slider, r.value)
	return r
}

func (r *augmentRow) set(on bool, strength float64) {
	r.quiet = true
	defer func() { r.quiet = false }()
	r.check.SetChecked(on)
	r.amount = strength
	if r.slider != nil {
		r.slider.Set(strength)
	}
	r.show()
}

func (r *augmentRow) enable(idle bool) {
	widgets.SetEnabled(r.check, idle)
	if r.slider != nil {
		widgets.SetEnabled(r.slider, idle && r.check.Checked)
	}
	color := theme.ColorMuted
	if r.check.Checked {
		color = base.ColorNameForeground
	}
	r.value.SetColor(color)
}

// text returns the row as in `--augment`.
func (r *augmentRow) text() string {
	if r.slider == nil {
		return r.kind.Name
	}
	return r.kind.Name + "=" + strconv.FormatFloat(r.amount, 'g', 4, 64)
}

// show writes the strength for a person: shares as per cent.
func (r *augmentRow) show() {
	if r.slider == nil {
		r.value.SetText("")
		return
	}
	v, unit := r.amount, r.kind.Unit
	switch {
	case unit == "%" && r.kind.Max <= 1:
		r.value.SetText(fmt.Sprintf("%.0f %%", 100*v))
	case unit == "°":
		r.value.SetText(fmt.Sprintf("%.0f°", v))
	case unit == "":
		r.value.SetText(strconv.FormatFloat(v, 'g', 3, 64))
	default:
		r.value.SetText(strconv.FormatFloat(v, 'g', 3, 64) + " " + unit)
	}
}

// columns lays objects out side by side in fixed shares of the width.
type columns []float32

// MinSize is part of fyne.Layout.
func (c columns) MinSize(objects []fyne.CanvasObject) (size fyne.Size) {
	for _, o := range objects {
		least := o.MinSize()
		size.Width += least.Width
		size.Height = max(size.Height, least.Height)
	}
	return size
}

// Layout is part of fyne.Layout.
func (c columns) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	x := float32(0)
	for i, o := range objects {
		width := size.Width * c[i]
		o.Move(fyne.NewPos(x, 0))
		if i < len(objects)-1 {
			o.Resize(fyne.NewSize(width-8, size.Height))
		} else {
			o.Resize(fyne.NewSize(width, size.Height))
		}
		x += width
	}
}
