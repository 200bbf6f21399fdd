package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

type palette map[fyne.ThemeColorName]color.NRGBA

var lightPalette = palette{
	base.ColorNameBackground:          hex(0xF4F5F6),
	base.ColorNameForeground:          hex(0x22262A),
	base.ColorNameButton:              hex(0xE1E5E9),
	base.ColorNameDisabled:            hex(0x5F6871),
	base.ColorNameDisabledButton:      hex(0xEBEDEF),
	base.ColorNamePlaceHolder:         hex(0x5A636B),
	base.ColorNamePrimary:             hex(0x1F4E8C),
	base.ColorNameForegroundOnPrimary: hex(0xFFFFFF),
	base.ColorNameHyperlink:           hex(0x1F4E8C),
	base.ColorNameFocus:               alpha(0x1F4E8C, 0x38),
	base.ColorNameHover:               alpha(0x22262A, 0x14),
	base.ColorNamePressed:             alpha(0x22262A, 0x28),
	base.ColorNameSelection:           alpha(0x1F4E8C, 0x22),
	base.ColorNameInputBackground:     hex(0xFFFFFF),
	base.ColorNameInputBorder:         hex(0x7C868F),
	base.ColorNameHeaderBackground:    hex(0xE9ECEE),
	base.ColorNameMenuBackground:      hex(0xFFFFFF),
	base.ColorNameOverlayBackground:   hex(0xFFFFFF),
	base.ColorNameSeparator:           hex(0xD5DADE),
	base.ColorNameScrollBar:           alpha(0x22262A, 0x80),
	base.ColorNameScrollBarBackground: alpha(0x22262A, 0x10),
	base.ColorNameShadow:              alpha(0x000000, 0x30),
	base.ColorNameSuccess:             hex(0x0A6B45),
	base.ColorNameForegroundOnSuccess: hex(0xFFFFFF),
	base.ColorNameError:               hex(0xB3261E),
	base.ColorNameForegroundOnError:   hex(0xFFFFFF),
	base.ColorNameWarning:             hex(0x7A5200),
	base.ColorNameForegroundOnWarning: hex(0xFFFFFF),

	ColorMuted:   hex(0x5A636B),
	ColorSurface: hex(0xFFFFFF),
	ColorEdge:    hex(0xD5DADE),
	ColorPass:    hex(0x0A6B45),
	ColorReview:  hex(0x7A5200),
	ColorFail:    hex(0xB3261E),
}

var darkPalette = palette{
	base.ColorNameBackground:          hex(0x1B1E21),
	base.ColorNameForeground:          hex(0xE8EAEC),
	base.ColorNameButton:              hex(0x353B41),
	base.ColorNameDisabled:            hex(0x98A1A9),
	base.ColorNameDisabledButton:      hex(0x2A2F34),
	base.ColorNamePlaceHolder:         hex(0xA7B0B8),
	base.ColorNamePrimary:             hex(0x8AB8FF),
	base.ColorNameForegroundOnPrimary: hex(0x10213A),
	base.ColorNameHyperlink:           hex(0x8AB8FF),
	base.ColorNameFocus:               alpha(0x8AB8FF, 0x40),
	base.ColorNameHover:               alpha(0xE8EAEC, 0x16),
	base.ColorNamePressed:             alpha(0xE8EAEC, 0x28),
	base.ColorNameSelection:           alpha(0x8AB8FF, 0x20),
	base.ColorNameInputBackground:     hex(0x15181A),
	base.ColorNameInputBorder:         hex(0x77818A),
	base.ColorNameHeaderBackground:    hex(0x22262A),
	base.ColorNameMenuBackground:      hex(0x2A2F34),
	base.ColorNameOverlayBackground:   hex(0x24292D),
	base.ColorNameSeparator:           hex(0x363C42),
	base.ColorNameScrollBar:           alpha(0xE8EAEC, 0x80),
	base.ColorNameScrollBarBackground: alpha(0xE8EAEC, 0x10),
	base.ColorNameShadow:              alpha(0x000000, 0x66),
	base.ColorNameSuccess:             hex(0x4CD39A),
	base.ColorNameForegroundOnSuccess: hex(0x10241B),
	base.ColorNameError:               hex(0xFF8A80),
	base.ColorNameForegroundOnError:   hex(0x2B0B08),
	base.ColorNameWarning:             hex(0xFFC65C),
	base.ColorNameForegroundOnWarning: hex(0x22262A),

	ColorMuted:   hex(0xA7B0B8),
	ColorSurface: hex(0x24292D),
	ColorEdge:    hex(0x363C42),
	ColorPass:    hex(0x4CD39A),
	ColorReview:  hex(0xFFC65C),
	ColorFail:    hex(0xFF8A80),
}

// shared holds what is alike in both variants: filled badges and the picture's surround.
var shared = palette{
	ColorStage:      hex(0x101214),
	ColorOnStage:    hex(0xE8EAEC),
	ColorPassFill:   hex(0x0A6B45),
	ColorOnPass:     hex(0xFFFFFF),
	ColorReviewFill: hex(0xFFC65C),
	ColorOnReview:   hex(0x22262A),
	ColorFailFill:   hex(0xB3261E),
	ColorOnFail:     hex(0xFFFFFF),
	ColorRegion:     hex(0x8AB8FF),
}

func init() {
	for name, c := range shared {
		lightPalette[name] = c
		darkPalette[name] = c
	}
}

func hex(rgb uint32) color.NRGBA { return alpha(rgb, 0xFF) }

func alpha(rgb uint32, a uint8) color.NRGBA {
	return color.NRGBA{R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb), A: a}
}
