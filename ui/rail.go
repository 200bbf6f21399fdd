package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/ui/theme"
	"assay/ui/widgets"
)

// railWidth is the width of the rail of pages.
const railWidth = 92

// rail is the column of pages at the left edge.
type rail struct {
	column  fyne.CanvasObject
	buttons map[string]*railButton
}

func newRail(w *Window) *rail {
	r := &rail{buttons: map[string]*railButton{
		PageInspect: newRailButton("Inspect", "F2", iconInspect, func() { w.Go(PageInspect) }),
		PageLog:     newRailButton("Log", "F3", iconLog, func() { w.Go(PageLog) }),
		PageRetrain: newRailButton("Retrain", "F4", iconRetrain, func() { w.Go(PageRetrain) }),
	}}
	logo := canvas.NewImageFromResource(iconWindow)
	logo.FillMode = canvas.ImageFillContain
	logo.SetMinSize(fyne.NewSize(44, 44))
	items := container.NewVBox(widgets.Inset(8, logo),
		r.buttons[PageInspect], r.buttons[PageLog], r.buttons[PageRetrain], layout.NewSpacer(),
		newRailButton("Colours", "F9", base.ColorPaletteIcon(), w.cycleTheme), newRailButton("Keys", "F1", base.HelpIcon(), w.ShowKeys))
	back := widgets.NewSurface(base.ColorNameHeaderBackground)
	r.column = container.NewStack(back, widgets.MinWidth(railWidth, widgets.Inset(5, items)))
	return r
}

func (r *rail) mark(name string) {
	for n, b := range r.buttons {
		b.mark(n == name)
	}
}

// railButton is an icon over its name and key.
type railButton struct {
	widget.BaseWidget
	tap              func()
	icon             fyne.Resource
	name, key        *widgets.Text
	marked           bool
	hovered, focused bool
}

var (
	_ fyne.Focusable    = (*railButton)(nil)
	_ desktop.Hoverable = (*railButton)(nil)
)

func newRailButton(name, key string, icon fyne.Resource, tap func()) *railButton {
	text := func(s string, size fyne.ThemeSizeName, bold bool) *widgets.Text {
		return widgets.NewText(s, base.ColorNameForeground, size, fyne.TextStyle{Bold: bold}, fyne.TextAlignCenter)
	}
	b := &railButton{tap: tap, icon: icon, name: text(name, base.SizeNameCaptionText, true), key: text(key, base.SizeNameCaptionText, false)}
	b.ExtendBaseWidget(b)
	return b
}

func (b *railButton) mark(marked bool) {
	if b.marked != marked {
		b.marked = marked
		b.Refresh()
	}
}

// Tapped goes to the page.
func (b *railButton) Tapped(*fyne.PointEvent) { b.tap() }

// MouseIn, MouseMoved and MouseOut light the button up under the pointer.
func (b *railButton) MouseIn(*desktop.MouseEvent) { b.hovered = true; b.Refresh() }

// MouseMoved is part of desktop.Hoverable.
func (b *railButton) MouseMoved(*desktop.MouseEvent) {}

// MouseOut is part of desktop.Hoverable.
func (b *railButton) MouseOut() { b.hovered = false; b.Refresh() }

// FocusGained is part of fyne.Focusable.
func (b *railButton) FocusGained() { b.focused = true; b.Refresh() }

// FocusLost is part of fyne.Focusable.
func (b *railButton) FocusLost() { b.focused = false; b.Refresh() }

// TypedRune is part of fyne.Focusable.
func (b *railButton) TypedRune(rune) {}

// TypedKey presses the button with Space and hands on the rest.
func (b *railButton) TypedKey(event *fyne.KeyEvent) {
	if event.Name == fyne.KeySpace {
		b.tap()
		return
	}
	c := fyne.CurrentApp().Driver().CanvasForObject(b)
	if event.Name == fyne.KeyEscape {
		c.Unfocus()
		return
	}
	if handle := c.OnTypedKey(); handle != nil {
		handle(event)
	}
}

// CreateRenderer is part of fyne.Widget.
func (b *railButton) CreateRenderer() fyne.WidgetRenderer {
	r := &railRenderer{button: b, back: canvas.NewRectangle(nil), edge: canvas.NewRectangle(nil), icon: canvas.NewImageFromResource(nil)}
	r.icon.FillMode = canvas.ImageFillContain
	r.paint()
	return r
}

type railRenderer struct {
	button     *railButton
	back, edge *canvas.Rectangle
	icon       *canvas.Image
}

// Destroy is part of fyne.WidgetRenderer; there is nothing to free.
func (r *railRenderer) Destroy() {}

// MinSize is part of fyne.WidgetRenderer.
func (r *railRenderer) MinSize() fyne.Size { return fyne.NewSize(railWidth-10, 78) }

// Objects is part of fyne.WidgetRenderer.
func (r *railRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.back, r.edge, r.icon, r.button.name, r.button.key}
}

// Layout is part of fyne.WidgetRenderer.
func (r *railRenderer) Layout(size fyne.Size) {
	r.back.Resize(size)
	r.edge.Move(fyne.NewPos(0, size.Height*0.2))
	r.edge.Resize(fyne.NewSize(4, size.Height*0.6))
	r.icon.Move(fyne.NewPos((size.Width-26)/2, 9))
	r.icon.Resize(fyne.NewSquareSize(26))
	line := r.button.name.MinSize().Height
	r.button.name.Move(fyne.NewPos(0, 37))
	r.button.name.Resize(fyne.NewSize(size.Width, line))
	r.button.key.Move(fyne.NewPos(0, 37+line))
	r.button.key.Resize(fyne.NewSize(size.Width, line))
}

// Refresh is part of fyne.WidgetRenderer.
func (r *railRenderer) Refresh() {
	r.paint()
	canvas.Refresh(r.button)
}

func (r *railRenderer) paint() {
	r.back.CornerRadius, r.edge.CornerRadius = 8, 2
	fill, on, second := fyne.ThemeColorName(""), base.ColorNameForeground, theme.ColorMuted
	if r.button.marked {
		fill, on, second = base.ColorNamePrimary, base.ColorNameForegroundOnPrimary, base.ColorNameForegroundOnPrimary
	}
	switch {
	case fill != "":
		r.back.FillColor = base.Color(fill)
	case r.button.focused:
		r.back.FillColor = base.Color(base.ColorNameFocus)
	case r.button.hovered:
		r.back.FillColor = base.Color(base.ColorNameHover)
	default:
		r.back.FillColor = nil
	}
	r.edge.FillColor = base.Color(on)
	r.edge.Hidden = !r.button.marked && !r.button.focused
	r.icon.Resource = base.NewColoredResource(r.button.icon, on)
	r.button.name.SetColor(on)
	r.button.key.SetColor(second)
	r.icon.Refresh()
	r.back.Refresh()
}
