package live

import (
	"errors"
	"image"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/station"
	"assay/ui/uitest"
	"assay/ui/widgets"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func newPage(t *testing.T) (*Page, *uitest.Fixture) {
	f := uitest.NewFixture(t)
	p := New(f.Station, f.Host)
	f.Show(p.Content())
	f.Until(t, "list of models", func() bool { return len(p.header.model.Options) > 0 })
	t.Cleanup(p.Close)
	return p, f
}

func picture(v uint8) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for i := range img.Pix {
		img.Pix[i] = v
		if i%4 == 3 {
			img.Pix[i] = 0xFF
		}
	}
	return img
}

func press(p *Page, name fyne.KeyName) { p.TypedKey(&fyne.KeyEvent{Name: name}) }

func judge(t *testing.T, p *Page, f *uitest.Fixture, r inspection.Record) {
	t.Helper()
	f.Station.Judge(r, picture(120))
	f.Until(t, "judged part on screen", func() bool {
		now, _ := p.current()
		return now.ID == r.ID && p.part.drawn.record.ID == r.ID && p.part.crop.Image() != nil && len(p.status.Recent) > 0 && p.status.Recent[0].ID == r.ID && len(p.strip.Shown()) > 0 && p.strip.Shown()[0].ID == r.ID
	})
}

func TestAVerdictIsWordShapeAndColour(t *testing.T) {
	tests := []struct {
		score float64
		word  string
		shape inspection.Verdict
	}{{0.01, "PASS", inspection.Pass}, {0.5, "REVIEW", inspection.Review}, {0.97, "FAIL", inspection.Fail}}
	for i, tt := range tests {
		t.Run(tt.word, func(t *testing.T) {
			// given
			p, f := newPage(t)
			require.Equal(t, "READY", p.part.band.Word())
			// when
			judge(t, p, f, uitest.Record(i+1, tt.score, noon))
			// then
			require.Equal(t, tt.word, p.part.band.Word())
			require.Equal(t, tt.shape, p.part.band.Verdict())
			require.Equal(t, "0.20 / 0.80", p.part.limits.Text())
			require.Equal(t, "3.1 ms", p.part.took.Text())
		})
	}
}

func TestAFrameGoesToTheScreenWithoutACopy(t *testing.T) {
	p, f := newPage(t)
	img := picture(90)
	f.Station.Show(inspection.Frame{Sequence: 1, Image: img})
	f.Until(t, "frame", func() bool { return p.picture.Image() != nil })
	require.Same(t, img, p.picture.Image())
}

func TestAGrayFrameIsConverted(t *testing.T) {
	p, f := newPage(t)
	gray := image.NewGray(image.Rect(0, 0, 8, 6))
	gray.Pix[9] = 200
	f.Station.Show(inspection.Frame{Sequence: 1, Image: gray})
	f.Until(t, "frame", func() bool { return p.picture.Image() != nil })
	shown := p.picture.Image().(*image.RGBA)
	require.Equal(t, []uint8{200, 200, 200, 255}, shown.Pix[4*9:4*9+4])
}

func TestASlowWindowKeepsOneFrameWaiting(t *testing.T) {
	// given a window that draws nothing
	p, f := newPage(t)
	f.Queue.Drain()
	// when hundreds of frames come
	var last *image.RGBA
	for n := range 300 {
		last = picture(uint8(n))
		f.Station.Show(inspection.Frame{Sequence: uint64(n), Image: last})
	}
	// then one waits in its queue, and the newest is the one that stays
	require.LessOrEqual(t, f.Queue.Len(), 1)
	f.Until(t, "newest frame", func() bool { return p.picture.Image() == image.Image(last) })
}

func TestHiddenPageTakesNoFrames(t *testing.T) {
	p, f := newPage(t)
	p.Hidden()
	f.Station.Show(inspection.Frame{Sequence: 1, Image: picture(1)})
	f.Queue.Drain()
	require.Nil(t, p.picture.Image())
}

