package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Bar is a thin bar divided by shares, such as progress made or sound against
// defective parts. What the shares leave stays empty.
type Bar struct {
	widget.BaseWidget
	colors []fyne.ThemeColorName
	shares []float64
}

// NewBar returns an empty bar whose parts have these colours.
func NewBar(colors ...fyne.ThemeColorName) *Bar {
	b := &Bar{colors: colors, shares: make([]float64, len(colors))}
	b.ExtendBaseWidget(b)
	return b
}

// Set shows shares, each 0 to 1 and together at most 1, redrawing only where one differs.
func (b *Bar) Set(shares ...float64) {
	differs := false
	for i := range b.shares {
		share := 0.0
		if i < len(shares) {
			share = shares[i]
		}
		differs = differs || b.shares[i] != share
		b.shares[i] = share
	}
	if differs {
		b.Refresh()
	}
}

// Shares returns the shares shown.
func (b *Bar) Shares() []float64 { return b.shares }

// CreateRenderer is part of fyne.Widget.
func (b *Bar) CreateRenderer() fyne.WidgetRenderer {
	r := &barRenderer{bar: b, back: flat()}
	for range b.colors {
		r.parts = append(r.parts, flat())
	}
	r.paint()
	return r
}

type barRenderer struct {
	bar   *Bar
	back  *canvas.Image
	parts []*canvas.Image
}

// Destroy is part of fyne.WidgetRenderer; there is nothing to free.
func (r *barRenderer) Destroy() {}

// MinSize is part of fyne.WidgetRenderer.
func (r *barRenderer) MinSize() fyne.Size { return fyne.NewSize(60, 10) }

// Objects is part of fyne.WidgetRenderer.
func (r *barRenderer) Objects() []fyne.CanvasObject {
	objects := []fyne.CanvasObject{r.back}
	for _, p := range r.parts {
		objects = append(objects, p)
	}
	return objects
}

// Layout is part of fyne.WidgetRenderer.
func (r *barRenderer) Layout(size fyne.Size) {
	r.back.Resize(size)
	x := float32(0)
	for i, p := range r.parts {
		width := size.Width * float32(r.bar.shares[i])
		p.Hidden = width < 0.5
		p.Move(fyne.NewPos(x, 0))
		p.Resize(fyne.NewSize(max(0, width-1), size.Height))
		x += width
	}
}

// Refresh is part of fyne.WidgetRenderer.
func (r *barRenderer) Refresh() {
	r.paint()
	r.Layout(r.bar.Size())
	canvas.Refresh(r.bar)
}

func (r *barRenderer) paint() {
	fill(r.back, base.ColorNameSeparator)
	for i, p := range r.parts {
		fill(p, r.bar.colors[i])
	}
}
