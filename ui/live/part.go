package live

import (
	"context"
	"fmt"
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/inspection"
	"assay/station"
	"assay/ui/task"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// part shows the part in hand: its verdict at arm's length, the picture that was
// judged, the numbers, and what the operator can decide.
type part struct {
	page  *Page
	band  *widgets.Band
	panel fyne.CanvasObject

	crop                                 *widgets.Picture
	score, limits, like, name, took, who *widgets.Text
	first, second                        *widgets.Button
	drawn                                judged // what the crop shows
}

func newPart(p *Page) *part {
	v := &part{page: p, band: widgets.NewBand(), crop: widgets.NewPicture("No part yet", "")}
	value := func() *widgets.Text {
		return widgets.NewText("–", base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{Bold: true}, fyne.TextAlignTrailing)
	}
	v.score, v.limits, v.like, v.name, v.took, v.who = value(), value(), value(), value(), value(), value()
	v.first = widgets.NewButton("", p.first)
	v.second = widgets.NewButton("", p.second)
	facts := container.NewVBox(
		fact("Score", v.score), fact("Thresholds", v.limits), fact("Distance", v.like), fact("Part", v.name), fact("Took", v.took), fact("Operator", v.who))
	buttons := container.NewGridWithColumns(2, v.first, v.second)
	v.panel = widgets.NewPanel(container.NewBorder(nil, widgets.MinSize(0, 52, buttons), nil, nil,
		widgets.NewRatio(0.5, v.crop, container.NewBorder(facts, nil, nil, nil))))
	return v
}

func fact(caption string, value *widgets.Text) fyne.CanvasObject {
	name := widgets.NewText(caption, theme.ColorMuted, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignLeading)
	return container.NewBorder(nil, widget.NewSeparator(), nil, nil, widgets.NewWeighted([]float32{5, 5}, name, value))
}

// show shows a record; the zero record shows that none has been judged.
func (v *part) show(r inspection.Record, note string) {
	if r.ID == "" {
		v.band.Idle(idleWord(v.page.status.SourceState))
		v.buttons(r)
		return
	}
	v.band.Set(r.Final().Verdict, note)
	v.score.SetText(fmt.Sprintf("%.3f", r.Score))
	v.limits.SetText(fmt.Sprintf("%.2f / %.2f", r.Thresholds.Pass, r.Thresholds.Fail))
	v.like.SetText(likeness(r))
	v.like.SetColor(base.ColorNameForeground)
	if unfamiliar(r) {
		v.like.SetColor(theme.ColorReview)
	}
	v.name.SetText(partName(r))
	v.took.SetText(fmt.Sprintf("%.1f ms", r.LatencyMS))
	v.who.SetText(decided(r))
	v.buttons(r)
}

func (v *part) buttons(r inspection.Record) {
	switch {
	case r.ID == "":
		v.first.Change("Confirm  (Enter)", widget.MediumImportance, false)
		v.second.Change("Overrule  (O)", widget.MediumImportance, false)
	case forPerson(r):
		v.first.Change("It passes  (P)", widget.SuccessImportance, true)
		v.second.Change("It fails  (F)", widget.DangerImportance, true)
	default:
		v.first.Change("Confirm  (Enter)", widget.MediumImportance, true)
		v.second.Change("Overrule  (O)", widget.MediumImportance, true)
	}
}

// idleWord says at arm's length how the station stands before the first part.
func idleWord(state station.SourceState) string {
	if state == station.SourceLive {
		return "READY"
	}
	return "IDLE"
}

// unfamiliar reports whether the machine withheld its verdict because the picture is unlike what the model learnt from.
func unfamiliar(r inspection.Record) bool { return r.Machine.Reason == inspection.ReasonUnfamiliar }

// likeness says how far the picture is from those that the model learnt from, and from where on that is too far.
func likeness(r inspection.Record) string {
	if r.Familiarity == nil {
		return "–"
	}
	return fmt.Sprintf("%.2f of %.2f", r.Familiarity.Distance, r.Familiarity.Limit)
}

func partName(r inspection.Record) string {
	switch {
	case r.Serial != "":
		return r.Serial
	case r.Image != "":
		return r.Image
	}
	return fmt.Sprintf("frame %d", r.Frame)
}

func decided(r inspection.Record) string {
	if r.Operator == nil {
		return "not decided"
	}
	if open(r) {
		return "taken back by " + r.Operator.By
	}
	return widgets.Word(r.Operator.Verdict) + " by " + r.Operator.By
}

// draw shows the picture of a part.
func (v *part) draw(d judged) {
	v.drawn = d
	if d.crop == nil {
		v.crop.SetMessage("No picture", "")
		v.crop.SetPicture(nil, image.Point{})
		v.crop.SetHeatmap(nil, inspection.Rectangle{})
		return
	}
	v.crop.SetPicture(d.crop, image.Pt(d.zone.Width, d.zone.Height))
	v.showHeat(v.page.heatOn)
}

func (v *part) showHeat(on bool) {
	if !on || v.drawn.heat == nil || v.drawn.crop == nil {
		v.crop.SetHeatmap(nil, inspection.Rectangle{})
		return
	}
	zone := v.drawn.heatZone
	zone.X, zone.Y = zone.X-v.drawn.zone.X, zone.Y-v.drawn.zone.Y
	v.crop.SetHeatmap(v.drawn.heat, zone)
}

// showJudged shows a part that has just been judged.
func (p *Page) showJudged(d judged) {
	if d.record.ID < p.newest.ID {
		return
	}
	p.newest = d.record
	if p.pinned != "" {
		return
	}
	p.part.draw(d)
	p.showPart()
}

// current returns the record in hand and whether it was picked from the strip.
func (p *Page) current() (r inspection.Record, picked bool) {
	for _, r := range p.status.Recent {
		if p.pinned != "" && r.ID == p.pinned {
			return r, true
		}
	}
	return p.newest, false
}

func (p *Page) showPart() {
	r, picked := p.current()
	note := "newest"
	if picked {
		note = "OLDER " + r.Time.Local().Format("15:04:05")
	}
	if unfamiliar(r) && r.Operator == nil {
		note = "unfamiliar"
		if r.Familiarity != nil {
			note = fmt.Sprintf("unfamiliar: %.2f", r.Familiarity.Distance)
		}
	}
	if r.Operator != nil && r.Operator.Verdict != r.Machine.Verdict && r.Machine.Verdict != inspection.Review {
		note = "machine: " + widgets.Word(r.Machine.Verdict)
	}
	p.part.show(r, note)
	p.restrip.Request()
	if r.ID != "" && p.part.drawn.record.ID != r.ID && (picked || p.part.drawn.crop == nil) {
		p.loadPart(r)
	}
}

// showStrip draws the last parts and marks the one in hand.
func (p *Page) showStrip() {
	r, _ := p.current()
	p.strip.Set(p.status.Recent, r.ID)
}

// loadPart fetches the picture of a part that was not just judged.
func (p *Page) loadPart(r inspection.Record) {
	p.part.drawn.record = r // asks once
	region := p.status.Recipe.Region
	task.RunIn(p.host.Tasks, &p.picks, func(context.Context) (judged, error) {
		img, err := p.station.Image(r.ID)
		if err != nil {
			return judged{record: r}, err
		}
		return draw(r, img, region), nil
	}, func(d judged, err error) {
		if now, _ := p.current(); now.ID != r.ID {
			return
		}
		p.part.draw(d)
		if err != nil {
			p.host.Notify("The picture of this part cannot be shown.")
		}
	})
}

// Walk moves along the strip: 1 to an older part, -1 to a newer one.
func (p *Page) Walk(step int) {
	recent := p.strip.Shown()
	if len(recent) == 0 {
		return
	}
	at := 0
	r, _ := p.current()
	for i := range recent {
		if recent[i].ID == r.ID {
			at = i
		}
	}
	at = max(0, min(len(recent)-1, at+step))
	if at == 0 && step < 0 {
		p.Follow()
		return
	}
	p.pinned = recent[at].ID
	p.showPart()
	p.showStrip()
}

// Follow goes back to the newest part.
func (p *Page) Follow() {
	p.pinned = ""
	p.picks.Stop()
	if last := p.feed.last.Load(); last != nil && last.record.ID == p.newest.ID {
		p.part.draw(*last)
	}
	p.showPart()
}
