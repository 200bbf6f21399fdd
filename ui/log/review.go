package log

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"assay/inspection"
	"assay/ui/task"
	"assay/ui/widgets"
)

// TypedKey acts on a key that no focused widget uses, and reports whether it did.
func (p *Page) TypedKey(event *fyne.KeyEvent) bool {
	d := p.detail
	switch event.Name {
	case fyne.KeyUp, fyne.KeyDown, fyne.KeyPageUp, fyne.KeyPageDown, fyne.KeyHome, fyne.KeyEnd:
		p.Walk(p.step(event.Name))
	case fyne.KeyH:
		d.toggleHeat()
	case fyne.KeyZ:
		d.toggleZoom()
	case fyne.KeyC:
		d.press(d.agree)
	case fyne.KeyP:
		d.press(d.pass)
	case fyne.KeyF:
		d.press(d.fail)
	case fyne.KeyR:
		// the key's own letter follows as a rune: focus after it
		p.host.Tasks.Post(func() { p.host.Window.Canvas().Focus(d.reason) })
	case fyne.KeyF5:
		p.Reload()
	default:
		return false
	}
	return true
}

func (p *Page) step(key fyne.KeyName) int {
	screen := max(1, int(p.list.Size().Height/(rowHeight+4))-1)
	return map[fyne.KeyName]int{
		fyne.KeyUp: -1, fyne.KeyDown: 1, fyne.KeyPageUp: -screen, fyne.KeyPageDown: screen,
		fyne.KeyHome: -len(p.rows.records), fyne.KeyEnd: len(p.rows.records),
	}[key]
}

func (d *detail) press(b *widgets.Button) {
	if !b.Disabled() {
		b.OnTapped()
	}
}

// decide saves the supervisor's decision on the record shown.
func (d *detail) decide(v inspection.Verdict) {
	r := d.record
	by, reason := strings.TrimSpace(d.name.Text), strings.TrimSpace(d.reason.Text)
	canvas := d.page.host.Window.Canvas()
	switch {
	case r.ID == "":
		return
	case by == "":
		d.page.host.Notify("Enter your name first: a decision is kept with who made it.")
		canvas.Focus(d.name)
		return
	case v != r.Machine.Verdict && r.Machine.Verdict != inspection.Review && reason == "":
		d.page.host.Notify("Say why: overruling the machine needs a reason.")
		canvas.Focus(d.reason)
		return
	}
	d.saving = true
	d.enable()
	task.Run(d.page.host.Tasks, func(ctx context.Context) (inspection.Record, error) {
		if err := d.page.station.Review(ctx, r.ID, inspection.Supervisor, v, by, reason); err != nil {
			return r, err
		}
		return d.page.station.Record(r.ID)
	}, func(after inspection.Record, err error) {
		d.saving = false
		d.enable()
		if err != nil {
			d.page.host.Error("The review was not saved", err)
			return
		}
		d.page.reviewed(after)
		d.page.host.Notify("Reviewed: " + widgets.Word(v) + " by " + by)
	})
}

// reviewed shows a record's new state in the list and in the detail.
func (p *Page) reviewed(after inspection.Record) {
	if p.rows.replace(after) {
		p.list.Refresh()
	}
	if p.detail.record.ID == after.ID {
		p.detail.reason.Set("", nil)
		p.detail.show(after)
	}
}
