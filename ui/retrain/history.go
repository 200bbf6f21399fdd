package retrain

import (
	"context"
	"fmt"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/station"
	"assay/ui/task"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// history lists the promotions, newest first, and rolls back the last.
type history struct {
	promote *promote
	root    fyne.CanvasObject

	list   *widgets.List
	empty  *widgets.Text
	back   *widgets.Button
	events []station.Promotion // newest first
	loads  task.Slot
}

// historyColumns are the shares of a row.
var historyColumns = columns{0.22, 0.28, 0.2, 0.3}

func newHistory(r *promote) *history {
	h := &history{promote: r}
	h.list = widgets.NewList(func() int { return len(h.events) }, func() fyne.CanvasObject { return newHistoryRow() }, func(i int, o fyne.CanvasObject) {
		if i >= 0 && i < len(h.events) {
			o.(*historyRow).set(h.events[i])
		}
	})
	h.empty = widgets.NewText("Nothing has been promoted yet.", theme.ColorMuted, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignCenter)
	h.back = widgets.NewButton("Roll back …  (B)", h.ask)
	heads := container.New(historyColumns)
	for _, name := range []string{"When", "Change", "By", "Reason"} {
		heads.Add(widgets.NewText(name, theme.ColorMuted, base.SizeNameCaptionText, fyne.TextStyle{Bold: true}, fyne.TextAlignLeading))
	}
	head := container.NewVBox(container.NewBorder(nil, nil, widgets.NewHeading("Promotions"), h.back), widgets.Inset(4, heads), widget.NewSeparator())
	h.root = container.NewBorder(head, nil, nil, nil, container.NewStack(h.empty, h.list))
	return h
}

func (h *history) reload() {
	task.RunIn(h.promote.page.host.Tasks, &h.loads, func(context.Context) ([]station.Promotion, error) { return h.promote.page.station.Promotions("") },
		func(events []station.Promotion, err error) {
			if err != nil {
				h.empty.SetText("The promotions cannot be read. " + station.Explain(err))
				return
			}
			slices.Reverse(events)
			h.events = events
			h.list.Refresh()
			h.update()
			h.promote.page.settle()
		})
}

func (h *history) update() {
	h.promote.page.hide(h.empty, len(h.events) > 0)
	last, ok := h.last()
	words := "Roll back …  (B)"
	if ok {
		words = fmt.Sprintf("Roll back to %s %d …  (B)", last.Name, last.From)
	}
	h.promote.page.rename(h.back, words, widget.MediumImportance, ok && !h.promote.changes.Busy())
}

// last returns the promotion that a roll-back undoes.
func (h *history) last() (station.Promotion, bool) {
	if len(h.events) == 0 {
		return station.Promotion{}, false
	}
	return h.events[0], true
}

func (h *history) ask() {
	last, ok := h.last()
	if !ok {
		return
	}
	page := h.promote.page
	text := fmt.Sprintf("%s %d judges again from the next part on; %s %d stays and can be promoted again.", last.Name, last.From, last.Name, last.To)
	page.askReason(fmt.Sprintf("Roll back %s %d to %d", last.Name, last.To, last.From), text, "Roll back", func(by, reason string) {
		task.RunIn(page.host.Tasks, &h.promote.changes, func(context.Context) (struct{}, error) {
			return struct{}{}, page.station.Rollback(last.Name, by, reason)
		}, func(_ struct{}, err error) {
			if err != nil {
				page.host.Error("The model was not rolled back", err)
			} else {
				h.promote.promoted = ""
				page.host.Notify(fmt.Sprintf("%s %d judges again.", last.Name, last.From))
			}
			h.promote.show()
			page.update()
		})
		page.update()
	})
}

// historyRow is one promotion.
type historyRow struct {
	widget.BaseWidget
	when, change, by, reason *widgets.Text
	body                     fyne.CanvasObject
}

func newHistoryRow() *historyRow {
	text := func() *widgets.Text {
		return widgets.NewText("", base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignLeading)
	}
	r := &historyRow{when: text(), change: text(), by: text(), reason: text()}
	r.body = widgets.MinSize(0, 32, widgets.Inset(4, container.New(historyColumns, r.when, r.change, r.by, r.reason)))
	r.ExtendBaseWidget(r)
	return r
}

func (r *historyRow) set(p station.Promotion) {
	r.when.SetText(p.At.Local().Format("02 Jan 15:04"))
	r.change.SetText(fmt.Sprintf("%s %d to %d", p.Name, p.From, p.To))
	r.by.SetText(p.By)
	r.reason.SetText(p.Reason)
}

// CreateRenderer is part of fyne.Widget.
func (r *historyRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.body) }
