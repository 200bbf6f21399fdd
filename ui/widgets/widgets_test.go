package widgets_test

import (
	"errors"
	"image"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	base "fyne.io/fyne/v2/theme"
	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/ui/task"
	"assay/ui/task/tasktest"
	"assay/ui/theme"
	"assay/ui/widgets"
)

func window(t *testing.T, content fyne.CanvasObject) fyne.Window {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	w := test.NewTempWindow(t, content)
	w.Resize(fyne.NewSize(400, 300))
	return w
}

func TestEachVerdictHasAShapeOfItsOwn(t *testing.T) {
	shape := widgets.NewShape(60)
	window(t, shape)
	seen := map[string]inspection.Verdict{}
	for _, v := range []inspection.Verdict{"", inspection.Pass, inspection.Review, inspection.Fail} {
		shape.Set(v)
		kind := ""
		for _, o := range test.WidgetRenderer(shape).Objects() {
			if !o.Visible() {
				continue
			}
			switch o := o.(type) {
			case *canvas.Circle:
				kind += "circle"
			case *canvas.RegularPolygon:
				kind += map[uint]string{3: "triangle", 6: "hexagon"}[o.Sides]
			case *canvas.Rectangle:
				kind += "dash"
			}
		}
		require.NotContains(t, seen, kind)
		seen[kind] = v
	}
	require.Equal(t, map[string]inspection.Verdict{"dash": "", "circle": inspection.Pass, "triangle": inspection.Review, "hexagon": inspection.Fail}, seen)
}

func TestAShapeIsDrawnInItsColour(t *testing.T) {
	shape := widgets.NewShape(200)
	w := window(t, shape)
	for v, name := range map[inspection.Verdict]fyne.ThemeColorName{inspection.Pass: theme.ColorPass, inspection.Review: theme.ColorReview, inspection.Fail: theme.ColorFail} {
		shape.Set(v)
		img := w.Canvas().Capture()
		size := img.Bounds().Size()
		r, g, b, _ := base.Color(name).RGBA()
		gotR, gotG, gotB, _ := img.At(size.X/2, size.Y/2).RGBA()
		require.Equal(t, []uint32{r >> 8, g >> 8, b >> 8}, []uint32{gotR >> 8, gotG >> 8, gotB >> 8}, v)
	}
}

func TestAPictureKeepsItsShapeAndItsLayersFollow(t *testing.T) {
	// given a frame of 640x480 in a room of 400x300
	p := widgets.NewPicture("none", "")
	var room image.Point
	p.OnRoom = func(r image.Point) { room = r }
	w := window(t, p)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(400, 400))
	require.Equal(t, image.Pt(400, 400), room)
	// when half its size comes, with a heatmap over a region
	p.SetPicture(image.NewRGBA(image.Rect(0, 0, 320, 240)), image.Pt(640, 480))
	p.SetHeatmap(image.NewRGBA(image.Rect(0, 0, 2, 2)), inspection.Rectangle{X: 80, Width: 480, Height: 480})
	// then it fills the width, and the heatmap lies where the region is
	var shown []*canvas.Image
	for _, o := range test.WidgetRenderer(p).Objects() {
		if i, ok := o.(*canvas.Image); ok && i.Visible() && i.Image != nil && i.Image.Bounds().Dx() > 1 {
			shown = append(shown, i)
		}
	}
	require.Len(t, shown, 2)
	require.Equal(t, fyne.NewSize(400, 300), shown[0].Size())
	require.Equal(t, fyne.NewPos(0, 50), shown[0].Position())
	require.Equal(t, canvas.ImageScaleFastest, shown[0].ScaleMode, "never scaled on the processor")
	require.Equal(t, fyne.NewPos(50, 50), shown[1].Position())
	require.Equal(t, fyne.NewSize(300, 300), shown[1].Size())
}

