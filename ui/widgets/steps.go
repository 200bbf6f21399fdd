package widgets

import (
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/ui/theme"
)

// Steps is a bar of numbered steps of which one is shown. Each says how it is
// doing as word, shape and colour; a click, or Space with the focus on it, goes to it.
type Steps struct {
	widget.BaseWidget
	chips  []*stepChip
	marked int
}

// NewSteps returns a bar with the first step marked; chosen is called only for a person's choice.
func NewSteps(names []string, chosen func(i int)) *Steps {
	s := &Steps{}
	for i, name := range names {
		s.chips = append(s.chips, newStepChip(fmt.Sprintf("%d   %s", i+1, name), func() { chosen(i) }))
	}
	s.chips[0].marked = true
	s.ExtendBaseWidget(s)
	return s
}

// Mark marks the step that is shown.
func (s *Steps) Mark(i int) {
	s.marked = i
	for k, c := range s.chips {
		c.mark(k == i)
	}
}

// Marked returns the step that is marked, from 0.
func (s *Steps) Marked() int { return s.marked }

// Set shows how a step is doing, with a short note after the state's word, redrawing only where something differs.
func (s *Steps) Set(i int, state StepState, note string) { s.chips[i].set(state, note) }

// State returns how a step is doing, and the whole line that is shown of it.
func (s *Steps) State(i int) (state StepState, text string) {
	return s.chips[i].shape.state, s.chips[i].note.Text()
}

// CreateRenderer is part of fyne.Widget.
func (s *Steps) CreateRenderer() fyne.WidgetRenderer {
	row := container.NewGridWithColumns(len(s.chips))
	for _, c := range s.chips {
		row.Add(c)
	}
	return widget.NewSimpleRenderer(row)
}

// stepChip is one step of the bar.
type stepChip struct {
	widget.BaseWidget
	tap                      func()
	name, note               *Text
	shape                    *stepShape
	marked, hovered, focused bool
}

var (
	_ fyne.Focusable    = (*stepChip)(nil)
	_ desktop.Hoverable = (*stepChip)(nil)
)

func newStepChip(name string, tap func()) *stepChip {
	c := &stepChip{tap: tap, shape: newStepShape(),
		name: NewText(name, base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{Bold: true}, fyne.TextAlignLeading),
		note: NewText("", theme.ColorMuted, base.SizeNameCaptionText, fyne.TextStyle{}, fyne.TextAlignLeading)}
	c.ExtendBaseWidget(c)
	c.set(StepToDo, "")
	return c
}

func (c *stepChip) set(state StepState, note string) {
	text := string(state)
	if note != "" {
		text += " · " + note
	}
	c.shape.set(state)
	c.note.SetColor(StepColor(state))
	c.note.SetText(text)
}

func (c *stepChip) mark(marked bool) {
	if c.marked != marked {
		c.marked = marked
		c.Refresh()
	}
}

// Tapped goes to the step.
func (c *stepChip) Tapped(*fyne.PointEvent) { c.tap() }

// MouseIn lights the step up under the pointer.
func (c *stepChip) MouseIn(*desktop.MouseEvent) { c.hovered = true; c.Refresh() }

// MouseMoved is part of desktop.Hoverable.
func (c *stepChip) MouseMoved(*desktop.MouseEvent) {}

// MouseOut is part of desktop.Hoverable.
func (c *stepChip) MouseOut() { c.hovered = false; c.Refresh() }

// FocusGained is part of fyne.Focusable.
func (c *stepChip) FocusGained() { c.focused = true; c.Refresh() }

// FocusLost is part of fyne.Focusable.
func (c *stepChip) FocusLost() { c.focused = false; c.Refresh() }

// TypedRune is part of fyne.Focusable.
func (c *stepChip) TypedRune(rune) {}

// TypedKey goes to the step with Space and hands on the rest.
func (c *stepChip) TypedKey(event *fyne.KeyEvent) {
	switch event.Name {
	case fyne.KeySpace:
		c.tap()
	case fyne.KeyEscape:
		unfocus(c)
	default:
		forward(c, event)
	}
}

// CreateRenderer is part of fyne.Widget.
func (c *stepChip) CreateRenderer() fyne.WidgetRenderer {
	r := &stepChipRenderer{chip: c, back: flat(), bar: flat(), layer: canvas.NewRectangle(color.Transparent)}
	r.paint()
	return r
}

type stepChipRenderer struct {
	chip      *stepChip
	back, bar *canvas.Image
	layer     *canvas.Rectangle // hover or focus
}

// Destroy is part of fyne.WidgetRenderer; there is nothing to free.
func (r *stepChipRenderer) Destroy() {}

// MinSize is part of fyne.WidgetRenderer.
func (r *stepChipRenderer) MinSize() fyne.Size { return fyne.NewSize(90, 58) }

// Refresh is part of fyne.WidgetRenderer.
func (r *stepChipRenderer) Refresh() {
	r.paint()
	canvas.Refresh(r.chip)
}

// Objects is part of fyne.WidgetRenderer, the rearmost first.
func (r *stepChipRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.back, r.layer, r.bar, r.chip.name, r.chip.shape, r.chip.note}
}

// Layout is part of fyne.WidgetRenderer: the name above, shape and note below, a bar along the foot.
func (r *stepChipRenderer) Layout(size fyne.Size) {
	const left = 14
	r.back.Resize(size)
	r.layer.Resize(size)
	r.bar.Move(fyne.NewPos(0, size.Height-4))
	r.bar.Resize(fyne.NewSize(size.Width, 4))
	line := r.chip.name.MinSize().Height
	r.chip.name.Move(fyne.NewPos(left, 7))
	r.chip.name.Resize(fyne.NewSize(size.Width-2*left, line))
	second := r.chip.note.MinSize().Height
	r.chip.shape.Move(fyne.NewPos(left, 7+line+2+(second-stepShapeSide)/2))
	r.chip.shape.Resize(fyne.NewSquareSize(stepShapeSide))
	r.chip.note.Move(fyne.NewPos(left+stepShapeSide+7, 7+line+2))
	r.chip.note.Resize(fyne.NewSize(size.Width-2*left-stepShapeSide-7+8, second))
}

func (r *stepChipRenderer) paint() {
	back, bar := base.ColorNameBackground, base.ColorNameSeparator
	if r.chip.marked {
		back, bar = theme.ColorSurface, base.ColorNamePrimary
	}
	fill(r.back, back)
	fill(r.bar, bar)
	r.layer.Hidden = !r.chip.focused && !r.chip.hovered
	r.layer.FillColor, r.layer.StrokeWidth, r.layer.StrokeColor = base.Color(base.ColorNameHover), 0, color.Transparent
	if r.chip.focused {
		r.layer.FillColor, r.layer.StrokeWidth, r.layer.StrokeColor = base.Color(base.ColorNameSelection), 2, base.Color(base.ColorNamePrimary)
	}
	r.layer.Refresh()
}