func TestKeysAct(t *testing.T) {
	t.Run("Space inspects", func(t *testing.T) {
		p, f := newPage(t)
		press(p, fyne.KeySpace)
		f.UntilCalled(t, "Inspect")
	})
	t.Run("Enter confirms", func(t *testing.T) {
		p, f := newPage(t)
		r := uitest.Record(1, 0.97, noon)
		judge(t, p, f, r)
		press(p, fyne.KeyReturn)
		f.Until(t, "operator's decision", func() bool { return p.part.who.Text() == "FAIL by M. Keller" })
		require.True(t, f.Station.Called(`Review `+r.ID+` operator fail M. Keller ""`))
	})
	t.Run("Enter does not decide what the machine left open", func(t *testing.T) {
		p, f := newPage(t)
		judge(t, p, f, uitest.Record(1, 0.5, noon))
		press(p, fyne.KeyReturn)
		require.Len(t, f.Notices, 1)
		press(p, fyne.KeyF)
		f.Until(t, "operator's decision", func() bool { return p.part.band.Word() == "FAIL" })
	})
	t.Run("H switches the heatmap", func(t *testing.T) {
		p, f := newPage(t)
		r := uitest.Record(1, 0.97, noon)
		r.Heatmap = &inspection.Heatmap{Width: 2, Height: 2, Values: []float32{9, -1, -1, -1}, Region: inspection.Rectangle{X: 8, Width: 48, Height: 48}}
		judge(t, p, f, r)
		f.Station.Show(inspection.Frame{Sequence: 2, Image: picture(120)})
		f.Until(t, "heatmap", p.picture.HeatmapShown)
		require.True(t, p.part.crop.HeatmapShown())
		press(p, fyne.KeyH)
		require.False(t, p.picture.HeatmapShown())
		require.False(t, p.part.crop.HeatmapShown())
	})
	t.Run("arrows walk, Escape follows", func(t *testing.T) {
		p, f := newPage(t)
		old := uitest.Record(1, 0.97, noon)
		judge(t, p, f, old)
		judge(t, p, f, uitest.Record(2, 0.01, noon))
		press(p, fyne.KeyRight)
		f.Until(t, "older part", func() bool { return p.part.drawn.crop != nil && p.part.drawn.record.ID == old.ID })
		require.Equal(t, "FAIL", p.part.band.Word())
		f.Station.Judge(uitest.Record(3, 0.01, noon), picture(1))
		f.Until(t, "third part", func() bool { return len(p.status.Recent) == 3 })
		require.Equal(t, "FAIL", p.part.band.Word(), "what a person looks at stays")
		require.Contains(t, p.part.band.Note(), "OLDER")
		press(p, fyne.KeyEscape)
		require.Equal(t, "PASS", p.part.band.Word())
	})
	t.Run("a part that fails is never hidden by an older one", func(t *testing.T) {
		p, f := newPage(t)
		judge(t, p, f, uitest.Record(1, 0.01, noon))
		judge(t, p, f, uitest.Record(2, 0.01, noon))
		press(p, fyne.KeyRight)
		require.NotEmpty(t, p.pinned)
		bad := uitest.Record(3, 0.97, noon)
		f.Station.Judge(bad, picture(1))
		f.Until(t, "the failed part", func() bool { return p.part.band.Word() == "FAIL" && p.part.drawn.record.ID == bad.ID })
		require.Empty(t, p.pinned)
	})
}

func TestAHeatmapNeverLiesOverAnotherScene(t *testing.T) {
	p, f := newPage(t)
	r := uitest.Record(1, 0.97, noon)
	r.Heatmap = &inspection.Heatmap{Width: 1, Height: 1, Values: []float32{9}, Region: inspection.Rectangle{Width: 48, Height: 48}}
	judge(t, p, f, r)
	f.Station.Show(inspection.Frame{Sequence: 2, Image: picture(122)})
	f.Until(t, "heatmap over the same scene", p.picture.HeatmapShown)
	f.Station.Show(inspection.Frame{Sequence: 3, Image: picture(20)})
	f.Until(t, "heatmap gone with the part", func() bool { return !p.picture.HeatmapShown() })
}

