package retrain

import (
	"context"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/station"
	"assay/ui/task"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// samples is the first step: which pictures to train on.
type samples struct {
	page  *Page
	panel fyne.CanvasObject

	kind              *widgets.Segmented
	choose            *widgets.Button
	folder            *widgets.Text
	normal, defective *widgets.Text
	balance           *widgets.Bar
	words             *widget.Label

	choice  station.DatasetChoice
	summary station.DatasetSummary
	known   bool // summary belongs to choice
	looks   task.Slot
}

func newSamples(p *Page) *samples {
	s := &samples{page: p, choice: station.DatasetChoice{Kind: station.DatasetFolder}}
	s.kind = widgets.NewSegmented([]string{string(station.DatasetFolder), string(station.DatasetReviewed)}, []string{"Folder", "Reviewed log"}, s.pick)
	s.kind.Set(string(station.DatasetFolder))
	s.choose = widgets.NewIconButton("Choose folder …  (D)", base.FolderOpenIcon(), func() { p.host.PickFolder(s.Look) })
	s.folder = widgets.NewText("", theme.ColorMuted, base.SizeNameCaptionText, fyne.TextStyle{}, fyne.TextAlignLeading)
	s.normal, s.defective = widgets.NewNumber("–"), widgets.NewNumber("–")
	s.balance = widgets.NewBar(theme.ColorPass, theme.ColorFail)
	var words fyne.CanvasObject
	s.words, words = widgets.NewParagraph("")
	counts := container.New(&widgets.Weighted{Weights: []float32{1, 1}, Gap: 32},
		container.NewBorder(nil, nil, widgets.NewLabel("Sound parts"), nil, s.normal),
		container.NewBorder(nil, nil, widgets.NewLabel("Defective parts"), nil, s.defective))
	s.panel = widgets.NewPanel(container.NewVBox(widgets.NewHeading("1   Samples"), s.kind, s.choose, s.folder, counts, s.balance, words))
	s.say()
	return s
}

func (s *samples) pick(kind string) {
	s.choice = station.DatasetChoice{Kind: station.DatasetKind(kind), Folder: s.choice.Folder}
	s.known = false
	if s.choice.Kind == station.DatasetReviewed || s.choice.Folder != "" {
		s.look()
		return
	}
	s.looks.Stop()
	s.say()
	s.page.enable()
}

// Look takes a folder and reads what it holds.
func (s *samples) Look(folder string) {
	s.choice = station.DatasetChoice{Kind: station.DatasetFolder, Folder: folder}
	s.kind.Set(string(station.DatasetFolder))
	s.look()
}

func (s *samples) look() {
	s.known = false
	choice := s.choice
	task.RunIn(s.page.host.Tasks, &s.looks, func(ctx context.Context) (station.DatasetSummary, error) {
		return s.page.station.InspectDataset(ctx, choice)
	}, func(summary station.DatasetSummary, err error) {
		if err != nil {
			summary = station.DatasetSummary{Problem: station.Explain(err)}
		}
		s.summary, s.known = summary, true
		s.say()
		s.page.enable()
	})
	s.say()
	s.page.enable()
}

// ready reports whether there is something to train on.
func (s *samples) ready() bool {
	return s.known && s.summary.Problem == "" && s.summary.Normal > 0 && s.summary.Defective > 0
}

func (s *samples) enable(idle bool) {
	s.kind.SetEnabled(idle)
	widgets.SetEnabled(s.choose, idle && s.choice.Kind == station.DatasetFolder)
}

func (s *samples) say() {
	s.folder.SetText("")
	if s.choice.Kind == station.DatasetFolder {
		s.folder.SetText(s.choice.Folder)
	}
	if !s.known {
		s.normal.SetText("–")
		s.defective.SetText("–")
		s.balance.Set()
		s.words.SetText(s.waiting())
		return
	}
	s.normal.SetText(fmt.Sprint(s.summary.Normal))
	s.defective.SetText(fmt.Sprint(s.summary.Defective))
	if total := s.summary.Normal + s.summary.Defective; total > 0 {
		s.balance.Set(float64(s.summary.Normal)/float64(total), float64(s.summary.Defective)/float64(total))
	}
	s.words.SetText(judgement(s.summary))
}

func (s *samples) waiting() string {
	switch {
	case s.looks.Busy():
		return "Reading the pictures …"
	case s.choice.Kind == station.DatasetReviewed:
		return "Every part that a person has reviewed in the log."
	}
	return "A folder with one folder of sound parts (ok, good, normal, pass) and one of defective parts (def, ng, bad, fail)."
}

func judgement(s station.DatasetSummary) string {
	var words []string
	total := s.Normal + s.Defective
	switch {
	case s.Problem != "":
		return s.Problem
	case s.Normal == 0 || s.Defective == 0:
		return "Both kinds are needed: sound and defective parts."
	case total < 100:
		words = append(words, fmt.Sprintf("Only %d pictures: expect a weak model.", total))
	case min(s.Normal, s.Defective)*5 < total:
		words = append(words, "Unbalanced: fewer than one in five is of the rarer kind.")
	default:
		words = append(words, fmt.Sprintf("%d pictures. One in five is kept back to measure the model.", total))
	}
	if n := len(s.Unreadable); n > 0 {
		words = append(words, fmt.Sprintf("%d cannot be read and are left out: %s.", n, few(s.Unreadable)))
	}
	return strings.Join(words, " ")
}

func few(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + ", …"
}
