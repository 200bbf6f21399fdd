package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Slider is Fyne's slider that hands on the keys it does not use, and can be set without calling back.
type Slider struct {
	widget.Slider
	quiet bool
}

// NewSlider returns a slider from low to high in steps; changed is called only for a person's moves, while it moves.
func NewSlider(low, high, step float64, changed func(float64)) *Slider {
	s := &Slider{}
	s.Min, s.Max, s.Step, s.Value = low, high, step, low
	s.OnChanged = func(v float64) {
		if !s.quiet && changed != nil {
			changed(v)
		}
	}
	s.ExtendBaseWidget(s)
	return s
}

// Set shows a value without calling back.
func (s *Slider) Set(value float64) {
	s.quiet = true
	defer func() { s.quiet = false }()
	s.SetValue(value)
}

// CreateRenderer is part of fyne.Widget.
func (s *Slider) CreateRenderer() fyne.WidgetRenderer {
	r := &sliderRenderer{s.Slider.CreateRenderer()}
	r.paint()
	return r
}

// sliderRenderer is Fyne's with a track that is seen on a panel: Fyne's has the colour of an entry.
type sliderRenderer struct{ fyne.WidgetRenderer }

// Refresh is part of fyne.WidgetRenderer.
func (r *sliderRenderer) Refresh() {
	r.WidgetRenderer.Refresh()
	r.paint()
}

func (r *sliderRenderer) paint() {
	if track, ok := r.Objects()[0].(*canvas.Rectangle); ok {
		track.FillColor = base.Color(base.ColorNameInputBorder)
		track.Refresh()
	}
}

// TypedKey moves with Left and Right, goes to the ends with Home and End, and hands on the rest.
func (s *Slider) TypedKey(event *fyne.KeyEvent) {
	switch event.Name {
	case fyne.KeyLeft, fyne.KeyRight:
		s.Slider.TypedKey(event)
	case fyne.KeyHome:
		s.jump(s.Min)
	case fyne.KeyEnd:
		s.jump(s.Max)
	case fyne.KeyEscape:
		unfocus(s)
	default:
		forward(s, event)
	}
}

func (s *Slider) jump(value float64) {
	if !s.Disabled() {
		s.SetValue(value)
	}
}