func TestOverruleAsksForTheVerdict(t *testing.T) {
	p, f := newPage(t)
	r := uitest.Record(1, 0.97, noon)
	judge(t, p, f, r)
	press(p, fyne.KeyO)
	require.NotNil(t, f.Host.Open())
	f.Host.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	require.Nil(t, f.Host.Open())
	f.UntilCalled(t, `Review `+r.ID+` operator pass M. Keller ""`)
	f.Until(t, "note", func() bool { return p.part.band.Note() == "machine: FAIL" })
}

func TestADecisionNeedsAName(t *testing.T) {
	p, f := newPage(t)
	f.Station.Change(func(s *station.Status) { s.Operator = "" })
	judge(t, p, f, uitest.Record(1, 0.97, noon))
	press(p, fyne.KeyReturn)
	require.Len(t, f.Notices, 1)
	require.Equal(t, fyne.Focusable(p.header.operator), f.Host.Window.Canvas().Focused())
	// when the name is typed
	test.Type(p.header.operator, "R. Lang")
	p.header.operator.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	// then the station knows it and the keys are the window's again
	require.True(t, f.Station.Called("SetOperator R. Lang"))
	require.Nil(t, f.Host.Window.Canvas().Focused())
}

func TestChoicesReachTheStation(t *testing.T) {
	p, f := newPage(t)
	p.header.model.SetSelected("casting 2")
	f.UntilCalled(t, "SelectModel casting 2")
	f.Until(t, "model", func() bool { return p.header.model.Selected == "casting 2" && !p.header.model.Disabled() })
	p.header.source.SetSelected("USB camera (video0)")
	f.UntilCalled(t, "SelectSource camera:/dev/video0")
	p.trigger.Button(string(inspection.TriggerContinuous)).OnTapped()
	require.True(t, f.Station.Called("SetTrigger continuous"))
}

func TestARefusedChoiceFallsBackAndIsExplained(t *testing.T) {
	p, f := newPage(t)
	f.Station.Fail("SelectModel", inspection.ErrBadModel)
	p.header.model.SetSelected("casting 2")
	f.Until(t, "dialog", func() bool { return f.Host.Open() != nil })
	require.Equal(t, "casting 3", p.header.model.Selected)
}

func TestALostSourceTakesThePictureAway(t *testing.T) {
	p, f := newPage(t)
	f.Station.Show(inspection.Frame{Sequence: 1, Image: picture(1)})
	f.Until(t, "frame", func() bool { return p.picture.Image() != nil })
	f.Station.Change(func(s *station.Status) { s.SourceState, s.SourceLabel = station.SourceLost, "USB camera" })
	f.Until(t, "empty state", func() bool { return p.picture.Image() == nil })
	title, _ := p.picture.Message()
	require.Equal(t, "No picture from USB camera", title)
	require.True(t, p.inspect.Disabled())
}

func TestAFailedInspectionIsSaid(t *testing.T) {
	p, f := newPage(t)
	f.Station.Fail("Inspect", errors.New("no frame yet"))
	press(p, fyne.KeySpace)
	f.Until(t, "notice", func() bool { return len(f.Notices) == 1 })
	require.Contains(t, f.Notices[0], "no frame yet")
}

func TestCountersAndTheLastParts(t *testing.T) {
	p, f := newPage(t)
	for n := range 40 {
		f.Station.Judge(uitest.Record(n, 0.01, noon), picture(9))
	}
	f.Until(t, "counter", func() bool { return p.count.pass.Text() == "40" })
	require.Equal(t, "100.0 %", p.count.yield.Text())
	f.Until(t, "strip", func() bool { return len(p.strip.Shown()) > 5 })
	require.LessOrEqual(t, len(p.strip.Shown()), station.RecentLength)
	p.strip.OnTapped(p.strip.Shown()[3])
	require.Equal(t, []string{p.strip.Shown()[3].ID}, f.Opened)
}

