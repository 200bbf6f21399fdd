package host_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/ui/uitest"
	"assay/ui/widgets"
)

func key(f *uitest.Fixture, name fyne.KeyName) {
	event := &fyne.KeyEvent{Name: name}
	if focused := f.Host.Window.Canvas().Focused(); focused != nil {
		focused.TypedKey(event)
		return
	}
	f.Host.TypedKey(event)
}

func TestAPathCanBeTyped(t *testing.T) {
	for name, pick := range map[string]func(*uitest.Fixture, func(string)){
		"folder": func(f *uitest.Fixture, picked func(string)) { f.Host.PickFolder(picked) },
		"file":   func(f *uitest.Fixture, picked func(string)) { f.Host.PickFile(picked) },
	} {
		t.Run(name, func(t *testing.T) {
			// given
			f := uitest.NewFixture(t)
			var got []string
			pick(f, func(path string) { got = append(got, path) })
			f.Queue.Drain()
			entry, ok := f.Host.Window.Canvas().Focused().(*widgets.Entry)
			require.True(t, ok, "the entry has the keys at once")
			// when nothing is typed, the dialog stays
			key(f, fyne.KeyReturn)
			require.NotNil(t, f.Host.Open())
			require.Empty(t, got)
			// when a path is typed, it is taken
			entry.SetText("  /data/casting ")
			f.Host.Window.Canvas().Focus(entry)
			key(f, fyne.KeyReturn)
			require.Equal(t, []string{"/data/casting"}, got)
			require.Nil(t, f.Host.Open())
		})
	}
}

func TestBrowsingOpensAndEscapeGoesBackOneDialog(t *testing.T) {
	for name, pick := range map[string]func(*uitest.Fixture){
		"folder": func(f *uitest.Fixture) { f.Host.PickFolder(func(string) {}) },
		"file":   func(f *uitest.Fixture) { f.Host.PickFile(func(string) {}) },
	} {
		t.Run(name, func(t *testing.T) {
			f := uitest.NewFixture(t)
			f.Show(widgets.NewLabel(""))
			pick(f)
			form := f.Host.Open()
			f.Host.TypedKey(&fyne.KeyEvent{Name: fyne.KeyB})
			require.NotEqual(t, form, f.Host.Open())
			f.Host.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
			require.Equal(t, form, f.Host.Open())
			f.Host.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
			require.Nil(t, f.Host.Open())
			require.Nil(t, f.Host.Window.Canvas().Overlays().Top())
		})
	}
}

func TestErrorsAreShownAndCancelledWorkIsNot(t *testing.T) {
	f := uitest.NewFixture(t)
	f.Host.Error("title", nil)
	f.Host.Error("title", fmt.Errorf("list: %w", context.Canceled))
	require.Nil(t, f.Host.Open())
	f.Host.Error("title", errors.Join(errors.New("write"), inspection.ErrDiskFull))
	require.NotNil(t, f.Host.Open())
	f.Host.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	require.Nil(t, f.Host.Open())
}

func TestConfirmActsOnlyWhenItIsMeant(t *testing.T) {
	f := uitest.NewFixture(t)
	acted := false
	f.Host.Confirm("Cancel?", "Nothing is kept.", "Cancel it", func() { acted = true })
	f.Host.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	require.False(t, acted, "Enter alone destroys nothing")
	f.Host.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	require.False(t, acted)
	require.Nil(t, f.Host.Open())
}