func TestControlsHandOnKeysTheyDoNotUse(t *testing.T) {
	tests := []struct {
		name    string
		control fyne.Focusable
		keeps   []fyne.KeyName
	}{
		{"button", widgets.NewButton("b", func() {}), []fyne.KeyName{fyne.KeySpace}},
		{"select", widgets.NewSelect("s", func(string) {}), []fyne.KeyName{fyne.KeySpace, fyne.KeyDown, fyne.KeyUp, fyne.KeyLeft, fyne.KeyRight}},
		{"check", widgets.NewCheck("c", func(bool) {}), []fyne.KeyName{fyne.KeySpace}},
		{"list", widgets.NewList(func() int { return 3 }, func() fyne.CanvasObject { return widgets.NewLabel("") }, func(int, fyne.CanvasObject) {}), nil},
		{"entry", widgets.NewEntry("e", nil), []fyne.KeyName{fyne.KeySpace, fyne.KeyH, fyne.KeyReturn, fyne.KeyLeft, fyne.KeyDown}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := window(t, tt.control.(fyne.CanvasObject))
			var got []fyne.KeyName
			w.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) { got = append(got, e.Name) })
			w.Canvas().Focus(tt.control)
			tt.control.TypedKey(&fyne.KeyEvent{Name: fyne.KeyF11})
			require.Equal(t, []fyne.KeyName{fyne.KeyF11}, got)
			for _, key := range tt.keeps {
				tt.control.TypedKey(&fyne.KeyEvent{Name: key})
				require.Len(t, got, 1, key)
			}
			if tt.name != "entry" {
				tt.control.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
				require.Equal(t, fyne.KeyReturn, got[len(got)-1])
			}
			w.Canvas().Focus(tt.control)
			tt.control.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
			require.Nil(t, w.Canvas().Focused())
		})
	}
}

func TestSettingASelectCallsNobody(t *testing.T) {
	calls := 0
	s := widgets.NewSelect("s", func(string) { calls++ })
	window(t, s)
	s.Set([]string{"a", "b"}, "a")
	require.Zero(t, calls)
	s.SetSelected("b")
	require.Equal(t, 1, calls)
}

func TestAnEntryReportsOnceAndEscapeTakesBack(t *testing.T) {
	var got []string
	e := widgets.NewEntry("", func(text string) { got = append(got, text) })
	w := window(t, e)
	e.Set("before", w.Canvas())
	w.Canvas().Focus(e)
	e.SetText("after")
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	require.Equal(t, []string{"after"}, got)
	w.Canvas().Focus(e)
	e.SetText("slip")
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	require.Equal(t, "after", e.Text)
	require.Equal(t, []string{"after"}, got)
	w.Canvas().Focus(e)
	e.Set("from the station", w.Canvas())
	require.Equal(t, "after", e.Text, "what a person types is not overwritten")
}

func TestTextIsCutWhereItDoesNotFit(t *testing.T) {
	text := widgets.NewText("a rather long sentence about a part", base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignLeading)
	window(t, text)
	text.Resize(fyne.NewSize(80, 20))
	line := test.WidgetRenderer(text).Objects()[0].(*canvas.Text)
	require.Regexp(t, `^a rat.*…$`, line.Text)
	require.LessOrEqual(t, line.MinSize().Width, float32(80))
	text.Resize(fyne.NewSize(800, 20))
	require.Equal(t, "a rather long sentence about a part", line.Text)
}

func TestTicksAreRoundAndCoverTheRange(t *testing.T) {
	tests := []struct {
		low, high float64
		want      []float64
	}{
		{0, 1, []float64{0, 0.5, 1}},
		{0.03, 0.62, []float64{0, 0.2, 0.4, 0.6, 0.8}},
		{75, 99.6, []float64{70, 80, 90, 100}},
		{5, 5, []float64{5, 5.5, 6}},
	}
	for _, tt := range tests {
		require.InDeltaSlice(t, tt.want, widgets.Ticks(tt.low, tt.high, 5), 1e-9, "%v to %v", tt.low, tt.high)
	}
	for low := -3.0; low < 3; low += 0.37 {
		for span := 1e-6; span < 1e6; span *= 7.3 {
			ticks := widgets.Ticks(low, low+span, 5)
			require.LessOrEqual(t, ticks[0], low+span*1e-6)
			require.GreaterOrEqual(t, ticks[len(ticks)-1], low+span*(1-1e-6))
			require.LessOrEqual(t, len(ticks), 9)
		}
	}
}