func TestControlsAreLargeEnoughForGloves(t *testing.T) {
	p, _ := newPage(t)
	for _, b := range []*widgets.Button{p.inspect, p.heat, p.part.first, p.part.second, p.trigger.Button(string(inspection.TriggerManual))} {
		require.GreaterOrEqual(t, b.Size().Height, float32(44), b.Text)
	}
	for _, s := range []*widgets.Select{p.header.recipe, p.header.model, p.header.engine, p.header.source} {
		require.GreaterOrEqual(t, s.Size().Height, float32(40), s.PlaceHolder)
	}
}

func TestAnUnfamiliarPictureIsSaidBesideReview(t *testing.T) {
	p, f := newPage(t)
	r := uitest.Record(1, 0.02, time.Now())
	r.Familiarity = &inspection.Familiarity{Distance: 1.42, Limit: 1, Unfamiliar: true}
	r.Machine.Verdict, r.Machine.Reason = inspection.Review, inspection.ReasonUnfamiliar
	f.Station.Judge(r, image.NewRGBA(image.Rect(0, 0, 64, 48)))
	f.Until(t, "verdict", func() bool { return p.part.band.Verdict() == inspection.Review })
	require.Equal(t, "unfamiliar: 1.42", p.part.band.Note())
	require.Equal(t, "1.42 of 1.00", p.part.like.Text())
}

func TestTheButtonsDecideOnAPartForReview(t *testing.T) {
	for name, tap := range map[string]func(p *Page){"PASS": func(p *Page) { p.part.first.OnTapped() }, "FAIL": func(p *Page) { p.part.second.OnTapped() }} {
		p, f := newPage(t)
		judge(t, p, f, uitest.Record(1, 0.5, noon))
		tap(p)
		f.Until(t, "operator's decision", func() bool { return p.part.band.Word() == name })
		require.Nil(t, f.Host.Open())
	}
}

func TestUndoOpensThePartAgain(t *testing.T) {
	p, f := newPage(t)
	r := uitest.Record(1, 0.97, noon)
	judge(t, p, f, r)
	require.True(t, p.back.Disabled(), "there is nothing to take back")
	press(p, fyne.KeyReturn)
	f.Until(t, "operator's decision", func() bool { return p.part.who.Text() == "FAIL by M. Keller" && !p.back.Disabled() })
	f.Notices = nil
	press(p, fyne.KeyReturn) // once more changes nothing
	f.Until(t, "saved again", func() bool { return len(f.Notices) == 1 })
	judge(t, p, f, uitest.Record(2, 0.01, noon))
	p.Undo()
	f.UntilCalled(t, `Review `+r.ID+` operator review M. Keller "taken back: FAIL"`)
	f.Until(t, "the older part, open", func() bool { return p.part.band.Word() == "REVIEW" && p.part.who.Text() == "taken back by M. Keller" })
	require.True(t, p.back.Disabled())
	require.Equal(t, "It passes  (P)", p.part.first.Text)
	press(p, fyne.KeyReturn)
	require.Contains(t, f.Notices[len(f.Notices)-1], "taken back", "Enter decides nothing")
	press(p, fyne.KeyP)
	f.Until(t, "decided anew", func() bool { return p.part.who.Text() == "PASS by M. Keller" })
}

