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
	words, undo := "Roll back …  (B)", h.promote.standing.Undo
	if undo != nil {
		words = fmt.Sprintf("Roll back to %s …  (B)", modelName(undo.After()))
	}
	h.promote.page.rename(h.back, words, widget.MediumImportance, undo != nil && !h.promote.changes.Busy())
}

func (h *history) ask() {
	undo := h.promote.standing.Undo
	if undo == nil {
		return
	}
	text := fmt.Sprintf("%s judges again from the next part on; %s stays and can be promoted again.", modelName(undo.After()), modelName(undo.Before()))
	h.promote.page.askReason("Roll back "+changeWords(*undo), text, "Roll back", func(by, reason string) { h.rollback(undo.Name, by, reason) })
}

func (h *history) rollback(name, by, reason string) {
	page := h.promote.page
	task.RunIn(page.host.Tasks, &h.promote.changes, func(context.Context) (station.Promotion, error) {
		return page.station.Rollback(name, by, reason)
	}, func(p station.Promotion, err error) {
		if err != nil {
			page.host.Error("The model was not rolled back", err)
		} else {
			h.promote.promoted, h.promote.standing = "", station.Standing{} // read anew
			page.host.Notify(h.rolledBackWords(p))
		}
		h.promote.show()
		page.update()
	})
	page.update()
}

// rolledBackWords say what has happened, which another program may have made something else than what was asked for.
func (h *history) rolledBackWords(p station.Promotion) string {
	now, after := h.promote.page.station.Snapshot().Model, p.After()
	if now.Name == after.Name && now.Version == after.Version {
		return modelName(after) + " judges again."
	}
	return fmt.Sprintf("%s is the active version again; the line goes on with %s.", modelName(after), modelName(now))
}

// changeWords write what an event replaced by what: "casting 2 to 3", "demo 1 to line1 1".
func changeWords(p station.Promotion) string {
	before, after := p.Before(), p.After()
	if before.Name == after.Name {
		return fmt.Sprintf("%s to %d", modelName(before), after.Version)
	}
	return modelName(before) + " to " + modelName(after)
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
	r.change.SetText(changeWords(p))
	r.by.SetText(p.By)
	r.reason.SetText(p.Reason)
}

// CreateRenderer is part of fyne.Widget.
func (r *historyRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.body) }
