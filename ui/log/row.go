package log

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/inspection"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// rowHeight is how high a row of the list is.
const rowHeight = 54

// columns are the shares of the spare width that a row's columns get.
var columns = []float32{0, 3, 0, 2, 4, 0}

// row is one part of the list.
type row struct {
	widget.BaseWidget
	thumb                           *widgets.Thumb
	clock, day, score, model, where *widgets.Text
	machine, final                  *widgets.Mark
	content                         fyne.CanvasObject
}

func newRow(thumbs *widgets.Thumbnails) *row {
	text := func(align fyne.TextAlign) *widgets.Text {
		return widgets.NewText("", base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{}, align)
	}
	muted := func() *widgets.Text {
		return widgets.NewText("", theme.ColorMuted, base.SizeNameCaptionText, fyne.TextStyle{}, fyne.TextAlignLeading)
	}
	r := &row{thumb: widgets.NewThumb(thumbs, 46), clock: text(fyne.TextAlignLeading), day: muted(), score: text(fyne.TextAlignTrailing),
		model: text(fyne.TextAlignLeading), where: muted(), machine: widgets.NewMark(), final: widgets.NewMark()}
	r.content = widgets.NewWeighted(columns, widgets.Inset(3, r.thumb), lines(r.clock, r.day), middle(r.machine), middle(r.score),
		lines(r.model, r.where), middle(r.final))
	r.ExtendBaseWidget(r)
	return r
}

func lines(first, second fyne.CanvasObject) fyne.CanvasObject {
	return container.NewVBox(layout.NewSpacer(), container.New(layout.NewCustomPaddedVBoxLayout(0), first, second), layout.NewSpacer())
}

func middle(o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewVBox(layout.NewSpacer(), o, layout.NewSpacer())
}

// rowHeader names the columns.
func rowHeader() fyne.CanvasObject {
	name := func(text string, align fyne.TextAlign, width float32) fyne.CanvasObject {
		return widgets.MinWidth(width, widgets.NewText(text, theme.ColorMuted, base.SizeNameCaptionText, fyne.TextStyle{Bold: true}, align))
	}
	head := widgets.NewWeighted(columns, name("", fyne.TextAlignLeading, 52), name("Time", fyne.TextAlignLeading, 0),
		name("Machine", fyne.TextAlignLeading, 92), name("Score", fyne.TextAlignTrailing, 0), name("Model, source", fyne.TextAlignLeading, 0),
		name("Reviewed", fyne.TextAlignLeading, 92))
	return container.NewVBox(head, widget.NewSeparator())
}

// set shows a record.
func (r *row) set(record inspection.Record, now time.Time) {
	r.thumb.Set(record.ID)
	at := record.Time.In(now.Location())
	r.clock.SetText(at.Format("15:04:05"))
	r.day.SetText(dayName(at, now))
	r.machine.Set(record.Machine.Verdict)
	r.score.SetText(fmt.Sprintf("%.3f", record.Score))
	r.model.SetText(fmt.Sprintf("%s %d", record.Model.Name, record.Model.Version))
	r.where.SetText(where(record))
	r.where.SetColor(theme.ColorMuted)
	if record.Machine.Reason == inspection.ReasonUnfamiliar {
		r.where.SetText(unfamiliar(record))
		r.where.SetColor(theme.ColorReview)
	}
	if record.Reviewed() {
		r.final.Set(record.Final().Verdict)
		return
	}
	r.final.Set("")
}

// unfamiliar says that a picture is unlike what the model learnt from, and how far.
func unfamiliar(r inspection.Record) string {
	if r.Familiarity == nil {
		return "unfamiliar"
	}
	return fmt.Sprintf("unfamiliar: %.2f, limit %.2f", r.Familiarity.Distance, r.Familiarity.Limit)
}

func where(r inspection.Record) string {
	if r.Image != "" {
		return r.Image
	}
	return r.Source
}

func dayName(at, now time.Time) string {
	if at.YearDay() == now.YearDay() && at.Year() == now.Year() {
		return "today"
	}
	return at.Format("2006-01-02")
}

// CreateRenderer is part of fyne.Widget.
func (r *row) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(widgets.MinSize(0, rowHeight, r.content))
}