func TestUndoBringsTheDecisionBeforeBack(t *testing.T) {
	p, f := newPage(t)
	r := uitest.Record(1, 0.5, noon)
	judge(t, p, f, r)
	press(p, fyne.KeyP)
	f.Until(t, "passed", func() bool { return p.part.who.Text() == "PASS by M. Keller" })
	press(p, fyne.KeyF)
	f.Until(t, "failed", func() bool { return p.part.who.Text() == "FAIL by M. Keller" })
	f.Station.Fail("Review", inspection.ErrDiskFull)
	p.Undo()
	f.Until(t, "dialog", func() bool { return f.Host.Open() != nil })
	require.False(t, p.back.Disabled(), "it can be tried again")
	f.Station.Fail("Review", nil)
	p.Undo()
	f.Until(t, "passed again", func() bool { return p.part.who.Text() == "PASS by M. Keller" && !p.undoing.Busy() })
	require.True(t, f.Station.Called(`Review `+r.ID+` operator pass M. Keller "taken back: FAIL"`))
	p.Undo()
	f.Until(t, "open", func() bool { return p.part.band.Word() == "REVIEW" })
}

// TestAnotherOperatorComesWhileADecisionIsTakenBack: what is under way ends, and
// nothing of the one before can be taken back.
func TestAnotherOperatorComesWhileADecisionIsTakenBack(t *testing.T) {
	p, f := newPage(t)
	for id := 1; id <= 2; id++ {
		judge(t, p, f, uitest.Record(id, 0.97, noon))
		press(p, fyne.KeyReturn)
		f.Until(t, "operator's decision", func() bool { return len(p.undos) == id })
	}
	release := f.Station.Hold("Review")
	p.Undo()
	f.Station.Change(func(s *station.Status) { s.Operator = "R. Lang" })
	f.Until(t, "another operator", func() bool { return p.status.Operator == "R. Lang" })
	f.Notices = nil
	release()
	f.Until(t, "taken back", func() bool { return len(f.Notices) > 0 })
	require.Contains(t, f.Notices[0], "Taken back: FAIL")
	require.Empty(t, p.undos)
	require.True(t, p.back.Disabled())
}

// TestAPartLongGoneIsSaidToBeOpenOnTheLogPage: the keys would decide on another one.
func TestAPartLongGoneIsSaidToBeOpenOnTheLogPage(t *testing.T) {
	p, f := newPage(t)
	judge(t, p, f, uitest.Record(1, 0.97, noon))
	press(p, fyne.KeyReturn)
	f.Until(t, "operator's decision", func() bool { return len(p.undos) == 1 })
	judge(t, p, f, uitest.Record(2, 0.5, noon))
	f.Station.Change(func(s *station.Status) { s.Recent = s.Recent[:1] })
	f.Until(t, "one part", func() bool { return len(p.status.Recent) == 1 })
	f.Notices = nil
	p.Undo()
	f.Until(t, "taken back", func() bool { return len(f.Notices) > 0 })
	require.Contains(t, f.Notices[0], "find it on the Log page")
	require.Empty(t, p.pinned)
}

// TestALateDecisionOfAnOperatorWhoLeftLeavesTheNextOnesAlone: it was saved after another one had come.
func TestALateDecisionOfAnOperatorWhoLeftLeavesTheNextOnesAlone(t *testing.T) {
	p, _ := newPage(t)
	p.remember(uitest.Record(2, 0.97, noon), inspection.Fail, p.status.Operator)
	p.remember(uitest.Record(1, 0.97, noon), inspection.Fail, "R. Lang")
	require.Len(t, p.undos, 1)
	require.Equal(t, p.status.Operator, p.undos[0].by)
	require.False(t, p.back.Disabled())
}

func TestTheDecisionOfAnotherOperatorIsNotTakenBack(t *testing.T) {
	p, f := newPage(t)
	judge(t, p, f, uitest.Record(1, 0.97, noon))
	press(p, fyne.KeyReturn)
	f.Until(t, "operator's decision", func() bool { return !p.back.Disabled() })
	f.Station.Change(func(s *station.Status) { s.Operator = "R. Lang" })
	f.Until(t, "another operator", func() bool { return p.back.Disabled() })
}
