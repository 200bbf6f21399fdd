package retrain

import (
	"fmt"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/station"
	"assay/ui/uitest"
	"assay/ui/widgets"
)

// done is a training that has ended: 4 sound and 6 defective pictures, of which the new model passes one defect and
// the current one refuses two sound parts.
func done() station.TrainingStatus {
	s := running(15)
	candidate, current := uitest.Model("casting", 4), uitest.Model("casting", 3)
	c := &station.Comparison{Split: "test", N: 10, CandidateRight: 9, CurrentRight: 8, Current: &current,
		CandidateCI: [2]float64{59.58, 98.21}, CurrentCI: [2]float64{49.02, 94.33}, Differ: 3, TestUses: 2}
	for i := range 10 {
		image := station.ComparedImage{Name: fmt.Sprintf("cast_%d.jpeg", i), Digest: fmt.Sprintf("n-%d", i), Truth: inspection.Normal, Candidate: 0.1, Current: 0.1}
		if i >= 4 {
			image.Digest, image.Truth, image.Candidate, image.Current = fmt.Sprintf("d-%d", i), inspection.Defective, 0.9, 0.9
		}
		c.Images = append(c.Images, image)
	}
	c.Images[0].Current, c.Images[1].Current, c.Images[9].Candidate = 0.7, 0.85, 0.4
	c.CandidateReport = station.ComparedReport{Accuracy: 90, DefectRecall: 83.33, ECE: 0.0123, AUROC: 1, Confusion: [2][2]int{{4, 0}, {1, 5}}, Unfamiliar: 1}
	c.CurrentReport = station.ComparedReport{Accuracy: 80, DefectRecall: 100, Confusion: [2][2]int{{2, 2}, {0, 6}}}
	s.State, s.Candidate, s.Comparison = station.TrainingDone, &candidate, c
	return s
}

func comparePage(t *testing.T) (*Page, *uitest.Fixture) {
	p, f := newPage(t)
	p.Go(stepCompare)
	require.True(t, p.compare.empty.Visible())
	f.Station.Train(done())
	f.Until(t, "comparison", func() bool { return p.compare.shown != nil })
	return p, f
}

func TestTheNewModelStandsBesideTheCurrentOne(t *testing.T) {
	p, _ := comparePage(t)
	c := p.compare
	require.Equal(t, "9 of 10", c.figures.Text(rowRight, 0))
	require.Equal(t, "8 of 10", c.figures.Text(rowRight, 1))
	require.Equal(t, "90.00 %", c.figures.Text(rowAccuracy, 0))
	require.Equal(t, "59.58 – 98.21", c.figures.Text(rowInterval, 0))
	require.Equal(t, "83.33 %", c.figures.Text(rowRecall, 0))
	require.Equal(t, "0.0123", c.figures.Text(rowCalibration, 0))
	require.Equal(t, "1", c.figures.Text(rowUnfamiliar, 0))
	require.Contains(t, c.basis.Text, "used 2 times")
	require.Equal(t, "1 wrong", c.candidate.cells[1][0].Text)
	require.True(t, c.candidate.cells[0][1].Disabled(), "an empty cell lists nothing")
	require.Equal(t, "2 wrong", c.current.cells[0][1].Text)
	normal, defective := c.scores.Counts()
	require.Equal(t, 4, normal[4])
	require.Equal(t, 5, defective[36])
	require.Equal(t, 1, defective[16])
}

func TestComparisonInWords(t *testing.T) {
	current := uitest.Model("casting", 3)
	tests := []struct {
		c     station.Comparison
		state widgets.StepState
		want  string
	}{
		{station.Comparison{N: 10, CandidateRight: 9}, widgets.StepToDo, "no current model"},
		{station.Comparison{N: 10, CandidateRight: 8, CurrentRight: 9, Current: &current}, widgets.StepReady, "once less often"},
		{station.Comparison{N: 10, CandidateRight: 9, CurrentRight: 9, Current: &current}, widgets.StepToDo, "equally often"},
		{station.Comparison{N: 10, CandidateRight: 9, CurrentRight: 6, Current: &current, Differ: 3}, widgets.StepDone, "3 times more often. They differ on 3 pictures."},
		{station.Comparison{N: 10, CandidateRight: 9, CurrentRight: 6, Current: &current, Verdict: "3 parts differ; better with 88 % confidence"}, widgets.StepDone, "3 parts differ; better with 88 % confidence."},
	}
	for _, tt := range tests {
		state, words := compared(tt.c)
		require.Equal(t, tt.state, state, words)
		require.Contains(t, words, tt.want)
	}
}

