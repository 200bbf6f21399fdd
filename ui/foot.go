package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/inspection"
	"assay/ui/task"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// noticeTime is how long a notice stays before the standing one returns.
const noticeTime = 12 * time.Second

// foot is the line at the foot: what happened last, or what the station has to say.
type foot struct {
	row   fyne.CanvasObject
	shape *widgets.Shape
	text  *widgets.Text

	tasks *task.Group
	still string // the station's standing notice
	turn  int    // counts notices, so that an older one's timer does nothing
	shown bool   // a notice is shown
}

func newFoot(g *task.Group) *foot {
	f := &foot{tasks: g, shape: widgets.NewShape(14),
		text: widgets.NewText("", base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignLeading)}
	f.shape.Hide()
	keys := widgets.NewCaption("F1 keys   F11 full screen")
	line := container.NewBorder(nil, nil, container.NewCenter(f.shape), container.NewCenter(keys), f.text)
	f.row = container.NewStack(widgets.NewSurface(base.ColorNameHeaderBackground), widgets.MinSize(0, 34, widgets.Inset(7, line)))
	return f
}

// notify shows a sentence for a while.
func (f *foot) notify(text string) {
	f.turn++
	turn := f.turn
	f.shown = true
	f.shape.Hide()
	f.text.SetText(time.Now().Format("15:04:05") + "   " + text)
	time.AfterFunc(noticeTime, func() {
		f.tasks.Post(func() {
			if f.turn == turn {
				f.shown = false
				f.showStanding()
			}
		})
	})
}

// standing sets the sentence that is shown while there is no notice.
func (f *foot) standing(text string) {
	f.still = text
	if !f.shown {
		f.showStanding()
	}
}

func (f *foot) showStanding() {
	f.text.SetText(f.still)
	if f.still == "" {
		f.shape.Hide()
		return
	}
	f.shape.Set(inspection.Review)
	f.shape.Show()
}

// faultBar says what stops the station, over the whole width.
type faultBar struct {
	widget.BaseWidget
	label *widget.Label
	text  string
}

func newFaultBar() *faultBar {
	b := &faultBar{label: widget.NewLabel("")}
	b.label.Wrapping = fyne.TextWrapWord
	b.label.TextStyle.Bold = true
	b.ExtendBaseWidget(b)
	b.Hide()
	return b
}

func (b *faultBar) set(text string) {
	if b.text == text {
		return
	}
	b.text = text
	if text == "" {
		b.Hide()
		return
	}
	b.label.SetText(text)
	b.Show()
}

// CreateRenderer is part of fyne.Widget.
func (b *faultBar) CreateRenderer() fyne.WidgetRenderer {
	shape := widgets.NewShape(30)
	shape.SetOn(inspection.Fail, theme.ColorOnFail)
	// the label takes its colour from the theme's foreground, which the bar overrides
	text := container.NewThemeOverride(b.label, onFault{base.Current()})
	row := container.NewBorder(nil, nil, container.NewCenter(shape), nil, text)
	return widget.NewSimpleRenderer(container.NewStack(widgets.NewSurface(theme.ColorFailFill), widgets.Inset(10, row)))
}
