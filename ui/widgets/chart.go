package widgets

import (
	"math"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/ui/theme"
)

// Point is one point of a curve.
type Point struct{ X, Y float64 }

// Series is one curve. Points that are not finite interrupt it.
type Series struct {
	Name  string
	Color fyne.ThemeColorName
	// Dots marks each point, so that curves differ by more than colour.
	Dots   bool
	Points []Point
}

// Chart draws curves over a shared axis, with marked lines and a legend.
type Chart struct {
	widget.BaseWidget
	title, axis string
	format      func(float64) string
	series      []Series
	empty       string
}

// NewChart returns a chart with a title, the name of its horizontal axis, how to write a value (nil: plainly) and a
// sentence for when it has no points.
func NewChart(title, axis, empty string, format func(float64) string) *Chart {
	if format == nil {
		format = func(v float64) string { return strconv.FormatFloat(v, 'g', 3, 64) }
	}
	c := &Chart{title: title, axis: axis, empty: empty, format: format}
	c.ExtendBaseWidget(c)
	return c
}

// Set shows curves.
func (c *Chart) Set(series ...Series) {
	c.series = series
	c.Refresh()
}

// Series returns the curves shown.
func (c *Chart) Series() []Series { return c.series }

// CreateRenderer is part of fyne.Widget.
func (c *Chart) CreateRenderer() fyne.WidgetRenderer { return &chartRenderer{chart: c} }

type chartRenderer struct {
	drawing
	chart *Chart
}

// MinSize is part of fyne.WidgetRenderer.
func (r *chartRenderer) MinSize() fyne.Size { return fyne.NewSize(240, 150) }

// Refresh is part of fyne.WidgetRenderer.
func (r *chartRenderer) Refresh() {
	r.Layout(r.chart.Size())
	canvas.Refresh(r.chart)
}

// Layout draws everything anew: a chart changes once an epoch.
func (r *chartRenderer) Layout(size fyne.Size) {
	line := r.begin()
	r.write(r.chart.title, fyne.NewPos(0, 0), base.ColorNameForeground, fyne.TextAlignLeading, 0, true)
	r.legend(size, line)
	low, high, ok := bounds(r.chart.series)
	if !ok {
		r.write(r.chart.empty, fyne.NewPos(0, size.Height/2-r.text), theme.ColorMuted, fyne.TextAlignCenter, size.Width, false)
		return
	}
	ticks := Ticks(low.Y, high.Y, 5)
	low.Y, high.Y = min(low.Y, ticks[0]), max(high.Y, ticks[len(ticks)-1])
	if low.X == high.X {
		low.X, high.X = low.X-0.5, high.X+0.5
	}
	margin := float32(0)
	for _, t := range ticks {
		margin = max(margin, fyne.MeasureText(r.chart.format(t), r.text, fyne.TextStyle{}).Width)
	}
	area := plot{x: margin + 8, y: line + 8, width: size.Width - margin - 16, height: size.Height - 2.6*line - 8, low: low, high: high}
	r.axes(area, ticks, line)
	for _, s := range r.chart.series {
		r.curve(area, s)
	}
}

func (r *chartRenderer) legend(size fyne.Size, line float32) {
	x := size.Width - 4
	for i := len(r.chart.series) - 1; i >= 0; i-- {
		s := r.chart.series[i]
		width := fyne.MeasureText(s.Name, r.text, fyne.TextStyle{}).Width
		x -= width
		r.write(s.Name, fyne.NewPos(x, 0), theme.ColorMuted, fyne.TextAlignLeading, 0, false)
		r.segment(fyne.NewPos(x-26, line/2), fyne.NewPos(x-6, line/2), s.Color, 2.5)
		if s.Dots {
			r.dot(fyne.NewPos(x-16, line/2), s.Color)
		}
		x -= 44
	}
}

func (r *chartRenderer) axes(area plot, ticks []float64, line float32) {
	for _, t := range ticks {
		y := area.at(Point{area.low.X, t}).Y
		r.segment(fyne.NewPos(area.x, y), fyne.NewPos(area.x+area.width, y), base.ColorNameSeparator, 1)
		r.write(r.chart.format(t), fyne.NewPos(0, y-line/2), theme.ColorMuted, fyne.TextAlignTrailing, area.x-8, false)
	}
	below := area.y + area.height + 3
	for _, t := range Ticks(math.Ceil(area.low.X), area.high.X, 8) {
		if t != math.Trunc(t) || t < area.low.X || t > area.high.X {
			continue
		}
		x := area.at(Point{t, area.low.Y}).X
		r.write(strconv.Itoa(int(t)), fyne.NewPos(x-20, below), theme.ColorMuted, fyne.TextAlignCenter, 40, false)
	}
	r.write(r.chart.axis, fyne.NewPos(area.x, below+line*0.8), theme.ColorMuted, fyne.TextAlignTrailing, area.width, false)
}

func (r *chartRenderer) curve(area plot, s Series) {
	for i, p := range s.Points {
		if !finite(p) {
			continue
		}
		if i > 0 && finite(s.Points[i-1]) {
			r.segment(area.at(s.Points[i-1]), area.at(p), s.Color, 2.5)
		}
		if s.Dots || len(s.Points) == 1 {
			r.dot(area.at(p), s.Color)
		}
	}
}

func (r *chartRenderer) segment(from, to fyne.Position, color fyne.ThemeColorName, width float32) {
	l := canvas.NewLine(base.Color(color))
	l.StrokeWidth = width
	l.Position1, l.Position2 = from, to
	r.objects = append(r.objects, l)
}

func (r *chartRenderer) dot(at fyne.Position, color fyne.ThemeColorName) {
	c := canvas.NewCircle(base.Color(color))
	c.Move(at.SubtractXY(3.5, 3.5))
	c.Resize(fyne.NewSquareSize(7))
	r.objects = append(r.objects, c)
}

// plot maps points to places within an area.
type plot struct {
	x, y, width, height float32
	low, high           Point
}

func (p plot) at(v Point) fyne.Position {
	share := func(v, low, high float64) float32 {
		if high <= low {
			return 0.5
		}
		return float32((v - low) / (high - low))
	}
	return fyne.NewPos(p.x+share(v.X, p.low.X, p.high.X)*p.width, p.y+(1-share(v.Y, p.low.Y, p.high.Y))*p.height)
}

func finite(p Point) bool {
	return !math.IsNaN(p.Y) && !math.IsInf(p.Y, 0) && !math.IsNaN(p.X) && !math.IsInf(p.X, 0)
}

func bounds(series []Series) (low, high Point, ok bool) {
	for _, s := range series {
		for _, p := range s.Points {
			if !finite(p) {
				continue
			}
			if !ok {
				low, high, ok = p, p, true
			}
			low = Point{min(low.X, p.X), min(low.Y, p.Y)}
			high = Point{max(high.X, p.X), max(high.Y, p.Y)}
		}
	}
	return low, high, ok
}

// Ticks returns about n round values from at or below low to at or above high, in steps of 1, 2 or 5 times a power of ten.
func Ticks(low, high float64, n int) []float64 {
	if high <= low {
		high = low + 1
	}
	raw := (high - low) / float64(max(n-1, 1))
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	step := 10 * power
	for _, m := range []float64{1, 2, 5} {
		if m*power >= raw*0.999999 {
			step = m * power
			break
		}
	}
	first := math.Floor(low/step + 1e-9)
	var ticks []float64
	for i := 0; ; i++ {
		t := (first + float64(i)) * step
		ticks = append(ticks, t)
		if t >= high-step*1e-9 || i > 100 {
			return ticks
		}
	}
}
