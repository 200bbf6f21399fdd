package retrain

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/inspection"
	"assay/ui/widgets"
)

// reading shows an import at work, and why one failed.
type reading struct {
	page    *Page
	row     fyne.CanvasObject
	work    fyne.CanvasObject
	words   *widgets.Text
	bar     *widgets.Bar
	stop    *widgets.Button
	problem *notice
}

func newReading(p *Page) *reading {
	r := &reading{page: p, bar: widgets.NewBar(base.ColorNamePrimary), problem: newNotice(p)}
	r.words = widgets.NewText("", base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{Bold: true}, fyne.TextAlignLeading)
	r.stop = widgets.NewButton("Cancel", func() { p.set.stop() })
	r.work = container.NewBorder(nil, nil, nil, container.NewCenter(r.stop), container.NewVBox(r.words, r.bar))
	r.row = container.NewVBox(r.work, r.problem.row)
	return r
}

func (r *reading) update() {
	d := r.page.set
	r.page.hide(r.work, !d.imports.Busy())
	if d.total > 0 {
		r.words.SetText(fmt.Sprintf("Reading picture %s of %s", count(d.done), count(d.total)))
		r.bar.Set(min(1, float64(d.done)/float64(d.total)))
	} else {
		r.words.SetText("Looking for pictures …")
		r.bar.Set(0)
	}
	r.problem.set(widgets.StepProblem, d.problem)
}

// noticeVerdicts are the shapes of notices: a hexagon stops, a triangle warns, a circle is well.
var noticeVerdicts = map[widgets.StepState]inspection.Verdict{widgets.StepProblem: inspection.Fail, widgets.StepReady: inspection.Review, widgets.StepDone: inspection.Pass}

// notice is a sentence with the shape of what it means; it is hidden while it says nothing.
type notice struct {
	page  *Page
	row   fyne.CanvasObject
	label *widget.Label
	shape *widgets.Shape
}

func newNotice(p *Page) *notice {
	n := &notice{page: p, shape: widgets.NewShape(16)}
	var words fyne.CanvasObject
	n.label, words = widgets.NewParagraph("")
	n.row = container.NewBorder(nil, nil, container.NewVBox(widgets.MinSize(22, 18, n.shape)), nil, words)
	n.row.Hide()
	return n
}

func (n *notice) set(state widgets.StepState, text string) {
	verdict := noticeVerdicts[state]
	n.shape.Set(verdict)
	n.page.hide(n.shape, verdict == "")
	if n.label.Text != text {
		n.label.SetText(text)
		n.page.stale = true
	}
	n.page.hide(n.row, text == "")
}
