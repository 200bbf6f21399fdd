package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	base "fyne.io/fyne/v2/theme"
)

// drawing collects the objects of a widget that is drawn anew whenever it
// changes. Charts embed it in their renderers.
type drawing struct {
	objects []fyne.CanvasObject
	// text is the size of its captions.
	text float32
}

// begin forgets what was drawn and takes the theme's present sizes. It returns
// the height of a line of captions.
func (d *drawing) begin() (line float32) {
	d.objects = d.objects[:0]
	d.text = base.Size(base.SizeNameCaptionText)
	return d.text * 1.5
}

// Destroy is part of fyne.WidgetRenderer; there is nothing to free.
func (d *drawing) Destroy() {}

// Objects is part of fyne.WidgetRenderer.
func (d *drawing) Objects() []fyne.CanvasObject { return d.objects }

// write draws a caption.
func (d *drawing) write(text string, at fyne.Position, color fyne.ThemeColorName, align fyne.TextAlign, width float32, bold bool) {
	t := canvas.NewText(text, base.Color(color))
	t.TextSize, t.Alignment, t.TextStyle.Bold = d.text, align, bold
	t.Move(at)
	t.Resize(fyne.NewSize(max(width, 0), t.MinSize().Height))
	d.objects = append(d.objects, t)
}
