package widgets

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/inspection"
	"assay/ui/theme"
)

// Picture shows a picture as large as fits, with the region of interest and a
// heatmap as layers of their own. It never scales on the CPU: what it is given
// goes to the graphics card as it is, so it must be an *image.RGBA with its
// bounds at the origin and no stride padding.
type Picture struct {
	widget.BaseWidget
	// OnRoom is called with the room for the picture, in pixels of the screen, when it changes; may be nil.
	OnRoom func(image.Point)

	picture, heat *canvas.Image
	bars          [2]*canvas.Image // the dark surround: beside or above and below the picture, never under it
	outline       *edges
	title, text   *canvas.Text

	frame            image.Point // the source's size, which regions refer to
	region, heatZone inspection.Rectangle
	actual           bool
	room             image.Point
}

// NewPicture returns a picture with a title and a sentence for when it is empty.
func NewPicture(title, text string) *Picture {
	p := &Picture{picture: layer(), heat: layer(), bars: [2]*canvas.Image{flat(), flat()}, outline: newEdges(2),
		title: canvas.NewText(title, nil), text: canvas.NewText(text, nil)}
	p.picture.Hide()
	p.heat.Hide()
	p.outline.hide(true)
	p.title.Alignment, p.text.Alignment = fyne.TextAlignCenter, fyne.TextAlignCenter
	p.title.TextStyle.Bold = true
	p.ExtendBaseWidget(p)
	return p
}

// layer returns an image that the graphics card scales.
func layer() *canvas.Image {
	return &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScaleFastest}
}

// SetPicture shows an image of a frame of that size; nil shows the empty state. The image must not change
// before another has been shown and drawn.
func (p *Picture) SetPicture(img *image.RGBA, frame image.Point) {
	if img == nil {
		p.picture.Image = nil
		p.picture.Hide()
		p.frame = image.Point{}
		p.Refresh()
		return
	}
	p.picture.Image = img
	if p.frame != frame || p.picture.Hidden {
		p.frame = frame
		p.picture.Show()
		p.Refresh()
		return
	}
	p.picture.Refresh()
}

// Image returns what is shown, nil where nothing is.
func (p *Picture) Image() image.Image { return p.picture.Image }

// SetMessage changes the words of the empty state.
func (p *Picture) SetMessage(title, text string) {
	if p.title.Text == title && p.text.Text == text {
		return
	}
	p.title.Text, p.text.Text = title, text
	p.Refresh()
}

// Message returns the words of the empty state.
func (p *Picture) Message() (title, text string) { return p.title.Text, p.text.Text }

// SetRegion outlines a region of the frame; an empty one shows no outline.
func (p *Picture) SetRegion(region inspection.Rectangle) {
	if p.region == region {
		return
	}
	p.region = region
	p.Refresh()
}

// SetHeatmap lays a coloured heatmap over a region of the frame; nil shows none.
func (p *Picture) SetHeatmap(img *image.RGBA, zone inspection.Rectangle) {
	if img == nil {
		if p.heat.Hidden {
			return
		}
		p.heat.Image = nil
		p.heat.Hide()
		return
	}
	p.heat.Image = img
	p.heatZone = zone
	p.heat.Show()
	p.Refresh()
}

// HeatmapShown reports whether a heatmap lies over the picture.
func (p *Picture) HeatmapShown() bool { return !p.heat.Hidden }

// SetActual shows the frame at one pixel of the screen a pixel (true) or fitted.
func (p *Picture) SetActual(actual bool) {
	p.actual = actual
	p.Refresh()
}

// Actual reports whether the frame is shown pixel by pixel.
func (p *Picture) Actual() bool { return p.actual }

// CreateRenderer is part of fyne.Widget.
func (p *Picture) CreateRenderer() fyne.WidgetRenderer {
	r := &pictureRenderer{p}
	r.paint()
	return r
}

type pictureRenderer struct{ p *Picture }

// Destroy is part of fyne.WidgetRenderer; there is nothing to free.
func (r *pictureRenderer) Destroy() {}

// Objects is part of fyne.WidgetRenderer.
func (r *pictureRenderer) Objects() []fyne.CanvasObject {
	return append([]fyne.CanvasObject{r.p.bars[0], r.p.bars[1], r.p.title, r.p.text, r.p.picture, r.p.heat}, r.p.outline.objects()...)
}

