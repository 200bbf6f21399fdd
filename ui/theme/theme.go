// Package theme gives the window its colours, sizes and type: calm grey at rest,
// colour where somebody has to act. Every pair of colours in use passes WCAG AA
// in the light and in the dark variant; the package's test computes each ratio.
package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

// Mode says which variant the theme shows.
type Mode string

// The modes. System follows the desktop's own setting.
const (
	System Mode = "system"
	Light  Mode = "light"
	Dark   Mode = "dark"
)

// Next returns the mode after m in the order system, light, dark.
func (m Mode) Next() Mode {
	switch m {
	case Light:
		return Dark
	case Dark:
		return System
	}
	return Light
}

// Names of the colours that this theme adds to Fyne's own.
const (
	// ColorMuted is for captions and units.
	ColorMuted fyne.ThemeColorName = "assayMuted"
	// ColorSurface is a panel's background, ColorEdge its outline.
	ColorSurface fyne.ThemeColorName = "assaySurface"
	ColorEdge    fyne.ThemeColorName = "assayEdge"
	// ColorStage surrounds pictures: dark in both variants, so that a picture's brightness is judged alike.
	ColorStage   fyne.ThemeColorName = "assayStage"
	ColorOnStage fyne.ThemeColorName = "assayOnStage"
	// ColorPass, ColorReview and ColorFail are for words and shapes on a panel or the window.
	ColorPass   fyne.ThemeColorName = "assayPass"
	ColorReview fyne.ThemeColorName = "assayReview"
	ColorFail   fyne.ThemeColorName = "assayFail"
	// The Fill colours are backgrounds, the On colours the words upon them.
	ColorPassFill   fyne.ThemeColorName = "assayPassFill"
	ColorOnPass     fyne.ThemeColorName = "assayOnPass"
	ColorReviewFill fyne.ThemeColorName = "assayReviewFill"
	ColorOnReview   fyne.ThemeColorName = "assayOnReview"
	ColorFailFill   fyne.ThemeColorName = "assayFailFill"
	ColorOnFail     fyne.ThemeColorName = "assayOnFail"
	// ColorRegion outlines the region of interest over a picture.
	ColorRegion fyne.ThemeColorName = "assayRegion"
)

// Names of the sizes that this theme adds to Fyne's own.
const (
	// SizeVerdict is the height of the verdict word, read at arm's length.
	SizeVerdict fyne.ThemeSizeName = "assayVerdict"
	// SizeNumber is the height of a counter.
	SizeNumber fyne.ThemeSizeName = "assayNumber"
)

// Theme is the station's theme. It is immutable and safe for concurrent use.
type Theme struct {
	mode Mode
	base fyne.Theme
}

var _ fyne.Theme = (*Theme)(nil)

// New returns the theme in that mode; an unknown mode is System.
func New(mode Mode) *Theme {
	return &Theme{mode: mode, base: base.DefaultTheme()}
}

// Mode returns the mode the theme was made with.
func (t *Theme) Mode() Mode { return t.mode }

// Color returns the named colour; the mode overrides the variant asked for.
func (t *Theme) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	palette := lightPalette
	if t.variant(variant) == base.VariantDark {
		palette = darkPalette
	}
	if c, ok := palette[name]; ok {
		return c
	}
	return t.base.Color(name, t.variant(variant))
}

// Font returns the bundled typeface; its digits are all equally wide.
func (t *Theme) Font(style fyne.TextStyle) fyne.Resource { return t.base.Font(style) }

// Icon returns Fyne's icon of that name.
func (t *Theme) Icon(name fyne.ThemeIconName) fyne.Resource { return t.base.Icon(name) }

// Size returns the named size: larger than Fyne's, for gloves and for an arm's length.
func (t *Theme) Size(name fyne.ThemeSizeName) float32 {
	if s, ok := sizes[name]; ok {
		return s
	}
	return t.base.Size(name)
}

func (t *Theme) variant(asked fyne.ThemeVariant) fyne.ThemeVariant {
	switch t.mode {
	case Light:
		return base.VariantLight
	case Dark:
		return base.VariantDark
	}
	return asked
}

var sizes = map[fyne.ThemeSizeName]float32{
	base.SizeNameText:           15,
	base.SizeNameCaptionText:    12.5,
	base.SizeNameSubHeadingText: 18,
	base.SizeNameHeadingText:    26,
	base.SizeNamePadding:        5,
	base.SizeNameInnerPadding:   12,
	base.SizeNameInlineIcon:     20,
	base.SizeNameInputBorder:    1.5,
	base.SizeNameInputRadius:    6,
	base.SizeNameButtonRadius:   6,
	base.SizeNameScrollBar:      14,
	base.SizeNameScrollBarSmall: 5,
	SizeVerdict:                 58,
	SizeNumber:                  26,
}
