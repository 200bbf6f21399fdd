package retrain

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"assay/inspection"
	"assay/station"
	"assay/ui/widgets"
)

// thresholdStep is the step of the sliders.
const thresholdStep = 0.01

// thresholds are chosen on the compared pictures, with what they cost.
type thresholds struct {
	compare *compare
	root    fyne.CanvasObject

	pass, fail         *widgets.Slider
	passText, failText *widgets.Text
	rates              *widgets.Table
	model              *widgets.Button

	chosen inspection.Thresholds
	own    inspection.Thresholds // the model's
	moved  bool                  // a person has chosen
}

// The rows of the rates.
const (
	rowNew = iota
	rowCurrent
)

func newThresholds(c *compare) *thresholds {
	t := &thresholds{compare: c, passText: widgets.NewNumber(""), failText: widgets.NewNumber("")}
	t.pass = widgets.NewSlider(0, 1, thresholdStep, func(v float64) {
		t.set(inspection.Thresholds{Pass: v, Fail: max(v, t.chosen.Fail)}, true)
	})
	t.fail = widgets.NewSlider(0, 1, thresholdStep, func(v float64) {
		t.set(inspection.Thresholds{Pass: min(v, t.chosen.Pass), Fail: v}, true)
	})
	t.rates = widgets.NewTable(78, []string{"Escape", "False reject", "Review"}, []string{"New", "Current"})
	t.model = widgets.NewButton("The model's own", func() { t.set(t.own, false) })
	line := func(name string, slider *widgets.Slider, value *widgets.Text) fyne.CanvasObject {
		return container.NewBorder(nil, nil, widgets.MinWidth(82, widgets.NewLabel(name)), widgets.MinWidth(42, value), slider)
	}
	sliders := container.New(layout.NewCustomPaddedVBoxLayout(-8), line("Pass below", t.pass, t.passText), line("Fail from", t.fail, t.failText))
	head := container.NewBorder(nil, nil, widgets.NewHeading("Thresholds"), widgets.Inset(-4, t.model))
	t.root = container.NewVBox(widget.NewSeparator(), widgets.NewRatio(0.5, container.New(layout.NewCustomPaddedVBoxLayout(-2), head, sliders), t.rates), widget.NewSeparator())
	return t
}

// reset begins with the candidate's own thresholds.
func (t *thresholds) reset() {
	t.own = inspection.Thresholds{Pass: half, Fail: half}
	if c := t.compare.page.status.Candidate; c != nil && c.Card.Thresholds.Fail > 0 {
		t.own = c.Card.Thresholds
	}
	t.set(t.own, false)
}

func (t *thresholds) set(chosen inspection.Thresholds, moved bool) {
	t.chosen, t.moved = chosen, moved
	t.pass.Set(chosen.Pass)
	t.fail.Set(chosen.Fail)
	t.passText.SetText(fmt.Sprintf("%.2f", chosen.Pass))
	t.failText.SetText(fmt.Sprintf("%.2f", chosen.Fail))
	t.compare.scores.SetMarks(chosen.Pass, chosen.Fail)
	widgets.SetEnabled(t.model, moved)
	now := t.compare.shown
	if now == nil {
		return
	}
	t.rates.Clear()
	t.row(rowNew, now.Images, true, chosen)
	if now.Current != nil {
		limits := t.compare.page.station.Snapshot().Thresholds
		t.compare.scoresNow.SetMarks(limits.Pass, limits.Fail)
		t.row(rowCurrent, now.Images, false, limits)
	}
	t.compare.page.promote.update()
}

// row shows what thresholds cost: defects that pass, sound parts that fail, and what a person has to look at.
func (t *thresholds) row(i int, images []station.ComparedImage, candidate bool, limits inspection.Thresholds) {
	escape, _ := station.RatesAt(images, candidate, limits.Pass)
	_, refused := station.RatesAt(images, candidate, limits.Fail)
	for column, rate := range []float64{escape, refused, reviewShare(images, candidate, limits)} {
		t.rates.Set(i, column, fmt.Sprintf("%.2f %%", 100*rate))
	}
}

// reviewShare returns which share of the images lies between the thresholds, 0 to 1.
func reviewShare(images []station.ComparedImage, candidate bool, limits inspection.Thresholds) float64 {
	n := 0
	for _, c := range images {
		if limits.Judge(score(c, candidate)) == inspection.Review {
			n++
		}
	}
	return float64(n) / float64(max(1, len(images)))
}

// forPromotion returns the thresholds that a person has chosen, nil for the model's own.
func (t *thresholds) forPromotion() *inspection.Thresholds {
	if !t.moved {
		return nil
	}
	chosen := t.chosen
	return &chosen
}