// MinSize is part of fyne.WidgetRenderer.
func (r *pictureRenderer) MinSize() fyne.Size {
	if r.p.actual && r.p.frame != (image.Point{}) {
		scale := r.scale()
		return fyne.NewSize(float32(r.p.frame.X)/scale, float32(r.p.frame.Y)/scale)
	}
	return fyne.NewSize(160, 120)
}

func (r *pictureRenderer) scale() float32 {
	if c := fyne.CurrentApp().Driver().CanvasForObject(r.p); c != nil && c.Scale() > 0 {
		return c.Scale()
	}
	return 1
}

// Layout is part of fyne.WidgetRenderer.
func (r *pictureRenderer) Layout(size fyne.Size) {
	r.report(size)
	middle := size.Height / 2
	r.p.title.Move(fyne.NewPos(0, middle-r.p.title.MinSize().Height-2))
	r.p.title.Resize(fyne.NewSize(size.Width, r.p.title.MinSize().Height))
	r.p.text.Move(fyne.NewPos(0, middle+2))
	r.p.text.Resize(fyne.NewSize(size.Width, r.p.text.MinSize().Height))
	if r.p.frame == (image.Point{}) {
		r.surround(size, fyne.Position{}, fyne.Size{})
		return
	}
	at, scale := r.fitted(size)
	shown := fyne.NewSize(float32(r.p.frame.X)*scale, float32(r.p.frame.Y)*scale)
	r.p.picture.Move(at)
	r.p.picture.Resize(shown)
	r.surround(size, at, shown)
	corner, extent := zone(r.p.heatZone, at, scale)
	r.p.heat.Move(corner)
	r.p.heat.Resize(extent)
	r.p.outline.place(zone(r.p.region, at, scale))
}

// surround puts the bars where the picture is not.
func (r *pictureRenderer) surround(size fyne.Size, at fyne.Position, shown fyne.Size) {
	put := func(i int, x, y, w, h float32) {
		r.p.bars[i].Move(fyne.NewPos(x, y))
		r.p.bars[i].Resize(fyne.NewSize(max(0, w), max(0, h)))
		r.p.bars[i].Hidden = w < 1 || h < 1
	}
	if at.X >= at.Y {
		put(0, 0, 0, at.X, size.Height)
		put(1, at.X+shown.Width, 0, size.Width-at.X-shown.Width, size.Height)
		return
	}
	put(0, 0, 0, size.Width, at.Y)
	put(1, 0, at.Y+shown.Height, size.Width, size.Height-at.Y-shown.Height)
}

// fitted returns where the frame's corner lies and how large one of its pixels is.
func (r *pictureRenderer) fitted(size fyne.Size) (at fyne.Position, scale float32) {
	width, height := float32(r.p.frame.X), float32(r.p.frame.Y)
	scale = min(size.Width/width, size.Height/height)
	if r.p.actual {
		scale = 1 / r.scale()
	}
	return fyne.NewPos(max(0, (size.Width-width*scale)/2), max(0, (size.Height-height*scale)/2)), scale
}

func (r *pictureRenderer) report(size fyne.Size) {
	scale := r.scale()
	room := image.Pt(int(size.Width*scale), int(size.Height*scale))
	if room == r.p.room {
		return
	}
	r.p.room = room
	if r.p.OnRoom != nil {
		r.p.OnRoom(room)
	}
}

// Refresh is part of fyne.WidgetRenderer.
func (r *pictureRenderer) Refresh() {
	r.paint()
	r.Layout(r.p.Size())
	canvas.Refresh(r.p)
}

func (r *pictureRenderer) paint() {
	empty := r.p.picture.Hidden
	r.p.title.Hidden, r.p.text.Hidden = !empty, !empty
	r.p.title.Color, r.p.text.Color = base.Color(theme.ColorOnStage), base.Color(theme.ColorOnStage)
	r.p.title.TextSize, r.p.text.TextSize = base.Size(base.SizeNameSubHeadingText), base.Size(base.SizeNameText)
	fill(r.p.bars[0], theme.ColorStage)
	fill(r.p.bars[1], theme.ColorStage)
	r.p.outline.paint(theme.ColorRegion)
	r.p.outline.hide(empty || r.p.region.Empty())
}

// zone returns where a region of the frame is drawn.
func zone(r inspection.Rectangle, at fyne.Position, scale float32) (fyne.Position, fyne.Size) {
	return at.AddXY(float32(r.X)*scale, float32(r.Y)*scale), fyne.NewSize(float32(r.Width)*scale, float32(r.Height)*scale)
}
