package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/inspection"
	"assay/ui/theme"
)

// Word returns the verdict's word: PASS, REVIEW, FAIL, or a dash for none.
func Word(v inspection.Verdict) string {
	switch v {
	case inspection.Pass:
		return "PASS"
	case inspection.Review:
		return "REVIEW"
	case inspection.Fail:
		return "FAIL"
	}
	return "–"
}

// VerdictColor returns the colour of the verdict's word and shape on a panel.
func VerdictColor(v inspection.Verdict) fyne.ThemeColorName {
	switch v {
	case inspection.Pass:
		return theme.ColorPass
	case inspection.Review:
		return theme.ColorReview
	case inspection.Fail:
		return theme.ColorFail
	}
	return theme.ColorMuted
}

// Shape draws a verdict's shape: a circle for pass, a triangle for review, a
// hexagon for fail, a short line for none. Shapes are drawn, not written, so
// that no font can lack them.
type Shape struct {
	widget.BaseWidget
	verdict inspection.Verdict
	color   fyne.ThemeColorName
	side    float32
}

// NewShape returns a shape that is side wide and high, in the verdict's colour.
func NewShape(side float32) *Shape {
	s := &Shape{side: side}
	s.ExtendBaseWidget(s)
	return s
}

// Verdict returns the verdict shown.
func (s *Shape) Verdict() inspection.Verdict { return s.verdict }

// Set shows a verdict in its own colour.
func (s *Shape) Set(v inspection.Verdict) { s.SetOn(v, VerdictColor(v)) }

// SetOn shows a verdict in a colour of the theme.
func (s *Shape) SetOn(v inspection.Verdict, color fyne.ThemeColorName) {
	if s.verdict == v && s.color == color {
		return
	}
	s.verdict, s.color = v, color
	s.Refresh()
}

// CreateRenderer is part of fyne.Widget.
func (s *Shape) CreateRenderer() fyne.WidgetRenderer {
	r := &shapeRenderer{shape: s, circle: canvas.NewCircle(nil), triangle: canvas.NewRegularPolygon(3, nil),
		hexagon: canvas.NewRegularPolygon(6, nil), dash: canvas.NewRectangle(nil)}
	r.hexagon.Angle = 30
	r.paint()
	return r
}

type shapeRenderer struct {
	shape             *Shape
	circle            *canvas.Circle
	triangle, hexagon *canvas.RegularPolygon
	dash              *canvas.Rectangle
}

// Destroy is part of fyne.WidgetRenderer; there is nothing to free.
func (r *shapeRenderer) Destroy() {}

// MinSize is part of fyne.WidgetRenderer.
func (r *shapeRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(r.shape.side) }

// Objects is part of fyne.WidgetRenderer.
func (r *shapeRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.circle, r.triangle, r.hexagon, r.dash}
}

// Layout is part of fyne.WidgetRenderer.
func (r *shapeRenderer) Layout(size fyne.Size) {
	side := min(r.shape.side, size.Width, size.Height)
	at := fyne.NewPos((size.Width-side)/2, (size.Height-side)/2)
	place := func(o fyne.CanvasObject, inset float32) {
		o.Move(at.AddXY(inset, inset))
		o.Resize(fyne.NewSquareSize(side - 2*inset))
	}
	place(r.circle, side*0.06)
	place(r.hexagon, 0)
	place(r.triangle, 0)
	r.triangle.Move(at.AddXY(0, side*0.12)) // its middle lies below that of the square around it
	r.dash.Move(at.AddXY(side*0.25, side*0.46))
	r.dash.Resize(fyne.NewSize(side*0.5, side*0.08))
}

// Refresh is part of fyne.WidgetRenderer.
func (r *shapeRenderer) Refresh() {
	r.paint()
	canvas.Refresh(r.shape)
}

func (r *shapeRenderer) paint() {
	name := r.shape.color
	if name == "" {
		name = theme.ColorMuted
	}
	c := base.Color(name)
	r.circle.FillColor, r.triangle.FillColor, r.hexagon.FillColor, r.dash.FillColor = c, c, c, c
	r.circle.Hidden = r.shape.verdict != inspection.Pass
	r.triangle.Hidden = r.shape.verdict != inspection.Review
	r.hexagon.Hidden = r.shape.verdict != inspection.Fail
	r.dash.Hidden = !r.circle.Hidden || !r.triangle.Hidden || !r.hexagon.Hidden
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

// Mark is a verdict in a row: its shape and its word.
type Mark struct {
	widget.BaseWidget
	shape *Shape
	word  *Text
}

// NewMark returns a mark in the size of text.
func NewMark() *Mark {
	m := &Mark{shape: NewShape(17), word: NewText("", theme.ColorMuted, base.SizeNameText, fyne.TextStyle{Bold: true}, fyne.TextAlignLeading)}
	m.ExtendBaseWidget(m)
	return m
}

// Set shows a verdict.
func (m *Mark) Set(v inspection.Verdict) {
	m.shape.Set(v)
	setHidden(m.shape, v == "")
	m.word.SetColor(VerdictColor(v))
	m.word.SetText(Word(v))
}

// Verdict returns the verdict shown.
func (m *Mark) Verdict() inspection.Verdict { return m.shape.verdict }

// CreateRenderer is part of fyne.Widget.
func (m *Mark) CreateRenderer() fyne.WidgetRenderer {
	row := NewWeighted([]float32{0, 1}, m.shape, m.word)
	row.Layout.(*Weighted).Gap = 7
	return widget.NewSimpleRenderer(MinWidth(92, row))
}
