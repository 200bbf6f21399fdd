package theme

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

// Pair is a foreground and the background it is drawn on. Over names layers
// between the two, such as hover and selection, from the lowest up.
type Pair struct {
	Foreground, Background fyne.ThemeColorName
	Over                   []fyne.ThemeColorName
	// Text is true for words (4.5:1), false for outlines and shapes (3:1).
	Text bool
}

// Pairs lists every pair of colours that the window uses.
func Pairs() []Pair {
	var pairs []Pair
	text := func(background fyne.ThemeColorName, over []fyne.ThemeColorName, foregrounds ...fyne.ThemeColorName) {
		for _, f := range foregrounds {
			pairs = append(pairs, Pair{Foreground: f, Background: background, Over: over, Text: true})
		}
	}
	rows := []fyne.ThemeColorName{base.ColorNameForeground, ColorMuted, ColorPass, ColorReview, ColorFail}
	for _, background := range []fyne.ThemeColorName{base.ColorNameBackground, ColorSurface} {
		text(background, nil, rows...)
		text(background, nil, base.ColorNameError, base.ColorNameWarning, base.ColorNameSuccess,
			base.ColorNamePrimary, base.ColorNameHyperlink, base.ColorNameDisabled)
		for _, layer := range []fyne.ThemeColorName{base.ColorNameHover, base.ColorNameSelection} {
			text(background, []fyne.ThemeColorName{layer}, rows...)
		}
	}
	text(base.ColorNameHeaderBackground, nil, base.ColorNameForeground, ColorMuted)
	text(base.ColorNameOverlayBackground, nil, base.ColorNameForeground, ColorMuted, ColorFail)
	text(base.ColorNameMenuBackground, nil, base.ColorNameForeground)
	text(base.ColorNameInputBackground, nil, base.ColorNameForeground, base.ColorNamePlaceHolder, base.ColorNameDisabled)
	text(base.ColorNameDisabledButton, nil, base.ColorNameDisabled)
	buttons := []struct{ background, foreground fyne.ThemeColorName }{
		{base.ColorNameButton, base.ColorNameForeground},
		{base.ColorNamePrimary, base.ColorNameForegroundOnPrimary},
		{base.ColorNameError, base.ColorNameForegroundOnError},
		{base.ColorNameWarning, base.ColorNameForegroundOnWarning},
		{base.ColorNameSuccess, base.ColorNameForegroundOnSuccess},
	}
	for _, b := range buttons {
		text(b.background, nil, b.foreground)
		text(b.background, []fyne.ThemeColorName{base.ColorNameHover}, b.foreground)
		text(b.background, []fyne.ThemeColorName{base.ColorNameFocus}, b.foreground)
	}
	text(ColorStage, nil, ColorOnStage)
	text(ColorPassFill, nil, ColorOnPass)
	text(ColorReviewFill, nil, ColorOnReview)
	text(ColorFailFill, nil, ColorOnFail)
	for _, background := range []fyne.ThemeColorName{base.ColorNameBackground, ColorSurface, base.ColorNameInputBackground} {
		pairs = append(pairs, Pair{Foreground: base.ColorNameInputBorder, Background: background})
	}
	return append(pairs, Pair{Foreground: ColorRegion, Background: ColorStage})
}

// Ratio returns the contrast of the pair in the theme's colours, from 1 to 21,
// with the layers between them blended first.
func (p Pair) Ratio(t fyne.Theme, variant fyne.ThemeVariant) float64 {
	background := t.Color(p.Background, variant)
	for _, layer := range p.Over {
		background = blend(background, t.Color(layer, variant))
	}
	return Contrast(blend(background, t.Color(p.Foreground, variant)), background)
}

// Contrast returns the WCAG 2.1 contrast ratio of two opaque colours, 1 to 21.
func Contrast(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	if la < lb {
		la, lb = lb, la
	}
	return (la + 0.05) / (lb + 0.05)
}

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

func linear(v uint32) float64 {
	f := float64(v) / 0xFFFF
	if f <= 0.04045 {
		return f / 12.92
	}
	return math.Pow((f+0.055)/1.055, 2.4)
}

// blend draws top over an opaque bottom.
func blend(bottom, top color.Color) color.Color {
	br, bg, bb, _ := bottom.RGBA()
	tr, tg, tb, ta := top.RGBA()
	mix := func(b, t uint32) uint16 { return uint16(t + b*(0xFFFF-ta)/0xFFFF) }
	return color.RGBA64{R: mix(br, tr), G: mix(bg, tg), B: mix(bb, tb), A: 0xFFFF}
}
