package retrain

import (
	"image"
	"strings"
	"sync/atomic"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/inspection"
	"assay/station"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// Entries of the filters. The first of each does not filter.
const (
	allClasses    = "Both classes"
	onlySound     = "Sound"
	onlyDefective = "Defective"
	allParts      = "All parts"
	onlyTraining  = "Training"
	onlyCheck     = "Validation"
	onlyTest      = "Test"
	allStates     = "Changed or not"
	onlyChanged   = "Relabelled"
	onlyExcluded  = "Excluded"
)

// browse shows the samples as a grid of thumbnails, and the one chosen.
type browse struct {
	page *Page
	root fyne.CanvasObject

	class, part, changed   *widgets.Select
	total                  *widgets.Text
	grid                   *widgets.Grid
	empty                  *widgets.Text
	thumbs                 *widgets.Thumbnails
	snapshot               atomic.Pointer[string] // what the thumbnails are loaded from
	shown                  []station.SampleImage
	chosen                 string // digest
	name, facts            *widgets.Text
	large                  *widgets.Thumb
	relabel, exclude, undo *widgets.Button
	detail                 fyne.CanvasObject
}

func newBrowse(p *Page) *browse {
	b := &browse{page: p}
	b.thumbs = newSampleThumbs(p, &b.snapshot)
	filter := func(string) { b.filter() }
	b.class, b.part, b.changed = widgets.NewSelect(allClasses, filter), widgets.NewSelect(allParts, filter), widgets.NewSelect(allStates, filter)
	b.class.Set([]string{allClasses, onlySound, onlyDefective}, allClasses)
	b.part.Set([]string{allParts, onlyTraining, onlyCheck, onlyTest}, allParts)
	b.changed.Set([]string{allStates, onlyChanged, onlyExcluded}, allStates)
	b.total = widgets.NewText("", base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{Bold: true}, fyne.TextAlignTrailing)
	b.empty = widgets.NewText("", theme.ColorMuted, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignCenter)
	b.grid = widgets.NewGrid(func() int { return len(b.shown) }, func() fyne.CanvasObject { return newCell(b.thumbs) }, b.draw)
	b.grid.OnSelected = func(i int) { b.choose(i) }
	b.layDetail()
	filters := widgets.NewWeighted([]float32{1, 1, 1, 0}, widgets.Outlined(b.class), widgets.Outlined(b.part), widgets.Outlined(b.changed), widgets.MinWidth(118, b.total))
	b.root = widgets.NewPanel(container.NewBorder(container.NewVBox(filters, gap()), b.detail, nil, nil, container.NewStack(b.empty, b.grid)))
	return b
}

// newSampleThumbs loads small pictures of the samples of a snapshot that may change.
func newSampleThumbs(p *Page, snapshot *atomic.Pointer[string]) *widgets.Thumbnails {
	return widgets.NewThumbnails(p.host.Tasks, 1024, func(digest string) (image.Image, error) {
		name := snapshot.Load()
		if name == nil {
			return nil, inspection.ErrNotFound
		}
		return p.station.SamplePicture(p.host.Tasks.Context(), *name, digest)
	})
}

func (b *browse) layDetail() {
	b.large = widgets.NewThumb(b.thumbs, 76)
	b.name = widgets.NewText("", base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{Bold: true}, fyne.TextAlignLeading)
	b.facts = widgets.NewText("", theme.ColorMuted, base.SizeNameCaptionText, fyne.TextStyle{}, fyne.TextAlignLeading)
	b.relabel = widgets.NewButton("", b.askRelabel)
	b.exclude = widgets.NewButton("", b.askExclude)
	b.undo = widgets.NewButton("Undo  (U)", func() { b.page.set.undo() })
	buttons := container.NewHBox(b.relabel, b.exclude, layout.NewSpacer(), b.undo)
	words := container.New(layout.NewCustomPaddedVBoxLayout(4), b.name, b.facts, buttons)
	b.detail = container.NewVBox(widget.NewSeparator(), widgets.NewWeighted([]float32{0, 1}, b.large, words))
}

// reset shows another data set.
func (b *browse) reset() {
	if before := b.snapshot.Load(); before == nil || *before != b.page.set.report.Snapshot {
		name := b.page.set.report.Snapshot
		b.snapshot.Store(&name)
	}
	b.filter()
}

// filter chooses what the grid shows, and keeps the chosen sample where it is among it.
func (b *browse) filter() {
	b.shown = b.shown[:0]
	for _, s := range b.page.set.images {
		if b.wants(s) {
			b.shown = append(b.shown, s)
		}
	}
	b.grid.UnselectAll()
	b.grid.Refresh()
	b.update()
}

func (b *browse) wants(s station.SampleImage) bool {
	class := map[string]string{onlySound: classNormal, onlyDefective: classDefective}[b.class.Selected]
	part := map[string]string{onlyTraining: partTrain, onlyCheck: partValidation, onlyTest: partTest}[b.part.Selected]
	switch {
	case class != "" && s.Class != class, part != "" && s.Part != part:
		return false
	case b.changed.Selected == onlyExcluded:
		return s.Excluded
	case b.changed.Selected == onlyChanged:
		return s.Reason != "" && !s.Excluded
	}
	return true
}

func (b *browse) draw(i int, object fyne.CanvasObject) {
	if i >= 0 && i < len(b.shown) {
		showSample(object.(*cell), b.shown[i])
	}
}

func (b *browse) choose(i int) {
	if i >= 0 && i < len(b.shown) {
		b.chosen = b.shown[i].Digest
		b.update()
	}
}

// sample returns the chosen sample as the set in hand has it.
func (b *browse) sample() (station.SampleImage, bool) {
	for _, s := range b.page.set.images {
		if b.chosen != "" && s.Digest == b.chosen {
			return s, true
		}
	}
	return station.SampleImage{}, false
}

func (b *browse) update() {
	d := b.page.set
	b.total.SetText(pictures(len(b.shown)))
	b.empty.SetText(b.emptyWords())
	b.page.hide(b.empty, len(b.shown) > 0)
	s, ok := b.sample()
	idle := ok && !d.changes.Busy() && !d.imports.Busy() && !b.page.Training()
	b.large.Set(s.Digest)
	b.page.hide(b.large, !ok)
	b.name.SetText("No picture chosen")
	b.facts.SetText("Choose a picture to look at its label, or to put it right.")
	if ok {
		b.name.SetText(s.Name)
		b.facts.SetText(sampleFacts(s))
	}
	b.page.rename(b.relabel, relabelWords(s), widget.MediumImportance, idle)
	b.page.rename(b.exclude, excludeWords(s), widget.MediumImportance, idle)
	widgets.SetEnabled(b.undo, len(d.undos) > 0 && !d.changes.Busy() && !b.page.Training())
}

func (b *browse) emptyWords() string {
	switch {
	case !b.page.set.known:
		return "The pictures appear here once they are read."
	case len(b.page.set.images) == 0:
		return "The pictures of this set cannot be shown one by one."
	}
	return "No picture matches these filters."
}

func sampleFacts(s station.SampleImage) string {
	text := classWord(s.Class) + ", " + partWord(s.Part) + " part"
	if s.Excluded {
		text = classWord(s.Class) + ", excluded"
	}
	if s.Reason != "" {
		text += ": " + s.Reason
	}
	return text
}

func relabelWords(s station.SampleImage) string {
	if s.Class == classDefective {
		return "It is sound …  (R)"
	}
	return "It is defective …  (R)"
}

func excludeWords(s station.SampleImage) string {
	if s.Excluded {
		return "Include again …  (E)"
	}
	return "Exclude …  (E)"
}

func other(class string) string {
	if class == classNormal {
		return classDefective
	}
	return classNormal
}

func (b *browse) askRelabel() {
	s, ok := b.sample()
	if !ok {
		return
	}
	class := other(s.Class)
	b.page.askReason("Relabel "+s.Name, "The picture is kept as "+classWord(class)+" from the next version of the set on.", "Relabel",
		func(by, reason string) {
			b.page.set.change("The picture was not relabelled", b.relabelled(s, class, by, reason), b.relabelledBack(s, by, undone(reason)))
		})
}

func (b *browse) askExclude() {
	s, ok := b.sample()
	if !ok {
		return
	}
	if s.Excluded {
		b.page.askReason("Include "+s.Name+" again", "The picture is used again from the next version of the set on.", "Include",
			func(by, reason string) {
				b.page.set.change("The picture was not included", b.included(s, by, reason), b.excluded(s, by, undone(reason)))
			})
		return
	}
	b.page.askReason("Exclude "+s.Name, "The picture is left out from the next version of the set on. Nothing is deleted.", "Exclude",
		func(by, reason string) {
			b.page.set.change("The picture was not excluded", b.excluded(s, by, reason), b.included(s, by, undone(reason)))
		})
}

// undone is why a change is taken back.
func undone(reason string) string { return "undone: " + reason }

func (b *browse) relabelled(s station.SampleImage, class, by, reason string) revision {
	return func(snapshot string) (station.DatasetReport, error) {
		return b.page.station.RelabelSample(snapshot, s.Digest, class, by, reason)
	}
}

// relabelledBack gives a sample its former label. One that was left out for its label came back with the new one.
func (b *browse) relabelledBack(s station.SampleImage, by, reason string) revision {
	back := b.relabelled(s, s.Class, by, reason)
	if !s.Excluded {
		return back
	}
	return func(snapshot string) (station.DatasetReport, error) {
		report, err := back(snapshot)
		if err != nil {
			return report, err
		}
		return b.excluded(s, by, reason)(report.Snapshot)
	}
}

func (b *browse) excluded(s station.SampleImage, by, reason string) revision {
	return func(snapshot string) (station.DatasetReport, error) {
		return b.page.station.ExcludeSample(snapshot, s.Digest, by, reason)
	}
}

func (b *browse) included(s station.SampleImage, by, reason string) revision {
	return func(snapshot string) (station.DatasetReport, error) {
		return b.page.station.IncludeSample(snapshot, s.Digest, by, reason)
	}
}

// preferenceEngineer keeps who acted last.
const preferenceEngineer = "retrain.engineer"

// askReason asks who acts and why; both are needed.
func (p *Page) askReason(title, text, yes string, act func(by, reason string)) {
	by, reason := widgets.NewEntry("your name", nil), widgets.NewEntry("why", nil)
	by.Set(p.host.Preferences.String(preferenceEngineer), nil)
	_, words := widgets.NewParagraph(text)
	submit := func() bool {
		name, why := strings.TrimSpace(by.Text), strings.TrimSpace(reason.Text)
		switch {
		case name == "":
			p.host.Window.Canvas().Focus(by)
			return false
		case why == "":
			p.host.Window.Canvas().Focus(reason)
			return false
		}
		p.host.Preferences.SetString(preferenceEngineer, name)
		act(name, why)
		return true
	}
	done := p.host.Form(title, container.NewVBox(words, widgets.Field("Done by", by), widgets.Field("Reason", reason)), yes, submit, nil)
	reason.OnSubmitted = func(string) {
		if submit() {
			done()
		}
	}
	p.host.Tasks.Post(func() { // after the letter that may have opened the dialog
		if p.host.Open() == nil {
			return
		}
		if by.Text == "" {
			p.host.Window.Canvas().Focus(by)
			return
		}
		p.host.Window.Canvas().Focus(reason)
	})
}

// showSample shows one sample of the grid.
func showSample(c *cell, s station.SampleImage) {
	shape, text, color := classVerdict(s.Class), partWord(s.Part), theme.ColorMuted
	switch {
	case s.Excluded:
		shape, text, color = "", "excluded", theme.ColorReview
	case s.Reason != "":
		text, color = "relabelled", theme.ColorReview
	}
	c.set(s.Digest, shape, text, color)
}

// drawable returns an image as the graphics card takes it.
func drawable(img image.Image) *image.RGBA {
	if img == nil {
		return nil
	}
	if direct := widgets.Direct(img); direct != nil {
		return direct
	}
	return widgets.Reduce(nil, img, img.Bounds(), 1)
}
