package host

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"

	"assay/ui/widgets"
)

// PickFolder asks for a folder, typed or found, and calls picked with its path.
func (h *Host) PickFolder(picked func(path string)) {
	h.pick("Choose a folder", "path of the folder", h.browseFolder, picked)
}

// PickFile asks for a file, typed or found, and calls picked with its path.
func (h *Host) PickFile(picked func(path string)) {
	h.pick("Choose a file", "path of the file", h.browseFile, picked)
}

// pick shows an entry for a path, which the keyboard reaches at once, and a button to look for it.
func (h *Host) pick(title, hint string, browse func(func(string)), picked func(path string)) {
	path := widgets.NewEntry(hint, nil)
	look := widgets.NewButton("Browse …  (B)", func() { browse(path.SetText) })
	take := func() bool {
		text := strings.TrimSpace(path.Text)
		if text == "" {
			h.Window.Canvas().Focus(path)
			return false
		}
		picked(text)
		return true
	}
	closeForm := h.Form(title, container.NewBorder(nil, nil, nil, look, path), "Choose  (Enter)", take,
		map[fyne.KeyName]func(){fyne.KeyB: look.OnTapped})
	path.OnSubmitted = func(string) {
		if take() {
			closeForm()
		}
	}
	h.Tasks.Post(func() { // after the letter that may have opened the dialog
		if h.open != nil {
			h.Window.Canvas().Focus(path)
		}
	})
}

func (h *Host) browseFolder(found func(path string)) {
	h.showFile(dialog.NewFolderOpen(func(uri fyne.ListableURI, err error) {
		switch {
		case err != nil:
			h.Error("The folder cannot be opened", err)
		case uri != nil:
			found(uri.Path())
		}
	}, h.Window))
}

func (h *Host) browseFile(found func(path string)) {
	h.showFile(dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
		switch {
		case err != nil:
			h.Error("The file cannot be opened", err)
		case file != nil:
			found(file.URI().Path())
			if err := file.Close(); err != nil {
				h.Error("The file cannot be read", err)
			}
		}
	}, h.Window))
}

// showFile shows Fyne's file dialog over most of the window. It can be resized
// only once it is shown, and not where the desktop's own dialog took its place.
func (h *Host) showFile(d *dialog.FileDialog) {
	overlays := h.Window.Canvas().Overlays()
	before := overlays.Top()
	h.track(d)
	d.Show()
	if overlays.Top() == before {
		return
	}
	size := h.Window.Canvas().Size()
	d.Resize(fyne.NewSize(size.Width*0.8, size.Height*0.8))
}
