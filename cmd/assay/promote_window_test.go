package main

import (
	"path/filepath"
	"slices"
	"testing"

	"assay/station"
	"assay/ui/widgets"

	"fyne.io/fyne/v2"
	"github.com/stretchr/testify/require"
)

// TestPromotionsOfTheWindowAndOfTheCommandLine has another name take over the line, which a roll-back undoes, and the
// command line promote beside the open window.
func TestPromotionsOfTheWindowAndOfTheCommandLine(t *testing.T) {
	data, file := t.TempDir(), filepath.Join(t.TempDir(), "demo.onnx")
	for _, command := range [][]string{{"export", "demo", file}, {"import", file, "--name", "line1"}, {"import", file}} {
		code, _, messages := assay(t, data, append([]string{"models"}, command...)...)
		require.Equal(t, exitDone, code, messages)
	}
	d := openDrivenOn(t, data)
	require.NoError(t, d.station.UseRecipe("Demo impeller"))
	d.press(fyne.KeyF4, fyne.Key6)
	d.choose("Choose a model", "line1 1")
	d.write("your name", "Ada")
	d.write("what makes it better", "knows our parts")
	await(d, d.station.Changed(), "line1 on the line", func() { d.tap("Promote  (M)") }, judgesWith("line1", 1))
	d.tap("Roll back to demo 1 …  (B)")
	d.write("why", "more escapes")
	await(d, d.station.Changed(), "demo on the line again", func() { d.tap("Roll back") }, judgesWith("demo", 1))

	code, _, messages := assay(t, data, "models", "promote", "demo@2", "--by", "Bob")
	require.Equal(t, exitDone, code, messages)
	d.press(fyne.KeyF2, fyne.KeyF4)
	d.choose("Choose a model", "demo 2")
	require.True(t, judgesWith("demo", 1)(d.station.Snapshot()), "nobody at the line has asked for it")
	await(d, d.station.Changed(), "what Bob promoted", func() { d.tap("Let the line judge with demo 2  (M)") }, judgesWith("demo", 2))

	code, out, _ := assay(t, data, "models", "history")
	require.Equal(t, exitDone, code)
	require.Contains(t, out, "demo 1 → line1 1 (Demo impeller)")
	require.Contains(t, out, "line1 1 → demo 1 (Demo impeller)")
}

func judgesWith(name string, version int) func(station.Status) bool {
	return func(s station.Status) bool { return s.Model.Name == name && s.Model.Version == version }
}

// choose selects an entry of a list as soon as it is there.
func (d *driven) choose(hint, label string) {
	d.Helper()
	list := tabTo(d, func(s *widgets.Select) bool { return s.PlaceHolder == hint && slices.Contains(s.Options, label) })
	fyne.DoAndWait(func() { list.SetSelected(label) })
}
