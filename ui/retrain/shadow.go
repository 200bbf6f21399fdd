package retrain

import (
	"context"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/station"
	"assay/ui/task"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// shadow runs the chosen model silently beside the one that judges, and lists where they disagree.
type shadow struct {
	promote *promote
	root    fyne.CanvasObject

	words                      *widgets.Text
	judged, disagreed, skipped *widgets.Text
	toggle                     *widgets.Button
	ending                     *notice // why the last one ended by itself
	list                       *widgets.List
	empty                      *widgets.Text
	shown                      []station.ShadowDisagreement
	starts                     task.Slot
}

// shadowColumns are the shares of a row.
var shadowColumns = columns{0.22, 0.39, 0.39}

func newShadow(r *promote) *shadow {
	s := &shadow{promote: r, ending: newNotice(r.page)}
	s.words = widgets.NewText("", theme.ColorMuted, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignLeading)
	number := func() *widgets.Text {
		return widgets.NewText("–", base.ColorNameForeground, base.SizeNameSubHeadingText, fyne.TextStyle{Bold: true}, fyne.TextAlignTrailing)
	}
	s.judged, s.disagreed, s.skipped = number(), number(), number()
	s.toggle = widgets.NewButton("", s.switchOver)
	s.list = widgets.NewList(func() int { return len(s.shown) }, func() fyne.CanvasObject { return newShadowRow() }, func(i int, o fyne.CanvasObject) {
		if i >= 0 && i < len(s.shown) {
			o.(*shadowRow).set(s.shown[i])
		}
	})
	s.list.OnSelected = s.open
	s.empty = widgets.NewText("", theme.ColorMuted, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignCenter)
	heads := container.New(shadowColumns)
	for _, name := range []string{"When", "Judges", "Shadow"} {
		heads.Add(widgets.NewText(name, theme.ColorMuted, base.SizeNameCaptionText, fyne.TextStyle{Bold: true}, fyne.TextAlignLeading))
	}
	numbers := container.NewGridWithColumns(3, figure("Judged by both", s.judged), figure("Disagreed", s.disagreed), figure("Too slow for", s.skipped))
	head := container.NewVBox(container.NewBorder(nil, nil, widgets.NewHeading("Shadow: try a model in silence"), s.toggle), s.words, s.ending.row, numbers, gap(), widgets.Inset(4, heads), widget.NewSeparator())
	s.root = container.NewBorder(head, nil, nil, nil, container.NewStack(s.empty, s.list))
	return s
}

func (s *shadow) running() bool { return s.promote.page.shadow.Model.Name != "" }

func (s *shadow) update() {
	now := s.promote.page.shadow
	target, ok := s.promote.target()
	if now.Problem != "" {
		s.ending.set(widgets.StepProblem, now.Problem)
	} else {
		s.ending.set(widgets.StepDone, now.Notice)
	}
	s.judged.SetText(count(now.Judged))
	s.disagreed.SetText(count(now.Disagreed))
	s.skipped.SetText(count(now.Skipped))
	if s.running() {
		s.words.SetText(fmt.Sprintf("%s judges in silence since %s.", modelName(now.Model), now.Since.Local().Format("02 Jan 15:04")))
		s.promote.page.rename(s.toggle, "Stop the shadow  (H)", widget.MediumImportance, !s.starts.Busy())
		s.empty.SetText("No disagreement so far.")
	} else {
		s.words.SetText("The chosen model judges live parts too; nobody sees its verdicts.")
		words := "Start as shadow  (H)"
		if ok {
			words = "Start " + modelName(target.Ref) + " as shadow  (H)"
		}
		s.promote.page.rename(s.toggle, words, widget.MediumImportance, ok && target.Ref != s.promote.page.station.Snapshot().Model && !s.starts.Busy())
		s.empty.SetText("Parts on which the two disagree are listed here.")
	}
	s.shown = now.Disagreements
	s.list.Refresh()
	s.promote.page.hide(s.empty, len(s.shown) > 0)
}

func (s *shadow) switchOver() {
	page := s.promote.page
	if s.running() {
		task.RunIn(page.host.Tasks, &s.starts, func(context.Context) (struct{}, error) { page.station.StopShadow(); return struct{}{}, nil },
			func(struct{}, error) { page.update() })
		page.update()
		return
	}
	target, ok := s.promote.target()
	if !ok {
		return
	}
	task.RunIn(page.host.Tasks, &s.starts, func(context.Context) (struct{}, error) { return struct{}{}, page.station.StartShadow(target.Ref) },
		func(_ struct{}, err error) {
			page.host.Error("The shadow was not started", err)
			page.update()
		})
	page.update()
}

func (s *shadow) open(i int) {
	s.list.UnselectAll()
	if i >= 0 && i < len(s.shown) {
		s.promote.page.host.OpenRecord(s.shown[i].Record)
	}
}

// shadowRow is one part on which the models disagree.
type shadowRow struct {
	widget.BaseWidget
	when                      *widgets.Text
	current, shadow           *widgets.Mark
	currentScore, shadowScore *widgets.Text
	body                      fyne.CanvasObject
}

func newShadowRow() *shadowRow {
	r := &shadowRow{current: widgets.NewMark(), shadow: widgets.NewMark(), currentScore: widgets.NewNumber(""), shadowScore: widgets.NewNumber("")}
	r.when = widgets.NewText("", base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignLeading)
	side := func(mark *widgets.Mark, score *widgets.Text) fyne.CanvasObject {
		return widgets.NewWeighted([]float32{0, 0, 1}, mark, widgets.MinWidth(60, score))
	}
	r.body = widgets.MinSize(0, 34, widgets.Inset(4, container.New(shadowColumns, r.when, side(r.current, r.currentScore), side(r.shadow, r.shadowScore))))
	r.ExtendBaseWidget(r)
	return r
}

func (r *shadowRow) set(d station.ShadowDisagreement) {
	r.when.SetText(d.At.Local().Format("15:04:05"))
	r.current.Set(d.Current)
	r.shadow.Set(d.Shadow)
	r.currentScore.SetText(fmt.Sprintf("%.3f", d.CurrentScore))
	r.shadowScore.SetText(fmt.Sprintf("%.3f", d.ShadowScore))
}

// CreateRenderer is part of fyne.Widget.
func (r *shadowRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.body) }
