package theme_test

import (
	"fmt"
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	base "fyne.io/fyne/v2/theme"
	"github.com/stretchr/testify/require"

	"assay/ui/theme"
)

func TestEveryPairInUsePassesWCAG(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Light, theme.Dark} {
		for _, pair := range theme.Pairs() {
			t.Run(fmt.Sprintf("%s/%s on %s %v", mode, pair.Foreground, pair.Background, pair.Over), func(t *testing.T) {
				want := 3.0
				if pair.Text {
					want = 4.5
				}
				require.GreaterOrEqual(t, pair.Ratio(theme.New(mode), base.VariantLight), want)
			})
		}
	}
}

func TestContrastKnowsTheEnds(t *testing.T) {
	require.InDelta(t, 21, theme.Contrast(color.Black, color.White), 1e-9)
	require.InDelta(t, 1, theme.Contrast(color.White, color.White), 1e-9)
	require.InDelta(t, 4.54, theme.Contrast(color.NRGBA{R: 0x76, G: 0x76, B: 0x76, A: 0xFF}, color.White), 0.01)
}

func TestModeOverridesTheVariantAskedFor(t *testing.T) {
	dark := theme.New(theme.Dark).Color(base.ColorNameBackground, base.VariantLight)
	light := theme.New(theme.Light).Color(base.ColorNameBackground, base.VariantDark)
	require.NotEqual(t, dark, light)
	require.Equal(t, light, theme.New(theme.System).Color(base.ColorNameBackground, base.VariantLight))
	require.Equal(t, dark, theme.New(theme.System).Color(base.ColorNameBackground, base.VariantDark))
}

func TestModesGoRound(t *testing.T) {
	require.Equal(t, theme.System, theme.System.Next().Next().Next())
}

func TestDigitsAreTabular(t *testing.T) {
	test.NewTempApp(t)
	fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Light))
	for _, bold := range []bool{false, true} {
		style := fyne.TextStyle{Bold: bold}
		want := fyne.MeasureText("1111111111", 20, style).Width
		for digit := '0'; digit <= '9'; digit++ {
			text := ""
			for range 10 {
				text += string(digit)
			}
			require.InDelta(t, want, fyne.MeasureText(text, 20, style).Width, 0.01, "digit %c, bold %v", digit, bold)
		}
	}
}

func TestEveryColourNameIsDefined(t *testing.T) {
	test.NewTempApp(t)
	test.AssertAllColorNamesDefined(t, theme.New(theme.Light), "light")
}
