package live

import (
	"fmt"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"

	"assay/inspection"
	"assay/station"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// counters shows how many parts were judged, and how.
type counters struct {
	panel                     fyne.CanvasObject
	pass, review, fail, yield *widgets.Text
}

func newCounters() *counters {
	c := &counters{}
	number := func() *widgets.Text {
		return widgets.NewText("0", base.ColorNameForeground, theme.SizeNumber, fyne.TextStyle{Bold: true}, fyne.TextAlignTrailing)
	}
	c.pass, c.review, c.fail, c.yield = number(), number(), number(), number()
	c.panel = widgets.NewPanel(container.NewGridWithColumns(4,
		counter("Pass", inspection.Pass, c.pass), counter("Review", inspection.Review, c.review),
		counter("Fail", inspection.Fail, c.fail), counter("Yield", "", c.yield)))
	return c
}

func counter(name string, v inspection.Verdict, number *widgets.Text) fyne.CanvasObject {
	caption := widgets.NewText(name, theme.ColorMuted, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignTrailing)
	caption.Fixed = true
	if v == "" {
		return container.NewVBox(container.NewHBox(layout.NewSpacer(), caption), number)
	}
	shape := widgets.NewShape(15)
	shape.Set(v)
	return container.NewVBox(container.NewHBox(layout.NewSpacer(), shape, caption), number)
}

func (c *counters) set(n station.Counters) {
	c.pass.SetText(strconv.Itoa(n.Pass))
	c.review.SetText(strconv.Itoa(n.Review))
	c.fail.SetText(strconv.Itoa(n.Fail))
	if n.Total() == 0 {
		c.yield.SetText("–")
		return
	}
	c.yield.SetText(fmt.Sprintf("%.1f %%", 100*n.Yield()))
}