func TestAChartDrawsGapsAndSinglePoints(t *testing.T) {
	c := widgets.NewChart("Loss", "epoch", "nothing yet", nil)
	window(t, c)
	lines := func() (n int) {
		for _, o := range test.WidgetRenderer(c).Objects() {
			if l, ok := o.(*canvas.Line); ok && l.StrokeWidth > 2 {
				n++
			}
		}
		return n
	}
	require.Zero(t, lines())
	points := []widgets.Point{{X: 1, Y: 3}, {X: 2, Y: math.NaN()}, {X: 3, Y: 2}, {X: 4, Y: 1}}
	c.Set(widgets.Series{Name: "a", Color: base.ColorNamePrimary, Points: points})
	require.Equal(t, 1+1, lines(), "one in the legend, one between the points that are numbers")
	c.Set(widgets.Series{Name: "a", Color: base.ColorNamePrimary, Points: points[:1]})
	require.Equal(t, 1, lines())
}

func TestThumbnailsComeLateAndStay(t *testing.T) {
	// given a loader that fails for one record
	queue := tasktest.NewQueue()
	group := task.NewGroup(queue.Post)
	defer group.Close()
	loads := make(chan string, 16)
	source := widgets.NewThumbnails(group, 2, func(id string) (image.Image, error) {
		loads <- id
		if id == "bad" {
			return nil, errors.New("damaged")
		}
		return image.NewGray(image.Rect(0, 0, 300, 200)), nil
	})
	thumb := widgets.NewThumb(source, 46)
	window(t, thumb)
	// when a picture is wanted, it comes later
	thumb.Set("a")
	require.False(t, thumb.Shown())
	queue.Until(t, "picture", thumb.Shown)
	// then it is kept
	thumb.Set("")
	thumb.Set("a")
	require.True(t, thumb.Shown())
	require.Len(t, loads, 1)
	// and one that cannot be read is asked for once
	thumb.Set("bad")
	queue.Until(t, "failure", func() bool { _, known := source.Get("bad"); return known })
	require.False(t, thumb.Shown())
	// and the least used is dropped
	source.Add("c", image.NewGray(image.Rect(0, 0, 9, 9)))
	_, known := source.Get("a")
	require.False(t, known)
}

func TestAReusedThumbNeverShowsTheOldRecord(t *testing.T) {
	queue := tasktest.NewQueue()
	group := task.NewGroup(queue.Post)
	defer group.Close()
	release := make(chan struct{})
	source := widgets.NewThumbnails(group, 8, func(id string) (image.Image, error) {
		if id == "slow" {
			<-release
		}
		return image.NewGray(image.Rect(0, 0, 9, 9)), nil
	})
	thumb := widgets.NewThumb(source, 46)
	window(t, thumb)
	thumb.Set("slow")
	thumb.Set("fast")
	queue.Until(t, "picture", thumb.Shown)
	close(release)
	group.Close()
	queue.Drain()
	require.True(t, thumb.Shown())
}

func TestAVerdictIsNeverCut(t *testing.T) {
	// given a band that is as narrow as it can be
	w := window(t, container.NewStack())
	band := widgets.NewBand()
	w.SetContent(band)
	band.Resize(band.MinSize())
	require.Less(t, band.MinSize().Width, float32(430), "fits beside the picture on a small screen")
	// when a verdict comes with a long note
	for _, v := range []inspection.Verdict{inspection.Pass, inspection.Review, inspection.Fail} {
		band.Set(v, "a note that is far too long for so small a room")
		// then the note is cut, not the verdict
		require.Contains(t, test.RenderObjectToMarkup(band), ">"+widgets.Word(v)+"<")
		require.NotContains(t, test.RenderObjectToMarkup(band), "far too long")
	}
}
