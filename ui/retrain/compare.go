package retrain

import (
	"fmt"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"assay/inspection"
	"assay/station"
	"assay/ui/widgets"
)

// compare is the fifth step: the new model beside the current one, on the same pictures.
type compare struct {
	page *Page
	root fyne.CanvasObject

	figures            *widgets.Table
	verdict            *notice
	basis              *widget.Label
	candidate, current *confusion
	scores, scoresNow  *widgets.Histogram
	thresholds         *thresholds
	gallery            *gallery
	empty, body        fyne.CanvasObject

	shown  *station.Comparison
	viewed bool
}

// The rows of the figures.
const (
	rowRight = iota
	rowAccuracy
	rowInterval
	rowRecall
	rowCalibration
	rowArea
	rowUnfamiliar
)

// bins is how many bars a histogram has.
const bins = 40

func newCompare(p *Page) *compare {
	c := &compare{page: p, verdict: newNotice(p)}
	c.figures = widgets.NewTable(118, []string{"New", "Current"}, []string{"Right", "Accuracy", "95 % certain between", "Defects found", "Calibration error", "Area under ROC", "Unfamiliar"})
	var basis fyne.CanvasObject
	c.basis, basis = widgets.NewParagraph("")
	c.gallery = newGallery(c)
	c.candidate, c.current = newConfusion(c, true), newConfusion(c, false)
	c.scores = widgets.NewHistogram("Scores, new model", "No scores")
	c.scoresNow = widgets.NewHistogram("Scores, current model", "There is no current model of that name.")
	c.thresholds = newThresholds(c)
	left := container.NewVBox(widgets.NewHeading("The same pictures, both models"), c.verdict.row, basis, c.figures, gap(), c.candidate.root, c.current.root)
	right := container.NewBorder(container.NewVBox(widgets.NewRatio(0.5, widgets.Inset(2, c.scores), widgets.Inset(2, c.scoresNow)), c.thresholds.root), nil, nil, nil, c.gallery.root)
	c.body = widgets.NewRatio(0.4, widgets.NewPanel(scrolled(left)), widgets.NewPanel(right))
	c.empty = widgets.NewPanel(emptyState("Nothing to compare yet", "When a training has ended, both models are judged here on the same pictures."))
	c.root = container.NewStack(c.empty, c.body)
	return c
}

func (c *compare) content() fyne.CanvasObject { return c.root }
func (c *compare) show()                      { c.viewed = c.shown != nil }

func (c *compare) state() (widgets.StepState, string) {
	s := c.page.status
	switch {
	case s.Comparison != nil && !c.viewed:
		return widgets.StepReady, "look at it"
	case s.Comparison != nil:
		return widgets.StepDone, fmt.Sprintf("%d of %s", s.Comparison.CandidateRight, count(s.Comparison.N))
	case s.Candidate != nil && c.page.Training():
		return widgets.StepRunning, "judging pictures"
	case s.Candidate != nil:
		return widgets.StepProblem, "not compared"
	}
	return widgets.StepToDo, "needs a model"
}

func (c *compare) hint() string {
	s := c.page.status
	switch {
	case s.Comparison != nil && s.Comparison.Current == nil:
		return "There is no current model of that name: judge the new one by its own figures, and set its thresholds."
	case s.Comparison != nil && s.Request.Adapt:
		return "These are new parts; step 4 says what became of the old ones. Look at what is wrong, set the thresholds, then promote or leave it."
	case s.Comparison != nil:
		return "Look at what either model gets wrong, and set the thresholds. Then promote the new model, or leave things as they are."
	case s.Candidate != nil && c.page.Training():
		return "Both models judge the same pictures now."
	case s.Candidate != nil:
		return "The new model is kept, but was not compared. " + s.Message
	}
	return "First train a model: step 4."
}

func (c *compare) typedKey(name fyne.KeyName) bool {
	if name != fyne.KeyW {
		return false
	}
	if c.shown != nil {
		c.gallery.show("Judged differently", differing(c.shown.Images))
	}
	return true
}

func (c *compare) update() {
	now := c.page.status.Comparison
	c.page.hide(c.empty, now != nil)
	c.page.hide(c.body, now == nil)
	if now == c.shown {
		return
	}
	c.shown, c.viewed = now, now != nil && c.page.visible && c.page.at == stepCompare
	if now == nil {
		return
	}
	c.showFigures(*now)
	state, words := compared(*now)
	c.verdict.set(state, words)
	c.basis.SetText(basis(*now))
	c.candidate.set(*now)
	c.current.set(*now)
	c.scores.Set(station.Histogram(now.Images, true, bins))
	c.page.hide(c.current.root, now.Current == nil)
	if now.Current != nil {
		c.scoresNow.Set(station.Histogram(now.Images, false, bins))
	} else {
		c.scoresNow.Set(nil, nil)
	}
	c.thresholds.reset()
	c.gallery.reset(*now)
}

func (c *compare) showFigures(now station.Comparison) {
	c.figures.Clear()
	c.figures.SetHead(0, "New")
	if candidate := c.page.status.Candidate; candidate != nil {
		c.figures.SetHead(0, "New: "+modelName(candidate.Ref))
	}
	c.column(0, now.N, now.CandidateRight, now.CandidateCI, now.CandidateReport)
	c.figures.SetHead(1, "Current: none")
	if now.Current != nil {
		c.figures.SetHead(1, "Current: "+modelName(now.Current.Ref))
		c.column(1, now.N, now.CurrentRight, now.CurrentCI, now.CurrentReport)
	}
}

