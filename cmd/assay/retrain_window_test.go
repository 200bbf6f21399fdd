package main

import (
	"fmt"
	"path/filepath"
	"testing"

	"assay/inspection"
	"assay/station"
	"assay/ui/widgets"

	"fyne.io/fyne/v2"
	"github.com/stretchr/testify/require"
)

// reviewedRecords is how many parts the supervisor has decided on.
const reviewedRecords = 200

// logParts judges parts of the demo line without a window, so that the log of
// the data folder holds them.
func logParts(t *testing.T, data string, parts int) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "parts")
	writeParts(t, folder, parts)
	code, _, messages := assay(t, data, "inspect", "--source", "folder:"+folder, "--recipe", "Demo impeller", "--model", "demo", "--json")
	require.Equal(t, exitDone, code, messages)
}

// TestRetrainOnReviewedRecordsAndPromote is the engineer's hour: the parts that
// people have reviewed become a data set, a model learns from them in the window,
// is compared with the current one on a part that it has not seen, and judges the
// line once it is promoted. Rolling back brings the former one back.
func TestRetrainOnReviewedRecordsAndPromote(t *testing.T) {
	if testing.Short() {
		t.Skip("trains a model")
	}
	data := t.TempDir()
	logParts(t, data, reviewedRecords)
	d := openDrivenOn(t, data)
	d.reviewAll()
	recipe := d.station.Recipes()[0]
	for _, r := range d.station.Recipes() {
		if r.Model == "demo" {
			recipe = r
		}
	}
	require.NoError(t, d.station.UseRecipe(recipe.Name))

	d.press(fyne.KeyF4)
	d.tap("Reviewed log")
	d.startTraining("3", "1")
	d.waitTrained()
	st := d.station.TrainingStatus()
	require.NotNil(t, st.Candidate, "%s %s", st.Message, st.Problem)
	require.NotNil(t, st.Comparison, st.Message)
	require.Equal(t, "test", st.Comparison.Split)
	require.Equal(t, 1, st.Comparison.Current.Ref.Version)
	require.Equal(t, 1, st.Comparison.TestUses, "the locked part was looked at once")
	snapshots, err := d.station.Snapshots()
	require.NoError(t, err)
	report := snapshots[0]
	require.Equal(t, reviewedRecords, report.Train.Total()+report.Validation.Total()+report.Test.Total()+report.Excluded)
	require.Equal(t, st.Comparison.N, report.Test.Total())

	d.press(fyne.Key5, fyne.Key6)
	d.write("your name", "Ada")
	d.write("what makes it better", "learnt our own parts")
	await(d, d.station.Changed(), "the new model on the line", func() { d.tap("Promote  (M)") }, func(s station.Status) bool {
		return s.Model == st.Candidate.Ref
	})
	events, err := d.station.Promotions("demo")
	require.NoError(t, err)
	require.Len(t, events, 1)
	require.Equal(t, "Ada", events[0].By)
	require.Equal(t, "learnt our own parts", events[0].Reason)
	require.Equal(t, [2]int{1, 2}, [2]int{events[0].From, events[0].To})

	_, err = d.station.Rollback("demo", "Ada", "the test is over")
	require.NoError(t, err)
	require.Equal(t, 1, d.station.Snapshot().Model.Version)
}

// reviewAll decides on every record as the truth has it.
func (d *driven) reviewAll() {
	d.Helper()
	for cursor := ""; ; {
		page, err := d.station.Records(d.Context(), station.Query{Limit: 500, Before: cursor})
		require.NoError(d, err)
		for _, r := range page.Records {
			verdict := inspection.Pass
			if r.Truth.Class == inspection.Defective {
				verdict = inspection.Fail
			}
			require.NoError(d, d.station.Review(d.Context(), r.ID, inspection.Supervisor, verdict, "Ada", "the truth is known"))
		}
		if cursor = page.Next; cursor == "" {
			return
		}
	}
}

// tap presses the button of that text as soon as it can be pressed.
func (d *driven) tap(text string) {
	d.Helper()
	button := tabTo(d, func(b *widgets.Button) bool { return b.Text == text })
	fyne.DoAndWait(func() { button.Tapped(&fyne.PointEvent{}) })
}

// write fills the entry that shows such a hint.
func (d *driven) write(hint, text string) {
	d.Helper()
	entry := tabTo(d, func(e *widgets.Entry) bool { return e.PlaceHolder == hint })
	fyne.DoAndWait(func() { entry.SetText(text) })
}

// startTraining goes to the step Train, sets epochs and seed and starts; the
// button can be pressed once the samples are read.
func (d *driven) startTraining(epochs, seed string) {
	d.Helper()
	d.press(fyne.Key4)
	for hint, text := range map[string]string{fmt.Sprint(station.DefaultEpochs): epochs, "1": seed} {
		d.write(hint, text)
	}
	d.tap("Start training  (T)")
}

// waitTrained waits for the training's end, its comparison included.
func (d *driven) waitTrained() {
	d.Helper()
	d.eventually("the training's end", func() bool {
		st := d.station.TrainingStatus()
		require.NotEqual(d, station.TrainingFailed, st.State, st.Problem)
		return st.State == station.TrainingDone
	})
}
