package widgets

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// Button is Fyne's button that hands on every key but Space.
type Button struct {
	widget.Button
}

// NewButton returns a button.
func NewButton(text string, tapped func()) *Button {
	b := &Button{}
	b.Text = text
	b.OnTapped = tapped
	b.ExtendBaseWidget(b)
	return b
}

// NewIconButton returns a button with an icon before its text.
func NewIconButton(text string, icon fyne.Resource, tapped func()) *Button {
	b := NewButton(text, tapped)
	b.Icon = icon
	return b
}

// TypedKey presses the button with Space.
func (b *Button) TypedKey(event *fyne.KeyEvent) {
	if event.Name == fyne.KeySpace {
		b.Tapped(nil)
		return
	}
	if event.Name == fyne.KeyEscape {
		unfocus(b)
		return
	}
	forward(b, event)
}

// Change sets text, importance and state, redrawing only where one differs.
func (b *Button) Change(text string, importance widget.Importance, enabled bool) {
	if b.Text != text || b.Importance != importance {
		b.Text, b.Importance = text, importance
		b.Refresh()
	}
	SetEnabled(b, enabled)
}

// SetEnabled enables or disables a control.
func SetEnabled(w fyne.Disableable, enabled bool) {
	if enabled == !w.Disabled() {
		return
	}
	if enabled {
		w.Enable()
		return
	}
	w.Disable()
}

// Select is Fyne's select that gives the keys back to the window after a
// choice, and can be set without calling back.
type Select struct {
	widget.Select
	// OnOpen is called before the list drops down; may be nil.
	OnOpen func()

	quiet bool
}

// NewSelect returns a select; chosen is called only for a person's choice.
func NewSelect(placeholder string, chosen func(string)) *Select {
	s := &Select{}
	s.PlaceHolder = placeholder
	s.OnChanged = func(text string) {
		if s.quiet {
			return
		}
		unfocus(s)
		chosen(text)
	}
	s.ExtendBaseWidget(s)
	return s
}

// Set shows options and the selected one without calling back. It redraws only where something differs.
func (s *Select) Set(options []string, selected string) {
	if s.Selected == selected && slices.Equal(s.Options, options) {
		return
	}
	s.quiet = true
	defer func() { s.quiet = false }()
	s.Options = options
	s.Selected = selected
	s.Refresh()
}

// Tapped drops the list down.
func (s *Select) Tapped(event *fyne.PointEvent) {
	if s.OnOpen != nil && !s.Disabled() {
		s.OnOpen()
	}
	s.Select.Tapped(event)
}

// TypedKey opens with Space and Down, steps with Left and Right, and hands on the rest.
func (s *Select) TypedKey(event *fyne.KeyEvent) {
	switch event.Name {
	case fyne.KeySpace, fyne.KeyDown, fyne.KeyUp:
		if s.OnOpen != nil && !s.Disabled() {
			s.OnOpen()
		}
		s.Select.TypedKey(event)
	case fyne.KeyLeft, fyne.KeyRight:
		s.Select.TypedKey(event)
	case fyne.KeyEscape:
		unfocus(s)
	default:
		forward(s, event)
	}
}

// Check is Fyne's check box that hands on every key but Space.
type Check struct {
	widget.Check
}

// NewCheck returns a check box.
func NewCheck(text string, changed func(bool)) *Check {
	c := &Check{}
	c.Text = text
	c.OnChanged = changed
	c.ExtendBaseWidget(c)
	return c
}

// Tapped switches the box and gives the keys back to the window.
func (c *Check) Tapped(event *fyne.PointEvent) {
	c.Check.Tapped(event)
	unfocus(c)
}

// TypedKey hands on every key but Space, which arrives as a rune too.
func (c *Check) TypedKey(event *fyne.KeyEvent) {
	switch event.Name {
	case fyne.KeySpace:
	case fyne.KeyEscape:
		unfocus(c)
	default:
		forward(c, event)
	}
}

// Entry is Fyne's single-line entry that hands on function keys and shortcuts,
// and gives the keys back to the window with Enter and Escape.
type Entry struct {
	widget.Entry
	// OnDone is called with the text when the entry is left by Enter or by moving on, where it has changed; may be nil.
	OnDone func(string)

	done string
}

// NewEntry returns an entry.
func NewEntry(placeholder string, done func(string)) *Entry {
	e := &Entry{OnDone: done}
	e.PlaceHolder = placeholder
	e.ExtendBaseWidget(e)
	return e
}

// Set shows a text without calling back, unless a person is typing in the entry.
func (e *Entry) Set(text string, c fyne.Canvas) {
	e.done = text
	if e.Text == text || (c != nil && c.Focused() == fyne.Focusable(e)) {
		return
	}
	e.SetText(text)
}

// TypedKey leaves the entry with Enter and Escape.
func (e *Entry) TypedKey(event *fyne.KeyEvent) {
	switch {
	case event.Name == fyne.KeyEscape:
		e.SetText(e.done)
		unfocus(e)
	case event.Name == fyne.KeyReturn || event.Name == fyne.KeyEnter:
		submit := e.OnSubmitted
		text := e.Text
		unfocus(e)
		if submit != nil {
			submit(text)
		}
	case isFunctionKey(event.Name):
		forward(e, event)
	default:
		e.Entry.TypedKey(event)
	}
}

// FocusLost reports a changed text.
func (e *Entry) FocusLost() {
	e.Entry.FocusLost()
	if e.Text == e.done {
		return
	}
	e.done = e.Text
	if e.OnDone != nil {
		e.OnDone(e.Text)
	}
}

// TypedShortcut hands on the window's own shortcuts.
func (e *Entry) TypedShortcut(shortcut fyne.Shortcut) {
	if _, ok := shortcut.(*desktop.CustomShortcut); ok {
		forwardShortcut(e, shortcut)
		return
	}
	e.Entry.TypedShortcut(shortcut)
}

// List is Fyne's list that hands on the keys it does not use.
type List struct {
	widget.List
}

// NewList returns a list; see widget.NewList.
func NewList(length func() int, create func() fyne.CanvasObject, update func(int, fyne.CanvasObject)) *List {
	l := &List{}
	l.Length, l.CreateItem, l.UpdateItem = length, create, update
	l.ExtendBaseWidget(l)
	return l
}

// TypedKey hands every key to the window: pages walk their lists themselves, focused or not.
func (l *List) TypedKey(event *fyne.KeyEvent) {
	if event.Name == fyne.KeyEscape {
		unfocus(l)
		return
	}
	forward(l, event)
}
