package log

import (
	"context"
	"fmt"
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/inspection"
	"assay/ui/task"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// detail shows one record: picture, heatmap, numbers, decisions.
type detail struct {
	page  *Page
	panel fyne.CanvasObject

	picture           *widgets.Picture
	scroll            *container.Scroll
	heat, zoom        *widgets.Button
	facts             *widget.Label
	machine           *decisionLine
	operator          *decisionLine
	supervisor        *decisionLine
	agree, pass, fail *widgets.Button
	name, reason      *widgets.Entry
	record            inspection.Record
	heatImage         *image.RGBA
	heatZone          inspection.Rectangle
	heatOn            bool
	loads             task.Slot
	saving            bool
}

// preferenceSupervisor keeps who reviewed last.
const preferenceSupervisor = "log.supervisor"

func newDetail(p *Page) *detail {
	d := &detail{page: p, heatOn: true}
	d.picture = widgets.NewPicture("No part chosen", "Choose a part from the list.")
	d.scroll = container.NewScroll(d.picture)
	d.heat = widgets.NewButton("", d.toggleHeat)
	d.zoom = widgets.NewButton("", d.toggleZoom)
	d.machine, d.operator, d.supervisor = newDecisionLine("Machine"), newDecisionLine("Operator"), newDecisionLine("Supervisor")
	d.agree = widgets.NewButton("Machine is right  (C)", func() { d.decide(d.record.Machine.Verdict) })
	d.pass = widgets.NewButton("Pass  (P)", func() { d.decide(inspection.Pass) })
	d.fail = widgets.NewButton("Fail  (F)", func() { d.decide(inspection.Fail) })
	d.name = widgets.NewEntry("your name", func(name string) { p.host.Preferences.SetString(preferenceSupervisor, name) })
	d.name.Set(p.host.Preferences.String(preferenceSupervisor), nil)
	d.reason = widgets.NewEntry("reason  (R)", nil)
	d.panel = d.lay()
	d.label()
	d.enable()
	return d
}

func (d *detail) lay() fyne.CanvasObject {
	var facts fyne.CanvasObject
	d.facts, facts = widgets.NewParagraph("")
	tools := container.NewHBox(d.heat, d.zoom, layout.NewSpacer())
	decisions := container.New(layout.NewCustomPaddedVBoxLayout(4), d.machine.row, d.operator.row, d.supervisor.row)
	review := container.NewVBox(
		widgets.NewHeading("Mark as reviewed: the part is …"),
		widgets.NewWeighted([]float32{2, 1, 1}, d.agree, d.pass, d.fail),
		widgets.NewWeighted([]float32{1, 2}, d.name, d.reason))
	below := container.NewVBox(tools, facts, decisions, widget.NewSeparator(), review)
	return widgets.NewPanel(container.NewBorder(nil, below, nil, nil, d.scroll))
}

// show shows a record and loads its picture.
func (d *detail) show(r inspection.Record) {
	same := d.record.ID == r.ID
	d.record = r
	d.facts.SetText(factText(r))
	d.machine.set(&r.Machine)
	d.operator.set(r.Operator)
	d.supervisor.set(r.Supervisor)
	d.enable()
	if same {
		return
	}
	d.reason.Set("", nil)
	d.picture.SetMessage("Loading …", "")
	d.load(r)
}

type picture struct {
	image, heat *image.RGBA
	frame       image.Point
	zone        inspection.Rectangle // where the heatmap lies
}

func (d *detail) load(r inspection.Record) {
	task.RunIn(d.page.host.Tasks, &d.loads, func(context.Context) (picture, error) {
		img, err := d.page.station.Image(r.ID)
		if err != nil {
			return picture{}, err
		}
		size := img.Bounds().Size()
		drawn := widgets.Direct(img)
		if drawn == nil {
			drawn = widgets.Reduce(nil, img, img.Bounds(), 1)
		}
		heat, zone := widgets.Heat(r.Heatmap, r.Outline, widgets.Judged(inspection.Rectangle{}, size))
		return picture{image: drawn, heat: heat, frame: size, zone: zone}, nil
	}, func(p picture, err error) {
		d.heatImage, d.heatZone = p.heat, p.zone
		if err != nil {
			d.picture.SetMessage("The picture cannot be shown", "Its record is kept. Run `assay log verify` to see what is affected.")
		}
		d.picture.SetPicture(p.image, p.frame)
		d.layHeat()
		d.scroll.Refresh()
	})
}

func (d *detail) layHeat() {
	if !d.heatOn || d.heatImage == nil || d.picture.Image() == nil {
		d.picture.SetHeatmap(nil, inspection.Rectangle{})
		return
	}
	d.picture.SetHeatmap(d.heatImage, d.heatZone)
}

func (d *detail) toggleHeat() {
	d.heatOn = !d.heatOn
	d.label()
	d.layHeat()
}

func (d *detail) toggleZoom() {
	d.picture.SetActual(!d.picture.Actual())
	d.label()
	d.scroll.Refresh()
}

func (d *detail) label() {
	words := map[bool]string{true: "Heatmap on  (H)", false: "Heatmap off  (H)"}
	d.heat.Change(words[d.heatOn], widget.MediumImportance, true)
	words = map[bool]string{true: "1:1  (Z)", false: "Fitted  (Z)"}
	d.zoom.Change(words[d.picture.Actual()], widget.MediumImportance, true)
}

func (d *detail) enable() {
	on := d.record.ID != "" && !d.saving
	d.agree.Change("Machine is right  (C)", widget.MediumImportance, on && d.record.Machine.Verdict != inspection.Review)
	d.pass.Change("Pass  (P)", widget.SuccessImportance, on)
	d.fail.Change("Fail  (F)", widget.DangerImportance, on)
}

func factText(r inspection.Record) string {
	text := fmt.Sprintf("Score %.4f, pass below %.2f, fail from %.2f.%s Model %s %d (%s), engine %s, %.1f ms.\n",
		r.Score, r.Thresholds.Pass, r.Thresholds.Fail, likeness(r.Familiarity), r.Model.Name, r.Model.Version, short(r.Model.SHA256), r.Engine, r.LatencyMS)
	text += r.Time.Local().Format("2006-01-02 15:04:05") + ", " + r.Source
	if r.Image != "" {
		text += ", " + r.Image
	} else {
		text += fmt.Sprintf(", frame %d", r.Frame)
	}
	for _, part := range [][2]string{{"recipe", r.Recipe}, {"lot", r.Lot}, {"serial", r.Serial}} {
		if part[1] != "" {
			text += ", " + part[0] + " " + part[1]
		}
	}
	return text + fmt.Sprintf(", %d × %d pixels. Record %s", r.Width, r.Height, r.ID)
}

// likeness says how unlike the model's training pictures a picture is, where the model can tell.
func likeness(f *inspection.Familiarity) string {
	if f == nil {
		return ""
	}
	text := fmt.Sprintf(" Unlike training %.2f, limit %.2f.", f.Distance, f.Limit)
	if f.Unfamiliar {
		text += " It is unfamiliar, so the machine withheld its verdict: say what it is, and the model can learn it (Retrain, step 1)."
	}
	return text
}

func short(digest string) string { return digest[:min(8, len(digest))] }

// decisionLine shows one of the three decisions on a part.
type decisionLine struct {
	row  fyne.CanvasObject
	mark *widgets.Mark
	by   *widgets.Text
}

func newDecisionLine(name string) *decisionLine {
	l := &decisionLine{mark: widgets.NewMark(),
		by: widgets.NewText("", base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignLeading)}
	caption := widgets.NewText(name, theme.ColorMuted, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignLeading)
	l.row = widgets.NewWeighted([]float32{0, 0, 1}, widgets.MinWidth(90, caption), l.mark, l.by)
	l.set(nil)
	return l
}

func (l *decisionLine) set(d *inspection.Decision) {
	if d == nil {
		l.mark.Set("")
		l.by.SetText("not yet decided")
		return
	}
	l.mark.Set(d.Verdict)
	text := d.By
	if !d.At.IsZero() {
		text += ", " + d.At.Local().Format("15:04:05")
	}
	if d.Reason != "" {
		text += ": " + d.Reason
	}
	l.by.SetText(text)
}
