package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"assay/ui/theme"
)

// Thumb shows the thumbnail of one record at a time; it may be reused for others.
type Thumb struct {
	widget.BaseWidget
	source *Thumbnails
	side   float32
	id     string
	cancel func()
	back   *canvas.Image
	image  *canvas.Image
}

// NewThumb returns a thumbnail that is side wide and high.
func NewThumb(source *Thumbnails, side float32) *Thumb {
	t := &Thumb{source: source, side: side, back: flat(), image: layer()}
	fill(t.back, theme.ColorStage)
	t.image.FillMode = canvas.ImageFillContain
	t.ExtendBaseWidget(t)
	return t
}

// Set shows a record's picture; an empty id shows none.
func (t *Thumb) Set(id string) {
	if t.id == id {
		return
	}
	t.id = id
	if t.cancel != nil {
		t.cancel()
		t.cancel = nil
	}
	if id == "" {
		t.show()
		return
	}
	if _, known := t.source.Get(id); !known {
		t.cancel = t.source.Load(id, t.show)
	}
	t.show()
}

func (t *Thumb) show() {
	img, _ := t.source.Get(t.id)
	if img == nil {
		t.image.Image = nil
		t.image.Hide()
		t.back.Show()
		return
	}
	t.image.Image = img
	t.image.Show()
	t.back.Hide() // not painted under the picture
	t.image.Refresh()
}

// Shown reports whether a picture is shown.
func (t *Thumb) Shown() bool { return !t.image.Hidden && t.image.Image != nil }

// CreateRenderer is part of fyne.Widget.
func (t *Thumb) CreateRenderer() fyne.WidgetRenderer { return &thumbRenderer{t} }

type thumbRenderer struct{ t *Thumb }

// Destroy is part of fyne.WidgetRenderer; there is nothing to free.
func (r *thumbRenderer) Destroy() {}

// MinSize is part of fyne.WidgetRenderer.
func (r *thumbRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(r.t.side) }

// Refresh is part of fyne.WidgetRenderer.
func (r *thumbRenderer) Refresh() {
	fill(r.t.back, theme.ColorStage)
	canvas.Refresh(r.t)
}

// Objects is part of fyne.WidgetRenderer.
func (r *thumbRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.t.back, r.t.image}
}

// Layout is part of fyne.WidgetRenderer.
func (r *thumbRenderer) Layout(size fyne.Size) {
	side := min(size.Width, size.Height)
	at := fyne.NewPos((size.Width-side)/2, (size.Height-side)/2)
	r.t.back.Move(at)
	r.t.back.Resize(fyne.NewSquareSize(side))
	r.t.image.Move(at)
	r.t.image.Resize(fyne.NewSquareSize(side))
}
