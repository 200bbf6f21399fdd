package retrain

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/station"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// progress shows how the training runs.
type progress struct {
	page  *Page
	panel fyne.CanvasObject

	loss, accuracy         *widgets.Chart
	bar                    *widgets.Bar
	message                *widgets.Text
	epoch, remaining, rate *widgets.Text
	stop, abandon          *widgets.Button
}

func newProgress(p *Page) *progress {
	g := &progress{page: p}
	g.loss = widgets.NewChart("Loss", "epoch", "The loss appears here with the first epoch.", nil)
	g.accuracy = widgets.NewChart("Accuracy", "epoch", "The accuracy appears here with the first epoch.", func(v float64) string { return fmt.Sprintf("%.4g %%", v) })
	g.bar = widgets.NewBar(base.ColorNamePrimary)
	g.message = widgets.NewText("", base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{Bold: true}, fyne.TextAlignLeading)
	number := func() *widgets.Text {
		return widgets.NewText("–", base.ColorNameForeground, base.SizeNameSubHeadingText, fyne.TextStyle{Bold: true}, fyne.TextAlignTrailing)
	}
	g.epoch, g.remaining, g.rate = number(), number(), number()
	g.stop = widgets.NewButton("Stop, keep the best  (S)", func() { p.station.StopTraining() })
	g.stop.Importance = widget.WarningImportance
	g.abandon = widgets.NewButton("Cancel …  (X)", g.askAbandon)
	numbers := container.NewGridWithColumns(3, figure("Epoch", g.epoch), figure("Time left", g.remaining), figure("Images a second", g.rate))
	charts := widgets.NewRatio(0.5, widgets.Inset(6, g.loss), widgets.Inset(6, g.accuracy))
	top := container.NewVBox(container.NewHBox(widgets.NewHeading("4   Progress"), layout.NewSpacer()), g.message, g.bar)
	bottom := container.NewVBox(numbers, container.NewHBox(layout.NewSpacer(), g.abandon, g.stop))
	g.panel = widgets.NewPanel(container.NewBorder(top, bottom, nil, nil, charts))
	return g
}

func figure(caption string, value *widgets.Text) fyne.CanvasObject {
	name := widgets.NewText(caption, theme.ColorMuted, base.SizeNameCaptionText, fyne.TextStyle{}, fyne.TextAlignTrailing)
	return container.NewVBox(name, value)
}

func (g *progress) apply(s station.TrainingStatus) {
	g.message.SetText(words(s))
	g.message.SetColor(base.ColorNameForeground)
	if s.State == station.TrainingFailed {
		g.message.SetColor(theme.ColorFail)
	}
	g.showNumbers(s)
	g.showCurves(s.Epochs)
	running := isRunning(s.State)
	widgets.SetEnabled(g.stop, running && s.State != station.TrainingStopping)
	widgets.SetEnabled(g.abandon, running)
}

func words(s station.TrainingStatus) string {
	if s.State == station.TrainingFailed {
		return s.Problem
	}
	if s.Message != "" {
		return s.Message
	}
	switch s.State {
	case station.TrainingStarting:
		return "Starting …"
	case station.TrainingRunning:
		return "Training " + s.Request.Name
	case station.TrainingStopping:
		return "Stopping; the best epoch is kept …"
	case station.TrainingDone:
		return "Done. The new model stands beside the current one below."
	}
	return "No training is running."
}

func (g *progress) showNumbers(s station.TrainingStatus) {
	done, share := len(s.Epochs), 0.0
	g.epoch.SetText("–")
	g.rate.SetText("–")
	g.remaining.SetText("–")
	if s.Total > 0 {
		g.epoch.SetText(fmt.Sprintf("%d / %d", done, s.Total))
		share = min(1, float64(done)/float64(s.Total))
	}
	if s.State == station.TrainingDone {
		share = 1
	}
	if done > 0 {
		g.rate.SetText(fmt.Sprintf("%.0f", s.Epochs[done-1].ImagesPerSecond))
	}
	if s.Remaining > 0 && isRunning(s.State) {
		g.remaining.SetText(spell(s.Remaining))
	}
	g.bar.Set(share)
}

func spell(d time.Duration) string {
	d = d.Round(time.Second)
	if d >= time.Hour {
		return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d:%02d min", int(d.Minutes()), int(d.Seconds())%60)
}

func (g *progress) showCurves(points []station.EpochPoint) {
	if len(points) == 0 && len(g.loss.Series()) == 0 {
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

func (g *progress) askAbandon() {
	g.page.host.Confirm("Cancel the training?", "Nothing of it is kept. To keep the best network so far, stop it instead.",
		"Cancel the training", g.page.station.CancelTraining)
}
