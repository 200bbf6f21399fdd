package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Grid is Fyne's wrapping grid that hands on the keys it does not use.
type Grid struct {
	widget.GridWrap
}

// NewGrid returns a grid; see widget.NewGridWrap.
func NewGrid(length func() int, create func() fyne.CanvasObject, update func(int, fyne.CanvasObject)) *Grid {
	g := &Grid{}
	g.Length, g.CreateItem, g.UpdateItem = length, create, update
	g.ExtendBaseWidget(g)
	return g
}

// TypedKey walks with the arrows, chooses with Space, and hands on the rest.
func (g *Grid) TypedKey(event *fyne.KeyEvent) {
	switch event.Name {
	case fyne.KeySpace, fyne.KeyUp, fyne.KeyDown, fyne.KeyLeft, fyne.KeyRight:
		g.GridWrap.TypedKey(event)
	case fyne.KeyEscape:
		unfocus(g)
	default:
		forward(g, event)
	}
}
