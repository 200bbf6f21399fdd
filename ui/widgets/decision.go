package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"assay/inspection"
)

// Decision lets a person choose a verdict and give a reason.
type Decision struct {
	widget.BaseWidget
	Reason *Entry

	verdict inspection.Verdict
	pass    *Button
	fail    *Button
}

// NewDecision returns a form with a verdict chosen beforehand ("" for none).
func NewDecision(suggested inspection.Verdict, reason string) *Decision {
	d := &Decision{Reason: NewEntry(reason, nil)}
	d.pass = NewButton("Pass  (P)", func() { d.Choose(inspection.Pass) })
	d.fail = NewButton("Fail  (F)", func() { d.Choose(inspection.Fail) })
	d.ExtendBaseWidget(d)
	d.Choose(suggested)
	return d
}

// Choose marks a verdict.
func (d *Decision) Choose(v inspection.Verdict) {
	d.verdict = v
	d.pass.Change("Pass  (P)", importance(v == inspection.Pass, widget.SuccessImportance), true)
	d.fail.Change("Fail  (F)", importance(v == inspection.Fail, widget.DangerImportance), true)
}

// Verdict returns the verdict chosen, "" for none.
func (d *Decision) Verdict() inspection.Verdict { return d.verdict }

func importance(chosen bool, strong widget.Importance) widget.Importance {
	if chosen {
		return strong
	}
	return widget.MediumImportance
}

// Keys returns what keys do while nothing in the dialog has focus.
func (d *Decision) Keys() map[fyne.KeyName]func() {
	return map[fyne.KeyName]func(){
		fyne.KeyP: func() { d.Choose(inspection.Pass) },
		fyne.KeyF: func() { d.Choose(inspection.Fail) },
	}
}

// CreateRenderer is part of fyne.Widget.
func (d *Decision) CreateRenderer() fyne.WidgetRenderer {
	shapePass, shapeFail := NewShape(30), NewShape(30)
	shapePass.Set(inspection.Pass)
	shapeFail.Set(inspection.Fail)
	choices := container.NewGridWithColumns(2,
		container.NewBorder(nil, nil, container.NewCenter(shapePass), nil, d.pass),
		container.NewBorder(nil, nil, container.NewCenter(shapeFail), nil, d.fail))
	return widget.NewSimpleRenderer(container.NewVBox(NewCaption("The part is"), choices, Field("Reason", d.Reason)))
}
