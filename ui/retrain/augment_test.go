package retrain

import (
	"errors"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"github.com/stretchr/testify/require"

	"assay/ui/uitest"
	"assay/ui/widgets"
)

func augmentPage(t *testing.T) (*Page, *uitest.Fixture) {
	p, f := newPage(t)
	look(t, p, f, "/data")
	p.Go(stepAugment)
	return p, f
}

func TestPresetsMakeTheList(t *testing.T) {
	p, _ := augmentPage(t)
	tests := map[string]string{
		"none": "", "flips": "hflip,vflip,quarter", "paper": "hflip,vflip,rotate=180,zoom=0.15,shear=10,zca",
		"plant": "hflip,vflip,quarter,rotate=180,zoom=0.15,shift=0.05,tilt=15,brightness=0.25,contrast=0.25,light=0.3,blur=1.5,noise=5",
		"round": "hflip,vflip,rotate=180,look=0.6",
	}
	for key, want := range tests {
		p.augment.usePreset(key)
		require.Equal(t, want, strings.Join(p.augment.list(), ","), key)
		require.Equal(t, key, p.augment.preset.Chosen())
	}
	p.augment.usePreset("none")
	require.Equal(t, "none", p.augment.text.Text)
	require.Equal(t, "done · no variants", second(p.bar.State(stepAugment)))
}

// TestAugmentFitsASmallScreen: with pictures shown the step is no wider than a window of 1280 leaves it.
func TestAugmentFitsASmallScreen(t *testing.T) {
	p, f := augmentPage(t)
	f.Until(t, "previews", func() bool { return p.augment.preview.body.Visible() })
	require.LessOrEqual(t, p.augment.root.MinSize().Width, float32(1163))
}

func row(p *Page, name string) *augmentRow {
	for _, r := range p.augment.rows {
		if r.kind.Name == name {
			return r
		}
	}
	return nil
}

func TestAMoveOfASliderIsShownAtOnce(t *testing.T) {
	p, f := augmentPage(t)
	f.UntilCalled(t, "PreviewAugmentations casting@1 n-train-0 hflip,vflip,quarter 1 8 0")
	zoom := row(p, "zoom")
	require.True(t, zoom.slider.Disabled(), "off")
	zoom.check.SetChecked(true)
	require.Empty(t, p.augment.preset.Chosen(), "no longer a preset")
	zoom.slider.SetValue(0.3)
	require.Equal(t, "30 %", zoom.value.Text())
	f.UntilCalled(t, "PreviewAugmentations casting@1 n-train-0 hflip,vflip,quarter,zoom=0.3 1 8 0")
	f.Until(t, "pictures", func() bool { return p.augment.preview.tiles[variants].Image() != nil })
	p.augment.fill.SetSelected("reflect")
	require.Contains(t, p.augment.text.Text, ",fill=reflect")
}

func TestNewVariantsAndAnotherPicture(t *testing.T) {
	p, f := augmentPage(t)
	typeKey(p, fyne.KeyN)
	f.UntilCalled(t, "PreviewAugmentations casting@1 n-train-0 hflip,vflip,quarter 2 8 0")
	before := p.augment.preview.digest()
	typeKey(p, fyne.KeyP)
	require.NotEqual(t, before, p.augment.preview.digest())
	f.UntilCalled(t, "PreviewAugmentations casting@1 "+p.augment.preview.digest()+" hflip,vflip,quarter 2 8 0")
	p.train.form.round.SetChecked(true)
	p.augment.show()
	f.UntilCalled(t, "PreviewAugmentations casting@1 "+p.augment.preview.digest()+" hflip,vflip,quarter 2 8 0 disc")
}

func TestAPreviewThatFailsIsSaid(t *testing.T) {
	p, f := newPage(t)
	f.Station.Fail("PreviewAugmentations", errors.New("no room"))
	look(t, p, f, "/data")
	p.Go(stepAugment)
	f.Until(t, "words", func() bool { return p.augment.preview.problem.row.Visible() })
	require.Contains(t, p.augment.preview.problem.label.Text, "no room")
	f.Station.Fail("PreviewAugmentations", nil)
	typeKey(p, fyne.KeyN)
	f.Until(t, "pictures", func() bool { return !p.augment.preview.problem.row.Visible() })
}

func TestSlidersAreReachedAndHandOnKeys(t *testing.T) {
	p, f := augmentPage(t)
	r := row(p, "rotate")
	r.check.SetChecked(true)
	f.Host.Window.Canvas().Focus(r.slider)
	r.slider.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome})
	require.Equal(t, "0°", r.value.Text())
	r.slider.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	require.Equal(t, "4°", r.value.Text(), "a fortieth of 180, rounded for the eye")
	var got []fyne.KeyName
	f.Host.Window.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) { got = append(got, e.Name) })
	r.slider.TypedKey(&fyne.KeyEvent{Name: fyne.KeyF2})
	require.Equal(t, []fyne.KeyName{fyne.KeyF2}, got)
	require.Equal(t, widgets.StepDone, stateOf(p, stepAugment))
}