func TestACellListsItsPictures(t *testing.T) {
	p, f := comparePage(t)
	g := p.compare.gallery
	require.Equal(t, "New model: judged wrongly (1)", g.title.Text(), "what matters first")
	require.Equal(t, "d-9", g.images[0].Digest)
	p.compare.current.cells[0][1].OnTapped()
	require.Len(t, g.images, 2)
	require.Equal(t, "Current model: sound, judged defective (2)", g.title.Text())
	typeKey(p, fyne.KeyW)
	require.Len(t, g.images, 3)
	// a picture opens with both heatmaps
	g.grid.Select(1)
	require.NotNil(t, f.Host.Open())
	f.UntilCalled(t, "ComparedPicture n-1 true")
	f.UntilCalled(t, "ComparedPicture n-1 false")
	f.Host.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	f.UntilCalled(t, "ComparedPicture d-9 false")
	f.Host.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	require.Nil(t, f.Host.Open())
}

func TestTheViewerShowsTheHeatmap(t *testing.T) {
	p, f := comparePage(t)
	v := openViewer(p.compare, p.compare.shown.Images, 9)
	f.Until(t, "heatmaps", func() bool { return v.pictures[0].HeatmapShown() && v.pictures[1].HeatmapShown() })
	require.Equal(t, "sound, score 0.4000", v.answers[0].Text())
	require.Equal(t, inspection.Fail, v.truth.Verdict())
	v.walk(1)
	require.Equal(t, 9, v.at, "there is none after the last")
	f.Station.Fail("ComparedPicture", inspection.ErrNotFound)
	v.walk(-1)
	f.Until(t, "words", func() bool { title, _ := v.pictures[0].Message(); return title == "The picture cannot be shown" })
}

func TestThresholdsShowWhatTheyCost(t *testing.T) {
	p, _ := comparePage(t)
	h := p.compare.thresholds
	require.Nil(t, h.forPromotion(), "the model's own until somebody chooses")
	require.Equal(t, "0.00 %", h.rates.Text(rowNew, 0))
	require.Equal(t, "10.00 %", h.rates.Text(rowNew, 2), "0.4 lies between 0.2 and 0.8")
	require.Equal(t, "25.00 %", h.rates.Text(rowCurrent, 1), "0.85 of a sound part")
	h.pass.SetValue(0.5)
	require.Equal(t, "16.67 %", h.rates.Text(rowNew, 0), "one defect of six escapes")
	require.Equal(t, &inspection.Thresholds{Pass: 0.5, Fail: 0.8}, h.forPromotion())
	h.fail.SetValue(0.05)
	require.Equal(t, &inspection.Thresholds{Pass: 0.05, Fail: 0.05}, h.forPromotion(), "one pushes the other")
	require.Equal(t, "100.00 %", h.rates.Text(rowNew, 1))
	h.model.OnTapped()
	require.Nil(t, h.forPromotion())
	require.Equal(t, "0.20", h.passText.Text())
}

func TestACandidateWithoutACurrentModel(t *testing.T) {
	p, f := newPage(t)
	s := done()
	s.Comparison.Current, s.Comparison.CurrentRight = nil, 0
	for i := range s.Comparison.Images {
		s.Comparison.Images[i].Current = math.NaN()
	}
	f.Station.Train(s)
	f.Until(t, "comparison", func() bool { return p.compare.shown != nil })
	p.Go(stepCompare)
	require.False(t, p.compare.current.root.Visible())
	require.Equal(t, "–", p.compare.figures.Text(rowRight, 1))
	require.Empty(t, differing(s.Comparison.Images))
	v := openViewer(p.compare, s.Comparison.Images, 0)
	f.Until(t, "picture", func() bool { return v.pictures[0].Image() != nil })
	f.Host.Window.Canvas().Capture()
}

func TestAModelThatWasNotComparedIsSaid(t *testing.T) {
	p, f := newPage(t)
	s := done()
	s.Comparison, s.Message = nil, "The disk was full."
	f.Station.Train(s)
	f.Until(t, "state", func() bool { return stateOf(p, stepCompare) == widgets.StepProblem })
	p.Go(stepCompare)
	require.Contains(t, p.hint.Text(), "The disk was full.")
	require.Equal(t, widgets.StepReady, stateOf(p, stepPromote), "it can be promoted all the same")
}
