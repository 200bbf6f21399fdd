package retrain

import (
	"context"
	"fmt"
	"image"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"assay/station"
	"assay/ui/task"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// variants is how many variants are shown at once.
const variants = 8

// preview shows one picture and eight variants of it, redrawn while a slider
// moves: off the UI goroutine, one at a time, the newest wish winning.
type preview struct {
	augment *augment
	root    fyne.CanvasObject

	tiles          [1 + variants]*widgets.Picture
	name           *widgets.Text
	problem        *notice
	again, another *widgets.Button
	empty, body    fyne.CanvasObject

	seed  uint64
	index int // of the sample that is shown
	wish  station.PreviewRequest
	mill  *task.Mill[station.PreviewRequest]
	shown *task.Latest[previewResult]
}

type previewResult struct {
	wish   station.PreviewRequest
	name   string
	images []*image.RGBA
	err    error
}

func newPreview(a *augment) *preview {
	p := &preview{augment: a, seed: 1, problem: newNotice(a.page)}
	tasks := a.page.host.Tasks
	p.shown = task.NewLatest(tasks, p.apply)
	p.mill = task.NewMill(tasks, func(ctx context.Context, w station.PreviewRequest) { p.shown.Put(a.page.drawPreview(ctx, w)) })
	grid := container.NewGridWithColumns(3)
	for i := range p.tiles {
		p.tiles[i] = widgets.NewPicture("", "")
		caption := "Original"
		if i > 0 {
			caption = fmt.Sprintf("Variant %d", i)
		}
		grid.Add(container.NewBorder(nil, container.NewCenter(widgets.NewCaption(caption)), nil, nil, p.tiles[i]))
	}
	p.name = widgets.NewText("", theme.ColorMuted, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignLeading)
	p.again = widgets.NewIconButton("New variants  (N)", base.ViewRefreshIcon(), func() { p.seed++; p.request() })
	p.another = widgets.NewButton("Another picture  (P)", p.next)
	head := container.NewBorder(nil, nil, nil, container.NewHBox(p.another, p.again), p.name)
	p.body = container.NewBorder(container.NewVBox(head, p.problem.row), nil, nil, nil, grid)
	p.empty = emptyState("No pictures yet", "Choose samples in step 1: one of them is shown here.")
	p.root = widgets.NewPanel(container.NewStack(p.empty, p.body))
	return p
}

// drawPreview has the station make variants. It runs off the UI goroutine.
func (p *Page) drawPreview(ctx context.Context, w station.PreviewRequest) previewResult {
	made, err := p.station.PreviewAugmentations(ctx, w)
	result := previewResult{wish: w, name: made.Name, err: err}
	if err != nil {
		return result
	}
	result.images = append(result.images, drawable(made.Original))
	for _, v := range made.Variants {
		result.images = append(result.images, drawable(v))
	}
	return result
}

// request asks for what is set now; nothing waits for it.
func (p *preview) request() {
	page := p.augment.page
	if !page.set.known || page.set.report.Snapshot == "" {
		return
	}
	wish := station.PreviewRequest{Snapshot: page.set.report.Snapshot, Digest: p.digest(), Augment: strings.Join(p.augment.list(), ","), Seed: p.seed,
		Count: variants, InputSize: page.train.form.inputSize(), Normalization: page.train.form.normalization()}
	if wish != p.wish {
		p.wish = wish
		p.mill.Put(wish)
	}
}

// digest names the sample that is shown; "" lets the station choose.
func (p *preview) digest() string {
	images := p.usable()
	if len(images) == 0 {
		return ""
	}
	return images[p.index%len(images)].Digest
}

// usable returns the samples of the training part.
func (p *preview) usable() (list []station.SampleImage) {
	for _, s := range p.augment.page.set.images {
		if s.Part == partTrain && !s.Excluded {
			list = append(list, s)
		}
	}
	return list
}

// next goes on to a picture well away from the one shown, so that both classes come up.
func (p *preview) next() {
	if n := len(p.usable()); n > 0 {
		p.index = (p.index + max(1, n*5/13)) % n
	}
	p.request()
}

func (p *preview) setChanged() {
	p.index = 0
	p.wish = station.PreviewRequest{}
	if p.augment.page.visible && p.augment.page.at == stepAugment {
		p.request()
	}
}

func (p *preview) apply(r previewResult) {
	if r.err != nil {
		if r.wish == p.wish {
			p.problem.set(widgets.StepProblem, "The variants cannot be shown. "+station.Explain(r.err))
		}
		return
	}
	p.problem.set("", "")
	p.name.SetText(r.name)
	for i, tile := range p.tiles {
		if i >= len(r.images) || r.images[i] == nil {
			tile.SetPicture(nil, image.Point{})
			continue
		}
		tile.SetPicture(r.images[i], r.images[i].Bounds().Size())
	}
}

func (p *preview) update() {
	known := p.augment.page.set.known
	p.augment.page.hide(p.empty, known)
	p.augment.page.hide(p.body, !known)
	widgets.SetEnabled(p.again, known)
	widgets.SetEnabled(p.another, known && len(p.augment.page.set.images) > 0)
}
