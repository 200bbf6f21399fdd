package widgets

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/ui/theme"
)

// flat returns a filled area. It is an image of one pixel, since without a
// graphics card Fyne's rectangles cost two to three times as much a pixel, and
// the live picture has the whole window painted thirty times a second.
func flat() *canvas.Image {
	return &canvas.Image{Image: image.NewRGBA(image.Rect(0, 0, 1, 1)), FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScaleFastest}
}

// fill gives a flat area a colour of the theme.
func fill(area *canvas.Image, name fyne.ThemeColorName) {
	c := color.RGBAModel.Convert(base.Color(name)).(color.RGBA)
	if now := area.Image.(*image.RGBA); now.RGBAAt(0, 0) == c {
		return
	}
	img := image.NewRGBA(image.Rect(0, 0, 1, 1))
	img.SetRGBA(0, 0, c)
	area.Image = img
	area.Refresh()
}

// Surface is a filled area in a colour of the theme.
type Surface struct {
	widget.BaseWidget
	name fyne.ThemeColorName
}

// NewSurface returns an area in that colour.
func NewSurface(name fyne.ThemeColorName) *Surface {
	s := &Surface{name: name}
	s.ExtendBaseWidget(s)
	return s
}

// SetColor changes the colour, redrawing only where it differs.
func (s *Surface) SetColor(name fyne.ThemeColorName) {
	if s.name == name {
		return
	}
	s.name = name
	s.Refresh()
}

// CreateRenderer is part of fyne.Widget.
func (s *Surface) CreateRenderer() fyne.WidgetRenderer {
	r := &surfaceRenderer{surface: s, area: flat()}
	r.Refresh()
	return r
}

type surfaceRenderer struct {
	surface *Surface
	area    *canvas.Image
}

// Destroy is part of fyne.WidgetRenderer; there is nothing to free.
func (r *surfaceRenderer) Destroy() {}

// MinSize is part of fyne.WidgetRenderer.
func (r *surfaceRenderer) MinSize() fyne.Size { return fyne.Size{} }

// Layout is part of fyne.WidgetRenderer.
func (r *surfaceRenderer) Layout(size fyne.Size) { r.area.Resize(size) }

// Objects is part of fyne.WidgetRenderer.
func (r *surfaceRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.area} }

// Refresh is part of fyne.WidgetRenderer.
func (r *surfaceRenderer) Refresh() { fill(r.area, r.surface.name) }

// Panel is a surface with a fine outline that holds one object with room around it.
type Panel struct {
	widget.BaseWidget
	content fyne.CanvasObject
	name    fyne.ThemeColorName
}

// NewPanel returns a panel around content.
func NewPanel(content fyne.CanvasObject) *Panel {
	p := &Panel{content: Inset(12, content), name: theme.ColorSurface}
	p.ExtendBaseWidget(p)
	return p
}

// SetFill changes the panel's colour, redrawing only where it differs.
func (p *Panel) SetFill(name fyne.ThemeColorName) {
	if p.name == name {
		return
	}
	p.name = name
	p.Refresh()
}

// CreateRenderer is part of fyne.Widget.
func (p *Panel) CreateRenderer() fyne.WidgetRenderer {
	r := &panelRenderer{panel: p, area: flat(), edges: newEdges(1)}
	r.Refresh()
	return r
}

type panelRenderer struct {
	panel *Panel
	area  *canvas.Image
	edges *edges
}

// Destroy is part of fyne.WidgetRenderer; there is nothing to free.
func (r *panelRenderer) Destroy() {}

// MinSize is part of fyne.WidgetRenderer.
func (r *panelRenderer) MinSize() fyne.Size { return r.panel.content.MinSize() }

// Layout is part of fyne.WidgetRenderer.
func (r *panelRenderer) Layout(size fyne.Size) {
	r.area.Resize(size)
	r.edges.place(fyne.Position{}, size)
	r.panel.content.Resize(size)
}

// Objects is part of fyne.WidgetRenderer.
func (r *panelRenderer) Objects() []fyne.CanvasObject {
	return append(append([]fyne.CanvasObject{r.area}, r.edges.objects()...), r.panel.content)
}

// Refresh is part of fyne.WidgetRenderer.
func (r *panelRenderer) Refresh() {
	fill(r.area, r.panel.name)
	r.edges.paint(theme.ColorEdge)
	r.edges.hide(r.panel.name != theme.ColorSurface)
	r.panel.content.Refresh()
	canvas.Refresh(r.panel)
}

// edges are the four sides of a rectangle that is not filled: a stroked rectangle would cost its whole area.
type edges struct {
	sides [4]*canvas.Image
	width float32
}

func newEdges(width float32) *edges {
	return &edges{sides: [4]*canvas.Image{flat(), flat(), flat(), flat()}, width: width}
}

func (e *edges) objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{e.sides[0], e.sides[1], e.sides[2], e.sides[3]}
}

func (e *edges) paint(name fyne.ThemeColorName) {
	for _, s := range e.sides {
		fill(s, name)
	}
}

func (e *edges) hide(hidden bool) {
	for _, s := range e.sides {
		s.Hidden = hidden
	}
}

func (e *edges) place(at fyne.Position, size fyne.Size) {
	put := func(i int, x, y, w, h float32) {
		e.sides[i].Move(at.AddXY(x, y))
		e.sides[i].Resize(fyne.NewSize(w, h))
	}
	put(0, 0, 0, size.Width, e.width)
	put(1, 0, size.Height-e.width, size.Width, e.width)
	put(2, 0, 0, e.width, size.Height)
	put(3, size.Width-e.width, 0, e.width, size.Height)
}

// Outlined returns the object within a fine outline, for a control that a panel of its own colour would swallow.
func Outlined(object fyne.CanvasObject) fyne.CanvasObject {
	o := &outlined{content: object}
	o.ExtendBaseWidget(o)
	return o
}

type outlined struct {
	widget.BaseWidget
	content fyne.CanvasObject
}

// CreateRenderer is part of fyne.Widget.
func (o *outlined) CreateRenderer() fyne.WidgetRenderer {
	r := &outlinedRenderer{outlined: o, edges: newEdges(1)}
	r.edges.paint(base.ColorNameInputBorder)
	return r
}

type outlinedRenderer struct {
	outlined *outlined
	edges    *edges
}

// Destroy is part of fyne.WidgetRenderer; there is nothing to free.
func (r *outlinedRenderer) Destroy() {}

// MinSize is part of fyne.WidgetRenderer.
func (r *outlinedRenderer) MinSize() fyne.Size { return r.outlined.content.MinSize() }

// Layout is part of fyne.WidgetRenderer.
func (r *outlinedRenderer) Layout(size fyne.Size) {
	r.outlined.content.Resize(size)
	r.edges.place(fyne.Position{}, size)
}

// Objects is part of fyne.WidgetRenderer.
func (r *outlinedRenderer) Objects() []fyne.CanvasObject {
	return append([]fyne.CanvasObject{r.outlined.content}, r.edges.objects()...)
}

// Refresh is part of fyne.WidgetRenderer.
func (r *outlinedRenderer) Refresh() {
	r.edges.paint(base.ColorNameInputBorder)
	r.outlined.content.Refresh()
	canvas.Refresh(r.outlined)
}
