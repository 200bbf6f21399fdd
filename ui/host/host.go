// Package host is what a page gets from the window around it: the goroutines'
// owner, dialogs, the line at the foot and the way to other pages.
package host

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"assay/station"
	"assay/ui/task"
	"assay/ui/widgets"
)

// Host serves the pages of one window. All its methods belong to the UI goroutine.
type Host struct {
	Window fyne.Window
	Tasks  *task.Group
	// Preferences keep settings between runs.
	Preferences fyne.Preferences
	// Notify shows a sentence on the line at the foot.
	Notify func(text string)
	// OpenRecord shows a record on the Log page.
	OpenRecord func(id string)

	open Dialog
}

// Dialog is a dialog that the host has open.
type Dialog interface {
	Hide()
	SetOnClosed(func())
}

// KeyedDialog is a dialog that takes keys while nothing in it has focus.
type KeyedDialog interface {
	Dialog
	TypedKey(*fyne.KeyEvent)
}

// Open returns the dialog that is open, nil where none is.
func (h *Host) Open() Dialog { return h.open }

// TypedKey gives a key to the open dialog, Escape closing it, and reports
// whether one was open.
func (h *Host) TypedKey(event *fyne.KeyEvent) bool {
	if h.open == nil {
		return false
	}
	if event.Name == fyne.KeyEscape {
		h.open.Hide()
		return true
	}
	if keyed, ok := h.open.(KeyedDialog); ok {
		keyed.TypedKey(event)
	}
	return true
}

// Error shows an error in words. Nil and work that was cancelled show nothing.
func (h *Host) Error(title string, err error) {
	if err == nil || isCancelled(err) {
		return
	}
	h.Message(title, station.Explain(err))
}

// Message shows a sentence that has to be acknowledged.
func (h *Host) Message(title, text string) {
	d := dialog.NewCustomWithoutButtons(title, paragraph(text), h.Window)
	ok := widgets.NewButton("Close", d.Hide)
	ok.Importance = widget.HighImportance
	h.show(d, container.NewHBox(layout.NewSpacer(), ok), map[fyne.KeyName]func(){fyne.KeyReturn: d.Hide, fyne.KeyEnter: d.Hide})
}

// Confirm asks before something that cannot be undone; yes names the act.
func (h *Host) Confirm(title, text, yes string, act func()) {
	d := dialog.NewCustomWithoutButtons(title, paragraph(text), h.Window)
	do := widgets.NewButton(yes, func() { d.Hide(); act() })
	do.Importance = widget.DangerImportance
	no := widgets.NewButton("No, go back", d.Hide)
	h.show(d, container.NewHBox(no, layout.NewSpacer(), do), nil)
}

// Form shows content with a button that acts on it. The act returns false to keep the dialog
// open. keys act while nothing in the dialog has focus. The returned function closes the dialog.
func (h *Host) Form(title string, content fyne.CanvasObject, yes string, act func() bool, keys map[fyne.KeyName]func()) (closeForm func()) {
	d := dialog.NewCustomWithoutButtons(title, widgets.MinWidth(520, content), h.Window)
	submit := func() {
		if act() {
			d.Hide()
		}
	}
	do := widgets.NewButton(yes, submit)
	do.Importance = widget.HighImportance
	no := widgets.NewButton("Cancel", d.Hide)
	all := map[fyne.KeyName]func(){fyne.KeyReturn: submit, fyne.KeyEnter: submit}
	for name, f := range keys {
		all[name] = f
	}
	h.show(d, container.NewHBox(no, layout.NewSpacer(), do), all)
	return d.Hide
}

// Show shows a dialog without buttons of its own, such as the key list.
func (h *Host) Show(title string, content fyne.CanvasObject) { h.ShowWithKeys(title, content, nil) }

// ShowWithKeys is Show with keys that act while nothing in the dialog has focus.
func (h *Host) ShowWithKeys(title string, content fyne.CanvasObject, keys map[fyne.KeyName]func()) {
	d := dialog.NewCustomWithoutButtons(title, content, h.Window)
	ok := widgets.NewButton("Close", d.Hide)
	ok.Importance = widget.HighImportance
	all := map[fyne.KeyName]func(){fyne.KeyReturn: d.Hide, fyne.KeyEnter: d.Hide, fyne.KeyF1: d.Hide}
	for name, f := range keys {
		all[name] = f
	}
	h.show(d, container.NewHBox(layout.NewSpacer(), ok), all)
}

func (h *Host) show(d *dialog.CustomDialog, buttons fyne.CanvasObject, keys map[fyne.KeyName]func()) {
	d.SetButtons([]fyne.CanvasObject{buttons})
	h.track(keyed{Dialog: d, keys: keys})
	d.Show()
}

func (h *Host) track(d Dialog) {
	before := h.open
	h.open = d
	d.SetOnClosed(func() { h.open = before })
}

// paragraph wraps text to a dialog's width; it is sized first, since a label
// knows its height only at a given width.
func paragraph(text string) fyne.CanvasObject {
	const width = 480
	label := widget.NewLabel(text)
	label.Wrapping = fyne.TextWrapWord
	label.Resize(fyne.NewSize(width, 1))
	return widgets.MinWidth(width, label)
}

type keyed struct {
	Dialog
	keys map[fyne.KeyName]func()
}

// TypedKey calls what the key stands for.
func (k keyed) TypedKey(event *fyne.KeyEvent) {
	if f := k.keys[event.Name]; f != nil {
		f()
	}
}
