// Package log is the Log page: every part that was inspected, newest first, and
// what people decided on it.
package log

import (
	"context"
	"fmt"
	"image"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"

	"assay/inspection"
	"assay/station"
	"assay/ui/host"
	"assay/ui/task"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// Station is what the page needs of a station.
type Station interface {
	Judged() *station.Signal[station.Judgement]
	Snapshot() station.Status
	Models() ([]station.ModelInfo, error)
	Records(ctx context.Context, q station.Query) (station.Page, error)
	Record(id string) (inspection.Record, error)
	Image(id string) (image.Image, error)
	Thumbnail(id string) (image.Image, error)
	Review(ctx context.Context, recordID string, role inspection.Role, v inspection.Verdict, by, reason string) error
}

const (
	// pageLength is how many records are fetched at a time.
	pageLength = 60
	// fetchAhead is how near the end of what is fetched the next page is asked for.
	fetchAhead = 20
	// followEvery is how often new parts are fetched while they come.
	followEvery = time.Second
)

// Page is the Log page. Its methods belong to the UI goroutine.
type Page struct {
	station Station
	host    *host.Host
	root    fyne.CanvasObject

	filters *filters
	total   *widgets.Text
	list    *widgets.List
	thumbs  *widgets.Thumbnails
	detail  *detail
	empty   *widgets.Text

	rows     rows
	selected string // the record's ID
	visible  bool
	stale    bool // the log has changed while the page was hidden
	setting  bool // the selection is being set by the page itself
	loads    task.Slot
	more     task.Slot
	opens    task.Slot
	follow   *task.Throttle
	cancel   func()
	now      func() time.Time
}

// New returns the page; the station's signals reach it until Close.
func New(s Station, h *host.Host) *Page {
	p := &Page{station: s, host: h, stale: true, now: time.Now}
	p.thumbs = widgets.NewThumbnails(h.Tasks, 512, s.Thumbnail)
	p.filters = newFilters(p)
	p.total = widgets.NewText("", base.ColorNameForeground, base.SizeNameSubHeadingText, fyne.TextStyle{Bold: true}, fyne.TextAlignTrailing)
	p.empty = widgets.NewText("", theme.ColorMuted, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignCenter)
	p.list = widgets.NewList(func() int { return len(p.rows.records) },
		func() fyne.CanvasObject { return newRow(p.thumbs) }, p.update)
	p.list.OnSelected = p.picked
	p.detail = newDetail(p)
	p.root = p.lay()
	p.follow = task.NewThrottle(h.Tasks, followEvery, p.fetchNew)
	p.cancel = s.Judged().Subscribe(func(station.Judgement) { p.follow.Request() })
	return p
}

func (p *Page) lay() fyne.CanvasObject {
	bar := container.NewBorder(nil, nil, nil, widgets.MinWidth(170, container.NewBorder(widgets.NewCaption(" "), nil, nil, nil, p.total)), p.filters.row)
	table := widgets.NewPanel(container.NewBorder(rowHeader(), nil, nil, nil, container.NewStack(p.empty, p.list)))
	return container.NewBorder(container.NewVBox(bar, widgets.MinSize(0, 2, layout.NewSpacer())), nil, nil, nil,
		widgets.NewRatio(0.55, table, p.detail.panel))
}

// Content returns the page's objects.
func (p *Page) Content() fyne.CanvasObject { return p.root }

// Shown tells the page that it is on screen.
func (p *Page) Shown() {
	p.visible = true
	p.filters.reload()
	if p.stale {
		p.Reload()
	}
}

// Hidden tells the page that it is off screen.
func (p *Page) Hidden() { p.visible = false }

// Close ends the page's subscription.
func (p *Page) Close() { p.cancel() }

// Selected returns the ID of the record that is shown, "" for none.
func (p *Page) Selected() string { return p.selected }

// Records returns the records fetched so far, newest first.
func (p *Page) Records() []inspection.Record { return p.rows.records }

// Reload reads the log anew with the filters in force and keeps the selection where it still matches.
func (p *Page) Reload() {
	p.stale = false
	p.more.Stop()
	query := p.filters.query(p.now())
	query.Limit = pageLength
	task.RunIn(p.host.Tasks, &p.loads, func(ctx context.Context) (station.Page, error) {
		return p.station.Records(ctx, query)
	}, func(page station.Page, err error) {
		if err != nil {
			p.empty.SetText("The log cannot be read.")
			p.host.Error("The log cannot be read", err)
			return
		}
		p.rows.reset(page)
		p.show()
		p.list.ScrollToTop()
		if p.selected == "" && len(p.rows.records) > 0 {
			p.choose(p.rows.records[0].ID)
		}
	})
}

// show draws the list and marks the selected record where it is in it.
func (p *Page) show() {
	p.total.SetText(parts(p.rows.total))
	switch {
	case len(p.rows.records) > 0:
		p.empty.Hide()
	case p.filters.all():
		p.empty.SetText("Nothing has been inspected yet. Inspected parts appear here.")
		p.empty.Show()
	default:
		p.empty.SetText("No part matches these filters.")
		p.empty.Show()
	}
	p.list.Refresh()
	p.mark()
}

// mark selects the row of the selected record: rows move when new parts come.
func (p *Page) mark() {
	p.setting = true
	defer func() { p.setting = false }()
	offset := p.list.GetScrollOffset()
	p.list.UnselectAll()
	if i := p.rows.index(p.selected); i >= 0 {
		p.list.Select(i)
	}
	p.list.ScrollToOffset(offset)
}

func parts(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	if n == 1 {
		return text + " part"
	}
	return text + " parts"
}

func (p *Page) update(i int, object fyne.CanvasObject) {
	if i < 0 || i >= len(p.rows.records) {
		return
	}
	object.(*row).set(p.rows.records[i], p.now())
	if i >= len(p.rows.records)-fetchAhead {
		p.host.Tasks.Post(p.fetchMore) // not from within the list's update
	}
}

// fetchMore fetches the page after the last row, where there is one.
func (p *Page) fetchMore() {
	if p.rows.next == "" || p.more.Busy() || p.loads.Busy() {
		return
	}
	query := p.filters.query(p.now())
	query.Limit, query.Before = pageLength, p.rows.next
	task.RunIn(p.host.Tasks, &p.more, func(ctx context.Context) (station.Page, error) {
		return p.station.Records(ctx, query)
	}, func(page station.Page, err error) {
		if err != nil {
			p.rows.next = ""
			p.host.Notify("Older parts cannot be read. " + station.Explain(err))
			return
		}
		p.rows.add(page)
		p.show()
	})
}

// fetchNew fetches parts newer than the first row without moving what is on screen.
func (p *Page) fetchNew() {
	if !p.visible {
		p.stale = true
		return
	}
	if p.loads.Busy() {
		p.follow.Request()
		return
	}
	query := p.filters.query(p.now())
	query.Limit = pageLength
	task.RunIn(p.host.Tasks, &p.loads, func(ctx context.Context) (station.Page, error) {
		return p.station.Records(ctx, query)
	}, func(page station.Page, err error) {
		if err != nil {
			p.host.Notify("New parts cannot be read. " + station.Explain(err))
			return
		}
		added, joined := p.rows.prepend(page)
		if !joined {
			p.more.Stop()
		}
		offset := p.list.GetScrollOffset()
		p.show()
		if added > 0 && joined && offset > 0 {
			p.list.ScrollToOffset(offset + float32(added)*(rowHeight+base.Padding()))
		}
		if p.selected == "" && len(p.rows.records) > 0 {
			p.choose(p.rows.records[0].ID)
		}
	})
}

func (p *Page) picked(i int) {
	if p.setting || i < 0 || i >= len(p.rows.records) {
		return
	}
	p.choose(p.rows.records[i].ID)
}

// choose shows a record in the detail.
func (p *Page) choose(id string) {
	p.selected = id
	p.mark()
	if i := p.rows.index(id); i >= 0 {
		p.detail.show(p.rows.records[i])
		return
	}
	task.RunIn(p.host.Tasks, &p.opens, func(context.Context) (inspection.Record, error) { return p.station.Record(id) },
		func(r inspection.Record, err error) {
			if p.selected != id {
				return
			}
			if err != nil {
				p.host.Error("The part cannot be shown", err)
				return
			}
			p.detail.show(r)
		})
}

// Open shows a record, whether it matches the filters or not.
func (p *Page) Open(id string) {
	p.choose(id)
	if i := p.rows.index(id); i >= 0 {
		p.list.ScrollTo(i)
	}
}

// ShownRecord returns the ID of the record that the detail shows, and that a key
// would decide on; empty for none.
func (p *Page) ShownRecord() string { return p.detail.record.ID }

// Walk moves the selection along the list.
func (p *Page) Walk(step int) {
	if len(p.rows.records) == 0 {
		return
	}
	i := p.rows.index(p.selected)
	if i < 0 {
		i, step = 0, 0
	}
	i = max(0, min(len(p.rows.records)-1, i+step))
	p.choose(p.rows.records[i].ID)
	p.list.ScrollTo(i)
}
