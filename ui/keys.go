package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"

	"assay/ui/widgets"
)

// typedKey gets every key that no focused widget uses: Fyne calls it while
// nothing has focus, the window's own widgets hand on the rest.
func (w *Window) typedKey(event *fyne.KeyEvent) {
	if w.host.TypedKey(event) || w.window.Canvas().Overlays().Top() != nil {
		return // a dialog or a list that dropped down is in front
	}
	switch event.Name {
	case fyne.KeyF1:
		w.ShowKeys()
	case fyne.KeyF2:
		w.Go(PageInspect)
	case fyne.KeyF3:
		w.Go(PageLog)
	case fyne.KeyF4:
		w.Go(PageRetrain)
	case fyne.KeyF9:
		w.cycleTheme()
	case fyne.KeyF11:
		w.toggleFullscreen()
	default:
		w.current().TypedKey(event)
	}
}

func (w *Window) current() page {
	return w.pages[map[string]int{PageLog: 1, PageRetrain: 2}[w.shown]]
}

// addShortcuts has Ctrl (on a Mac: Command) with a key act, whatever has focus.
func (w *Window) addShortcuts() {
	for i, key := range []fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4, fyne.Key5, fyne.Key6} {
		w.window.Canvas().AddShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierAlt}, func(fyne.Shortcut) { w.goStep(i) })
	}
	for _, key := range []fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.KeyQ} {
		w.window.Canvas().AddShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault},
			func(fyne.Shortcut) { w.shortcut(key) })
	}
	w.window.Canvas().AddShortcut(&fyne.ShortcutUndo{}, func(fyne.Shortcut) { w.undo() }) // of no entry that has focus
}

// undo takes back the operator's last decision.
func (w *Window) undo() {
	if w.shown == PageInspect && w.window.Canvas().Overlays().Top() == nil {
		w.live.Undo()
	}
}

// goStep shows a step of the Retrain page, whatever has focus.
func (w *Window) goStep(i int) {
	if w.shown == PageRetrain && w.window.Canvas().Overlays().Top() == nil {
		w.retrain.Go(i)
	}
}

func (w *Window) shortcut(key fyne.KeyName) {
	if w.window.Canvas().Overlays().Top() != nil {
		return // a dialog is in front
	}
	if key == fyne.KeyQ {
		w.askClose()
		return
	}
	w.Go(map[fyne.KeyName]string{fyne.Key1: PageInspect, fyne.Key2: PageLog, fyne.Key3: PageRetrain}[key])
}

// keyList is what F1 shows.
var keyList = []struct {
	title string
	keys  [][2]string
}{
	{"Everywhere", [][2]string{
		{"F2  F3  F4", "Inspect, Log, Retrain (also Ctrl+1, 2, 3)"}, {"F11", "full screen"}, {"F9", "colours: desktop, light, dark"},
		{"Tab", "to the next control, Space uses it"}, {"Esc", "leave a control, close a dialog"}, {"Ctrl+Q", "close the station"},
	}},
	{"Inspect", [][2]string{
		{"Space  or F5", "inspect what the camera sees"}, {"H", "heatmap on, off"}, {"Enter", "confirm the machine's verdict"},
		{"O", "overrule it"}, {"P  F", "part for review: passes, fails"}, {"Ctrl+Z", "take the last decision back"}, {"Left  Right", "walk along the last parts"}, {"Esc", "back to the newest part"},
	}},
	{"Log", [][2]string{
		{"Up  Down", "walk along the parts (also Page up, Page down, Home, End)"}, {"H", "heatmap on, off"}, {"Z", "picture fitted, or pixel by pixel"},
		{"C", "the machine is right"}, {"P  F", "the part passes, fails"}, {"R", "write a reason"}, {"F5", "read the log again"},
	}},
	{"Retrain", [][2]string{
		{"1 … 6", "go to a step (also Alt+1 … 6)"}, {"D", "samples: choose a folder"}, {"R  E  U", "relabel, exclude or include a picture, undo"},
		{"N  P", "new variants, another picture"}, {"T", "start the training (also F5)"}, {"P  G", "pause it or go on, take up an interrupted one"},
		{"S  X", "stop it and keep the best, cancel it"}, {"W", "pictures judged differently"},
		{"M  B", "promote, roll back"}, {"H  I", "start or stop the shadow, import a model"},
	}},
}

// ShowKeys shows the list of keys.
func (w *Window) ShowKeys() {
	columns := container.NewGridWithColumns(2)
	for _, group := range keyList {
		rows := container.NewVBox(widgets.NewHeading(group.title))
		for _, k := range group.keys {
			key := widgets.NewHeading(k[0])
			rows.Add(container.NewBorder(nil, nil, widgets.MinWidth(120, key), nil, widgets.NewLabel(k[1])))
		}
		columns.Add(widgets.Inset(8, rows))
	}
	w.host.Show("Keys", columns)
}
