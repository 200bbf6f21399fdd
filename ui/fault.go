package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"

	"assay/ui/theme"
)

// onFault is the theme within the fault bar: text in the colour that is read on it.
type onFault struct{ fyne.Theme }

// Color returns the theme's colour, the foreground being that of the bar.
func (t onFault) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	if name == base.ColorNameForeground {
		name = theme.ColorOnFail
	}
	return t.Theme.Color(name, variant)
}
