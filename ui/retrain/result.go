package retrain

import (
	"context"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/station"
	"assay/ui/task"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// result puts the new model beside the current one.
type result struct {
	page  *Page
	panel fyne.CanvasObject

	candidate, current *column
	words              *widgets.Text
	promote, bring     *widgets.Button
	candidateInfo      *station.ModelInfo
	promoted           string // digest of the model promoted last
	saves              task.Slot
}

func newResult(p *Page) *result {
	r := &result{page: p, candidate: newColumn("New model"), current: newColumn("Current model")}
	r.words = widgets.NewText("", theme.ColorMuted, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignLeading)
	r.promote = widgets.NewButton("Promote …  (M)", r.ask)
	r.promote.Importance = widget.HighImportance
	r.bring = widgets.NewButton("Import model …  (I)", func() { p.host.PickFile(r.Import) })
	head := container.NewHBox(widgets.NewHeading("5   Compare and promote"), layout.NewSpacer(), r.bring, r.promote)
	r.panel = widgets.NewPanel(container.NewVBox(head, container.NewGridWithColumns(2, r.candidate.box, r.current.box), r.words))
	return r
}

func (r *result) apply(s station.TrainingStatus) {
	r.candidateInfo = s.Candidate
	r.candidate.clear("none yet")
	r.current.clear("none")
	r.words.SetText("When a training has ended, both models are compared here on the same pictures.")
	if s.Candidate != nil {
		r.candidate.show(*s.Candidate)
		r.words.SetText("The comparison is being made …")
	}
	if c := s.Comparison; c != nil {
		r.candidate.measure(c.CandidateRight, c.N, c.CandidateCI)
		if c.Current != nil {
			r.current.show(*c.Current)
			r.current.measure(c.CurrentRight, c.N, c.CurrentCI)
		}
		r.words.SetText(compared(*c))
	}
	r.enable()
}

func (r *result) enable() {
	fresh := r.candidateInfo != nil && r.candidateInfo.Ref.SHA256 != r.promoted
	widgets.SetEnabled(r.promote, fresh && r.page.status.State == station.TrainingDone && !r.saves.Busy())
	widgets.SetEnabled(r.bring, !r.saves.Busy())
}

func compared(c station.Comparison) string {
	on := fmt.Sprintf("On the same %d pictures (%s). ", c.N, c.Split)
	switch {
	case c.Current == nil:
		return on + "There is no current model of that name to compare with."
	case c.CandidateRight > c.CurrentRight:
		return on + fmt.Sprintf("The new model is right %s more often; they differ on %d.", times(c.CandidateRight-c.CurrentRight), c.Differ)
	case c.CandidateRight < c.CurrentRight:
		return on + fmt.Sprintf("The new model is right %s less often; they differ on %d.", times(c.CurrentRight-c.CandidateRight), c.Differ)
	}
	return on + fmt.Sprintf("Both are right equally often; they differ on %d.", c.Differ)
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// ask asks who promotes and why.
func (r *result) ask() {
	if r.candidateInfo == nil {
		return
	}
	model := *r.candidateInfo
	by := widgets.NewEntry("your name", nil)
	by.Set(r.page.host.Preferences.String(preferenceEngineer), nil)
	reason := widgets.NewEntry("what makes it better", nil)
	_, text := widgets.NewParagraph(fmt.Sprintf("%s %d takes over between two parts. The current model is kept and can be brought back.", model.Ref.Name, model.Ref.Version))
	form := container.NewVBox(text, widgets.Field("Promoted by", by), widgets.Field("Reason", reason))
	r.page.host.Form("Promote "+model.Ref.Name, form, "Promote", func() bool {
		name, why := strings.TrimSpace(by.Text), strings.TrimSpace(reason.Text)
		canvas := r.page.host.Window.Canvas()
		if name == "" {
			canvas.Focus(by)
			return false
		}
		if why == "" {
			canvas.Focus(reason)
			return false
		}
		r.page.host.Preferences.SetString(preferenceEngineer, name)
		r.save(model, name, why)
		return true
	}, nil)
}

// preferenceEngineer keeps who promoted last.
const preferenceEngineer = "retrain.engineer"

func (r *result) save(m station.ModelInfo, by, reason string) {
	task.RunIn(r.page.host.Tasks, &r.saves, func(context.Context) (struct{}, error) {
		return struct{}{}, r.page.station.Promote(m.Ref.Name, m.Ref.Version, by, reason)
	}, func(_ struct{}, err error) {
		if err != nil {
			r.page.host.Error("The model was not promoted", err)
		} else {
			r.promoted = m.Ref.SHA256
			r.page.host.Notify(fmt.Sprintf("%s %d is promoted and judges from now on.", m.Ref.Name, m.Ref.Version))
		}
		r.enable()
	})
	r.enable()
}

// Import checks and registers a model file from outside.
func (r *result) Import(file string) {
	r.words.SetText("Checking " + file + " …")
	task.RunIn(r.page.host.Tasks, &r.saves, func(ctx context.Context) (station.ModelInfo, error) {
		return r.page.station.ImportModel(ctx, file)
	}, func(m station.ModelInfo, err error) {
		r.apply(r.page.status)
		if err != nil {
			r.page.host.Error("The model was not imported", err)
			return
		}
		r.page.host.Notify(fmt.Sprintf("Imported as %s %d. Choose it on the Inspect page.", m.Ref.Name, m.Ref.Version))
	})
	r.enable()
}

// column shows one model and how it did.
type column struct {
	box                    fyne.CanvasObject
	name, right, low, card *widgets.Text
}

func newColumn(caption string) *column {
	text := func(size fyne.ThemeSizeName, bold bool, color fyne.ThemeColorName) *widgets.Text {
		return widgets.NewText("", color, size, fyne.TextStyle{Bold: bold}, fyne.TextAlignLeading)
	}
	c := &column{name: text(base.SizeNameText, true, base.ColorNameForeground), right: text(base.SizeNameHeadingText, true, base.ColorNameForeground),
		low: text(base.SizeNameText, false, base.ColorNameForeground), card: text(base.SizeNameCaptionText, false, theme.ColorMuted)}
	head := widgets.NewWeighted([]float32{0, 1}, widgets.NewCaption(caption), c.name)
	c.box = container.New(layout.NewCustomPaddedVBoxLayout(2), head, c.right, c.low, c.card)
	return c
}

func (c *column) clear(name string) {
	c.name.SetText(name)
	c.right.SetText("–")
	c.low.SetText("")
	c.card.SetText("")
}

func (c *column) show(m station.ModelInfo) {
	c.name.SetText(fmt.Sprintf("%s %d", m.Ref.Name, m.Ref.Version))
	c.card.SetText(fmt.Sprintf("%d × %d pixels, %d parameters, best epoch %d of %d",
		m.Card.Input.Width, m.Card.Input.Height, m.Card.Parameters.Total, m.Card.BestEpoch, m.Card.Epochs))
}

func (c *column) measure(right, n int, interval [2]float64) {
	if n == 0 {
		return
	}
	c.right.SetText(fmt.Sprintf("%d of %d right", right, n))
	c.low.SetText(fmt.Sprintf("%.2f %%, 95 %% certain: %.2f to %.2f %%", 100*float64(right)/float64(n), interval[0], interval[1]))
}