func (c *compare) column(i, n, right int, interval [2]float64, r station.ComparedReport) {
	if n == 0 {
		return
	}
	c.figures.Set(rowRight, i, fmt.Sprintf("%s of %s", count(right), count(n)))
	c.figures.Set(rowAccuracy, i, fmt.Sprintf("%.2f %%", 100*float64(right)/float64(n)))
	c.figures.Set(rowInterval, i, fmt.Sprintf("%.2f – %.2f", interval[0], interval[1]))
	if r == (station.ComparedReport{}) {
		return
	}
	c.figures.Set(rowRecall, i, fmt.Sprintf("%.2f %%", r.DefectRecall))
	c.figures.Set(rowCalibration, i, fmt.Sprintf("%.4f", r.ECE))
	c.figures.Set(rowArea, i, fmt.Sprintf("%.4f", r.AUROC))
	c.figures.Set(rowUnfamiliar, i, count(r.Unfamiliar))
}

// compared says how the new model stands beside the current one.
func compared(c station.Comparison) (widgets.StepState, string) {
	state, words := widgets.StepToDo, fmt.Sprintf("Both are right equally often; they differ on %s.", pictures(c.Differ))
	switch {
	case c.Current == nil:
		return widgets.StepToDo, "There is no current model of that name to compare with."
	case c.CandidateRight > c.CurrentRight:
		state, words = widgets.StepDone, fmt.Sprintf("The new model is right %s more often.", times(c.CandidateRight-c.CurrentRight))
	case c.CandidateRight < c.CurrentRight:
		state, words = widgets.StepReady, fmt.Sprintf("The new model is right %s less often.", times(c.CurrentRight-c.CandidateRight))
	}
	if c.Verdict != "" {
		return state, sentence(c.Verdict)
	}
	if c.CandidateRight != c.CurrentRight {
		words += fmt.Sprintf(" They differ on %s.", pictures(c.Differ))
	}
	return state, words
}

// sentence has words begin and end as a sentence does.
func sentence(words string) string {
	runes := []rune(words)
	if len(runes) > 0 && runes[0] >= 'a' && runes[0] <= 'z' {
		runes[0] -= 'a' - 'A'
	}
	if last := runes[len(runes)-1]; last != '.' && last != '!' && last != '?' {
		runes = append(runes, '.')
	}
	return string(runes)
}

func basis(c station.Comparison) string {
	text := fmt.Sprintf("%s of the %s part, answers divided at a score of 0.50.", pictures(c.N), c.Split)
	if c.TestUses > 0 {
		text += fmt.Sprintf(" This test part has been used %s.", times(c.TestUses))
	}
	return text
}

// half is the score from which an answer counts as defective in a comparison.
const half = 0.5

// score is what one of the two models says of an image.
func score(c station.ComparedImage, candidate bool) float64 {
	if candidate {
		return c.Candidate
	}
	return c.Current
}

// differing returns the images on which the two models disagree.
func differing(images []station.ComparedImage) (list []station.ComparedImage) {
	for _, c := range images {
		if !math.IsNaN(c.Current) && (c.Candidate >= half) != (c.Current >= half) {
			list = append(list, c)
		}
	}
	return list
}

// confusion is one model's table of truth against answer; a cell lists its images.
type confusion struct {
	compare   *compare
	candidate bool
	root      fyne.CanvasObject
	title     *widgets.Text
	cells     [2][2]*widgets.Button
}

func newConfusion(c *compare, candidate bool) *confusion {
	f := &confusion{compare: c, candidate: candidate, title: widgets.NewHeading("")}
	head := container.New(columns{0.34, 0.33, 0.33}, f.title, centred("judged sound"), centred("judged defective"))
	box := container.New(layout.NewCustomPaddedVBoxLayout(4), head)
	for truth, name := range []string{"is sound", "is defective"} {
		row := container.New(columns{0.34, 0.33, 0.33}, widgets.NewLabel(name))
		for answer := range 2 {
			f.cells[truth][answer] = widgets.NewButton("", func() { f.list(truth, answer) })
			row.Add(f.cells[truth][answer])
		}
		box.Add(row)
	}
	f.root = container.NewVBox(gap(), box)
	return f
}

func centred(text string) fyne.CanvasObject { return container.NewCenter(widgets.NewCaption(text)) }

func (f *confusion) model() string {
	if f.candidate {
		return "New model"
	}
	return "Current model"
}

func (f *confusion) set(c station.Comparison) {
	f.title.SetText(f.model())
	counts := c.CandidateReport.Confusion
	if !f.candidate {
		counts = c.CurrentReport.Confusion
	}
	for truth := range 2 {
		for answer := range 2 {
			n, importance := counts[truth][answer], widget.MediumImportance
			text := count(n)
			if truth != answer && n > 0 {
				importance, text = widget.DangerImportance, text+" wrong"
			}
			f.cells[truth][answer].Change(text, importance, n > 0)
		}
	}
}

// list shows the images of a cell.
func (f *confusion) list(truth, answer int) {
	var images []station.ComparedImage
	for _, c := range f.compare.shown.Images {
		defective := c.Truth == inspection.Defective
		if defective == (truth == 1) && (score(c, f.candidate) >= half) == (answer == 1) {
			images = append(images, c)
		}
	}
	words := [2]string{"sound", "defective"}
	f.compare.gallery.show(fmt.Sprintf("%s: %s, judged %s", f.model(), words[truth], words[answer]), images)
}
