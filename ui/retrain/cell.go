package retrain

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/inspection"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// cell is one picture of a grid: its thumbnail over a shape and a few words.
type cell struct {
	widget.BaseWidget
	thumb *widgets.Thumb
	shape *widgets.Shape
	text  *widgets.Text
	body  fyne.CanvasObject
}

func newCell(thumbs *widgets.Thumbnails) *cell {
	c := &cell{thumb: widgets.NewThumb(thumbs, 92), shape: widgets.NewShape(13),
		text: widgets.NewText("", theme.ColorMuted, base.SizeNameCaptionText, fyne.TextStyle{}, fyne.TextAlignLeading)}
	line := widgets.NewWeighted([]float32{0, 1}, c.shape, c.text)
	line.Layout.(*widgets.Weighted).Gap = 6
	c.body = widgets.Inset(4, container.New(layout.NewCustomPaddedVBoxLayout(3), c.thumb, line))
	c.ExtendBaseWidget(c)
	return c
}

// set shows the picture of that digest. An empty verdict shows no shape.
func (c *cell) set(digest string, shape inspection.Verdict, text string, color fyne.ThemeColorName) {
	c.thumb.Set(digest)
	c.shape.Set(shape)
	c.text.SetColor(color)
	c.text.SetText(text)
}

// CreateRenderer is part of fyne.Widget.
func (c *cell) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.body) }
