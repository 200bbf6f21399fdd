package retrain

import (
	"fmt"
	"image"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/inspection"
	"assay/station"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// gallery lists compared images; one chosen is shown large, with its heatmap.
type gallery struct {
	compare *compare
	root    fyne.CanvasObject

	title  *widgets.Text
	differ *widgets.Button
	grid   *widgets.Grid
	empty  *widgets.Text
	thumbs *widgets.Thumbnails
	images []station.ComparedImage
}

func newGallery(c *compare) *gallery {
	g := &gallery{compare: c}
	tasks := c.page.host.Tasks
	g.thumbs = widgets.NewThumbnails(tasks, 256, func(digest string) (image.Image, error) {
		img, _, err := c.page.station.ComparedPicture(tasks.Context(), digest, true)
		return img, err
	})
	g.title = widgets.NewText("", base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{Bold: true}, fyne.TextAlignLeading)
	g.differ = widgets.NewButton("Judged differently  (W)", func() { g.show("Judged differently", differing(c.shown.Images)) })
	g.grid = widgets.NewGrid(func() int { return len(g.images) }, func() fyne.CanvasObject { return newCell(g.thumbs) }, g.draw)
	g.grid.OnSelected = g.open
	g.empty = widgets.NewText("", theme.ColorMuted, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignCenter)
	g.root = container.NewBorder(container.NewBorder(nil, nil, nil, g.differ, g.title), nil, nil, nil, container.NewStack(g.empty, g.grid))
	return g
}

// reset shows what is most worth a look: what the new model gets wrong.
func (g *gallery) reset(c station.Comparison) {
	var wrong []station.ComparedImage
	for _, i := range c.Images {
		if (i.Candidate >= half) != (i.Truth == inspection.Defective) {
			wrong = append(wrong, i)
		}
	}
	n := len(differing(c.Images))
	g.compare.page.rename(g.differ, fmt.Sprintf("Judged differently: %s  (W)", count(n)), widget.MediumImportance, n > 0)
	g.show("New model: judged wrongly", wrong)
}

func (g *gallery) show(title string, images []station.ComparedImage) {
	g.images = images
	g.title.SetText(fmt.Sprintf("%s (%s)", title, count(len(images))))
	g.empty.SetText("None: choose a cell of a table at the left to see its pictures.")
	g.compare.page.hide(g.empty, len(images) > 0)
	g.grid.UnselectAll()
	g.grid.ScrollToOffset(0)
	g.grid.Refresh()
	g.compare.page.settle()
}

func (g *gallery) draw(i int, object fyne.CanvasObject) {
	if i >= 0 && i < len(g.images) {
		showCompared(object.(*cell), g.images[i])
	}
}

func (g *gallery) open(i int) {
	g.grid.UnselectAll()
	if i >= 0 && i < len(g.images) {
		openViewer(g.compare, g.images, i)
	}
}

// showCompared shows one compared image of the grid.
func showCompared(c *cell, i station.ComparedImage) {
	text := fmt.Sprintf("%.2f", i.Candidate)
	if !math.IsNaN(i.Current) {
		text += fmt.Sprintf(" · %.2f", i.Current)
	}
	c.set(i.Digest, truthVerdict(i.Truth), text, theme.ColorMuted)
}

func truthVerdict(c inspection.Class) inspection.Verdict {
	if c == inspection.Defective {
		return inspection.Fail
	}
	return inspection.Pass
}
