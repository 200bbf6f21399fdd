package widgets

import "fyne.io/fyne/v2"

// forward hands a key that a focused widget does not use to the canvas, where
// the window's own keys are handled: Fyne calls that handler only while nothing
// has focus.
func forward(from fyne.CanvasObject, event *fyne.KeyEvent) {
	c := fyne.CurrentApp().Driver().CanvasForObject(from)
	if c == nil {
		return
	}
	if handle := c.OnTypedKey(); handle != nil {
		handle(event)
	}
}

// forwardShortcut hands a shortcut that a focused widget does not use to the canvas.
func forwardShortcut(from fyne.CanvasObject, shortcut fyne.Shortcut) {
	c := fyne.CurrentApp().Driver().CanvasForObject(from)
	if typed, ok := c.(interface{ TypedShortcut(fyne.Shortcut) }); ok {
		typed.TypedShortcut(shortcut)
	}
}

// unfocus gives the keys back to the window after a control was used by pointer.
func unfocus(from fyne.CanvasObject) {
	c := fyne.CurrentApp().Driver().CanvasForObject(from)
	if c != nil {
		c.Unfocus()
	}
}

// isFunctionKey reports whether a key never writes text.
func isFunctionKey(name fyne.KeyName) bool {
	switch name {
	case fyne.KeyF1, fyne.KeyF2, fyne.KeyF3, fyne.KeyF4, fyne.KeyF5, fyne.KeyF6, fyne.KeyF7, fyne.KeyF8,
		fyne.KeyF9, fyne.KeyF10, fyne.KeyF11, fyne.KeyF12:
		return true
	}
	return false
}
