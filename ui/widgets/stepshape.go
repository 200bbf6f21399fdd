package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/ui/theme"
)

// StepState says how a step of a longer way is doing. Its text is the word that a person reads.
type StepState string

// The states of a step.
const (
	// StepToDo waits for a step before it.
	StepToDo StepState = "to do"
	// StepReady waits for the person.
	StepReady StepState = "ready"
	// StepRunning is at work.
	StepRunning StepState = "running"
	// StepDone needs nothing more.
	StepDone StepState = "done"
	// StepProblem cannot go on as it is.
	StepProblem StepState = "problem"
)

// StepColor returns the colour of a state's word and shape on a panel.
func StepColor(s StepState) fyne.ThemeColorName {
	switch s {
	case StepReady, StepRunning:
		return base.ColorNamePrimary
	case StepDone:
		return theme.ColorPass
	case StepProblem:
		return theme.ColorFail
	}
	return theme.ColorMuted
}

// stepShapeSide is how wide and high a state's shape is.
const stepShapeSide = 13

// stepShape draws a state: a ring to do, an arrow ready, three dots running, a tick done, a hexagon for a problem.
type stepShape struct {
	widget.BaseWidget
	state StepState
}

func newStepShape() *stepShape {
	s := &stepShape{state: StepToDo}
	s.ExtendBaseWidget(s)
	return s
}

func (s *stepShape) set(state StepState) {
	if s.state != state {
		s.state = state
		s.Refresh()
	}
}

// CreateRenderer is part of fyne.Widget.
func (s *stepShape) CreateRenderer() fyne.WidgetRenderer {
	r := &stepShapeRenderer{shape: s, ring: canvas.NewCircle(nil), arrow: canvas.NewRegularPolygon(3, nil), hexagon: canvas.NewRegularPolygon(6, nil)}
	r.arrow.Angle, r.hexagon.Angle = 90, 30
	r.ring.StrokeWidth = 1.8
	for i := range r.dots {
		r.dots[i] = canvas.NewCircle(nil)
	}
	for i := range r.tick {
		r.tick[i] = canvas.NewLine(nil)
		r.tick[i].StrokeWidth = 2.4
	}
	r.paint()
	return r
}

type stepShapeRenderer struct {
	shape          *stepShape
	ring           *canvas.Circle
	arrow, hexagon *canvas.RegularPolygon
	dots           [3]*canvas.Circle
	tick           [2]*canvas.Line
}

// Destroy is part of fyne.WidgetRenderer; there is nothing to free.
func (r *stepShapeRenderer) Destroy() {}

// MinSize is part of fyne.WidgetRenderer.
func (r *stepShapeRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(stepShapeSide) }

// Refresh is part of fyne.WidgetRenderer.
func (r *stepShapeRenderer) Refresh() { r.paint(); canvas.Refresh(r.shape) }

// Objects is part of fyne.WidgetRenderer.
func (r *stepShapeRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ring, r.arrow, r.hexagon, r.dots[0], r.dots[1], r.dots[2], r.tick[0], r.tick[1]}
}

// Layout is part of fyne.WidgetRenderer.
func (r *stepShapeRenderer) Layout(size fyne.Size) {
	const side = stepShapeSide
	at := fyne.NewPos((size.Width-side)/2, (size.Height-side)/2)
	for _, o := range []fyne.CanvasObject{r.ring, r.arrow, r.hexagon} {
		o.Move(at)
		o.Resize(fyne.NewSquareSize(side))
	}
	r.ring.Move(at.AddXY(1, 1))
	r.ring.Resize(fyne.NewSquareSize(side - 2))
	for i, d := range r.dots {
		d.Move(at.AddXY(float32(i)*side*0.36, side/2-1.8))
		d.Resize(fyne.NewSquareSize(3.6))
	}
	corner := at.AddXY(side*0.38, side*0.84)
	r.tick[0].Position1, r.tick[0].Position2 = at.AddXY(side*0.06, side*0.52), corner
	r.tick[1].Position1, r.tick[1].Position2 = corner, at.AddXY(side*0.94, side*0.16)
}

func (r *stepShapeRenderer) paint() {
	state, c := r.shape.state, base.Color(StepColor(r.shape.state))
	r.ring.StrokeColor, r.arrow.FillColor, r.hexagon.FillColor = c, c, c
	r.ring.Hidden = state != StepToDo
	r.arrow.Hidden = state != StepReady
	r.hexagon.Hidden = state != StepProblem
	for _, d := range r.dots {
		d.FillColor, d.Hidden = c, state != StepRunning
	}
	for _, l := range r.tick {
		l.StrokeColor, l.Hidden = c, state != StepDone
	}
	for _, o := range r.Objects() {
		o.Refresh()
	}
}
