package retrain

import (
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/inspection"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// report says what the data set in hand holds.
type report struct {
	page *Page
	root *fyne.Container

	name              *widgets.Text
	normal, defective *widgets.Text
	balance           *widgets.Bar
	balanceWords      *widgets.Text
	facts             *factList
	problem, warnings *notice
}

// The rows of the report.
const (
	factSizes = iota
	factModes
	factUnreadable
	factCopies
	factConflicts
	factChanged
)

func newReport(p *Page) *report {
	r := &report{page: p, problem: newNotice(p), warnings: newNotice(p)}
	r.name = widgets.NewText("", base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{Bold: true}, fyne.TextAlignLeading)
	r.normal, r.defective = bigNumber(theme.ColorPass), bigNumber(theme.ColorFail)
	r.balance = widgets.NewBar(theme.ColorPass, theme.ColorFail)
	r.balanceWords = widgets.NewText("", theme.ColorMuted, base.SizeNameCaptionText, fyne.TextStyle{}, fyne.TextAlignTrailing)
	r.facts = newFactList(p, "Sizes", "Colour", "Unreadable", "Exact copies", "Conflicting labels", "Changed by hand")
	r.facts.onShow(factUnreadable, func() { r.list("Files that cannot be read", r.page.set.report.Unreadable) })
	r.facts.onShow(factConflicts, func() { r.list("The same picture with different labels", r.page.set.report.Conflicts) })
	counts := container.NewGridWithColumns(2, classCount(inspection.Pass, "Sound parts", r.normal), classCount(inspection.Fail, "Defective parts", r.defective))
	r.root = container.NewVBox(r.name, counts, r.balance, r.balanceWords, r.problem.row, r.warnings.row, r.facts.root)
	return r
}

func bigNumber(name fyne.ThemeColorName) *widgets.Text {
	return widgets.NewText("–", name, theme.SizeNumber, fyne.TextStyle{Bold: true}, fyne.TextAlignLeading)
}

func classCount(v inspection.Verdict, caption string, number *widgets.Text) fyne.CanvasObject {
	shape := widgets.NewShape(15)
	shape.Set(v)
	head := widgets.NewWeighted([]float32{0, 1}, shape, widgets.NewCaption(caption))
	return container.New(layout.NewCustomPaddedVBoxLayout(0), head, number)
}

// list shows names that are too many for a line.
func (r *report) list(title string, names []string) {
	label := widget.NewLabel(strings.Join(names, "\n"))
	label.Selectable = true
	r.page.host.Show(title, widgets.MinSize(620, 380, container.NewScroll(label)))
}

func (r *report) update() {
	d := r.page.set
	r.page.hide(r.root, !d.known)
	if !d.known {
		return
	}
	total := all(d.report)
	r.name.SetText("Read " + pictures(total.Total()))
	if d.report.Snapshot != "" {
		r.name.SetText(d.report.Snapshot + ": " + pictures(total.Total()))
	}
	r.normal.SetText(count(total.Normal))
	r.defective.SetText(count(total.Defective))
	r.balance.Set()
	r.balanceWords.SetText("")
	if n := total.Total(); n > 0 {
		r.balance.Set(float64(total.Normal)/float64(n), float64(total.Defective)/float64(n))
		r.balanceWords.SetText(percent(total.Normal, n) + " sound, " + percent(total.Defective, n) + " defective")
	}
	r.problem.set(widgets.StepProblem, d.report.Problem)
	r.warnings.set(widgets.StepReady, strings.Join(d.report.Warnings, " "))
	r.facts.set(factSizes, tally(d.report.Sizes), false)
	r.facts.set(factModes, tally(d.report.Modes), false)
	r.facts.set(factUnreadable, none(len(d.report.Unreadable)), len(d.report.Unreadable) > 0)
	r.facts.set(factCopies, none(d.report.ExactDuplicates), false)
	r.facts.set(factConflicts, none(len(d.report.Conflicts)), len(d.report.Conflicts) > 0)
	r.facts.set(factChanged, changed(d.report.Relabelled, d.report.Excluded), false)
}

func none(n int) string {
	if n == 0 {
		return "none"
	}
	return count(n)
}

func changed(relabelled, excluded int) string {
	if relabelled+excluded == 0 {
		return "none"
	}
	return fmt.Sprintf("%s relabelled, %s excluded", count(relabelled), count(excluded))
}

// tally writes how often each value occurs, the most frequent first.
func tally(counts map[string]int) string {
	if len(counts) == 0 {
		return "–"
	}
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
	if len(names) == 1 {
		return "all " + names[0]
	}
	var words []string
	for i, name := range names {
		if i == 3 {
			words = append(words, fmt.Sprintf("%d more", len(names)-i))
			break
		}
		words = append(words, fmt.Sprintf("%s (%s)", name, count(counts[name])))
	}
	return strings.Join(words, ", ")
}

// factList is a list of captions with a value each, and a button that shows more where there is more.
type factList struct {
	page   *Page
	root   fyne.CanvasObject
	values []*widgets.Text
	more   []*widgets.Button
	rooms  []fyne.CanvasObject // of the buttons
}

func newFactList(p *Page, captions ...string) *factList {
	f := &factList{page: p}
	box := container.New(layout.NewCustomPaddedVBoxLayout(3))
	for _, caption := range captions {
		name := widgets.NewText(caption, theme.ColorMuted, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignLeading)
		value := widgets.NewText("–", base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignTrailing)
		more := widgets.NewButton("Show", nil)
		more.Importance = widget.LowImportance
		room := widgets.Inset(-10, more)
		room.Hide()
		f.values, f.more, f.rooms = append(f.values, value), append(f.more, more), append(f.rooms, room)
		line := widgets.NewWeighted([]float32{4, 6, 0}, name, value, room)
		box.Add(container.NewBorder(nil, widget.NewSeparator(), nil, nil, line))
	}
	f.root = box
	return f
}

func (f *factList) onShow(i int, act func()) { f.more[i].OnTapped = act }

func (f *factList) set(i int, text string, more bool) {
	f.values[i].SetText(text)
	f.page.hide(f.rooms[i], !more)
}
