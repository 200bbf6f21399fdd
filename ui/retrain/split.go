package retrain

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/station"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// splitChoices are the ways to divide, the most honest last.
var splitChoices = []struct {
	kind        station.SplitKind
	name, words string
}{
	{station.SplitOfficial, "As it came", "Keeps the folders train and test. Comparable with published figures, and only as honest as whoever made them: " +
		"copies of a part may stand on both sides."},
	{station.SplitRandom, "Random", "Draws each part by seed, class by class. Simple, but near-copies of a part land on both sides, " +
		"so the accuracy it measures is too good."},
	{station.SplitGrouped, "Grouped", "Keeps near-copies of a part on one side: any flip, quarter turn or small shift. " +
		"The honest one: it tells how the model does on parts that it has never seen."},
}

// split is the second step: what is learnt from, what chooses, what judges.
type split struct {
	page *Page
	root fyne.CanvasObject

	buttons                []*widgets.Button
	reading                *reading
	table                  *widgets.Table
	bars                   [3]*widgets.Bar
	crossing, groups, lock *notice
	empty                  fyne.CanvasObject
	body                   fyne.CanvasObject
}

func newSplit(p *Page) *split {
	s := &split{page: p, reading: newReading(p), crossing: newNotice(p), groups: newNotice(p), lock: newNotice(p)}
	choices := container.NewVBox(widgets.NewHeading("How the pictures are divided"))
	for _, c := range splitChoices {
		b := widgets.NewIconButton(c.name, base.RadioButtonIcon(), func() { s.pick(c.kind) })
		b.Alignment = widget.ButtonAlignLeading
		s.buttons = append(s.buttons, b)
		_, words := widgets.NewParagraph(c.words)
		choices.Add(container.NewVBox(b, widgets.Inset(4, words)))
	}
	choices.Add(s.reading.row)
	s.table = widgets.NewTable(90, []string{"Sound", "Defective", "Together", "Share"}, []string{"Training: learnt from", "Validation: chooses the best epoch", "Test: judges the result", "All"})
	bars := container.New(layout.NewCustomPaddedVBoxLayout(6))
	for i, name := range []string{"Training", "Validation", "Test"} {
		s.bars[i] = widgets.NewBar(theme.ColorPass, theme.ColorFail)
		bars.Add(widgets.NewWeighted([]float32{0, 1}, widgets.MinWidth(90, widgets.NewCaption(name)), s.bars[i]))
	}
	s.body = container.NewVBox(widgets.NewHeading("What stands where"), s.table, gap(), bars, gap(), s.crossing.row, s.groups.row, s.lock.row)
	s.empty = emptyState("No pictures yet", "Choose samples in step 1; how they are divided is shown here.")
	s.root = widgets.NewRatio(0.4, widgets.NewPanel(container.NewVScroll(choices)), widgets.NewPanel(container.NewVScroll(container.NewStack(s.empty, s.body))))
	return s
}

// emptyState says what is missing, and what to do.
func emptyState(title, text string) fyne.CanvasObject {
	head := widgets.NewText(title, base.ColorNameForeground, base.SizeNameSubHeadingText, fyne.TextStyle{Bold: true}, fyne.TextAlignCenter)
	line := widgets.NewText(text, theme.ColorMuted, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignCenter)
	return container.NewVBox(layout.NewSpacer(), head, line, layout.NewSpacer())
}

func (s *split) content() fyne.CanvasObject { return s.root }
func (s *split) show()                      {}

func (s *split) state() (widgets.StepState, string) {
	d := s.page.set
	switch {
	case !d.known:
		return widgets.StepToDo, "needs samples"
	case d.imports.Busy():
		return widgets.StepRunning, d.share()
	case d.problem != "":
		return widgets.StepProblem, "not divided"
	case d.report.Problem != "":
		return widgets.StepProblem, "not usable"
	}
	return widgets.StepDone, splitName(d.report.Split)
}

func splitName(kind station.SplitKind) string {
	for _, c := range splitChoices {
		if c.kind == kind {
			return strings.ToLower(c.name)
		}
	}
	return ""
}

func (s *split) hint() string {
	d := s.page.set
	switch {
	case !d.known:
		return "First choose samples: step 1."
	case d.imports.Busy():
		return "The pictures are being divided."
	case d.report.Crossing > 0 && d.report.Split != station.SplitGrouped:
		return "For a figure to rely on, divide them grouped. For one to compare with others, leave them as they came."
	}
	return "The split is set. Go on to the variants that training shows of each picture."
}

func (s *split) pick(kind station.SplitKind) {
	if d := s.page.set; d.known && d.report.Split != kind {
		d.divide(kind)
	}
}

func (s *split) update() {
	d := s.page.set
	idle := d.known && !d.imports.Busy() && !s.page.Training()
	for i, c := range splitChoices {
		icon, importance := base.RadioButtonIcon(), widget.MediumImportance
		if d.known && d.report.Split == c.kind {
			icon, importance = base.RadioButtonCheckedIcon(), widget.HighImportance
		}
		if s.buttons[i].Icon.Name() != icon.Name() {
			s.buttons[i].Icon = icon
			s.buttons[i].Refresh()
		}
		s.buttons[i].Change(c.name, importance, idle)
	}
	s.reading.update()
	s.page.hide(s.empty, d.known)
	s.page.hide(s.body, !d.known)
	if d.known {
		s.counts(d.report)
		s.notices(d.report)
	}
}

func (s *split) counts(r station.DatasetReport) {
	total := all(r)
	for i, c := range []station.ClassCount{r.Train, r.Validation, r.Test, total} {
		s.table.Set(i, 0, count(c.Normal))
		s.table.Set(i, 1, count(c.Defective))
		s.table.Set(i, 2, count(c.Total()))
		s.table.Set(i, 3, percent(c.Total(), total.Total()))
		if i < len(s.bars) && total.Total() > 0 {
			s.bars[i].Set(float64(c.Normal)/float64(total.Total()), float64(c.Defective)/float64(total.Total()))
		}
	}
}

func (s *split) notices(r station.DatasetReport) {
	state, words := widgets.StepDone, "No test picture has a near-duplicate in training or validation."
	if r.Crossing > 0 {
		state = widgets.StepReady
		words = fmt.Sprintf("%s of %s (%s) have a near-duplicate in training or validation: the measured accuracy flatters the model.",
			many(r.Crossing, "test picture", "test pictures"), count(r.Test.Total()), percent(r.Crossing, r.Test.Total()))
	}
	if r.Test.Total() == 0 {
		state, words = widgets.StepReady, "There is no test part: the comparison falls back on the validation part."
	}
	s.crossing.set(state, words)
	s.groups.set(widgets.StepToDo, fmt.Sprintf("%s, each counted as one when the pictures are divided by group.", many(r.Groups, "group of near-duplicates", "groups of near-duplicates")))
	s.lock.set(widgets.StepToDo, "The test part is locked: neither training nor the choice of the best epoch can read it. "+s.uses())
}

// uses says how often the test part has been used.
func (s *split) uses() string {
	if c := s.page.status.Comparison; c != nil && c.TestUses > 0 {
		return fmt.Sprintf("It has been used %s so far; each further use makes its figure a little less honest.", times(c.TestUses))
	}
	return "Each use is counted, and shown with the comparison."
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return count(n) + " times"
}

func (s *split) typedKey(fyne.KeyName) bool { return false }
