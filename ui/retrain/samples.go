package retrain

import (
	"context"
	"fmt"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"

	"assay/station"
	"assay/ui/task"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// samples is the first step: which pictures to learn from.
type samples struct {
	page *Page
	root fyne.CanvasObject

	kind      *widgets.Segmented
	choose    *widgets.Button
	folder    *widgets.Text
	snapshots *widgets.Select
	pickers   [2]fyne.CanvasObject // for a folder, for a snapshot
	reading   *reading
	report    *report
	browse    *browse

	path   string // the folder chosen last
	labels map[string]string
	lists  task.Slot
}

func newSamples(p *Page) *samples {
	s := &samples{page: p, reading: newReading(p), report: newReport(p), browse: newBrowse(p)}
	s.kind = widgets.NewSegmentedGrid(2,
		[]string{string(station.DatasetFolder), string(station.DatasetReviewed), string(station.DatasetBoth),
			string(station.DatasetUnfamiliar), string(station.DatasetSnapshot)},
		[]string{"Folder", "Reviewed log", "Both", "Unfamiliar only", "Earlier set"}, s.pick)
	s.kind.Set(string(station.DatasetFolder))
	s.choose = widgets.NewIconButton("Choose folder …  (D)", base.FolderOpenIcon(), func() { p.host.PickFolder(s.Look) })
	s.folder = widgets.NewText("", theme.ColorMuted, base.SizeNameCaptionText, fyne.TextStyle{}, fyne.TextAlignLeading)
	s.snapshots = widgets.NewSelect("Choose a set taken before", s.pickSnapshot)
	s.snapshots.OnOpen = s.reload
	s.pickers = [2]fyne.CanvasObject{container.NewVBox(s.choose, s.folder), widgets.Outlined(s.snapshots)}
	left := container.NewVBox(widgets.NewHeading("Where the pictures come from"), s.kind, s.pickers[0], s.pickers[1], s.reading.row, gap(), s.report.root)
	s.root = widgets.NewRatio(0.4, widgets.NewPanel(scrolled(left)), s.browse.root)
	return s
}

func (s *samples) content() fyne.CanvasObject { return s.root }

func (s *samples) show() { s.reload() }

func (s *samples) state() (widgets.StepState, string) {
	d := s.page.set
	switch {
	case d.imports.Busy() && !d.known:
		return widgets.StepRunning, d.share()
	case d.problem != "" && !d.known:
		return widgets.StepProblem, "not read"
	case !d.known:
		return widgets.StepReady, "choose pictures"
	case d.report.Problem != "":
		return widgets.StepProblem, "not usable"
	}
	return widgets.StepDone, pictures(all(d.report).Total())
}

func (s *samples) hint() string {
	d := s.page.set
	switch {
	case d.imports.Busy():
		return "The pictures are being read. The station goes on inspecting meanwhile."
	case !d.known:
		return "Choose a folder of pictures, or take the parts that people have reviewed in the log."
	case d.report.Problem != "":
		return "Choose other pictures: this set cannot be trained on."
	}
	return "Look through the pictures and put right what is labelled wrongly. Then go on to how they are divided."
}

// pick chooses where the pictures come from.
func (s *samples) pick(kind string) {
	switch station.DatasetKind(kind) {
	case station.DatasetReviewed, station.DatasetUnfamiliar:
		s.page.set.take(station.DatasetChoice{Kind: station.DatasetKind(kind)}, "")
	case station.DatasetSnapshot:
		s.reload()
	default:
		if s.path != "" {
			s.Look(s.path)
		}
	}
	s.page.update()
}

// Look takes a folder and reads what it holds.
func (s *samples) Look(folder string) {
	s.path = folder
	kind := station.DatasetKind(s.kind.Chosen())
	if kind != station.DatasetBoth {
		kind = station.DatasetFolder
	}
	s.kind.Set(string(kind))
	s.page.set.take(station.DatasetChoice{Kind: kind, Folder: folder}, "")
}

// reload fetches the sets taken before.
func (s *samples) reload() {
	task.RunIn(s.page.host.Tasks, &s.lists, func(context.Context) ([]station.DatasetReport, error) { return s.page.station.Snapshots() },
		func(list []station.DatasetReport, err error) {
			if err != nil {
				s.page.host.Notify("The earlier sets cannot be listed. " + station.Explain(err))
				return
			}
			s.offer(list)
		})
}

func (s *samples) offer(list []station.DatasetReport) {
	s.labels = make(map[string]string)
	var options []string
	for _, r := range list {
		label := fmt.Sprintf("%s · %s · %s", r.Snapshot, pictures(all(r).Total()), r.Split)
		s.labels[label] = r.Snapshot
		options = append(options, label)
	}
	selected := s.snapshots.Selected
	if !slices.Contains(options, selected) {
		selected = ""
	}
	if len(options) == 0 {
		s.snapshots.PlaceHolder = "No set has been taken yet"
	} else {
		s.snapshots.PlaceHolder = "Choose a set taken before"
	}
	s.snapshots.Set(options, selected)
}

func (s *samples) pickSnapshot(label string) {
	if name := s.labels[label]; name != "" {
		s.page.set.take(station.DatasetChoice{Kind: station.DatasetSnapshot, Snapshot: name}, "")
	}
}

// setChanged tells the step that another data set is in hand.
func (s *samples) setChanged() { s.browse.reset() }

func (s *samples) update() {
	d := s.page.set
	kind := station.DatasetKind(s.kind.Chosen())
	idle := !d.imports.Busy() && !s.page.Training()
	s.page.hide(s.pickers[0], kind != station.DatasetFolder && kind != station.DatasetBoth)
	s.page.hide(s.pickers[1], kind != station.DatasetSnapshot)
	s.folder.SetText(s.path)
	if s.path == "" {
		s.folder.SetText("no folder chosen")
	}
	s.kind.SetEnabled(idle)
	widgets.SetEnabled(s.choose, idle)
	widgets.SetEnabled(s.snapshots, idle)
	s.reading.update()
	s.report.update()
	s.browse.update()
}

func (s *samples) typedKey(name fyne.KeyName) bool {
	switch name {
	case fyne.KeyD:
		if s.pickers[0].Visible() {
			press(s.choose)
		}
	case fyne.KeyR:
		press(s.browse.relabel)
	case fyne.KeyE:
		press(s.browse.exclude)
	case fyne.KeyU:
		press(s.browse.undo)
	default:
		return false
	}
	return true
}

// scrolled returns the object in a scroll whose bar lies beside it.
func scrolled(o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewVScroll(container.NewBorder(nil, nil, nil, widgets.MinWidth(8, layout.NewSpacer()), o))
}
