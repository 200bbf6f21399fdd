package retrain

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/station"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// curve shows how an adaptation goes: what the model does on new and on old parts, against the number of new samples
// that it has learnt from, and what that tells of the samples still to come.
type curve struct {
	root fyne.CanvasObject

	chart                     *widgets.Chart
	samples, fresh, old, left *widgets.Text
	outlook                   *widget.Label
	page                      *Page
}

func newCurve(p *Page) *curve {
	c := &curve{page: p}
	c.chart = widgets.NewChart("Accuracy on parts not learnt from", "new pictures learnt from", "The current model's accuracy appears here first, then that of each training.",
		func(v float64) string { return fmt.Sprintf("%.4g %%", v) })
	number := func() *widgets.Text {
		return widgets.NewText("–", base.ColorNameForeground, base.SizeNameSubHeadingText, fyne.TextStyle{Bold: true}, fyne.TextAlignTrailing)
	}
	c.samples, c.fresh, c.old, c.left = number(), number(), number(), number()
	numbers := container.NewGridWithColumns(4, figure("New pictures learnt from", c.samples), figure("Right on new parts", c.fresh),
		figure("Right on old parts", c.old), figure("Time left", c.left))
	var words fyne.CanvasObject
	c.outlook, words = widgets.NewParagraph("")
	c.root = container.NewBorder(nil, container.NewVBox(words, numbers), nil, nil, widgets.Inset(6, c.chart))
	return c
}

func (c *curve) apply(s station.TrainingStatus) {
	c.left.SetText("–")
	if s.Remaining > 0 && isRunning(s.State) {
		c.left.SetText(spell(s.Remaining))
	}
	if text := outlook(s); c.outlook.Text != text {
		c.outlook.SetText(text)
		c.page.stale = true
	}
	if shown := c.chart.Series(); len(shown) > 0 && len(shown[0].Points) == len(s.Curve) || len(shown) == 0 && len(s.Curve) == 0 {
		return
	}
	for _, t := range []*widgets.Text{c.samples, c.fresh, c.old} {
		t.SetText("–")
	}
	if n := len(s.Curve); n > 0 {
		last := s.Curve[n-1]
		c.samples.SetText(count(last.Samples))
		c.fresh.SetText(fmt.Sprintf("%d of %s", last.NNew-last.ErrorsNew, count(last.NNew)))
		c.old.SetText(fmt.Sprintf("%s of %s", count(last.NOld-last.ErrorsOld), count(last.NOld)))
	}
	c.draw(s)
}

// draw shows the two lines, and what is aimed at.
func (c *curve) draw(s station.TrainingStatus) {
	if len(s.Curve) == 0 {
		c.chart.Set()
		return
	}
	fresh := widgets.Series{Name: "new parts", Color: base.ColorNamePrimary, Dots: true}
	old := widgets.Series{Name: "old parts", Color: theme.ColorMuted, Dots: true}
	for _, p := range s.Curve {
		x := float64(p.Samples)
		fresh.Points = append(fresh.Points, widgets.Point{X: x, Y: p.AccuracyNew})
		old.Points = append(old.Points, widgets.Point{X: x, Y: p.AccuracyOld})
	}
	first, last := fresh.Points[0].X, fresh.Points[len(fresh.Points)-1].X
	if asked := s.Request.Samples; len(asked) > 0 {
		last = max(last, float64(asked[len(asked)-1])) // the axis stays as it is while points come
	}
	goal := widgets.Series{Name: fmt.Sprintf("goal %g %%", station.AdaptTarget), Color: theme.ColorPass,
		Points: []widgets.Point{{X: first, Y: station.AdaptTarget}, {X: last, Y: station.AdaptTarget}}}
	c.chart.Set(fresh, old, goal)
}

// outlook says in words what the curve tells: of more samples, and of what has been forgotten.
func outlook(s station.TrainingStatus) string {
	n := len(s.Curve)
	switch {
	case n == 0 && isRunning(s.State):
		return "How many more samples it takes is estimated once two trainings have ended."
	case n == 0:
		return ""
	case n == 1 && isRunning(s.State):
		return fmt.Sprintf("The current model has %s of %s new parts right. How many more samples it takes is estimated at the end.",
			count(s.Curve[0].NNew-s.Curve[0].ErrorsNew), count(s.Curve[0].NNew))
	}
	text := s.Estimate
	if text == "" {
		text = "How many more samples it takes is estimated at the end."
	}
	return text + " " + forgotten(s.Curve[0], s.Curve[n-1]) + short(s)
}

// forgotten compares the errors on old parts before and after.
func forgotten(before, after station.CurvePoint) string {
	verdict := "Nothing old was forgotten"
	if after.ErrorsOld > before.ErrorsOld {
		verdict = "Some of the old was forgotten"
	}
	return fmt.Sprintf("%s: %s of %s old parts are judged wrongly, %s before.", verdict, count(after.ErrorsOld), count(after.NOld), count(before.ErrorsOld))
}

// short says why the curve ends before what was asked for.
func short(s station.TrainingStatus) string {
	asked, last := s.Request.Samples, s.Curve[len(s.Curve)-1].Samples
	if s.State != station.TrainingDone || len(asked) == 0 || last >= asked[len(asked)-1] {
		return ""
	}
	return fmt.Sprintf(" The curve ends at %s: it was stopped there, or there were no more.", pictures(last))
}
