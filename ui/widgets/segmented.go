package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Segmented is a row of large buttons of which one is chosen. The chosen one is
// marked by a filled dot and by weight, not by colour alone.
type Segmented struct {
	widget.BaseWidget
	chosen  string
	keys    []string
	buttons []*Button
	columns int // 0 for one row
}

// NewSegmented returns a row for keys and their labels; pick is called only for a person's choice.
func NewSegmented(keys, labels []string, pick func(key string)) *Segmented {
	s := &Segmented{keys: keys}
	for i, key := range keys {
		s.buttons = append(s.buttons, NewIconButton(labels[i], base.RadioButtonIcon(), func() {
			if s.chosen == key {
				return
			}
			s.Set(key)
			pick(key)
		}))
	}
	s.ExtendBaseWidget(s)
	return s
}

// NewSegmentedGrid is NewSegmented in rows of so many equally wide columns.
func NewSegmentedGrid(columns int, keys, labels []string, pick func(key string)) *Segmented {
	s := NewSegmented(keys, labels, pick)
	s.columns = columns
	for _, b := range s.buttons {
		b.Alignment = widget.ButtonAlignLeading
	}
	return s
}

// Set marks the chosen key without calling back, redrawing only where it differs.
func (s *Segmented) Set(key string) {
	if s.chosen == key {
		return
	}
	s.chosen = key
	for i, b := range s.buttons {
		b.Icon, b.Importance = base.RadioButtonIcon(), widget.MediumImportance
		if s.keys[i] == key {
			b.Icon, b.Importance = base.RadioButtonCheckedIcon(), widget.HighImportance
		}
		b.Refresh()
	}
}

// Chosen returns the chosen key.
func (s *Segmented) Chosen() string { return s.chosen }

// Button returns the button of a key, nil for an unknown one.
func (s *Segmented) Button(key string) *Button {
	for i, k := range s.keys {
		if k == key {
			return s.buttons[i]
		}
	}
	return nil
}

// SetEnabled enables or disables the whole row.
func (s *Segmented) SetEnabled(enabled bool) {
	for _, b := range s.buttons {
		SetEnabled(b, enabled)
	}
}

// CreateRenderer is part of fyne.Widget.
func (s *Segmented) CreateRenderer() fyne.WidgetRenderer {
	row := container.NewHBox()
	if s.columns > 0 {
		row = container.NewGridWithColumns(s.columns)
	}
	for _, b := range s.buttons {
		row.Add(b)
	}
	return widget.NewSimpleRenderer(row)
}
