package retrain

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"

	"assay/station"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// progress shows how the training runs.
type progress struct {
	root fyne.CanvasObject

	loss, accuracy         *widgets.Chart
	bar                    *widgets.Bar
	message                *widgets.Text
	epoch, remaining, rate *widgets.Text
	best                   *widgets.Text
	problem                *notice // how it ended

	curve *curve // of an adaptation, in the place of charts and numbers
	views [2]fyne.CanvasObject
	page  *Page
}

func newProgress(p *Page, buttons fyne.CanvasObject) *progress {
	g := &progress{problem: newNotice(p), curve: newCurve(p), page: p}
	g.loss = widgets.NewChart("Loss", "epoch", "The loss appears here with the first epoch.", nil)
	g.accuracy = widgets.NewChart("Accuracy", "epoch", "The accuracy appears here with the first epoch.", func(v float64) string { return fmt.Sprintf("%.4g %%", v) })
	g.bar = widgets.NewBar(base.ColorNamePrimary)
	g.message = widgets.NewText("", base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{Bold: true}, fyne.TextAlignLeading)
	number := func() *widgets.Text {
		return widgets.NewText("–", base.ColorNameForeground, base.SizeNameSubHeadingText, fyne.TextStyle{Bold: true}, fyne.TextAlignTrailing)
	}
	g.epoch, g.remaining, g.rate, g.best = number(), number(), number(), number()
	numbers := container.NewGridWithColumns(4, figure("Epochs done", g.epoch), figure("Best on validation", g.best), figure("Images a second", g.rate), figure("Time left", g.remaining))
	charts := widgets.NewRatio(0.5, widgets.Inset(6, g.loss), widgets.Inset(6, g.accuracy))
	top := container.NewVBox(g.message, g.bar, g.problem.row)
	g.views = [2]fyne.CanvasObject{container.NewBorder(nil, numbers, nil, nil, charts), g.curve.root}
	g.views[1].Hide()
	g.root = container.NewBorder(top, container.NewHBox(layout.NewSpacer(), buttons), nil, nil, container.NewStack(g.views[0], g.views[1]))
	return g
}

func figure(caption string, value *widgets.Text) fyne.CanvasObject {
	name := widgets.NewText(caption, theme.ColorMuted, base.SizeNameCaptionText, fyne.TextStyle{}, fyne.TextAlignTrailing)
	return container.New(layout.NewCustomPaddedVBoxLayout(0), name, value)
}

// apply shows how the training does; adapting says which kind is asked for while there is none.
func (g *progress) apply(s station.TrainingStatus, adapting bool) {
	g.message.SetText(words(s))
	g.message.SetColor(base.ColorNameForeground)
	if s.State == station.TrainingFailed {
		g.message.SetColor(theme.ColorFail)
	}
	g.problem.set(outcome(s))
	if isRunning(s.State) || len(s.Epochs)+len(s.Curve) > 0 {
		adapting = s.Request.Adapt
	}
	g.page.hide(g.views[0], adapting)
	g.page.hide(g.views[1], !adapting)
	g.bar.Set(shareDone(s))
	g.showNumbers(s)
	g.showCurves(s.Epochs)
	g.curve.apply(s)
}

// outcome says in full how a training ended: that takes more than the heading's line.
func outcome(s station.TrainingStatus) (state widgets.StepState, text string) {
	switch {
	case s.State == station.TrainingFailed:
		return widgets.StepProblem, s.Problem
	case isRunning(s.State):
		return widgets.StepDone, ""
	case s.State == station.TrainingDone && s.Comparison == nil:
		return widgets.StepReady, s.Message // why it was not compared
	}
	return widgets.StepDone, s.Message
}

func words(s station.TrainingStatus) string {
	if s.State == station.TrainingFailed {
		return "The training failed"
	}
	if s.Message != "" && isRunning(s.State) {
		return s.Message
	}
	switch s.State {
	case station.TrainingStarting:
		return "Starting …"
	case station.TrainingRunning:
		return "Training " + s.Request.Name
	case station.TrainingPaused:
		return "Paused. Nothing is lost."
	case station.TrainingStopping:
		return "Stopping; the " + s.Request.Keeps() + " epoch so far is kept …"
	case station.TrainingDone:
		return "Done. The new model is kept."
	}
	return "No training is running."
}

func (g *progress) showNumbers(s station.TrainingStatus) {
	done := lastEpoch(s.Epochs)
	g.epoch.SetText("–")
	if s.Total > 0 {
		g.epoch.SetText(fmt.Sprintf("%d / %d", done, s.Total))
	}
	g.rate.SetText("–")
	if rate := imageRate(s); rate > 0 {
		g.rate.SetText(count(int(rate + 0.5)))
	}
	g.remaining.SetText("–")
	if s.Remaining > 0 && isRunning(s.State) {
		g.remaining.SetText(spell(s.Remaining))
	}
	g.best.SetText("–")
	if best := bestAccuracy(s.Epochs); best > 0 {
		g.best.SetText(fmt.Sprintf("%.2f %%", best))
	}
}

func imageRate(s station.TrainingStatus) float64 {
	if s.ImagesPerSecond > 0 || len(s.Epochs) == 0 {
		return s.ImagesPerSecond
	}
	return s.Epochs[len(s.Epochs)-1].ImagesPerSecond
}

func bestAccuracy(points []station.EpochPoint) (best float64) {
	for _, p := range points {
		if p.ValAccuracy > best { // skips what is not a number
			best = p.ValAccuracy
		}
	}
	return best
}

// shareDone returns how much of the training is done, 0 to 1, by steps where they are known.
func shareDone(s station.TrainingStatus) float64 {
	switch {
	case s.State == station.TrainingDone:
		return 1
	case s.Steps > 0:
		return min(1, float64(s.Step)/float64(s.Steps))
	case s.Total > 0:
		return min(1, float64(lastEpoch(s.Epochs))/float64(s.Total))
	}
	return 0
}

func (g *progress) showCurves(points []station.EpochPoint) {
	if shown := g.accuracy.Series(); len(shown) > 0 && len(points) == len(shown[0].Points) || len(shown) == 0 && len(points) == 0 {
		return
	}
	train := widgets.Series{Name: "training", Color: theme.ColorMuted}
	check := widgets.Series{Name: "validation", Color: base.ColorNamePrimary, Dots: true}
	right := widgets.Series{Name: "validation", Color: base.ColorNamePrimary, Dots: true}
	for _, p := range points {
		x := float64(p.Epoch)
		train.Points = append(train.Points, widgets.Point{X: x, Y: p.TrainLoss})
		check.Points = append(check.Points, widgets.Point{X: x, Y: p.ValLoss})
		right.Points = append(right.Points, widgets.Point{X: x, Y: p.ValAccuracy})
	}
	g.loss.Set(train, check)
	g.accuracy.Set(right)
}
